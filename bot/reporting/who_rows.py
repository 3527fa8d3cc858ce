"""All access there is as the rows of tables: what is the same in several environments is one row that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.kafka.access import plain
from bot.kafka.acl import Acl, Permission, Resource, ResourceType
from bot.kafka.matching import is_exact, matches
from bot.kafka.operations import closure
from bot.landscape.access import ClusterAccess, Holder, UserAccess
from bot.landscape.answers import Matrix
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


@dataclass(frozen=True, slots=True)
class Section:
    """One application, topic or pattern; what a kind of section does not have is empty."""

    title: str
    anchor: str
    users: tuple[User, ...] = ()
    declared: tuple[Row, ...] = ()
    rows: tuple[Row, ...] = ()
    patterns: tuple[Link, ...] = ()


def applications(matrix: Matrix) -> list[Section]:
    """Return what each application may do; what nobody holds comes last."""
    found: dict[str, dict[tuple[str, str, str], list[tuple[tuple[str, ...], UserAccess]]]] = {}
    for environments, holdings in matrix.places:
        for name, users in words.by_application(holdings):
            for one in users:
                key = (one.user.principal, one.user.name, words.cluster(one.user.namespace, one.user.cluster))
                found.setdefault(name, {}).setdefault(key, []).append((environments, one))
    return [
        Section(
            name or words.NOBODY.capitalize(),
            anchor("app", name),
            tuple(_user(key, users[key]) for key in sorted(users)),
        )
        for name, users in sorted(found.items(), key=lambda one: (not one[0], one[0]))
    ]


def topics(matrix: Matrix) -> list[Section]:
    """Return each topic that is declared or that a rule names: who declares it, whom rules of its own let use it."""
    declared: dict[str, _Rows] = {}
    rows: dict[str, _Rows] = {}
    for environments, holdings in matrix.places:
        for topic in holdings.topics:
            text = f"{topic.origin.application} in {words.place(topic.origin)}"
            declared.setdefault(topic.topic, _Rows()).add(Row(text), environments)
        for one in holdings.users:
            exact = {rule.acl.resource.name for rule in one.rules if _allows_one(rule.acl)}
            for use in one.topics:
                if use.topic in exact:
                    row = Row(one.user.principal, words.may(use.right), holders=_links(one))
                    rows.setdefault(use.topic, _Rows()).add(row, environments)
    many = _patterns(matrix)
    return [
        Section(
            name,
            anchor("topic", name),
            declared=tuple(declared.get(name, _Rows()).all()),
            rows=tuple(rows.get(name, _Rows()).all()),
            patterns=tuple(_link(one) for one in many if matches(one, ResourceType.TOPIC, name)),
        )
        for name in sorted(declared.keys() | rows.keys())
    ]


def patterns(matrix: Matrix) -> list[Section]:
    """Return each rule for many topics: whom it lets do what, as far as no other rule denies it."""
    return [
        Section(words.about(one), anchor("many", words.starred(one)), rows=tuple(rows.all()))
        for one, rows in _patterns(matrix).items()
    ]


def clusters(matrix: Matrix) -> list[Row]:
    """Return each Kafka cluster, and who may do everything there."""
    rows = _Rows()
    for environments, holdings in matrix.places:
        for one in holdings.clusters:
            rows.add(Row(words.cluster(one.namespace, one.name), "; ".join(words.of_cluster(one))), environments)
    return rows.all()


def of_users(users: Iterable[UserAccess]) -> list[User]:
    """Return what KafkaUsers of one environment may do, with the rules that say so."""
    return [
        User(
            one.user.principal,
            one.user.name,
            words.cluster(one.user.namespace, one.user.cluster),
            "",
            [Row(flag) for flag in words.flags_of(one)],
            list(_of_user(one)),
        )
        for one in users
    ]


def of_cluster(access: ClusterAccess) -> list[Row]:
    """Return who may use a topic in one cluster, by rules for it and for many topics alike, with these rules."""
    return [
        Row(
            grant.user.principal,
            words.may(grant.right),
            holders=_holders(grant.holders) or (Link(grant.user.name, "user", grant.user.name),),
            by=tuple(_source(because.acl, grant.user, because.line) for because in grant.rules),
            flags=tuple(words.flags(grant, access.kafka)),
        )
        for grant in access.grants
    ]


def anchor(kind: str, name: str) -> str:
    """Return the anchor of a name: readable, and another one for each name."""
    plain_name = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)
    if plain_name == name:
        return f"{kind}-{name}"
    return f"{kind}-{plain_name}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _user(key: tuple[str, str, str], found: list[tuple[tuple[str, ...], UserAccess]]) -> User:
    flags, rows = _Rows(), _Rows()
    for environments, one in found:
        for flag in words.flags_of(one):
            flags.add(Row(flag), environments)
        for row in _of_user(one):
            rows.add(replace(row, by=()), environments)
    everywhere = sorted({name for environments, _ in found for name in environments})
    return User(*key, ", ".join(everywhere), flags.all(), rows.all())


def _of_user(one: UserAccess) -> Iterator[Row]:
    uses = {use.topic: use.right for use in one.topics}
    for rule in one.rules:
        resource, by = rule.acl.resource, (_source(rule.acl, one.user, rule.line),)
        if _allows_one(rule.acl) and resource.name in uses:
            link = Link(resource.name, "topic", resource.name)
            yield Row(resource.name, words.may(uses[resource.name]), link, by=by)
        elif resource.type is ResourceType.TOPIC and rule.acl.permission is Permission.DENY:
            yield Row(words.about(resource), f"must not {words.names(rule.acl.operations)}", by=by)
        elif resource.type is ResourceType.TOPIC and not is_exact(resource):
            yield Row(words.about(resource), _plain(rule.acl), _link(resource), by=by)
    for use in one.others:
        yield Row(words.about(use.resource), words.names(use.right.operations))


def _patterns(matrix: Matrix) -> dict[Resource, _Rows]:
    found: dict[Resource, _Rows] = {}
    for environments, holdings in matrix.places:
        for one in holdings.users:
            for rule in one.rules:
                resource = rule.acl.resource
                many = resource.type is ResourceType.TOPIC and not is_exact(resource)
                if many and rule.acl.permission is Permission.ALLOW:
                    row = Row(one.user.principal, _plain(rule.acl), holders=_links(one))
                    found.setdefault(resource, _Rows()).add(row, environments)
    return dict(sorted(found.items(), key=lambda one: (words.starred(one[0]), one[0].pattern.value)))


def _allows_one(acl: Acl) -> bool:
    one_topic = acl.resource.type is ResourceType.TOPIC and is_exact(acl.resource)
    return one_topic and acl.permission is Permission.ALLOW


def _plain(acl: Acl) -> str:
    host = f", only from {acl.host}" if acl.host != "*" else ""
    return plain(closure(acl.operations, ResourceType.TOPIC), ResourceType.TOPIC) + host


def _links(one: UserAccess) -> tuple[Link, ...]:
    return _holders(one.holders) or (Link("nobody", "app", ""),)


def _holders(found: Iterable[Holder]) -> tuple[Link, ...]:
    return tuple(Link(name, "app", name) for name in sorted({one.application for one in found}))


def _link(resource: Resource) -> Link:
    return Link(words.about(resource), "many", words.starred(resource))


def _source(acl: Acl, user: KafkaUser, line: int) -> Source:
    return Source(words.rule(acl), user.origin.file, line or user.origin.line)


class _Rows:
    """Rows in order of their text, each once, with the environments that had them."""

    def __init__(self) -> None:
        self._found: dict[Row, set[str]] = {}

    def add(self, row: Row, environments: Iterable[str]) -> None:
        self._found.setdefault(row, set()).update(environments)

    def all(self) -> list[Row]:
        ordered = sorted(
            self._found.items(), key=lambda one: (one[0].about, one[0].may, one[0].link.anchor if one[0].link else "")
        )
        return [replace(row, environments=", ".join(sorted(names))) for row, names in ordered]
