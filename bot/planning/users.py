"""The KafkaUser and the KafkaTopics of a grant: a new user, or the rules that an existing one lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.commands.model import NEVER, Command
from bot.errors import UserError
from bot.kafka.acl import Acl, PatternType, Permission
from bot.kafka.matching import missing
from bot.kafka.names import EXPIRES, topic_object_name
from bot.kafka.operations import ordered
from bot.kafka.spec import from_spec
from bot.phalanx import strimzi
from bot.phalanx.charts import chart, value_at
from bot.phalanx.resources import KafkaDocument, documents, rendered_in, rules_of, static_name
from bot.phalanx.unknown import listed
from bot.planning.manifests import acl_entry, kafka_topic, kafka_user
from bot.planning.quotas import new_quotas
from bot.planning.sketch import Sketch
from bot.planning.subchart import Place, api_version, create, existing_place, new_place
from bot.roundtrip.annotations import annotate
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.lists import append_items
from bot.roundtrip.template import Template


class CannotAmend(UserError):
    """The rules of an existing KafkaUser are written in a way that takes no more of them."""

    def __init__(self, user: str, path: str, error: UserError) -> None:
        super().__init__(f"KafkaUser {user} in {path} cannot be amended: {error.text}", "add the rules there by hand")


class CannotDate(UserError):
    """The metadata of an existing KafkaUser are written in a way that takes no annotation."""

    def __init__(self, user: str, path: str, error: UserError) -> None:
        super().__init__(f"KafkaUser {user} in {path} cannot be given a date: {error.text}", "write it there by hand")


class WithoutRules(UserError):
    """A KafkaUser that has no list of rules."""

    def __init__(self, user: str, path: str) -> None:
        super().__init__(
            f"KafkaUser {user} in {path} has no spec.authorization.acls to add rules to",
            "write `authorization: {type: simple, acls: []}` there first, if its access is to be limited to rules",
        )


class TopicElsewhere(UserError):
    """A topic to create is declared already, but not in all the environments."""

    def __init__(self, topic: str, there: Iterable[str], path: str, lacking: Iterable[str]) -> None:
        super().__init__(
            f"{topic} is declared by {path} in {listed(there)}, but not in {listed(lacking)}",
            f"name the environments with env=, or turn {path} on in {listed(lacking)} first",
        )


class CannotCreatePrefix(UserError):
    """`create` with a prefix: which topics?"""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}* is a prefix, and a KafkaTopic needs a whole name", "name each topic with topic=")


class NothingToCreate(UserError):
    """`create` without a topic."""

    def __init__(self, application: str) -> None:
        super().__init__(
            "create makes the topics that topic= names, and it names none",
            f"/kafka-access {application} topic=lsst.{application}.example:write create",
        )


def amend(sketch: Sketch, user: KafkaDocument, where: frozenset[str], wanted: Sequence[Acl]) -> None:
    """Add to an existing user what its rules do not cover yet; `where` are the environments that render it."""
    granted = list(user.certain_acls())
    added: list[Mapping[str, Any]] = []
    for acl in wanted:
        rest = missing(granted, acl)
        if rest is not None:
            try:
                _add(sketch, user, rest)
            except CannotEdit as error:
                raise CannotAmend(user.name, user.file, error) from error
            granted.append(rest)
            added.append(acl_entry(rest))
    annotations = _date(sketch, user)
    if added or annotations:
        sketch.amend(user.name, user.file, added, where, annotations)


def _date(sketch: Sketch, user: KafkaDocument) -> dict[str, str | None]:
    """Write or take out the last day of a user's access, and return the annotation where that changes it."""
    wanted = annotations_of(sketch.command)
    if not wanted:
        return {}
    template = Template(sketch.workspace.text(user.file) or "")
    document = template.documents[user.document.index]
    try:
        splices = annotate(template, document, EXPIRES, wanted[EXPIRES])
    except CannotEdit as error:
        raise CannotDate(user.name, user.file, error) from error
    sketch.workspace.edit(user.file, splices)
    return wanted if splices else {}


def annotations_of(command: Command) -> dict[str, str | None]:
    """Return the annotations that a command asks for: None for one that is to go."""
    if command.expires is None:
        return {}
    return {EXPIRES: None if command.expires == NEVER else command.expires.isoformat()}


def _add(sketch: Sketch, user: KafkaDocument, rest: Acl) -> None:
    """Join an entry about the same resource, or append one."""
    template = Template(sketch.workspace.text(user.file) or "")
    document = template.documents[user.document.index]
    path = ("spec", "authorization", "acls")
    authorization = template.data(document)["spec"].get("authorization")
    if not isinstance(authorization, Mapping) or "acls" not in authorization:
        raise WithoutRules(user.name, user.file)
    for number, entry, certain in rules_of(template, document):
        acl = from_spec(entry)
        same = (acl.resource, acl.host, acl.permission) == (rest.resource, rest.host, Permission.ALLOW)
        if same and certain and isinstance(entry.get("operations"), list):
            items = [operation.value for operation in ordered(rest.operations)]
            splices = append_items(template, document, (*path, number, "operations"), items)
            break
    else:
        splices = append_items(template, document, path, [acl_entry(rest)])
    sketch.workspace.edit(user.file, splices)


