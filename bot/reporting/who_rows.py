"""Access as the rows of tables, with links: what has a place of its own, and what one environment lets whom do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.kafka.access import may
from bot.kafka.acl import Acl, Permission, Resource, ResourceType
from bot.kafka.matching import is_exact
from bot.kafka.operations import names_of
from bot.landscape.access import ClusterAccess, UserAccess
from bot.landscape.holders import Holder
from bot.landscape.model import KafkaUser
from bot.reporting import who_words as words


@dataclass(frozen=True, slots=True)
class Link:
    """What has a place of its own: an application (`app`), a `topic`, a rule for `many` topics, a `user` of nobody."""

    title: str
    kind: str
    name: str

    @property
    def anchor(self) -> str:
        """The anchor of that place where all is on one page: readable, and another one for each name."""
        return anchor(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Source:
    """A rule in words, and the place in the checkout where it stands (empty and 0 where that cannot be told)."""

    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: `link` leads to what it is about, `holders` to whose it is; it holds in `environments`.

    `by` are the rules that make it so, where these are asked for; `flags` what is odd about it.
    """

    about: str
    may: str = ""
    link: Link | None = None
    holders: tuple[Link, ...] = ()
    environments: str = ""
    by: tuple[Source, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """One KafkaUser of an application: what it may do, and what is odd about it."""

    principal: str
    name: str
    place: str
    environments: str
    flags: list[Row]
    rows: list[Row]


def of_users(users: Iterable[UserAccess]) -> list[User]:
    """Return what KafkaUsers of one environment may do, with the rules that say so."""
    return [
        User(
            one.user.principal,
            one.user.name,
            words.cluster(*one.user.cluster_key),
            "",
            [Row(flag) for flag in words.flags_of(one)],
            list(of_user(one)),
        )
        for one in users
    ]


def of_cluster(access: ClusterAccess) -> list[Row]:
    """Return who may use a topic in one cluster, by rules for it and for many topics alike, with these rules."""
    return [
        Row(
            grant.user.principal,
            may(grant.right),
            holders=holders(grant.holders) or (Link(grant.user.name, "user", grant.user.name),),
            by=tuple(_source(because.acl, grant.user, because.line) for because in grant.rules),
            flags=tuple(words.flags(grant, access.kafka)),
        )
        for grant in access.grants
    ]


def of_user(one: UserAccess) -> Iterator[Row]:
    """Yield what a KafkaUser may do, a row for each topic of a rule of its own and for each rule for many."""
    uses = {use.topic: use.right for use in one.topics}
    for rule in one.rules:
        resource, by = rule.acl.resource, (_source(rule.acl, one.user, rule.line),)
        if allows_one(rule.acl) and resource.name in uses:
            link = Link(resource.name, "topic", resource.name)
            yield Row(resource.name, may(uses[resource.name]), link, by=by)
        elif resource.type is ResourceType.TOPIC and rule.acl.permission is Permission.DENY:
            yield Row(words.about(resource), f"must not {', '.join(names_of(rule.acl.operations))}", by=by)
        elif resource.type is ResourceType.TOPIC and not is_exact(resource):
            yield Row(words.about(resource), words.by_itself(rule.acl), many(resource), by=by)
    for use in one.others:
        yield Row(words.about(use.resource), words.operations(use.right))


def allows_one(acl: Acl) -> bool:
    """Whether a rule allows something on one topic by its name."""
    one_topic = acl.resource.type is ResourceType.TOPIC and is_exact(acl.resource)
    return one_topic and acl.permission is Permission.ALLOW


def holders(found: Iterable[Holder]) -> tuple[Link, ...]:
    """Return links to the applications that hold a KafkaUser."""
    return tuple(Link(name, "app", name) for name in sorted({one.application for one in found}))


def many(resource: Resource) -> Link:
    """Return a link to a rule for many topics."""
    return Link(words.about(resource), "many", resource.starred)


def anchor(kind: str, name: str) -> str:
    """Return the anchor of a name: readable, and another one for each name."""
    readable = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)
    if readable == name:
        return f"{kind}-{name}"
    return f"{kind}-{readable}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _source(acl: Acl, user: KafkaUser, line: int) -> Source:
    return Source(words.rule(acl), user.origin.file, line or user.origin.line)
