from __future__ import annotations

import pytest

from bot.commands.model import Command, Name, Topic, Verb
from bot.kafka.acl import Acl, Operation, PatternType, Resource, ResourceType
from bot.kafka.spec import from_spec
from bot.policy.rules import Rules
from bot.policy.wanted import NothingWanted, UnknownBundle, wanted

LITERAL, PREFIX = PatternType.LITERAL, PatternType.PREFIX


def topics(*words: str) -> tuple[Topic, ...]:
    """Read `NAME[*][:WORD+WORD]`."""
    parts = [word.partition(":") for word in words]
    return tuple(
        Topic(
            name.removesuffix("*"),
            PREFIX if name.endswith("*") else LITERAL,
            tuple(access.split("+") if access else ()),
        )
        for name, _, access in parts
    )


def command(*words: str, groups: tuple[str, ...] = (), ids: tuple[str, ...] = ()) -> Command:
    def named(names: tuple[str, ...]) -> tuple[Name, ...]:
        return tuple(Name(name.removesuffix("*"), PREFIX if name.endswith("*") else LITERAL) for name in names)

    return Command(
        Verb.GRANT, "", application="app", topics=topics(*words), groups=named(groups), transactional_ids=named(ids)
    )


def shown(acl: Acl) -> str:
    star = "*" if acl.resource.pattern is PREFIX else ""
    operations = "+".join(sorted(operation.value for operation in acl.operations))
    return f"{acl.resource.type.value} {acl.resource.name}{star} {operations}"


CASES = {
    "write": (command("lsst.app.x:write"), ["topic lsst.app.x Describe+Write"]),
    "read": (command("lsst.app.x:read"), ["group app* Read", "topic lsst.app.x Describe+Read"]),
    "manage": (command("lsst.app.x:manage"), ["group app* Read", "topic lsst.app.x All"]),
    "read and manage": (command("lsst.app.x:read+manage"), ["group app* Read", "topic lsst.app.x All"]),
    "nothing said": (command("lsst.app.x"), ["group app* Read", "topic lsst.app.x Describe+Read+Write"]),
    "Kafka's own words": (
        command("lsst.app.x:Alter+DescribeConfigs"),
        ["topic lsst.app.x Alter+DescribeConfigs"],
    ),
    "Kafka's own word for reading": (command("lsst.app.x:Read"), ["group app* Read", "topic lsst.app.x Read"]),
    "Kafka's own word for everything": (command("lsst.app.x:All"), ["group app* Read", "topic lsst.app.x All"]),
    "a group": (
        command("lsst.app.x:read", groups=("g",)),
        ["group g Read", "topic lsst.app.x Describe+Read"],
    ),
    "the group of a namespace": (
        command("lsst.square-events.x:read"),
        ["group lsst.square-events.app* Read", "topic lsst.square-events.x Describe+Read"],
    ),
    "groups of two namespaces": (
        command("a:read", "lsst.square-events.x:read", "b:read"),
        [
            "group app* Read",
            "group lsst.square-events.app* Read",
            "topic a Describe+Read",
            "topic lsst.square-events.x Describe+Read",
            "topic b Describe+Read",
        ],
    ),
    "no group for what is only written": (
        command("lsst.square-events.x:write", "a:read"),
        ["group app* Read", "topic lsst.square-events.x Describe+Write", "topic a Describe+Read"],
    ),
    "groups, topics, transactional ids": (
        command("t*:write", groups=("g*",), ids=("i", "j*")),
        [
            "group g* Read",
            "topic t* Describe+Write",
            "transactionalId i Describe+Write",
            "transactionalId j* Describe+Write",
        ],
    ),
    "one topic twice": (
        command("x:read", "y:write", "x:write", groups=("g",)),
        ["group g Read", "topic x Describe+Read+Write", "topic y Describe+Write"],
    ),
    "one topic twice, once managed": (
        command("x:read", "x:manage", groups=("g",)),
        ["group g Read", "topic x All"],
    ),
    "a topic and a prefix of its name": (
        command("x:write", "x*:write"),
        ["topic x Describe+Write", "topic x* Describe+Write"],
    ),
    "a group alone": (command(groups=("g",)), ["group g Read"]),
}


@pytest.mark.parametrize(("asked", "expected"), CASES.values(), ids=CASES)
def test_wanted(rules: Rules, asked: Command, expected: list[str]) -> None:
    assert [shown(acl) for acl in wanted(asked, rules, "app").acls] == expected


ASSUMED = {
    "nothing": (command("a:read", groups=("g",)), (), set()),
    "access": (
        command("a", groups=("g",)),
        ("nothing was said of what to do with a, so read and write were assumed",),
        set(),
    ),
    "a group": (
        command("a:read"),
        ("no consumer group was named, so all groups that begin with app were assumed",),
        {"app"},
    ),
    "both": (
        command("lsst.square-events.x"),
        (
            "nothing was said of what to do with lsst.square-events.x, so read and write were assumed",
            "no consumer group was named, so all groups that begin with lsst.square-events.app were assumed",
        ),
        {"lsst.square-events.app"},
    ),
}


@pytest.mark.parametrize(("asked", "sentences", "groups"), ASSUMED.values(), ids=ASSUMED)
def test_assumptions(rules: Rules, asked: Command, sentences: tuple[str, ...], groups: set[str]) -> None:
    found = wanted(asked, rules, "app")
    assert found.assumptions == sentences
    assert found.default_groups == groups


EXISTING = {
    "a group already": ({"resource": {"type": "group", "name": "g"}, "operations": ["Read"]}, False),
    "every operation on a group": ({"resource": {"type": "group", "name": "g"}, "operations": ["All"]}, False),
    "a group to describe": ({"resource": {"type": "group", "name": "g"}, "operations": ["Describe"]}, True),
    "a topic": ({"resource": {"type": "topic", "name": "g"}, "operations": ["Read"]}, True),
    "a group denied": ({"type": "deny", "resource": {"type": "group", "name": "g"}, "operations": ["Read"]}, True),
}


@pytest.mark.parametrize(("entry", "expected"), EXISTING.values(), ids=EXISTING)
def test_no_group_is_assumed_where_there_is_one(rules: Rules, entry: dict[str, object], expected: bool) -> None:
    group = Acl(Resource(ResourceType.GROUP, "app", PREFIX), frozenset({Operation.READ}))
    assert (group in wanted(command("a:read"), rules, "app", [from_spec(entry)]).acls) is expected


def test_nothing_is_wanted(rules: Rules) -> None:
    with pytest.raises(NothingWanted) as raised:
        wanted(command(), rules, "app")
    assert raised.value.text == "nothing is asked for app: name at least one topic"
    assert raised.value.hint == "/kafka-access app topic=lsst.app.example:read"


def test_an_unknown_word(rules: Rules) -> None:
    with pytest.raises(UnknownBundle) as raised:
        wanted(command("a:fetch"), rules, "app")
    assert raised.value.text == "fetch is nothing that can be done with a topic"
    assert raised.value.hint == "type one of read, write, manage"