def place_of(sketch: Sketch, where: frozenset[str]) -> Place:
    """Choose the subchart for a new user: the one of its topics' namespace if it fits, else a new one.

    `where` enables the service. Raises NoRoomForSubchart.
    """
    files, rules, targets = sketch.files, sketch.rules, sketch.targets.wanted
    parent = chart(files, f"applications/{sketch.service}")
    if parent is None:
        message = f"there is no chart applications/{sketch.service}, where KafkaUsers live"
        raise UserError(message, "check clusters.yaml of the rules")
    namespaces = [rules.topics.namespace(topic.name) for topic in sketch.command.topics]
    for name in dict.fromkeys(one.subchart for one in namespaces if one is not None and one.subchart):
        found = existing_place(files, parent, name, targets, where)
        if found is not None:
            return found
    names = [name.format(application=sketch.application) for name in rules.access.names.subcharts]
    return new_place(files, parent, names)


def create_user(sketch: Sketch, place: Place, name: str, acls: Sequence[Acl]) -> None:
    """Write a new user, and the subchart round it where that is new."""
    cluster, names = sketch.cluster, sketch.rules.access.names
    if not place.exists:
        create(sketch.workspace, place, cluster.name, sketch.targets.wanted)
    file = names.user_file_shared if place.many else names.user_file
    version = _version(sketch, "KafkaUser", place.path)
    dated = {key: value for key, value in annotations_of(sketch.command).items() if value is not None}
    quotas = new_quotas(sketch.command)
    text = _cluster_text(sketch, place.path)
    manifest = kafka_user(name, cluster.namespace, cluster.name, version, acls, quotas, text, dated)
    path = f"{place.path}/templates/{file.format(application=sketch.application)}"
    sketch.create(sketch.service, path, manifest)


def create_topics(sketch: Sketch, folder: str, many: bool, declared: Mapping[str, Sequence[KafkaDocument]]) -> None:
    """Write the KafkaTopics that are asked for and not declared yet, in the subchart at `folder`."""
    cluster, names, creation = sketch.cluster, sketch.rules.access.names, sketch.rules.topics.create
    version = _version(sketch, "KafkaTopic", folder)
    text = names.topics_file_shared if many else names.topics_file
    path = f"{folder}/templates/{text.format(application=sketch.application)}"
    for topic in sketch.command.topics:
        if topic.pattern is PatternType.PREFIX:
            raise CannotCreatePrefix(topic.name)
        if topic.name in declared:
            _check_everywhere(sketch, topic.name, declared[topic.name])
            continue
        manifest = kafka_topic(
            topic_object_name(topic.name), topic.name, cluster.namespace, cluster.name, version,
            sketch.command.partitions or creation.partitions, creation.replicas, sketch.command.retention,
            _cluster_text(sketch, folder),
        )  # fmt: skip
        sketch.create(sketch.service, path, manifest)


def _check_everywhere(sketch: Sketch, topic: str, found: Sequence[KafkaDocument]) -> None:
    there = {name for one in found for name in rendered_in(sketch.files, sketch.service, one, sketch.targets.wanted)}
    if there != sketch.targets.wanted:
        raise TopicElsewhere(topic, there or {"no environment"}, found[0].file, sketch.targets.wanted - there)
    differs = list(dict.fromkeys(text for one in found for text in _differences(sketch.command, one)))
    more = f": it has {' and '.join(differs)}; change that there" if differs else ""
    sketch.notes.append(f"{topic} is declared already, by {found[0].file}, and stays as it is{more}")


def _differences(command: Command, declared: KafkaDocument) -> Iterator[str]:
    """Yield which settings of a declared topic are not what the command asks for."""
    spec = declared.data.get("spec")
    spec = spec if isinstance(spec, Mapping) else {}
    config = spec.get("config")
    retention = config.get("retention.ms") if isinstance(config, Mapping) else None
    for setting, there, asked in (
        ("partitions", spec.get("partitions"), command.partitions),
        ("retention.ms", retention, command.retention),
    ):
        if asked is not None and str(there) != str(asked):
            yield f"{setting} {'by default' if there is None else there}, not {asked}"


def declared_topics(sketch: Sketch) -> dict[str, list[KafkaDocument]]:
    """Return the KafkaTopics of the service by the name that the topic has in Kafka."""
    found: dict[str, list[KafkaDocument]] = {}
    for document in documents(sketch.files, sketch.service, "KafkaTopic"):
        spec = document.data.get("spec")
        name = spec.get("topicName") if isinstance(spec, dict) else None
        name = name or static_name(document)
        if name:
            found.setdefault(str(name), []).append(document)
    return found


def _version(sketch: Sketch, kind: str, near: str) -> str:
    """The apiVersion that the neighbours have, unless the checkout's Strimzi no longer, or not yet, serves it."""
    version = api_version(sketch.files, sketch.service, kind, sketch.rules.access.api_versions[kind], near)
    served = strimzi.served(strimzi.release(sketch.files, sketch.cluster.requires))
    return version if not served or version in served else served[0]


def _cluster_text(sketch: Sketch, path: str) -> str:
    """The cluster label as the neighbours write it: by the subchart's own value where it has one."""
    has_value = value_at(sketch.files, path, "cluster.name", "") is not None or sketch.workspace.created(path)
    return "{{ .Values.cluster.name }}" if has_value else sketch.cluster.name
