"""What a change of access needs besides a review: the agreement of those whose topics, groups or ids it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.kafka.acl import Acl, PatternType, Permission, ResourceType
from bot.landscape.delta import Delta
from bot.landscape.model import Environment, KafkaUser, Landscape
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
    deltas: Mapping[str, Delta], after: Landscape, rules: Rules, base: Files, applications: Collection[str]
) -> tuple[Need, ...]:
    """Return what has to be agreed to, once for all environments; `base` has the CODEOWNERS that counts.

    A rule that denies and goes is a right gained. What the list of metrics makes for an application is its own.
    """
    found = {
        need
        for name, delta in deltas.items()
        if name in after
        for principal, acl in _gains(delta)
        for user in after[name].users
        if user.principal == principal
        for need in _of(after[name], user, acl, rules, base, applications)
    }
    return tuple(sorted(found))


def _gains(delta: Delta) -> Iterator[tuple[str, Acl]]:
    for rules, permission in ((delta.gained, Permission.ALLOW), (delta.lost, Permission.DENY)):
        yield from ((one.principal, one.acl) for one in rules if one.acl.permission is permission)


def _of(
    environment: Environment, user: KafkaUser, acl: Acl, rules: Rules, base: Files, applications: Collection[str]
) -> Iterator[Need]:
    resource = acl.resource
    rule = _RULES.get(resource.type)
    if rule is None or rules.severity(rule) not in _ASKING:
        return
    listed = rules.metrics.name_of(user.name)
    if listed and resource.name == rules.metrics.topic.format(application=listed):
        return
    shown = f"{resource.name}*" if resource.pattern is PatternType.PREFIX else resource.name
    for application in _users_of(environment, user, applications):
        found = claim(rules.topics, resource, applications, application)
        if found is not None:
            yield Need(user.name, shown, found.text, found.teams, code_owners(base, user.origin.file))


def _users_of(environment: Environment, user: KafkaUser, applications: Collection[str]) -> Collection[str]:
    """Return whose user it is: of those that connect as it, else of the one that it is named after, else nobody's."""
    connecting = {
        one.origin.application
        for one in environment.accesses
        if (one.user_namespace, one.user) == (user.namespace, user.name)
    }
    return connecting or {user.name if user.name in applications else ""}
