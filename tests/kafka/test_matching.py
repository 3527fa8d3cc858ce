"""Compared with enumeration: every name of a small alphabet, every host that rules name and one that none does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kafka.access import right
from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.kafka.matching import denied_by, includes, is_wildcard, matches, missing, overlaps

TOPIC, GROUP = ResourceType.TOPIC, ResourceType.GROUP
NAMES = ["".join(letters) for length in (1, 2, 3) for letters in itertools.product("ab*", repeat=length)]
HOSTS = ["h1", "h2", "unnamed"]
OPERATIONS = [Operation.DESCRIBE, Operation.READ, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS]
"""Some that topics and groups have alike, and below, by which others each is given."""
GIVEN_BY = {
    Operation.DESCRIBE: {
        Operation.DESCRIBE,
        Operation.READ,
        Operation.WRITE,
        Operation.DELETE,
        Operation.ALTER,
        Operation.ALL,
    },
    Operation.READ: {Operation.READ, Operation.ALL},
    Operation.DESCRIBE_CONFIGS: {Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS, Operation.ALL},
    Operation.ALTER_CONFIGS: {Operation.ALTER_CONFIGS, Operation.ALL},
}


def names(length: int) -> st.SearchStrategy[str]:
    return st.text("ab*", min_size=length, max_size=2)


literals = names(1).map(lambda name: (name, PatternType.LITERAL))
prefixes = names(0).map(lambda name: (name, PatternType.PREFIX))
resources = st.builds(
    lambda kind, named: Resource(kind, *named), st.sampled_from([TOPIC, TOPIC, TOPIC, GROUP]), literals | prefixes
)
acls = st.builds(
    Acl,
    resources,
    st.frozensets(st.sampled_from([*OPERATIONS, Operation.ALL]), min_size=1, max_size=2),
    st.sampled_from(["*", "*", "h1", "h2"]),
    st.sampled_from([Permission.ALLOW, Permission.ALLOW, Permission.DENY]),
)


def covered(resource: Resource) -> set[str]:
    """Return the names that a resource is about, told from the documentation's own words."""
    if resource.pattern is PatternType.PREFIX:
        return {name for name in NAMES if name[: len(resource.name)] == resource.name}
    return set(NAMES) if resource.name == "*" else {resource.name}


def is_allowed(rules: list[Acl], name: str, operation: Operation, host: str) -> bool:
    """Ask as a client on one host does."""
    mine = [
        rule
        for rule in rules
        if rule.resource.type is TOPIC and name in covered(rule.resource) and rule.host in {"*", host}
    ]
    denied = any(rule.operations & {operation, Operation.ALL} for rule in mine if rule.permission is Permission.DENY)
    return not denied and any(
        rule.operations & GIVEN_BY[operation] for rule in mine if rule.permission is Permission.ALLOW
    )


@given(resources, st.sampled_from(NAMES))
def test_matches(resource: Resource, name: str) -> None:
    assert matches(resource, TOPIC, name) == (resource.type is TOPIC and name in covered(resource))


@given(resources, resources)
def test_includes(outer: Resource, inner: Resource) -> None:
    assert includes(outer, inner) == (outer.type is inner.type and covered(inner) <= covered(outer))


@given(resources, resources)
def test_overlaps(one: Resource, other: Resource) -> None:
    assert overlaps(one, other) == (one.type is other.type and bool(covered(one) & covered(other)))


@given(st.lists(acls, max_size=4), st.sampled_from(NAMES), st.sampled_from(OPERATIONS))
def test_right(rules: list[Acl], name: str, operation: Operation) -> None:
    hosts = [host for host in HOSTS if is_allowed(rules, name, operation, host)]
    found = right(rules, TOPIC, name)
    assert (operation in found.operations) == bool(hosts)
    assert dict(found.hosts).get(operation, ()) == (() if "unnamed" in hosts else tuple(hosts))


@given(
    st.lists(acls, max_size=4),
    resources,
    st.frozensets(st.sampled_from(OPERATIONS), min_size=1),
    st.sampled_from(["*", "h1"]),
)
def test_missing(granted: list[Acl], resource: Resource, operations: frozenset[Operation], host: str) -> None:
    """One rule alone has to cover all of a resource."""

    def covers(rule: Acl, operation: Operation) -> bool:
        return (
            rule.permission is Permission.ALLOW
            and rule.resource.type is resource.type
            and rule.host in {"*", host}
            and covered(resource) <= covered(rule.resource)
            and bool(rule.operations & GIVEN_BY[operation])
        )

    rest = frozenset(one for one in operations if not any(covers(rule, one) for rule in granted))
    found = missing(granted, Acl(resource, operations, host))
    assert found == (Acl(resource, rest, host) if rest else None)
    assert found is None or missing([*granted, found], Acl(resource, operations, host)) is None


@given(st.lists(acls, max_size=4), resources, st.frozensets(st.sampled_from(OPERATIONS), min_size=1))
def test_denied_by(granted: list[Acl], resource: Resource, operations: frozenset[Operation]) -> None:
    def bites(rule: Acl) -> bool:
        if rule.permission is Permission.ALLOW or rule.resource.type is not resource.type:
            return False
        given = {one for one in OPERATIONS if GIVEN_BY[one] & operations}
        return bool(covered(rule.resource) & covered(resource)) and bool(rule.operations & {*given, Operation.ALL})

    assert denied_by(granted, Acl(resource, operations)) == tuple(filter(bites, granted))


def test_all_is_covered_by_all_alone() -> None:
    topic = Resource(TOPIC, "a")
    every = frozenset(Operation) - {Operation.ALL}
    assert missing([Acl(topic, every)], Acl(topic, frozenset({Operation.ALL}))) == Acl(
        topic, frozenset({Operation.ALL})
    )
    assert (
        missing(
            [Acl(topic, frozenset({Operation.ALL}))], Acl(topic, frozenset({Operation.READ, Operation.ALTER_CONFIGS}))
        )
        is None
    )


WILDCARDS = {
    "literal": (Resource(TOPIC, "*"), True),
    "prefix of a star": (Resource(TOPIC, "*", PatternType.PREFIX), False),
    "prefix of nothing": (Resource(TOPIC, "", PatternType.PREFIX), False),
    "a name with a star": (Resource(TOPIC, "a*"), False),
}


@pytest.mark.parametrize(("resource", "expected"), WILDCARDS.values(), ids=WILDCARDS)
def test_wildcard(resource: Resource, expected: bool) -> None:
    assert is_wildcard(resource) is expected
