"""Who may do what in one environment, by Kafka's rules. Pure: asks what was rendered, and nothing else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.kafka.access import Right, right
from bot.kafka.acl import Acl, Operation, Permission, Resource, ResourceType
from bot.kafka.matching import is_exact, is_wildcard, matches
from bot.landscape.holders import Holder, Holders
from bot.landscape.model import ClusterKey, Environment, KafkaCluster, KafkaTopic, KafkaUser


@dataclass(frozen=True, slots=True)
class Because:
    """A rule, and the line of the KafkaUser's file in which it stands (0: cannot be told)."""

    acl: Acl
    line: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What one KafkaUser may do with one topic; `joins` says whether it may read with any consumer group."""

    user: KafkaUser
    right: Right
    rules: tuple[Because, ...]
    holders: tuple[Holder, ...]
    joins: bool

    @property
    def reads_without_group(self) -> bool:
        """Whether it may read but join no consumer group, which most clients need for that."""
        return Operation.READ in self.right.operations and not self.joins


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """Who may use a topic of one Kafka cluster; `kafka` is None where the cluster itself is not rendered."""

    name: str
    namespace: str
    kafka: KafkaCluster | None
    declared: tuple[KafkaTopic, ...]
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class TopicUse:
    """What a KafkaUser may do with a topic; `declared` says whether a KafkaTopic makes it."""

    topic: str
    right: Right
    declared: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its place, and what it comes to: the declared topics that it is about."""

    acl: Acl
    line: int
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherUse:
    """What a KafkaUser may do with consumer groups, transactional ids or the cluster of a rule."""

    resource: Resource
    right: Right


@dataclass(frozen=True, slots=True)
class UserAccess:
    """All that a KafkaUser may do, and which applications hold it."""

    user: KafkaUser
    kafka: KafkaCluster | None
    holders: tuple[Holder, ...]
    rules: tuple[Rule, ...]
    topics: tuple[TopicUse, ...]
    others: tuple[OtherUse, ...]

    def is_of(self, application: str) -> bool:
        """Whether an application holds it, or, where nobody is seen to, has its name."""
        names = {one.application for one in self.holders}
        return application in names or (not names and self.user.name == application)


def topic_access(environment: Environment, topic: str) -> tuple[ClusterAccess, ...]:
    """Return who may use a topic, for each Kafka cluster that declares it, has rules about it or asks for none.

    Clusters come by namespace and name, grants by principal. What super users may do is not told for each topic.
    """
    found, holdings = [], Holders(environment)
    for key in cluster_keys(environment):
        kafka = _kafka(environment, key)
        declared = tuple(one for one in environment.topics if one.cluster_key == key and one.topic == topic)
        grants = tuple(
            sorted(
                _grants(holdings, [one for one in environment.users if one.cluster_key == key], topic),
                key=lambda one: (one.user.principal, one.user.origin.file, one.user.origin.line),
            )
        )
        if declared or grants or (kafka and not kafka.authorization):
            namespace, name = key
            found.append(ClusterAccess(name, namespace, kafka, declared, grants))
    return tuple(found)


def application_access(environment: Environment, application: str) -> tuple[UserAccess, ...]:
    """Return what an application may do: all KafkaUsers that it holds, and one of its name that nobody holds.

    Credentials that reach an application by way of a vault leave no trace but the name.
    """
    return tuple(one for one in access_of_users(environment) if one.is_of(application))


def access_of_users(environment: Environment) -> Iterator[UserAccess]:
    """Yield what each KafkaUser may do, by cluster and principal."""
    holdings = Holders(environment)
    by_cluster = {key: _declared(environment, key) for key in cluster_keys(environment)}
    for user in sorted(environment.users, key=lambda one: (one.cluster_key, one.principal)):
        topics = by_cluster[user.cluster_key]
        rules = tuple(
            Rule(acl, user.line(acl), tuple(_about(acl.resource, topics))) for acl in dict.fromkeys(user.acls)
        )
        yield UserAccess(
            user,
            _kafka(environment, user.cluster_key),
            holdings.of(user),
            rules,
            tuple(_topics(user.acls, rules, frozenset(topics))),
            tuple(_others(user.acls)),
        )


def _topics(acls: Sequence[Acl], rules: Iterable[Rule], declared: frozenset[str]) -> Iterator[TopicUse]:
    """Yield each declared topic that may be used, and each that a rule names whether it is declared or not."""
    names = {name for rule in rules for name in rule.topics}
    names |= {acl.resource.name for acl in acls if _names_one_topic(acl.resource)}
    known: dict[tuple[Acl, ...], Right] = {}
    for name in sorted(names):
        about = tuple(acl for acl in acls if matches(acl.resource, ResourceType.TOPIC, name))
        if about not in known:
            known[about] = right(about, ResourceType.TOPIC, name)
        if known[about]:
            yield TopicUse(name, known[about], name in declared)


def _others(acls: Sequence[Acl]) -> Iterator[OtherUse]:
    for resource in dict.fromkeys(acl.resource for acl in acls if acl.resource.type is not ResourceType.TOPIC):
        found = right(acls, resource.type, resource.name)
        if found:
            yield OtherUse(resource, found)


def joins_groups(acls: Sequence[Acl]) -> bool:
    """Whether rules let a client read with some consumer group; one that no rule denies is enough."""
    groups = [acl.resource for acl in acls if acl.resource.type is ResourceType.GROUP]
    # Behind a prefix or a wildcard there are names that no other rule is about.
    names = [one.name for one in groups] + [f"{one.name}~" for one in groups]
    return any(Operation.READ in right(acls, ResourceType.GROUP, name).operations for name in names)


def cluster_keys(environment: Environment) -> tuple[ClusterKey, ...]:
    """Return all clusters that are rendered or that labels name, in order."""
    labelled = {one.cluster_key for one in environment.users} | {one.cluster_key for one in environment.topics}
    return tuple(sorted(labelled | {one.cluster_key for one in environment.clusters}))


def _grants(holdings: Holders, users: Iterable[KafkaUser], topic: str) -> Iterator[Grant]:
    for user in users:
        found = right(user.acls, ResourceType.TOPIC, topic)
        if found:
            acls = [acl for acl in dict.fromkeys(user.acls) if acl in found.rules or _denies(acl, topic)]
            rules = tuple(Because(acl, user.line(acl)) for acl in acls)
            yield Grant(user, found, rules, holdings.of(user), joins_groups(user.acls))


def _denies(acl: Acl, topic: str) -> bool:
    return acl.permission is Permission.DENY and matches(acl.resource, ResourceType.TOPIC, topic)


def _kafka(environment: Environment, key: ClusterKey) -> KafkaCluster | None:
    return next((one for one in environment.clusters if one.cluster_key == key), None)


def _declared(environment: Environment, key: ClusterKey) -> list[str]:
    return sorted({one.topic for one in environment.topics if one.cluster_key == key})


def _about(resource: Resource, topics: Sequence[str]) -> Sequence[str]:
    """Return which of these topics, in order, a resource is about; there may be thousands of both."""
    if resource.type is not ResourceType.TOPIC:
        return ()
    if is_wildcard(resource):
        return topics
    first = bisect_left(topics, resource.name)
    last = first
    while last < len(topics) and matches(resource, ResourceType.TOPIC, topics[last]):
        last += 1
    return topics[first:last]


def _names_one_topic(resource: Resource) -> bool:
    return resource.type is ResourceType.TOPIC and is_exact(resource)
