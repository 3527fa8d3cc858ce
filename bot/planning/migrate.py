"""A migration -> Plan: the KafkaUsers and KafkaTopics of an application to the newest version. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.phalanx import strimzi
from bot.phalanx.environments import environments
from bot.phalanx.names import is_static
from bot.phalanx.resources import KafkaDocument, documents
from bot.phalanx.unknown import check_chart, listed
from bot.planning.chosen import cluster_of
from bot.planning.holdings import Held, check_alone, connected_as, holdings, rendered_at_most
from bot.planning.model import EnvironmentNote, Plan, ResourceChange
from bot.planning.workspace import Workspace
from bot.policy.rules import Cluster, Rules
from bot.proof.model import Expected, MigratedTemplate
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.migration import migrated
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import start, value


class NotServed(UserError):
    """The Strimzi of the checkout does not know the newest version, or does not say which it is."""

    def __init__(self, release: str, applications: Sequence[str]) -> None:
        charts = listed(f"applications/{one}/Chart.yaml" for one in applications) if applications else "the chart"
        super().__init__(
            f"Strimzi {release} ({charts}) does not serve {strimzi.NEWEST}"
            if strimzi.served(release)
            else f"{charts} does not say in one version which Strimzi runs, so nobody knows if it serves "
            f"{strimzi.NEWEST}",
            "have strimzi-kafka-operator at 0.49.0 or later there first",
        )


class CannotMigrate(UserError):
    """A document that is written in a way that no edit of it can be proved."""

    def __init__(self, document: KafkaDocument, why: str) -> None:
        super().__init__(
            f"{document.kind} {document.name} in {document.file} cannot be migrated: {why}",
            "write that out in the template first, then ask again",
        )


class FromElsewhere(UserError):
    """A document of which values or a helper make a part, where the proof says that more than the version differs."""

    def __init__(self, document: KafkaDocument) -> None:
        super().__init__(
            f"{document.kind} {document.name} in {document.file} gets a part of its spec from values or a helper, and "
            f"that part is not as {strimzi.NEWEST} has it",
            "say operations instead of operation there first, then ask again",
        )


def plan(files: Files, rules: Rules, command: Command) -> Plan:
    """Think a migration through; raises a UserError that says why not, and what to type instead."""
    application = command.application or ""
    check_chart(files, application)
    cluster = cluster_of(rules, command)
    found = [one for one in holdings(files, rules, cluster, application) if one.is_old]
    release = strimzi.release(files, cluster.requires)
    if found and strimzi.NEWEST not in strimzi.served(release):
        raise NotServed(release, cluster.requires)
    workspace = Workspace(files)
    by_file = {
        one.document.file: [other for other in found if other.document.file == one.document.file] for one in found
    }
    for path, inside in by_file.items():
        check_alone(files, rules, cluster, application, inside[0])
        workspace.edit(path, [edit for one in inside for edit in _edits(one.document)])
    targets = sorted(frozenset[str]().union(*(rendered_at_most(files, one) for one in found)))
    return Plan(
        command,
        application,
        tuple(targets),
        tuple(EnvironmentNote(name, "target") for name in targets),
        workspace.changes(),
        tuple(_resource(rules, one) for one in found),
        notes=(
            *_made_from_values(files, cluster, application),
            *_other_clusters(files, rules, cluster, application),
            *_other_kinds(found),
        ),
        expected=Expected(migrated=tuple(_announced(files, inside[0]) for inside in by_file.values())),
        schemas=rules.schemas,
        service=cluster.application,
        doubts=tuple(FromElsewhere(one.document) for one in found if not _is_spelled_out(one.document)),
    )


def _edits(document: KafkaDocument) -> list[Splice]:
    """Return the edits of a document; raises CannotMigrate, and OddRules for rules that Kafka would not take."""
    if document.file.endswith(".tpl") or any(
        one.startswith("define") for one in document.template.conditions(document.document)
    ):
        raise CannotMigrate(document, "it is a helper that other templates print")
    if value(document.document.node, "spec") is None and _is_spelled_out(document):
        raise CannotMigrate(document, f"it has no spec, and {strimzi.NEWEST} demands one")
    if is_static(str(document.data.get("spec"))):
        document.acls()
    try:
        return list(migrated(document.template, document.document, strimzi.NEWEST))
    except CannotEdit as error:
        raise CannotMigrate(document, error.text) from error


def _announced(files: Files, held: Held) -> MigratedTemplate:
    running = frozenset(name for name, one in environments(files).items() if held.by in one.enabled)
    return MigratedTemplate(held.by, running, held.document.file)


def _resource(rules: Rules, held: Held) -> ResourceChange:
    document = held.document
    namespaces = {one.application: one.namespace for one in rules.clusters.clusters}
    return ResourceChange(document.kind, document.name, namespaces.get(held.by, held.by), document.file, "amend")


def _is_spelled_out(document: KafkaDocument) -> bool:
    """Whether a template itself says all of a document's spec, or all there is, but single values."""
    spec = value(document.document.node, "spec")
    first = start(spec) if spec is not None else document.document.start
    inside = document.template.directives.between(first, document.document.end)
    return not any(one.whole or "indent" in one.body for one in inside if not one.silent)


def _made_from_values(files: Files, cluster: Cluster, application: str) -> Iterator[str]:
    """Yield a sentence for each KafkaUser of the application that a loop over values makes, with those of others."""
    service = cluster.application
    users = [Held(service, one) for one in documents(files, service, "KafkaUser")]
    names, loops = {one.name for one in users}, [one for one in users if one.name is None and one.is_old]
    for name in connected_as(files, cluster, application):
        if loops and name not in names and application != service:
            yield (
                f"KafkaUser {name} is made from values of {service}, with those of others: "
                f"/kafka-access migrate {service} moves it"
            )


def _other_clusters(files: Files, rules: Rules, cluster: Cluster, application: str) -> Iterator[str]:
    """Yield a sentence for each other cluster of which the application has something old in that cluster's chart."""
    for other in rules.clusters.clusters:
        held = holdings(files, rules, other, application) if other != cluster else ()
        if any(one.is_old and one.by == other.application != application for one in held):
            yield f"what it has of Kafka cluster {other.name} is of an old version too: type cluster={other.name}"


def _other_kinds(found: Iterable[Held]) -> Iterator[str]:
    """Yield a sentence for each file that has more of Strimzi in an old version."""
    for path, template in {one.document.file: one.document.template for one in found}.items():
        kinds = {
            str(one.kind)
            for one in template.documents
            if one.api_version.startswith(f"{strimzi.GROUP}/v1beta") and one.kind not in ("KafkaUser", "KafkaTopic")
        }
        if kinds:
            yield f"{listed(kinds)} in {path} keeps its version, which has to be changed by hand before Strimzi 1.0"
