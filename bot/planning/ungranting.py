"""Kafka's side of a revocation: the KafkaUser, its rules, and the subchart that was made for it. Never a KafkaTopic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ruamel.yaml.nodes import Node

from bot.checkout.files import Files
from bot.errors import UserError
from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.kafka.spec import from_spec
from bot.phalanx.charts import chart
from bot.phalanx.resources import KafkaDocument, documents
from bot.planning.existing import user_of
from bot.planning.sketch import Sketch
from bot.planning.subchart import edit_values
from bot.planning.unwiring import CannotRemove, announce_gone, drop_rows, environment_values, remove_document
from bot.planning.users import declared_topics
from bot.proof.model import RemovedRules
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.lists import find
from bot.roundtrip.removal import remove_items
from bot.roundtrip.template import Template, value
from bot.roundtrip.values_removal import remove_item, remove_key

_READING = {Operation.READ, Operation.ALL}
_VALUE = re.compile(r"\.Values((?:\.\w+)+)")
_OF_CHART = {"Chart.yaml", "values.yaml", "README.md", "README.md.gotmpl", ".helmignore"}
_CERTIFICATE = (
    "deleting a KafkaUser takes its rules and its Secret away, but not its certificate, which stays valid until it "
    "expires: should a KafkaUser of the same name be made again, an old copy of the certificate lets its holder in"
)


class RulesNotThere(UserError):
    """`topic=` names something that the user has no rule for."""

    def __init__(self, user: KafkaDocument, names: Iterable[str]) -> None:
        has = sorted({acl.resource.starred for acl in user.acls() if acl.resource.type is ResourceType.TOPIC})
        super().__init__(
            f"KafkaUser {user.name} ({user.file}) has no rule for {', '.join(sorted(names))}",
            f"its topics are {', '.join(has)}" if has else "it has no rules for topics",
        )


def sharing(files: Files, application: str, user: KafkaDocument) -> list[str]:
    """Return the other applications whose KafkaAccess is for the same user, or whose values may say so."""
    return [other for other in files.names("applications") if other != application and _shares(files, other, user.name)]


def _shares(files: Files, other: str, user: str) -> bool:
    """Whether an application's KafkaAccess names a user, or is given its name by a value."""
    accesses = list(documents(files, other, "KafkaAccess"))
    if any(user_of(one) == user for one in accesses):
        return True
    for access in accesses:
        name = user_of(access) or ""
        keys = "|".join(re.escape(path.rpartition(".")[2]) for path in _VALUE.findall(name)) or r"[\w.-]+"
        said = re.compile(rf"^ *(?:{keys}):\s*[\"']?{re.escape(user)}[\"']?\s*$", re.MULTILINE)
        values = [
            f"{folder}/{file}"
            for folder in (f"applications/{other}", access.chart.path)
            for file in files.names(folder)
            if file.startswith("values") and file.endswith(".yaml")
        ]
        if "{{" in name and any(said.search(files.text(path) or "") for path in values):
            return True
    return False


def used_by_service(sketch: Sketch, user: KafkaDocument) -> str:
    """Return a file of the Kafka service that names the user, or the Secret of its name; else an empty string."""
    name = rf"[\"']?{re.escape(user.name)}[\"']?\s*$"
    said = rf"^[ \-]*\w*(?:secret|user)\w*:\s*{name}|secretKeyRef:\s*name:\s*{name}"
    pattern = re.compile(said, re.MULTILINE | re.IGNORECASE)
    for path in sketch.files.below(f"applications/{sketch.service}", ".yaml", ".yml", ".tpl"):
        if pattern.search(sketch.files.text(path) or ""):
            return path
    return ""


def own_subchart(sketch: Sketch, user: KafkaDocument) -> bool:
    """Whether a subchart holds this user and nothing else, under one name."""
    folder = user.chart.path
    parent = chart(sketch.files, f"applications/{sketch.service}")
    entries = [one for one in (parent.dependencies if parent else ()) if one.path == folder]
    if user.dependency is None or len(entries) != 1 or not folder.startswith(f"applications/{sketch.service}/charts/"):
        return False
    others = {path.removeprefix(f"{folder}/") for path in sketch.files.below(folder)} - _OF_CHART
    return others == {user.file.removeprefix(f"{folder}/")} and len(user.template.documents) == 1


def remove_user(sketch: Sketch, user: KafkaDocument, where: frozenset[str]) -> None:
    """Take a KafkaUser out, with the subchart that holds it alone, unless others need it; `where` run the service."""
    others = sharing(sketch.files, sketch.application, user)
    if others or (used := used_by_service(sketch, user)):
        by = ", ".join(others) if others else used
        sketch.notes.append(f"KafkaUser {user.name} ({user.file}) and its rules stay, as they serve {by} too")
        return
    announce_gone(sketch, sketch.service, user, where)
    if own_subchart(sketch, user):
        _remove_subchart(sketch, user)
    else:
        remove_document(sketch, user)
    sketch.notes += [_CERTIFICATE, *topics_stay(sketch, user.acls()), *_metrics_end(sketch, user)]


