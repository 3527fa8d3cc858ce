from __future__ import annotations

from dataclasses import replace

import pytest

from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.policy.judge import RULES, Request, judge
from bot.policy.rules import Rules
from bot.policy.verdict import Severity

READ = frozenset({Operation.READ, Operation.DESCRIBE})
WRITE = frozenset({Operation.WRITE, Operation.DESCRIBE})
ALL = frozenset({Operation.ALL})
MINE = "lsst.app.x"


def acl(kind: ResourceType, name: str, operations: frozenset[Operation]) -> Acl:
    """Return a rule; a name with a trailing `*` is a prefix, `*` alone is literal."""
    if name.endswith("*") and name != "*":
        return Acl(Resource(kind, name.removesuffix("*"), PatternType.PREFIX), operations)
    return Acl(Resource(kind, name), operations)


def topic(name: str, operations: frozenset[Operation] = WRITE) -> Acl:
    return acl(ResourceType.TOPIC, name, operations)


def group(name: str, operations: frozenset[Operation] = frozenset({Operation.READ})) -> Acl:
    return acl(ResourceType.GROUP, name, operations)


def txn(name: str) -> Acl:
    return acl(ResourceType.TRANSACTIONAL_ID, name, WRITE)


def deny(rule: Acl) -> Acl:
    return replace(rule, permission=Permission.DENY)


def request(
    *wanted: Acl,
    user: str = "app",
    authentication: str = "tls",
    existing: tuple[Acl, ...] = (),
    declared: dict[str, frozenset[str]] | None = None,
    creating: frozenset[str] = frozenset(),
    default_groups: frozenset[str] = frozenset(),
    applications: frozenset[str] = frozenset({"app", "other"}),
) -> Request:
    return Request("app", user, authentication, wanted, default_groups, existing, declared, creating, applications)


def limited(before: int | None, after: int | None) -> Request:
    return replace(request(), quotas=(("producer", before, after),))


def declared(*names: str) -> dict[str, frozenset[str]]:
    return {"idfdev": frozenset(names), "idfint": frozenset({MINE})}


