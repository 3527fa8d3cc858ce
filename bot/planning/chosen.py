"""What a command chooses from the rules by name: the Kafka cluster, and the client's profile."""

from __future__ import annotations

from collections.abc import Iterable

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.phalanx.names import is_static
from bot.phalanx.resources import KafkaDocument, documents
from bot.phalanx.unknown import listed, nearest
from bot.policy.profiles import Profile
from bot.policy.rules import Cluster, Rules


class UnknownCluster(UserError):
    """`cluster=` names none of the rules'."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = list(known)
        super().__init__(f"there is no Kafka cluster {name}; the rules have {listed(names)}", nearest(name, names))


class UnknownProfile(UserError):
    """`profile=` names none of the rules'."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = list(known)
        super().__init__(f"there is no profile {name}; the rules have {listed(names)}", nearest(name, names))


def cluster_of(rules: Rules, command: Command) -> Cluster:
    """Return the cluster that is meant; raises UnknownCluster."""
    name = command.cluster or rules.cluster.name
    found = {one.name: one for one in rules.clusters.clusters}
    if name not in found:
        raise UnknownCluster(name, found)
    return found[name]


def profile_of(rules: Rules, command: Command) -> Profile:
    """Return the profile that is meant; raises UnknownProfile."""
    name = command.profile or rules.profile.name
    found = {one.name: one for one in rules.profiles.profiles}
    if name not in found:
        raise UnknownProfile(name, found)
    return found[name]


def cluster_name(access: KafkaDocument) -> str | None:
    """Return the cluster that a KafkaAccess names, or None where only rendering can tell it."""
    spec = access.data.get("spec")
    kafka = spec.get("kafka") if isinstance(spec, dict) else None
    name = kafka.get("name") if isinstance(kafka, dict) else None
    return str(name) if name and is_static(str(name)) else None


def is_of(access: KafkaDocument, cluster: Cluster) -> bool:
    """Whether a KafkaAccess may be for this cluster: one whose cluster cannot be told is."""
    return cluster_name(access) in {None, cluster.name}


def accesses(files: Files, application: str, cluster: Cluster) -> list[KafkaDocument]:
    """Return an application's KafkaAccesses for a cluster."""
    return [one for one in documents(files, application, "KafkaAccess") if is_of(one, cluster)]


def elsewhere(files: Files, application: str, cluster: Cluster) -> list[KafkaDocument]:
    """Return an application's KafkaAccesses for other clusters."""
    return [one for one in documents(files, application, "KafkaAccess") if not is_of(one, cluster)]
