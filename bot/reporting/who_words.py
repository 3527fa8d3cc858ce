"""Access in words: what rules, flags and holders are called wherever they are shown. Plain text."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.kafka.access import Right, allows, may, only_from
from bot.kafka.acl import Acl, Operation, Permission, Resource, ResourceType
from bot.kafka.matching import is_exact, is_wildcard
from bot.kafka.operations import names_of
from bot.kafka.quotas import limit
from bot.landscape.access import Grant, OtherUse, UserAccess, joins_groups
from bot.landscape.answers import Holdings, Seen
from bot.landscape.holders import Holder
from bot.landscape.model import ClusterKey, KafkaCluster, KafkaUser, Origin
from bot.words import counted

NOBODY = "held by no application of this tree"
MISSING = "What this leaves out"
UNUSED = "topics that no rule lets a KafkaUser use"

_KINDS = {
    ResourceType.TOPIC: "topic",
    ResourceType.GROUP: "group",
    ResourceType.CLUSTER: "cluster",
    ResourceType.TRANSACTIONAL_ID: "transactional id",
}


def place(origin: Origin, line: int = 0) -> str:
    """Return `file:line` as far as it is known, else the application that renders it."""
    return replace(origin, line=line or origin.line).place if origin.file else f"rendered by {origin.application}"


def rule(acl: Acl) -> str:
    """Return a rule: `topic lsst.foo*: Describe, Read`."""
    host = f" from {acl.host}" if acl.host != "*" else ""
    deny = "deny " if acl.permission is Permission.DENY else ""
    return f"{deny}{about(acl.resource)}: {', '.join(names_of(acl.operations))}{host}"


def about(resource: Resource) -> str:
    """Return which resources a rule is about: `topic lsst.foo*`, `every topic`, `the cluster`."""
    kind = _KINDS[resource.type]
    if resource.type is ResourceType.CLUSTER:
        return "the cluster"
    return f"every {kind}" if is_wildcard(resource) else f"{kind} {resource.starred}"


def other(use: OtherUse) -> str:
    """Return what may be done with groups, transactional ids or the cluster: `group foo*: Read`."""
    return f"{about(use.resource)}: {operations(use.right)}"


def operations(right: Right) -> str:
    """Return the operations of a right by Kafka's names, with the hosts from which alone some work."""
    return "; ".join(", ".join(names_of(some)) + only_from(hosts) for hosts, some in right.by_hosts().items())


def by_itself(acl: Acl) -> str:
    """Return what a rule comes to where no other is: `read, only from 10.0.0.1`."""
    return allows(acl) + only_from((acl.host,) if acl.host != "*" else ())


def cluster(namespace: str, name: str) -> str:
    """Return how a cluster is called."""
    return f"{namespace}/{name}" if name else f"{namespace}/(no label names one)"


def topics(one: UserAccess) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a KafkaUser may do with topics, as lines, and below each the declared topics of its pattern.

    What one rule gives and a more exact one adds to, or takes away, is said of the topic.
    """
    uses = {use.topic: use for use in one.topics}
    allowed = [
        rule_
        for rule_ in one.rules
        if rule_.acl.resource.type is ResourceType.TOPIC and rule_.acl.permission is Permission.ALLOW
    ]
    found: list[tuple[str, tuple[str, ...]]] = []
    for rule_ in allowed:
        if not is_exact(rule_.acl.resource):
            names_ = tuple(f"{name}: {may(uses[name].right)}" for name in rule_.topics if name in uses)
            what, count = by_itself(rule_.acl), counted(len(names_), "declared topic")
            found.append((f"{about(rule_.acl.resource)}: {what}; {count}", names_))
    for name in dict.fromkeys(rule_.acl.resource.name for rule_ in allowed if is_exact(rule_.acl.resource)):
        if name in uses:
            undeclared = "" if uses[name].declared else " (not declared)"
            found.append((f"topic {name}: {may(uses[name].right)}{undeclared}", ()))
    return found


def by_application(holdings: Holdings) -> list[tuple[str, tuple[UserAccess, ...]]]:
    """Return the KafkaUsers of each application; those that nobody holds come last, under an empty name."""
    found: dict[str, list[UserAccess]] = {}
    for one in holdings.users:
        for name in sorted({holder.application for holder in one.holders}) or [""]:
            found.setdefault(name, []).append(one)
    return [(name, tuple(users)) for name, users in sorted(found.items(), key=lambda one: (not one[0], one[0]))]


def unused(holdings: Holdings) -> list[str]:
    """Return the declared topics that no rule lets a KafkaUser use."""
    used = {(one.user.cluster_key, use.topic) for one in holdings.users for use in one.topics}
    left = {(one.topic, one.cluster_key) for one in holdings.topics if (one.cluster_key, one.topic) not in used}
    return [f"{topic}{in_cluster(key, holdings.cluster_keys)}" for topic, key in sorted(left)]


def in_cluster(key: ClusterKey, known: Collection[ClusterKey]) -> str:
    """Return which cluster something is of, to stand behind its name; nothing where only one is known."""
    return f" ({cluster(*key)})" if len(known) > 1 else ""


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
    if not joins_groups(one.user.acls) and any(Operation.READ in use.right.operations for use in one.topics):
        found.append("may read, but no rule lets it join a consumer group")
    return found


def _of_user(user: KafkaUser, kafka: KafkaCluster | None) -> list[str]:
    found = [f"until {user.expires}"] if user.expires else []
    found += [limit(*quota) for quota in user.quotas]
    found += user.problems
    if not user.cluster:
        found.append("the label strimzi.io/cluster is missing, so no operator makes this user")
    elif kafka is None:
        found.append(f"no Kafka cluster {user.cluster} is rendered in namespace {user.namespace}")
    elif not kafka.authorization:
        found.append("authorization of its cluster is off, so it may do everything there")
    elif user.principal in kafka.super_users:
        found.append("is a super user of its cluster, so it may do everything there")
    return found


def of_cluster(kafka: KafkaCluster | None) -> list[str]:
    """Return who may do everything in a cluster whatever the rules say."""
    if kafka is None:
        return []
    if not kafka.authorization:
        return ["authorization is off: whoever reaches the brokers may do everything"]
    found = []
    if kafka.authorization != "simple":
        found.append(f"authorization is {kafka.authorization}, which may heed other rules than those of KafkaUsers")
    users = ", ".join(kafka.super_users)
    return [*found, f"super users: {users}"] if users else found


def nobody(kafka: KafkaCluster | None) -> str:
    """Return who may use a topic all the same that no rule lets a KafkaUser use."""
    if kafka is None:
        return "no rule lets a KafkaUser use it"
    if not kafka.authorization:
        return "everybody who can connect may use it"
    return "only the super users may use it" if kafka.super_users else "no rule lets a KafkaUser use it"


def missing(seen: Seen) -> list[str]:
    """Return what an answer leaves out, and why."""
    found = []
    for gap in seen.gaps:
        where = ", ".join(gap.environments)
        found.append(f"{gap.application or 'everything'} in {where} does not render: {gap.text}")
    if seen.without_kafka:
        found.append(f"there is no Kafka in {', '.join(seen.without_kafka)}")
    if seen.remote:
        charts = ", ".join(f"{name} ({', '.join(left_out)})" for name, left_out in seen.remote)
        found.append(f"charts that are not in the checkout were left out: {charts}")
    return found