CASES: dict[str, tuple[Request, str]] = {
    "nothing to say": (request(topic(MINE)), ""),
    # group-wildcard
    "every group": (request(group("*")), "refuse group-wildcard"),
    "a prefix of nothing": (
        request(Acl(Resource(ResourceType.GROUP, "", PatternType.PREFIX), READ)),
        "refuse group-wildcard",
    ),
    "groups of a prefix": (request(group("app-*")), ""),
    # topic-wildcard
    "every topic": (request(topic("*")), "refuse topic-wildcard"),
    "every topic, managed": (request(topic("*", ALL), group("app")), "refuse topic-wildcard"),
    "one's own namespace": (request(topic("lsst.app.*")), ""),
    # transactional-id-wildcard
    "every transactional id": (request(txn("*")), "refuse transactional-id-wildcard"),
    "transactional ids of a prefix": (request(txn("app-*")), ""),
    # manage-elsewhere
    "delete elsewhere": (request(topic("elsewhere", frozenset({Operation.DELETE}))), "refuse manage-elsewhere"),
    "alter elsewhere": (request(topic("elsewhere", frozenset({Operation.ALTER}))), "refuse manage-elsewhere"),
    "alter settings elsewhere": (
        request(topic("elsewhere", frozenset({Operation.ALTER_CONFIGS}))),
        "refuse manage-elsewhere",
    ),
    "see settings elsewhere": (request(topic("elsewhere", frozenset({Operation.DESCRIBE_CONFIGS}))), ""),
    "delete one's own": (request(topic(MINE, frozenset({Operation.DELETE}))), ""),
    "manage another's": (
        request(topic("lsst.other.x", ALL), group("app")),
        "refuse manage-elsewhere, needs-approval topic-of-another",
    ),
    "manage nobody's": (request(topic("elsewhere", ALL), group("app")), "refuse manage-elsewhere"),
    "manage more than one's own": (
        request(topic("lsst.*", ALL), group("app")),
        "refuse manage-elsewhere, needs-approval topic-of-another",
    ),
    "manage one's own and another's": (
        request(topic("lsst.app*", ALL), group("app"), applications=frozenset({"app", "apple"})),
        "refuse manage-elsewhere, needs-approval topic-of-another, warn prefix-without-separator",
    ),
    "manage one's own": (request(topic("lsst.square-events.app.*", ALL), group("app")), ""),
    "write elsewhere": (request(topic("elsewhere")), ""),
    # topic-internal
    "Kafka's own": (request(topic("__consumer_offsets")), "refuse topic-internal"),
    "a prefix of Kafka's own": (request(topic("__*")), "refuse topic-internal"),
    "a prefix that covers Kafka's own": (
        request(topic("_*")),
        "refuse topic-internal",
    ),
    "a prefix of one underscore": (request(topic("_schemas-*")), ""),
    "one underscore": (request(topic("_schemas")), ""),
    # name-invalid
    "no topic's name": (request(topic("a/b")), "refuse name-invalid"),
    "no user's name": (request(topic(MINE), user="App"), "refuse name-invalid"),
    "a group that Helm would read": (request(group("{{app}}")), "refuse name-invalid"),
    "a group that cannot be printed": (request(group("a\x07")), "refuse name-invalid"),
    "a transactional id that Helm would read": (request(txn("a}}")), "refuse name-invalid"),
    "a group of any letters": (request(group("App: é/1")), ""),
    # operation-invalid
    "Create on a group": (request(group("app", frozenset({Operation.CREATE}))), "refuse operation-invalid"),
    "ClusterAction on a topic": (
        request(topic(MINE, frozenset({Operation.CLUSTER_ACTION}))),
        "refuse operation-invalid",
    ),
    "Delete on a group": (request(group("app", frozenset({Operation.DELETE}))), ""),
    # user-name-too-long
    "65 characters": (request(topic(MINE), user="a" * 65), "refuse user-name-too-long"),
    "64 characters": (request(topic(MINE), user="a" * 64), ""),
    "65 characters without a certificate": (request(topic(MINE), user="a" * 65, authentication="scram-sha-512"), ""),
    # denied
    "a deny": (request(topic(MINE), existing=(deny(topic("lsst.*")),)), "refuse denied"),
    "a deny of what is granted already": (
        request(topic(MINE), existing=(topic(MINE), deny(topic("lsst.*", ALL)))),
        "refuse denied, info already-granted",
    ),
    "a deny of another operation": (
        request(topic(MINE), existing=(deny(topic("lsst.*", frozenset({Operation.DELETE}))),)),
        "",
    ),
    "a deny of another topic": (request(topic(MINE), existing=(deny(topic("lsst.app.y")),)), ""),
    # topic-of-another
    "another's": (request(topic("lsst.other.x")), "needs-approval topic-of-another"),
    "another's namespace": (request(topic("lsst.square-events.other.*")), "needs-approval topic-of-another"),
    "an owned namespace": (request(topic("lsst.sal.x")), "needs-approval topic-of-another"),
    "another's, granted already": (
        request(topic("lsst.other.x"), existing=(topic("lsst.other.*"),)),
        "info already-granted",
    ),
    "of an application that is none": (request(topic("lsst.stranger.x")), ""),
    "an unowned namespace": (request(topic("lsst.salt.x")), ""),
    "a prefix of everything in a way": (
        request(topic("l*")),
        "needs-approval topic-of-another, warn prefix-without-separator",
    ),
    "a prefix of owned namespaces": (
        request(topic("lsst.s*")),
        "needs-approval topic-of-another, warn prefix-without-separator",
    ),
    "a prefix of another's, granted already": (
        request(topic("lsst.*"), existing=(topic("lsst.*", ALL),)),
        "info already-granted",
    ),
    "a prefix of nobody's": (request(topic("lsst.x.*")), ""),
    "a prefix in one's own of an owned namespace": (request(topic("lsst.square-events.app.x.*")), ""),
    # group-of-another
    "another's group": (request(group("other")), "needs-approval group-of-another"),
    "another's groups": (request(group("other.*")), "needs-approval group-of-another"),
    "a group of another's topics": (request(group("lsst.square-events.other")), "needs-approval group-of-another"),
    "a group of an owned namespace": (request(group("lsst.sal.x")), "needs-approval group-of-another"),
    "a prefix of another's group": (
        request(group("o*")),
        "needs-approval group-of-another, warn prefix-without-separator",
    ),
    "another's group, granted already": (request(group("other"), existing=(group("o*"),)), "info already-granted"),
    "one's own group": (request(group("app")), ""),
    "one's own groups": (request(group("app.*"), group("lsst.square-events.app.*")), ""),
    "nobody's group": (request(group("elsewhere")), ""),
    "a group of a namesake": (
        request(group("app-db.x"), applications=frozenset({"app", "app-db"})),
        "needs-approval group-of-another",
    ),
    "groups that cover a namesake's": (request(group("app-*"), applications=frozenset({"app", "app-db"})), ""),
    "a chosen group that is another's": (
        request(group("lsst.square-events.other*"), default_groups=frozenset({"lsst.square-events.other"})),
        "",
    ),
    # transactional-id-of-another
    "another's transactional id": (request(txn("other-1")), "needs-approval transactional-id-of-another"),
    "another's transactional ids": (request(txn("other-*")), "needs-approval transactional-id-of-another"),
    "one's own transactional ids": (request(txn("app-*"), txn("lsst.app.x")), ""),
    "nobody's transactional id": (request(txn("elsewhere-1")), ""),
    # quota-raised
    "a quota that is raised": (limited(1, 2), "warn quota-raised"),
    "a quota that is taken away": (limited(1, None), "warn quota-raised"),
    "a quota that is lowered": (limited(2, 1), ""),
    "a first quota": (limited(None, 1), ""),
    # prefix-without-separator
    "a prefix of a word": (request(topic("lsst.app*")), "warn prefix-without-separator"),
    "a group of a word": (request(group("app*")), "warn prefix-without-separator"),
    "a transactional id of a word": (request(txn("app*")), "warn prefix-without-separator"),
    "a group that the rules chose": (request(group("app*"), default_groups=frozenset({"app"})), ""),
    "prefixes with separators": (request(topic("lsst.app.*"), group("app_*"), txn("app-*")), ""),
    # topic-undeclared
    "undeclared in one environment": (request(topic(MINE), declared=declared()), "warn topic-undeclared"),
    "declared everywhere": (request(topic(MINE), declared=declared(MINE)), ""),
    "about to be declared": (request(topic(MINE), declared=declared(), creating=frozenset({MINE})), ""),
    "a prefix is not declared": (request(topic("lsst.app.*"), declared=declared()), ""),
    # topic-collision
    "a dot for an underscore": (
        request(topic("lsst.app_x"), declared=declared(), creating=frozenset({"lsst.app_x"})),
        "warn topic-collision",
    ),
    "the same topic again": (request(topic(MINE), declared=declared(MINE), creating=frozenset({MINE})), ""),
    # reader-without-group
    "a reader": (request(topic(MINE, READ)), "warn reader-without-group"),
    "a manager": (request(topic(MINE, ALL)), "warn reader-without-group"),
    "a reader whose group may only be described": (
        request(topic(MINE, READ), group("app", frozenset({Operation.DESCRIBE}))),
        "warn reader-without-group",
    ),
    "a reader whose group is denied": (
        request(topic(MINE, READ), existing=(deny(group("app")),)),
        "warn reader-without-group",
    ),
    "a reader with a group": (request(topic(MINE, READ), group("app")), ""),
    "a reader with a group already": (request(topic(MINE, READ), existing=(group("app", ALL),)), ""),
    # already-granted
    "granted by a prefix": (request(topic(MINE), existing=(topic("lsst.*", ALL),)), "info already-granted"),
    "granted for one host": (request(topic(MINE), existing=(replace(topic(MINE), host="h"),)), ""),
    "granted in part": (request(topic(MINE), existing=(topic(MINE, frozenset({Operation.DESCRIBE})),)), ""),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), CASES.values(), ids=CASES)
