"""Which KafkaUsers and KafkaTopics are an application's, and who else has a part in the files that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.errors import UserError
from bot.kafka.acl import Resource, ResourceType
from bot.phalanx.charts import chart, enabled
from bot.phalanx.environments import environments
from bot.phalanx.names import is_static, resolved
from bot.phalanx.resources import KafkaDocument, documents, rendered_in, static_name
from bot.phalanx.strimzi import NEWEST
from bot.phalanx.unknown import listed
from bot.planning.chosen import accesses
from bot.planning.existing import user_by_values
from bot.planning.plan import default_names
from bot.planning.ungranting import sharing
from bot.policy.owners import owner
from bot.policy.rules import Cluster, Rules

_KINDS = ("KafkaUser", "KafkaTopic")


class SharedFile(UserError):
    """A file that holds what other applications use too."""

    def __init__(self, application: str, path: str, parts: Iterable[str], service: str) -> None:
        super().__init__(
            f"{path} is not of {application} alone: it has {listed(parts)}", f"/kafka-access migrate {service}"
        )


class SharedChart(UserError):
    """A chart that several applications render."""

    def __init__(self, path: str, applications: Iterable[str]) -> None:
        super().__init__(f"{path} is in a chart of {listed(applications)} too", "bring it to the new version by hand")


@dataclass(frozen=True, slots=True)
class Held:
    """A document, and the application whose chart renders it."""

    by: str
    document: KafkaDocument

    @property
    def is_old(self) -> bool:
        """Whether it is of another version than the newest."""
        return self.document.document.api_version != NEWEST

    @property
    def name(self) -> str | None:
        """The name that it has in Kafka, or None where only rendering can tell it."""
        spec = self.document.data.get("spec")
        topic = spec.get("topicName") if isinstance(spec, dict) and self.document.kind == "KafkaTopic" else None
        name = str(topic) if topic else static_name(self.document)
        return name if name and "{{" not in name else None


def holdings(files: Files, rules: Rules, cluster: Cluster, application: str) -> Iterator[Held]:
    """Yield what is in the application's own chart, and its users and its own topics in the chart of the cluster."""
    yield from (Held(application, one) for one in documents(files, application, *_KINDS))
    service = cluster.application
    if application != service:
        users = {default_names(rules, application)[0], *connected_as(files, cluster, application)}
        for held in (Held(service, one) for one in documents(files, service, *_KINDS)):
            name = held.name or ""
            if name in users if held.document.kind == "KafkaUser" else name and rules.topics.owns(application, name):
                yield held


def connected_as(files: Files, cluster: Cluster, application: str) -> list[str]:
    """Return the names of the KafkaUsers that the application's KafkaAccesses for the cluster are for.

    One that only rendering tells, or that no environment has, is not among them.
    """
    running = frozenset(name for name, one in environments(files).items() if cluster.application in one.enabled)
    found = [(one, rendered_in(files, application, one, running)) for one in accesses(files, application, cluster)]
    names = [resolved(user_by_values(files, application, one, on) or "", one.chart.name) for one, on in found]
    return [name for name in names if name and is_static(name)]


def rendered_at_most(files: Files, held: Held) -> frozenset[str]:
    """Return the environments in which a document's chart is rendered; its own conditions may say no there."""
    dependency = held.document.dependency
    return frozenset(
        name
        for name, one in environments(files).items()
        if held.by in one.enabled
        and (dependency is None or enabled(files, f"applications/{held.by}", dependency, name))
    )


def check_alone(files: Files, rules: Rules, cluster: Cluster, application: str, held: Held) -> None:
    """Raise SharedFile or SharedChart where others have a part in what a document's file has of old versions."""
    path, folder = held.document.file, held.document.chart.path
    if not path.startswith(f"applications/{held.by}/"):
        names = [one for one in files.names("applications") if one != held.by and _depends(files, one, folder)]
        if names:
            raise SharedChart(path, names)
    if held.by == application:
        return
    mine = holdings(files, rules, cluster, application)
    own = {one.document.document.index for one in mine if one.document.file == path}
    beside = [Held(held.by, one) for one in documents(files, held.by, *_KINDS) if one.file == path]
    parts = [_of_others(files, rules, one) for one in beside if one.is_old and one.document.document.index not in own]
    parts += [
        f"KafkaUser {one.name}, which serves {listed(others)} too"
        for one in (each.document for each in beside if each.is_old and each.document.document.index in own)
        if one.kind == "KafkaUser" and (others := sharing(files, application, one))
    ]
    if parts:
        raise SharedFile(application, path, parts, held.by)


def _depends(files: Files, application: str, folder: str) -> bool:
    found = chart(files, f"applications/{application}")
    return found is not None and any(one.path == folder for one in found.dependencies)


def _of_others(files: Files, rules: Rules, held: Held) -> str:
    """Return a document with the applications that it is of, in words."""
    applications, document = files.names("applications"), held.document
    if document.kind == "KafkaUser":
        owners = {*sharing(files, "", document)}
        owners |= {one for one in applications if default_names(rules, one)[0] == document.name}
    else:
        of = owner(rules.topics, Resource(ResourceType.TOPIC, held.name or ""), applications, "")
        owners = {of} if of else set()
    return f"{document.kind} {document.name}{f' of {listed(owners)}' if owners else ''}"
