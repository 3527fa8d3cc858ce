"""What a change of access needs besides a review: the agreement of those whose topics, groups or ids it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.audit.finding import undashed
from bot.checkout.files import Files
from bot.kafka.acl import Acl, Operation, Permission, Resource, ResourceType
from bot.kafka.names import user_of
from bot.landscape.delta import Delta
from bot.landscape.model import Environment, KafkaCluster, KafkaUser, Landscape, Origin
from bot.phalanx.codeowners import code_owners
from bot.policy.owners import claim
from bot.policy.rules import Rules
from bot.policy.verdict import Severity

_RULES = {
    ResourceType.TOPIC: "topic-of-another",
    ResourceType.GROUP: "group-of-another",
    ResourceType.TRANSACTIONAL_ID: "transactional-id-of-another",
}
_ASKING = frozenset({Severity.REFUSE, Severity.NEEDS_APPROVAL})
"""What a command is refused for, somebody can still write by hand."""

_EVERYTHING = Acl(Resource(ResourceType.TOPIC, "*"), frozenset({Operation.ALL}))
_RULING = frozenset({Operation.ALL, Operation.ALTER, Operation.CLUSTER_ACTION})
"""On the cluster: who may write rules or copy partitions gets at every topic.
https://kafka.apache.org/documentation/#operations_resources_and_protocols"""


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A right that somebody else has to agree to: one of `teams` (by the rules) or of `code_owners` (of the KafkaUser).

    `user` is the KafkaUser that gains it, `why` goes on from `name` to the owners.
    """

    user: str
    name: str
    why: str
    teams: tuple[str, ...]
    code_owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What became of a need: the login of who agreed, empty while nobody has, and why that cannot be told."""

    need: Need
    by: str = ""
    doubts: tuple[str, ...] = ()


def needs(
    deltas: Mapping[str, Delta],
    before: Landscape,
    after: Landscape,
    rules: Rules,
    base: Files,
    applications: Collection[str],
) -> tuple[Need, ...]:
    """Return what has to be agreed to, once for all environments; `base` has the CODEOWNERS that counts.

    A right is gained with a rule, with a rule that denies and goes, by whoever connects as a KafkaUser from now on (all
    that it may), and by new super users (everything). What the list of metrics makes for an application is its own.
    """
    found = {
        need
        for name, environment in after.items()
        for gain in _gains(before.get(name), environment, deltas.get(name, Delta()), applications)
        for need in _of(gain, rules, base, applications)
    }
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class _Gain:
    """A right that an application has from now on, by the KafkaUser or other principal `user`, which `origin` makes."""

    user: str
    application: str
    acl: Acl
    origin: Origin


def _gains(old: Environment | None, new: Environment, delta: Delta, applications: Collection[str]) -> Iterator[_Gain]:
    changed = [*_changed(delta)]
    for user in new.users:
        connecting = _connecting(new, user)
        # Whose it is that nothing connects as: of the application that it is named after, else nobody's.
        owning = connecting or {user.name if user.name in applications else ""}
        joining = connecting - (_connecting(old, user) if old else frozenset())
        for application in owning:
            acls = (acl for principal, acl in changed if principal == user.principal)
            yield from (_Gain(user.name, application, acl, user.origin) for acl in acls)
        for application in joining:
            yield from (_Gain(user.name, application, acl, user.origin) for acl in _allowing(user.acls))
    known = {one.cluster_key: one for one in old.clusters} if old else {}
    for cluster in new.clusters:
        if (then := known.get(cluster.cluster_key)) is not None:
            yield from (_Gain(who, "", _EVERYTHING, cluster.origin) for who in sorted(_opened(then, cluster)))


def _changed(delta: Delta) -> Iterator[tuple[str, Acl]]:
    for rules, permission in ((delta.gained, Permission.ALLOW), (delta.lost, Permission.DENY)):
        yield from ((one.principal, _meant(one.acl)) for one in rules if one.acl.permission is permission)


def _allowing(acls: Iterable[Acl]) -> Iterator[Acl]:
    return (_meant(one) for one in acls if one.permission is Permission.ALLOW)


def _meant(acl: Acl) -> Acl:
    return _EVERYTHING if acl.resource.type is ResourceType.CLUSTER and acl.operations & _RULING else acl


def _opened(before: KafkaCluster, after: KafkaCluster) -> frozenset[str]:
    """Return who may do everything from now on: new super users, or everybody where rules no longer hold."""
    if not after.authorization:
        return frozenset({"everybody"} if before.authorization else ())
    more = set(after.super_users) - set(before.super_users) if before.authorization else ()
    return frozenset(user_of(one) for one in more)


def _connecting(environment: Environment, user: KafkaUser) -> frozenset[str]:
    """Return the applications that connect as a user: those with a KafkaAccess for it, wherever its Secret goes."""
    accesses = [one for one in environment.accesses if (one.user_namespace, one.user) == (user.namespace, user.name)]
    namespaces = {one.namespace for one in accesses}
    beside = {name for name, one in environment.installed.items() if one.namespace in namespaces}
    return frozenset(beside | {one.origin.application for one in accesses})


def _of(gain: _Gain, rules: Rules, base: Files, applications: Collection[str]) -> Iterator[Need]:
    resource = gain.acl.resource
    rule = _RULES.get(resource.type)
    if rule is None or rules.severity(rule) not in _ASKING or _is_metrics(gain, rules):
        return
    found = claim(rules.topics, resource, applications, gain.application)
    if found is not None:
        yield Need(gain.user, resource.starred, found.text, found.teams, _code_owners(gain.origin, rules, base))


def _is_metrics(gain: _Gain, rules: Rules) -> bool:
    """Whether it is what the list of metrics makes for an application, and no other one gains it."""
    listed = rules.metrics.name_of(gain.user)
    own = not gain.application or undashed(gain.application) == undashed(listed)
    return bool(listed) and own and gain.acl.resource.name == rules.metrics.topic.format(application=listed)


def _code_owners(origin: Origin, rules: Rules, base: Files) -> tuple[str, ...]:
    """Return who speaks for a file of the Kafka service; who owns another chart may be who asks."""
    services = {one.application for one in rules.clusters.clusters}
    return code_owners(base, origin.file) if origin.file and origin.application in services else ()