def test_verdicts(rules: Rules, asked: Request, expected: str) -> None:
    verdicts = judge(asked, rules)
    assert ", ".join(f"{verdict.severity} {verdict.rule}" for verdict in verdicts) == expected
    assert all(verdict.text and (verdict.remedy or verdict.severity is Severity.INFO) for verdict in verdicts)


def test_every_rule_finds_something_above() -> None:
    found = {word for _, expected in CASES.values() for word in expected.replace(",", "").split()}
    assert set(RULES) <= found


def test_the_rules_say_how_grave_it_is(rules: Rules) -> None:
    verdicts = {**rules.verdicts.verdicts, "group-wildcard": Severity.INFO}
    changed = rules.model_copy(update={"verdicts": rules.verdicts.model_copy(update={"verdicts": verdicts})})
    (verdict,) = judge(request(group("*")), changed)
    assert verdict.severity is Severity.INFO


SENTENCES = {
    "manage": (
        request(topic("lsst.x*", ALL), group("app")),
        "manage means every operation, and lsst.x* is outside app's own namespace",
        "type :read, :write or both; app may manage topics under lsst.app or lsst.square-events.app",
    ),
    "manage by enumeration": (
        request(topic("lsst.x", frozenset({Operation.READ, Operation.DELETE, Operation.ALTER})), group("app")),
        "Delete, Alter is part of managing a topic, and lsst.x is outside app's own namespace",
        "type :read, :write or both; app may manage topics under lsst.app or lsst.square-events.app",
    ),
    "a transactional id of a word": (
        request(txn("app*")),
        "the prefix app* does not end in a separator, so it covers app-anything too",
        "type txn=app.* if that is meant",
    ),
    "owner": (
        request(topic("lsst.square-events.other.x")),
        "lsst.square-events.other.x is other's, so its owners (lsst-sqre/square) have to agree",
        "have one of them approve the pull request",
    ),
    "a prefix of others": (
        request(topic("lsst.*"), applications=frozenset({"app", "other", "third"})),
        "lsst.* covers lsst.other, lsst.sal, lsst.square-events and 2 more, whose owners (lsst-sqre/square) have to "
        "agree",
        "type a longer prefix, or have one of them approve the pull request",
    ),
    "a misspelt topic": (
        request(topic("lsst.metrics.app.eventss"), existing=(topic("lsst.*"),),
                declared=declared("lsst.metrics.app.events")),
        "no KafkaTopic declares lsst.metrics.app.eventss in idfdev, idfint: it exists there only if made by hand",
        "did you mean lsst.metrics.app.events? Otherwise add the word create to declare it",
    ),
    "an operation": (
        request(txn("app"), group("app", frozenset({Operation.WRITE, Operation.CREATE}))),
        "Write, Create is not an operation on a group, and Kafka silently ignores it",
        "a group has Describe, Read, Delete, DescribeConfigs, AlterConfigs, All",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "text", "remedy"), SENTENCES.values(), ids=SENTENCES)
def test_sentences(rules: Rules, asked: Request, text: str, remedy: str) -> None:
    assert (text, remedy) in [(verdict.text, verdict.remedy) for verdict in judge(asked, rules)]
