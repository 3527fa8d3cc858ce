"""What a change does to effective access, told apart by principal and topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kafka.access import in_words, right
from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.landscape.compared import declared, deltas
from bot.landscape.delta import Declared, Delta, delta
from bot.landscape.model import Environment, Installed, KafkaCluster, KafkaTopic, KafkaUser, Origin
from bot.proof.model import Printed

_O = Operation
HERE = Origin("sasquatch")


def acl(text: str, *operations: Operation, host: str = "*", deny: bool = False) -> Acl:
    """`topic:x*` and the like."""
    kind, _, name = text.partition(":")
    pattern = PatternType.PREFIX if len(name) > 1 and name.endswith("*") else PatternType.LITERAL
    name = name[:-1] if pattern is PatternType.PREFIX else name
    permission = Permission.DENY if deny else Permission.ALLOW
    return Acl(Resource(ResourceType(kind), name, pattern), frozenset(operations), host, permission)


def user(name: str, *acls: Acl, cluster: str = "sasquatch", namespace: str = "sasquatch") -> KafkaUser:
    return KafkaUser(name, namespace, cluster, "tls", acls, HERE)


def topic(name: str, cluster: str = "sasquatch") -> KafkaTopic:
    return KafkaTopic(name, name, "sasquatch", cluster, HERE)


def side(users: list[KafkaUser], *topics: str) -> Declared:
    return Declared(tuple(users), tuple(map(topic, topics)))


def opened(found: Delta) -> dict[tuple[str, str], tuple[str, str]]:
    """Who may do what to which topic, before and after, in plain words."""
    return {
        (one.principal.removeprefix("User:CN="), one.topic): (
            in_words(one.before.operations, ResourceType.TOPIC),
            in_words(one.after.operations, ResourceType.TOPIC),
        )
        for one in found.accesses
    }


READ_A, WRITE_A, READ_X = acl("topic:x.a", _O.READ), acl("topic:x.a", _O.WRITE), acl("topic:x.*", _O.READ)

CHANGES = {
    "nothing": ([user("a", READ_A)], [user("a", READ_A)], {}),
    "the same in other words": (
        [user("a", acl("topic:x.a", _O.READ, _O.WRITE))],
        [user("a", WRITE_A, READ_A)],
        {},
    ),
    "a new user": ([], [user("a", READ_A)], {("a", "x.a"): ("nothing", "read")}),
    "a user that is gone": ([user("a", READ_A)], [], {("a", "x.a"): ("read", "nothing")}),
    "one more operation": (
        [user("a", READ_A)],
        [user("a", READ_A, WRITE_A)],
        {("a", "x.a"): ("read", "read and write")},
    ),
    "a prefix over what was open": (
        [user("a", WRITE_A)],
        [user("a", WRITE_A, READ_X)],
        {("a", "x.a"): ("write", "read and write"), ("a", "x.b"): ("nothing", "read")},
    ),
    "a prefix over what was as open": (
        [user("a", READ_A)],
        [user("a", READ_A, READ_X)],
        {("a", "x.a"): ("read", "read"), ("a", "x.b"): ("nothing", "read")},
    ),
    "every topic": (
        [],
        [user("a", acl("topic:*", _O.ALL))],
        {("a", name): ("nothing", "everything") for name in ("x.a", "x.b", "y")},
    ),
    "a topic that nobody declares": ([], [user("a", acl("topic:z", _O.READ))], {("a", "z"): ("nothing", "read")}),
    "a denial": (
        [user("a", READ_X)],
        [user("a", READ_X, acl("topic:x.a", _O.READ, deny=True))],
        {("a", "x.a"): ("read", "see that it is there")},
    ),
    "a cluster of the same name in another namespace": ([], [user("a", READ_X, namespace="elsewhere")], {}),
    "confined to a host": (
        [user("a", READ_A)],
        [user("a", acl("topic:x.a", _O.READ, host="h"))],
        {("a", "x.a"): ("read",) * 2},
    ),
    "another user stays": ([user("b", READ_A)], [user("b", READ_A), user("a")], {}),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_access(
    before: list[KafkaUser], after: list[KafkaUser], expected: dict[tuple[str, str], tuple[str, str]]
) -> None:
    assert opened(delta(side(before, "x.a", "x.b", "y"), side(after, "x.a", "x.b", "y"))) == expected


def test_a_prefix_and_who_else() -> None:
    others = [
        user("reader", acl("topic:x.a", _O.READ)),
        user("writer", acl("topic:x.*", _O.WRITE)),
        user("looker", acl("topic:*", _O.DESCRIBE)),
        user("elsewhere", acl("topic:*", _O.ALL), cluster="other"),
        user("far", acl("topic:*", _O.ALL), namespace="elsewhere"),
    ]
    found = delta(side(others, "x.a", "x.b"), side([*others, user("a", READ_X)], "x.a", "x.b"))
    (rule,) = found.gained
    assert (rule.principal, rule.covers, rule.implied) == ("User:CN=a", ("x.a", "x.b"), (_O.DESCRIBE,))
    assert rule.others == ("User:CN=reader", "User:CN=writer")
    assert [(one.topic, one.readers, one.writers) for one in found.accesses] == [
        ("x.a", ("User:CN=reader",), ("User:CN=writer",)),
        ("x.b", (), ("User:CN=writer",)),
    ]
    assert found.new_users == ("User:CN=a",)


def test_groups_are_told_by_their_rules() -> None:
    other = user("b", acl("group:*", _O.READ))
    found = delta(side([other]), side([other, user("a", acl("group:a*", _O.READ))]))
    (rule,) = found.gained
    assert (rule.covers, rule.others) == ((), ("User:CN=b",))
    assert found.accesses == ()


def test_a_new_topic_is_open_to_those_who_had_rules_about_it() -> None:
    users = [user("a", READ_X), user("b", acl("topic:*", _O.WRITE))]
    found = delta(side(users, "x.a"), side(users, "x.a", "x.b"))
    (new,) = found.new_topics
    assert (new.name, new.readers, new.writers) == ("x.b", ("User:CN=a",), ("User:CN=b",))
    assert (found.gained, found.accesses, bool(found)) == ((), (), True)


def test_super_users_alone_are_no_change() -> None:
    kafka = KafkaCluster("sasquatch", "sasquatch", "simple", ("User:root",), HERE)
    before, after = (Declared(users, (topic("x.a"),), (kafka,)) for users in ((), (user("a", READ_A),)))
    assert delta(before, after).super_users == ("User:root",)
    assert not delta(after, after)


def test_an_environment_is_a_holding() -> None:
    before, after = (
        Environment("alpha", frozenset({"sasquatch"}), {"sasquatch": Installed("sasquatch", "sasquatch", users)})
        for users in ((), (user("a", READ_A),))
    )
    assert delta(before, after) == delta(Declared(before.users), Declared(after.users))
    assert not delta(after, after)


OPERATIONS = st.frozensets(st.sampled_from([_O.READ, _O.WRITE, _O.DESCRIBE, _O.ALL]), min_size=1, max_size=2)
NAMES = st.sampled_from(["x", "x.a", "x.b", "y", "*"])
ACLS = st.builds(
    Acl,
    st.builds(Resource, st.just(ResourceType.TOPIC), NAMES, st.sampled_from(PatternType)),
    OPERATIONS,
    st.sampled_from(["*", "h"]),
    st.sampled_from(Permission),
)


@given(st.lists(ACLS, max_size=4), st.lists(ACLS, max_size=4))
def test_every_difference_is_told_and_nothing_else(before: list[Acl], after: list[Acl]) -> None:
    topics = ("x", "x.a", "x.b", "y")
    found = delta(side([user("a", *before)], *topics), side([user("a", *after)], *topics))
    told = {one.topic: (one.before.operations, one.after.operations) for one in found.accesses}
    for name in topics:
        rights = tuple(right(acls, ResourceType.TOPIC, name).operations for acls in (before, after))
        assert told.get(name, rights) == rights
        assert name in told or rights[0] == rights[1]


TEXT = """\
---
# Source: sasquatch/templates/user.yaml
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata:
  name: a
  labels: {strimzi.io/cluster: sasquatch}
