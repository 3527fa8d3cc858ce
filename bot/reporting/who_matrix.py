"""All access there is as the sections of one page: what is the same in several environments is one row that names them.

Two clusters of one environment may both have a topic of a name: there, rows name the cluster beside the environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.kafka.access import may
from bot.kafka.acl import Permission, Resource, ResourceType
from bot.kafka.matching import is_exact, matches
from bot.landscape.access import UserAccess
from bot.landscape.answers import Holdings, Matrix
from bot.landscape.model import ClusterKey
from bot.reporting import who_words as words
from bot.reporting.who_rows import Link, Row, User, allows_one, anchor, holders, many, of_user
from bot.words import capital


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
                key = (one.user.principal, one.user.name, words.cluster(*one.user.cluster_key))
                found.setdefault(name, {}).setdefault(key, []).append((environments, one))
    return [
        Section(
            name or capital(words.NOBODY),
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
            row = Row(f"{topic.origin.application} in {words.place(topic.origin)}")
            declared.setdefault(topic.topic, _Rows()).add(row, _where(environments, holdings, topic.cluster_key))
        for one in holdings.users:
            where = _where(environments, holdings, one.user.cluster_key)
            exact = {rule.acl.resource.name for rule in one.rules if allows_one(rule.acl)}
            for use in one.topics:
                if use.topic in exact:
                    row = Row(one.user.principal, may(use.right), holders=_links(one))
                    rows.setdefault(use.topic, _Rows()).add(row, where)
    wide, nothing = _patterns(matrix), _Rows()
    names = sorted(declared.keys() | rows.keys())
    return [_topic(name, declared.get(name, nothing), rows.get(name, nothing), wide) for name in names]


def patterns(matrix: Matrix) -> list[Section]:
    """Return each rule for many topics: whom it lets do what, as far as no other rule denies it."""
    return [
        Section(words.about(one), anchor("many", one.starred), rows=tuple(rows.all()))
        for one, rows in _patterns(matrix).items()
    ]


def clusters(matrix: Matrix) -> list[Row]:
    """Return each Kafka cluster, and who may do everything there."""
    rows = _Rows()
    for environments, holdings in matrix.places:
        for one in holdings.clusters:
            rows.add(Row(words.cluster(*one.cluster_key), "; ".join(words.of_cluster(one))), environments)
    return rows.all()


def _topic(name: str, declared: _Rows, rows: _Rows, wide: Mapping[Resource, _Rows]) -> Section:
    where = declared.where | rows.where
    also = [
        many(resource)
        for resource, theirs in wide.items()
        if matches(resource, ResourceType.TOPIC, name) and not where.isdisjoint(theirs.where)
    ]
    return Section(
        name, anchor("topic", name), declared=tuple(declared.all()), rows=tuple(rows.all()), patterns=tuple(also)
    )


def _user(key: tuple[str, str, str], found: list[tuple[tuple[str, ...], UserAccess]]) -> User:
    flags, rows = _Rows(), _Rows()
    for environments, one in found:
        for flag in words.flags_of(one):
            flags.add(Row(flag), environments)
        for row in of_user(one):
            rows.add(replace(row, by=()), environments)
    everywhere = sorted({name for environments, _ in found for name in environments})
    return User(*key, ", ".join(everywhere), flags.all(), rows.all())


def _patterns(matrix: Matrix) -> dict[Resource, _Rows]:
    found: dict[Resource, _Rows] = {}
    for environments, holdings in matrix.places:
        for one in holdings.users:
            where = _where(environments, holdings, one.user.cluster_key)
            for rule in one.rules:
                resource = rule.acl.resource
                wide = resource.type is ResourceType.TOPIC and not is_exact(resource)
                if wide and rule.acl.permission is Permission.ALLOW:
                    row = Row(one.user.principal, words.by_itself(rule.acl), holders=_links(one))
                    found.setdefault(resource, _Rows()).add(row, where)
    return dict(sorted(found.items(), key=lambda one: (one[0].starred, one[0].pattern.value)))


def _links(one: UserAccess) -> tuple[Link, ...]:
    return holders(one.holders) or (Link("nobody", "app", ""),)


def _where(environments: Iterable[str], holdings: Holdings, key: ClusterKey) -> list[str]:
    """Return where something of a cluster is: the environments, with the cluster where these have several."""
    return [f"{name}{words.in_cluster(key, holdings.cluster_keys)}" for name in environments]


class _Rows:
    """Rows in order of their text, each once, with the places that had them; `where` are the places of any of them."""

    def __init__(self) -> None:
        self._found: dict[Row, set[str]] = {}
        self.where: set[str] = set()

    def add(self, row: Row, where: Iterable[str]) -> None:
        self._found.setdefault(row, set()).update(where)
        self.where.update(where)

    def all(self) -> list[Row]:
        ordered = sorted(
            self._found.items(), key=lambda one: (one[0].about, one[0].may, one[0].link.anchor if one[0].link else "")
        )
        return [replace(row, environments=", ".join(sorted(names))) for row, names in ordered]
