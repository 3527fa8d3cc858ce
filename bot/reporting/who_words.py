"""Access in words: what rules, flags and holders are called wherever they are shown. Plain text."""

from __future__ import annotations

from collections.abc import Iterable

from bot.kafka.access import plain
from bot.kafka.acl import Acl, PatternType, Permission, Resource, ResourceType
from bot.kafka.matching import is_wildcard
from bot.kafka.operations import ordered
from bot.landscape.access import Grant, Holder, UserAccess, joins_groups
from bot.landscape.answers import Seen
from bot.landscape.model import KafkaCluster, KafkaUser, Origin

_KINDS = {
    ResourceType.TOPIC: "topic",
    ResourceType.GROUP: "group",
    ResourceType.CLUSTER: "cluster",
    ResourceType.TRANSACTIONAL_ID: "transactional id",
}


def place(origin: Origin, line: int = 0) -> str:
    """Return `file:line` as far as it is known, else the application that renders it."""
    number = line or origin.line
    if not origin.file:
        return f"rendered by {origin.application}"
    return f"{origin.file}:{number}" if number else origin.file


def starred(resource: Resource) -> str:
    """Return a resource's name, with a star behind a prefix."""
    return f"{resource.name}*" if resource.pattern is PatternType.PREFIX else resource.name


def rule(acl: Acl) -> str:
    """Return a rule: `topic lsst.foo*: Describe, Read`."""
    kind = _KINDS[acl.resource.type]
    about = f"every {kind}" if is_wildcard(acl.resource) else f"{kind} {starred(acl.resource)}"
    if acl.resource.type is ResourceType.CLUSTER:
        about = "the cluster"
    operations = ", ".join(one.value for one in ordered(acl.operations))
    host = f" from {acl.host}" if acl.host != "*" else ""
    deny = "deny " if acl.permission is Permission.DENY else ""
    return f"{deny}{about}: {operations}{host}"


def may(grant: Grant) -> str:
    """Return what a KafkaUser may do with the topic."""
    hosts = f", only from {', '.join(grant.right.hosts)}" if grant.right.hosts else ""
    return plain(grant.right.operations, ResourceType.TOPIC) + hosts


def held_by(found: Iterable[Holder]) -> str:
    """Return which applications hold a KafkaUser, and how."""
    listed = [_holder(one) for one in found]
    return "; ".join(listed) or "no application of this tree"


def _holder(one: Holder) -> str:
    how = f"KafkaAccess {one.access}" if one.access else "its own Secret"
    return f"{one.application} ({', '.join((how, *one.workloads))})"


def flags(grant: Grant, kafka: KafkaCluster | None) -> list[str]:
    """Return what is odd about one KafkaUser's access to a topic."""
    found = _of_user(grant.user, kafka)
    if grant.reads_without_group:
        found.append("may read, but no rule lets it join a consumer group")
    return found


def flags_of(one: UserAccess) -> list[str]:
    """Return what is odd about all that a KafkaUser may do."""
    found = _of_user(one.user, one.kafka)
    if not joins_groups(one.user.acls) and any("Read" in use.right.operations for use in one.topics):
        found.append("may read, but no rule lets it join a consumer group")
    return found


def _of_user(user: KafkaUser, kafka: KafkaCluster | None) -> list[str]:
    found = list(user.problems)
    if not user.cluster:
        found.append("the label strimzi.io/cluster is missing, so no operator makes this user")
    elif kafka is None:
        found.append(f"no Kafka cluster {user.cluster} is rendered in namespace {user.namespace}")
    return found


def of_cluster(kafka: KafkaCluster | None) -> list[str]:
    """Return who may do everything in a cluster whatever the rules say."""
    if kafka is None:
        return []
    if not kafka.authorization:
        return ["authorization is off: whoever reaches the brokers may do everything"]
    users = ", ".join(f"User:{one}" for one in kafka.super_users)
    return [f"super users: {users}"] if users else []


def missing(seen: Seen) -> list[str]:
    """Return what an answer does not rest on."""
    found = []
    for gap in seen.gaps:
        where = ", ".join(gap.environments)
        found.append(f"{gap.application or 'everything'} in {where} does not render: {gap.text}")
    found += [f"{name} was read without its remote charts {', '.join(charts)}" for name, charts in seen.remote]
    return found
