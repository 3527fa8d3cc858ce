"""What a change does to who may do what: effective access before and after, by Kafka's rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.kafka.access import Right, right
from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.kafka.matching import is_wildcard, matches, overlaps
from bot.kafka.operations import closure
from bot.landscape.model import ClusterKey, KafkaCluster, KafkaTopic, KafkaUser


class Holding(Protocol):
    """An environment, or as much of one as is known: its KafkaUsers, KafkaTopics and Kafka clusters."""

    @property
    def users(self) -> tuple[KafkaUser, ...]:
        """All KafkaUsers."""

    @property
    def topics(self) -> tuple[KafkaTopic, ...]:
        """All KafkaTopics."""

    @property
    def clusters(self) -> tuple[KafkaCluster, ...]:
        """All Kafka clusters."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A Holding of nothing else."""

    users: tuple[KafkaUser, ...] = ()
    topics: tuple[KafkaTopic, ...] = ()
    clusters: tuple[KafkaCluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a principal gained or lost, with what it comes to.

    `covers` are the declared topics that a prefix or wildcard is about, `implied` the operations that it does not
    name and yet gives, `others` the other principals that have rules about some of the same names.
    """

    principal: str
    acl: Acl
    covers: tuple[str, ...] = ()
    implied: tuple[Operation, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What a principal may do to one topic, before and after; `readers` and `writers` are who else may, after.

    `before` and `after` are equal for a topic that a gained rule is about and that was as open by other rules.
    """

    principal: str
    topic: str
    declared: bool
    before: Right
    after: Right
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic that is declared after and was not before, with those who may read and write it, whoever they are."""

    name: str
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """What differs between two states of one environment. All of it is sorted by cluster, principal and name.

    Where anything does, `super_users` are the principals that may do everything there whatever rules say, and
    `unguarded` the names of the clusters that ask for no rules.
    """

    gained: tuple[Rule, ...] = ()
    lost: tuple[Rule, ...] = ()
    accesses: tuple[Access, ...] = ()
    new_topics: tuple[NewTopic, ...] = ()
    gone_topics: tuple[str, ...] = ()
    new_users: tuple[str, ...] = ()
    gone_users: tuple[str, ...] = ()
    super_users: tuple[str, ...] = ()
    unguarded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Delta(super_users=self.super_users, unguarded=self.unguarded)


@dataclass(frozen=True)
class _Principal:
    """A KafkaUser's rules, arranged so that most topics are told apart from them without looking at each rule."""

    name: str
    acls: tuple[Acl, ...] = ()
    literals: frozenset[str] = field(init=False)
    prefixes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        topics = [one.resource for one in self.acls if one.resource.type is ResourceType.TOPIC]
        literal = frozenset(one.name for one in topics if one.pattern is PatternType.LITERAL)
        object.__setattr__(self, "literals", literal)
        prefixes = tuple(one.name for one in topics if one.pattern is PatternType.PREFIX)
        # Literal `*` is every topic, and so is the empty prefix.
        object.__setattr__(self, "prefixes", ("",) if "*" in literal else prefixes)

    def right(self, topic: str) -> Right:
        if topic in self.literals or topic.startswith(self.prefixes):
            return right(self.acls, ResourceType.TOPIC, topic)
        return Right(frozenset())


def places(rules: Iterable[tuple[str, tuple[Rule, ...]]]) -> dict[tuple[str, Acl], tuple[str, ...]]:
    """Return (principal, rule) with all environments where it is; `rules` are those of each environment."""
    found: dict[tuple[str, Acl], tuple[str, ...]] = {}
    for name, here in rules:
        for one in here:
            key = (one.principal, one.acl)
            found[key] = (*found.get(key, ()), name)
    return found


def delta(before: Holding, after: Holding) -> Delta:
    """Return how two states of an environment differ, by principal and topic.

    Topics are those that are declared on either side, and those that a changed rule names. A KafkaUser and a
    KafkaTopic are about each other only where they belong to the same cluster.
    """
    found = (_cluster(_of(before, key), _of(after, key)) for key in _clusters(before, after))
    parts = [one for one in found if one]
    names = Delta.__dataclass_fields__
    return Delta(*(tuple(one for part in parts for one in getattr(part, name)) for name in names))


def _clusters(*sides: Holding) -> list[ClusterKey]:
    users = {one.cluster_key for side in sides for one in side.users}
    return sorted(users | {one.cluster_key for side in sides for one in side.topics})


def _of(side: Holding, key: ClusterKey) -> Declared:
    return Declared(
        tuple(one for one in side.users if one.cluster_key == key),
        tuple(one for one in side.topics if one.cluster_key == key),
        tuple(one for one in side.clusters if one.cluster_key == key),
    )


def _cluster(before: Declared, after: Declared) -> Delta:
    old, new = _principals(before.users), _principals(after.users)
    had, has = ({one.topic for one in side.topics} for side in (before, after))
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    gained, lost, accesses = [], [], []
    for name in changed:
        first, second = old.get(name, _Principal(name)), new.get(name, _Principal(name))
        more, fewer = _more(first.acls, second.acls), _more(second.acls, first.acls)
        added = [_rule(name, acl, sorted(has), new) for acl in more]
        gained += added
        lost += [_rule(name, acl, sorted(had), old) for acl in fewer]
        about = {*_named(more), *(topic for one in added for topic in one.covers)}
        for topic in sorted(had | has | about | {*_named(fewer)}):
            rights = first.right(topic), second.right(topic)
            if topic in about or _open(rights[0]) != _open(rights[1]):
                accesses.append(Access(name, topic, topic in has, *rights, *_others(name, topic, new)))
    return Delta(
        tuple(gained),
        tuple(lost),
        tuple(accesses),
        tuple(NewTopic(topic, *_others("", topic, new)) for topic in sorted(has - had)),
        tuple(sorted(had - has)),
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(name for one in after.clusters for name in one.super_users if one.authorization),
        tuple(one.name for one in after.clusters if not one.authorization),
    )


def _principals(users: Iterable[KafkaUser]) -> dict[str, _Principal]:
    found: dict[str, tuple[Acl, ...]] = {}
    for one in users:
        found[one.principal] = (*found.get(one.principal, ()), *one.acls)
    return {name: _Principal(name, acls) for name, acls in found.items()}


def _more(before: Sequence[Acl], after: Sequence[Acl]) -> list[Acl]:
    """Return what `after` says and `before` does not, as one rule for each resource, host and permission."""
    had, has = _by_place(before), _by_place(after)
    found = [
        Acl(resource, operations - had.get((resource, host, permission), frozenset()), host, permission)
        for (resource, host, permission), operations in has.items()
    ]
    return sorted((one for one in found if one.operations), key=_order)


def _by_place(acls: Iterable[Acl]) -> dict[tuple[Resource, str, Permission], frozenset[Operation]]:
    found: dict[tuple[Resource, str, Permission], frozenset[Operation]] = {}
    for one in acls:
        place = (one.resource, one.host, one.permission)
        found[place] = found.get(place, frozenset()) | one.operations
    return found


def _order(acl: Acl) -> tuple[int, str, str, str, str]:
    resource = acl.resource
    return [*ResourceType].index(resource.type), resource.name, resource.pattern, acl.host, acl.permission


def _rule(name: str, acl: Acl, topics: Sequence[str], principals: dict[str, _Principal]) -> Rule:
    resource = acl.resource
    is_many = resource.pattern is PatternType.PREFIX or is_wildcard(resource)
    covers = [one for one in topics if matches(resource, ResourceType.TOPIC, one)] if is_many else []
    implied: frozenset[Operation] = frozenset()
    if acl.permission is Permission.ALLOW and Operation.ALL not in acl.operations:
        implied = closure(acl.operations, resource.type) - acl.operations
    others = [
        one.name
        for one in principals.values()
        if one.name != name
        and any(
            rule.permission is Permission.ALLOW and _is_used(rule) and overlaps(rule.resource, resource)
            for rule in one.acls
        )
    ]
    return Rule(name, acl, tuple(covers), tuple(sorted(implied, key=[*Operation].index)), tuple(sorted(others)))


def _is_used(acl: Acl) -> bool:
    """Whether a rule lets somebody read or write, and not only look."""
    return bool(acl.operations & {Operation.READ, Operation.WRITE, Operation.ALL})


def _named(acls: Iterable[Acl]) -> Iterator[str]:
    for one in acls:
        resource = one.resource
        if resource.type is ResourceType.TOPIC and resource.pattern is PatternType.LITERAL and resource.name != "*":
            yield resource.name


def _open(found: Right) -> tuple[object, ...]:
    return found.operations, found.hosts


def _others(name: str, topic: str, everybody: dict[str, _Principal]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who else may read a topic, and who else may write it."""
    others = {one.name: one.right(topic).operations for one in everybody.values() if one.name != name}
    readers, writers = (
        tuple(sorted(other for other, given in others.items() if operation in given))
        for operation in (Operation.READ, Operation.WRITE)
    )
    return readers, writers