spec:
  authorization:
    acls:
      - resource: {type: topic, name: x, patternType: literal}
        operations: [Read]
---
# Source: sasquatch/templates/kafka.yaml
apiVersion: kafka.strimzi.io/v1beta2
kind: Kafka
metadata: {name: sasquatch}
spec: {kafka: {authorization: {type: simple, superUsers: [root, CN=admin]}}}
---
# Source: sasquatch/templates/config.yaml
apiVersion: v1
kind: ConfigMap
data: {a: "[not"}
"""


def test_from_what_the_proof_printed() -> None:
    """Several proofs in a row count from the first before to the last after, and equal environments once."""
    more = TEXT.replace("[Read]", "[Read, Write]")
    printed = [
        Printed("sasquatch", "alpha", "sasquatch", "", TEXT),
        Printed("sasquatch", "beta", "sasquatch", "", TEXT),
        Printed("sasquatch", "gamma", "sasquatch", TEXT, TEXT),
        Printed("sasquatch", "alpha", "sasquatch", TEXT, more),
        Printed("sasquatch", "beta", "sasquatch", TEXT, more),
    ]
    found = deltas(declared(printed))
    assert set(found) == {"alpha", "beta"}
    assert found["alpha"] is found["beta"]
    assert found["alpha"].super_users == ("User:root", "User:CN=admin")
    assert [sorted(one.acl.operations) for one in found["alpha"].gained] == [["Read", "Write"]]
    assert deltas(declared([Printed("sasquatch", "alpha", "sasquatch", TEXT, more), *reversed(printed[:1])])) == {}
