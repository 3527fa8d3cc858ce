"""Whose agreement a change of access takes, and who speaks for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.audit.approval import Need, needs
from bot.checkout.files import Files
from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.landscape.delta import delta
from bot.landscape.model import Environment, Installed, KafkaAccess, KafkaCluster, KafkaUser, Origin
from bot.phalanx.codeowners import code_owners, owners_of
from bot.policy.rules import Rules, default_directory, load
from bot.policy.verdict import Severity

RULES = load(default_directory())
APPLICATIONS = frozenset({"myapp", "notify", "other", "sasquatch"})
FILE = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"
SQUARE = ("lsst-sqre/square",)


def acl(name: str, kind: ResourceType = ResourceType.TOPIC, permission: Permission = Permission.ALLOW) -> Acl:
    pattern = PatternType.PREFIX if name.endswith("*") and name != "*" else PatternType.LITERAL
    resource = Resource(kind, name.removesuffix("*") or "*", pattern)
    return Acl(resource, frozenset({Operation.READ}), permission=permission)


def environment(name: str, *acls: Acl, users: tuple[str, ...] = ("myapp",)) -> Environment:
    one = KafkaUser(name, "sasquatch", "sasquatch", "tls", acls, Origin("sasquatch", FILE, 1))
    installed = {"sasquatch": Installed("sasquatch", "sasquatch", users=(one,))}
    for application in users:
        access = KafkaAccess("x", application, "sasquatch", "sasquatch", "tls", name, "sasquatch", Origin(application))
        installed[application] = Installed(application, application, accesses=(access,))
    return Environment("alpha", APPLICATIONS, installed)


def found(
    tmp_path: Path, before: Environment, after: Environment, rules: Rules = RULES
) -> list[tuple[str, str, object]]:
    return [(one.name, one.why, one.teams) for one in needed(tmp_path, before, after, rules)]


def needed(tmp_path: Path, before: Environment, after: Environment, rules: Rules = RULES) -> tuple[Need, ...]:
    deltas = {"alpha": delta(before, after)}
    return needs(deltas, {"alpha": before}, {"alpha": after}, rules, Files(tmp_path), APPLICATIONS)


GAINS: dict[str, tuple[Acl, list[tuple[str, str, object]]]] = {
    "its own topic": (acl("lsst.square-events.myapp.ingest"), []),
    "its own group": (acl("myapp*", ResourceType.GROUP), []),
    "another's topic": (
        acl("lsst.square-events.notify.message"),
        [("lsst.square-events.notify.message", "is notify's, so its owners", SQUARE)],
    ),
    "another's topic that no team owns": (acl("lsst.notify.x"), [("lsst.notify.x", "is notify's, so its owners", ())]),
    "a namespace": (acl("lsst.sal.x"), [("lsst.sal.x", "is in lsst.sal, whose owners", SQUARE)]),
    "nobody's": (acl("lsst.example"), []),
    "another's group": (acl("notify", ResourceType.GROUP), [("notify", "is notify's, so its owners", ())]),
    "a prefix of others": (
        acl("lsst.sal*"),
        [("lsst.sal*", "is in lsst.sal, whose owners", SQUARE)],
    ),
    "every topic": (
        acl("*"),
        [("*", "covers lsst.notify, lsst.other, lsst.sal and 3 more, whose owners", SQUARE)],
    ),
    "its own transactional id": (acl("myapp-1", ResourceType.TRANSACTIONAL_ID), []),
    "another's transactional id": (
        acl("notify", ResourceType.TRANSACTIONAL_ID),
        [("notify", "is notify's, so its owners", ())],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("gained", "expected"), GAINS.values(), ids=GAINS)
def test_what_is_gained(tmp_path: Path, gained: Acl, expected: list[tuple[str, str, object]]) -> None:
    assert found(tmp_path, environment("myapp"), environment("myapp", gained)) == expected


def test_what_is_there_or_goes_needs_nobody(tmp_path: Path) -> None:
    theirs = environment("myapp", acl("lsst.sal.x"))
    assert found(tmp_path, theirs, theirs) == []
    assert found(tmp_path, theirs, environment("myapp")) == []


def test_a_denial_that_goes_is_a_right_gained(tmp_path: Path) -> None:
    denied = environment("myapp", acl("lsst.sal.x"), acl("lsst.sal.x", permission=Permission.DENY))
    assert len(found(tmp_path, denied, environment("myapp", acl("lsst.sal.x")))) == 1
    assert found(tmp_path, environment("myapp", acl("lsst.sal.x")), denied) == []


def test_a_user_of_several_needs_it_for_each(tmp_path: Path) -> None:
    own = acl("lsst.square-events.notify.x")
    both = environment("notify", own, users=("notify", "other"))
    assert len(found(tmp_path, environment("notify", users=("notify", "other")), both)) == 1
    alone = environment("notify", own, users=())
    assert found(tmp_path, environment("notify", users=()), alone) == []


def test_what_the_list_of_metrics_makes_is_its_own(tmp_path: Path) -> None:
    own = acl("lsst.square.metrics.events.myapp")
    listed = environment("app-metrics-myapp", own)
    assert found(tmp_path, environment("app-metrics-myapp"), listed) == []
    assert len(found(tmp_path, environment("myapp"), environment("myapp", own))) == 1


def test_the_rules_say_whether_anybody_is_asked(tmp_path: Path) -> None:
    before, after = environment("myapp"), environment("myapp", acl("lsst.sal.x"))
    for severity, number in ((Severity.WARN, 0), (Severity.REFUSE, 1)):
        verdicts = {**RULES.verdicts.verdicts, "topic-of-another": severity}
        rules = RULES.model_copy(update={"verdicts": RULES.verdicts.model_copy(update={"verdicts": verdicts})})
        assert len(found(tmp_path, before, after, rules)) == number


def test_code_owners_are_those_of_the_users_file(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text("* @everybody\n/applications/sasquatch/ @bob @lsst-sqre/kafka\n")
    after = environment("myapp", acl("lsst.sal.x"))
    (need,) = needed(tmp_path, environment("myapp"), after)
    assert need.code_owners == ("bob", "lsst-sqre/kafka")


@pytest.mark.parametrize(
    "origin", [Origin("myapp", "applications/myapp/templates/user.yaml", 1), Origin("sasquatch")], ids=["moved", "?"]
)
def test_owners_of_another_chart_do_not_speak_for_topics(tmp_path: Path, origin: Origin) -> None:
    """A KafkaUser may stand anywhere, and whoever asks may own the place."""
    (tmp_path / "CODEOWNERS").write_text("* @everybody\n/applications/myapp/ @alice\n")
    after = environment("myapp", acl("lsst.sal.x"))
    (user,) = after.users
    moved = Installed(origin.application, origin.application, users=(replace(user, origin=origin),))
    elsewhere = replace(after, installed={origin.application: moved})
    (need,) = needed(tmp_path, replace(after, installed={}), elsewhere)
    assert (need.code_owners, need.teams) == ((), SQUARE)


def test_who_connects_as_another_user_gains_all_of_it(tmp_path: Path) -> None:
    rules = (acl("lsst.notify.x"), acl("lsst.sal.x"), acl("lsst.sal.y", permission=Permission.DENY))
    alone, both = (environment("notify", *rules, users=users) for users in (("notify",), ("notify", "myapp")))
    expected = [
        ("lsst.notify.x", "is notify's, so its owners", ()),
        ("lsst.sal.x", "is in lsst.sal, whose owners", SQUARE),
    ]
    assert found(tmp_path, alone, both) == expected
    assert found(tmp_path, both, alone) == found(tmp_path, both, both) == []
    # The KafkaAccess stands in notify's own chart, and its Secret goes to myapp.
    (access,) = alone.installed["notify"].accesses
    sent = Installed("notify", "notify", accesses=(access, replace(access, name="y", namespace="myapp")))
    installed = {**alone.installed, "notify": sent, "myapp": Installed("myapp", "myapp")}
    assert found(tmp_path, alone, replace(alone, installed=installed)) == expected


def test_another_application_does_not_ride_on_metrics(tmp_path: Path) -> None:
    own = acl("lsst.square.metrics.events.notify")
    alone, both = (environment("app-metrics-notify", own, users=users) for users in (("notify",), ("notify", "myapp")))
    assert found(tmp_path, environment("app-metrics-notify", users=()), alone) == []
    assert len(found(tmp_path, alone, both)) == 1


def cluster(authorization: str, *super_users: str) -> Environment:
    one = KafkaCluster("sasquatch", "sasquatch", authorization, super_users, Origin("sasquatch", FILE))
    return Environment("alpha", APPLICATIONS, {"sasquatch": Installed("sasquatch", "sasquatch", clusters=(one,))})


@pytest.mark.parametrize(
    ("before", "after", "users"),
    [
        (cluster("simple", "User:CN=admin"), cluster("simple", "User:CN=admin", "User:CN=myapp"), ["myapp"]),
        (cluster("simple"), cluster(""), ["everybody"]),
        (cluster(""), cluster("simple", "User:CN=admin"), []),
        (cluster(""), cluster(""), []),
        (Environment("alpha", APPLICATIONS), cluster("simple", "User:CN=admin"), []),
    ],
    ids=["another", "no rules any more", "rules", "never any", "a new cluster"],
)
def test_super_users_gain_everything(tmp_path: Path, before: Environment, after: Environment, users: list[str]) -> None:
    assert [(one.user, one.name) for one in needed(tmp_path, before, after)] == [(one, "*") for one in users]


@pytest.mark.parametrize(("operation", "number"), [(Operation.ALTER, 1), (Operation.IDEMPOTENT_WRITE, 0)])
def test_who_may_write_rules_gains_everything(tmp_path: Path, operation: Operation, number: int) -> None:
    rule = Acl(Resource(ResourceType.CLUSTER, ""), frozenset({operation}))
    assert [one.name for one in needed(tmp_path, environment("myapp"), environment("myapp", rule))] == ["*"] * number


PATH = "applications/sasquatch/charts/x/user.yaml"
OWNERS = {
    "everything": ("* @a", ("a",)),
    "the last wins": ("* @a\napplications/ @b\n*.md @c", ("b",)),
    "the last takes away": ("* @a\napplications/sasquatch/", ()),
    "an extension": ("*.yaml @a", ("a",)),
    "from the top": ("/applications @a", ("a",)),
    "a folder of that name anywhere": ("charts/ @a", ("a",)),
    "not below": ("sasquatch/charts @a", ()),
    "files of a folder only": ("applications/* @a", ()),
    "all below a folder": ("applications/** @a", ("a",)),
    "anything between": ("applications/**/user.yaml @a", ("a",)),
    "in any folder": ("**/x @a", ("a",)),
    "one level": ("applications/*/charts/ @a", ("a",)),
    "a file is no folder": ("user.yaml/ @a", ()),
    "case counts": ("/Applications/ @a", ()),
    "several, and a comment": ("* @a @o/t x@example.org # for now @b", ("a", "o/t")),
    "no owner": ("* @a\n* nobody", ("a",)),
    "no negation": ("* @a\n!/applications @b", ("a",)),
    "no ranges": ("* @a\napplication[s] @b", ("a",)),
    "a blank in a name": ("* @a\n/my\\ folder/ @b", ("a",)),
    "nothing": ("# * @a\n\n", ()),
}


@pytest.mark.parametrize(("text", "owners"), OWNERS.values(), ids=OWNERS)
def test_code_owners(text: str, owners: tuple[str, ...]) -> None:
    assert owners_of(text, PATH) == owners


def test_where_code_owners_stand(tmp_path: Path) -> None:
    assert code_owners(Files(tmp_path), PATH) == ()
    for place, owner in (("docs", "d"), ("", "t"), (".github", "g")):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / "CODEOWNERS").write_text(f"* @{owner}\n")
        assert code_owners(Files(tmp_path), PATH) == (owner,)
    (tmp_path / ".github" / "CODEOWNERS").write_bytes(b"\xff * @a\n")
    assert code_owners(Files(tmp_path), PATH) == ()