def _metrics_end(sketch: Sketch, user: KafkaDocument) -> Iterator[str]:
    """Yield what becomes of metrics that ride on a KafkaUser which goes."""
    metrics, application = sketch.rules.metrics, sketch.application
    topic = metrics.topic.format(application=metrics.listed(application))
    if any(acl.resource.name == topic for acl in user.acls()):
        yield (
            f"{application} publishes its metrics as {user.name}, and so no more: set {metrics.switch} to false before "
            f"the sync, or type /kafka-access {application} metrics after the merge for a KafkaUser of their own"
        )


def topics_stay(sketch: Sketch, lost: Iterable[Acl]) -> list[str]:
    """Return the sentence about KafkaTopics that rules were for."""
    names = {acl.resource.name for acl in lost if acl.resource.type is ResourceType.TOPIC}
    staying = sorted(name for name in declared_topics(sketch) if name in names)
    if not staying:
        return []
    what = f"KafkaTopic {staying[0]} stays" if len(staying) == 1 else f"the KafkaTopics {', '.join(staying)} stay"
    return [f"{what}: deleting a KafkaTopic deletes its data, which is never done here"]


def _remove_subchart(sketch: Sketch, user: KafkaDocument) -> None:
    alias = user.dependency.alias if user.dependency else ""
    parent, workspace = f"applications/{sketch.service}", sketch.workspace
    for path in list(sketch.files.below(user.chart.path)):
        workspace.delete(path)

    def is_it(node: Node) -> bool:
        return any(getattr(value(node, key), "value", None) == alias for key in ("alias", "name"))

    edit_values(workspace, f"{parent}/Chart.yaml", lambda values: remove_item(values, ("dependencies",), is_it))
    for path in (f"{parent}/values.yaml", *environment_values(sketch, parent)):
        edit_values(workspace, path, lambda values: remove_key(values, (alias,)))
    drop_rows(sketch, parent, (alias,))


def remove_rules(sketch: Sketch, user: KafkaDocument, wanted: frozenset[Resource], where: frozenset[str]) -> bool:
    """Take the rules about these resources out of a user.

    Returns False, and does nothing, where no rule for a topic would be left. Raises RulesNotThere.
    """
    acls = user.acls()
    # A rule that denies is never taken away: access would grow.
    allowed = [acl for acl in acls if acl.permission is Permission.ALLOW]
    absent = {resource for resource in wanted if resource not in {acl.resource for acl in allowed}}
    if absent:
        raise RulesNotThere(user, [one.starred for one in absent])
    topics = [acl for acl in allowed if acl.resource not in wanted and acl.resource.type is ResourceType.TOPIC]
    if not topics:
        return False
    template = Template(sketch.workspace.text(user.file) or "")
    document = template.documents[user.document.index]
    removed = []
    try:
        key, items = find(template, document, ("spec", "authorization", "acls"))
        entries = [template.plain(item) for item in items.value]
        numbers = [number for number, entry in enumerate(entries) if _goes(entry, wanted)]
        removed = [entries[number] for number in numbers]
        sketch.workspace.edit(user.file, remove_items(template, key, items, numbers))
    except CannotEdit as error:
        raise CannotRemove(user, error) from error
    sketch.removed_rules.append(
        RemovedRules(sketch.service, where, user.name, sketch.cluster.namespace, tuple(removed))
    )
    sketch.record("KafkaUser", user.name, sketch.cluster.namespace, user.file, "amend")
    sketch.notes += [
        *_still_covered(topics, wanted),
        *topics_stay(sketch, [acl for acl in acls if acl.resource in wanted]),
    ]
    return True


def idle_groups(user: KafkaDocument, gone: frozenset[Resource]) -> frozenset[Resource]:
    """Return the consumer groups that a user has rules for, if it reads no topic without the rules that go."""
    left = [acl for acl in user.acls() if acl.permission is Permission.ALLOW and acl.resource not in gone]
    if any(acl.resource.type is ResourceType.TOPIC and _READING & set(acl.operations) for acl in left):
        return frozenset()
    return frozenset(acl.resource for acl in left if acl.resource.type is ResourceType.GROUP)


def _goes(entry: Mapping[str, Any], gone: frozenset[Resource]) -> bool:
    acl = from_spec(entry) if "resource" in entry else None
    return acl is not None and acl.permission is Permission.ALLOW and acl.resource in gone


def _still_covered(topics: Iterable[Acl], wanted: frozenset[Resource]) -> Iterator[str]:
    """Yield which of the topics another rule, for a prefix, still allows."""
    for resource in sorted(wanted, key=lambda one: one.starred):
        for other in {acl.resource for acl in topics if acl.resource.pattern is PatternType.PREFIX}:
            if resource.type is ResourceType.TOPIC and resource.name.startswith(other.name):
                yield f"the rule for {other.starred} still allows what it covers of {resource.starred}"
