"""All access there is as the rows of tables: what is the same in several environments is one row that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.kafka.access import plain
from bot.kafka.acl import Acl, Permission, Resource, ResourceType
from bot.kafka.matching import is_exact, matches
from bot.kafka.operations import closure
from bot.landscape.access import UserAccess
from bot.landscape.answers import Matrix
from bot.reporting import who_words as words


@dataclass(frozen=True, slots=True)
class Link:
    """A name, and where on the page it is explained."""

    title: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `holders` are the applications that it is about, `environments` where it holds."""

    about: str
    may: str = ""
    anchor: str = ""
    holders: tuple[Link, ...] = ()
    environments: str = ""


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
            rows.add(row, environments)
    everywhere = sorted({name for environments, _ in found for name in environments})
    return User(*key, ", ".join(everywhere), flags.all(), rows.all())


def _of_user(one: UserAccess) -> Iterator[Row]:
    uses = {use.topic: use.right for use in one.topics}
    for rule in one.rules:
        resource = rule.acl.resource
        if _allows_one(rule.acl) and resource.name in uses:
            yield Row(resource.name, words.may(uses[resource.name]), anchor("topic", resource.name))
        elif resource.type is ResourceType.TOPIC and rule.acl.permission is Permission.DENY:
            yield Row(words.about(resource), f"must not {words.names(rule.acl.operations)}")
        elif resource.type is ResourceType.TOPIC and not is_exact(resource):
            yield Row(words.about(resource), _plain(rule.acl), anchor("many", words.starred(resource)))
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
    names = sorted({holder.application for holder in one.holders})
    return tuple(Link(name, anchor("app", name)) for name in names) or (Link("nobody", anchor("app", "")),)


def _link(resource: Resource) -> Link:
    return Link(words.about(resource), anchor("many", words.starred(resource)))


class _Rows:
    """Rows in order of their text, each once, with the environments that had them."""

    def __init__(self) -> None:
        self._found: dict[Row, set[str]] = {}

    def add(self, row: Row, environments: Iterable[str]) -> None:
        self._found.setdefault(row, set()).update(environments)

    def all(self) -> list[Row]:
        ordered = sorted(self._found.items(), key=lambda one: (one[0].about, one[0].may, one[0].anchor))
        return [replace(row, environments=", ".join(sorted(names))) for row, names in ordered]
