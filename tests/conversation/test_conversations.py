"""Each command in words: comment in; reactions, reply, pull request and files out, compared with a golden file.

`pytest tests/conversation --update-goldens` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.checkout.git import Git
from tests.support.bot import World

INGEST = "lsst.square-events.myapp.ingest"
GRANT = f"/kafka-access myapp topic={INGEST}"
TEMPLATE = "applications/myapp/templates/deployment.yaml"

Compare = Callable[[World, str], None]
EVERYWHERE = "/kafka-access everywhere topic=lsst.everywhere.jobs:write"

ONE_COMMENT = {
    "grant": GRANT,
    "plan": f"/kafka-access plan myapp topic={INGEST}:read",
    "help": "/kafka-access help",
    "help on a word": "/kafka-access help workload",
    "malformed": f"Hello!\r\n\r\n/kafka-access myapp topic={INGEST}:raed",
    "unknown application": f"/kafka-access myap topic={INGEST}",
    "several workloads": f"/kafka-access pair topic={INGEST}:read",
    "against the rules": "/kafka-access myapp topic=lsst.square-events.other.x:manage",
    "new subchart and guard": f"{EVERYWHERE} create env=alpha",
    "metrics": "/kafka-access everywhere metrics tags=host,outcome",
    "revoke metrics": "/kafka-access revoke metrics-only metrics",
    "revoke what values make": "/kafka-access revoke metrics-only",
    "revoke from nobody": f"/kafka-access revoke myapp topic={INGEST}",
    "migrate nothing": "/kafka-access migrate metrics-only\n/kafka-access migrate myapp",
    "who has a topic": "/kafka-access who topic=lsst.square-events.notify.message",
    "who is an application": "/kafka-access who app=reader env=beta",
    "who has nothing": "/kafka-access who topic=lsst.square-events.notify.mesage\n/kafka-access who app=raeder",
    "audit": "/kafka-access audit",
    "audit of an application": "/kafka-access audit metrics-only env=alpha",
    "audit of nobody": "/kafka-access audit myap",
    "out of place": "/kafka-access refresh",
    "several commands": (
        f"/kafka-access help topic\n/kafka-access myapp topic={INGEST}:read\n/kafka-access myapp topic={INGEST}:write\n"
        "/kafka-access nobody"
    ),
    "issue form": f"### Application\n\nmyapp\n\n### Topics\n\n{INGEST}:read\n\n### Environments\n\nalpha, beta\n",
}


@pytest.mark.parametrize("name", ONE_COMMENT)
def test_one_comment(name: str, world: World, compare: Compare) -> None:
    world.home.open_issue("alice", "Kafka, please", ONE_COMMENT[name])
    world.settle()
    compare(world, name.replace(" ", "-"))


def test_two_applications_in_one_comment(world: World) -> None:
    """Which of the two is first is nobody's business, so there is no golden file of it."""
    news = "/kafka-access publisher topic=lsst.square-events.publisher.news:write"
    world.home.open_issue("alice", "Kafka, please", f"{GRANT}\n{news}")
    world.settle()
    heads = {one["head"]["ref"] for one in world.home.pulls()}
    assert heads == {"kafka-access/myapp-1", "kafka-access/publisher-1"}
    (said,) = world.said(1)
    assert said.index("`myapp` gains") < said.index("`publisher` gains")
    assert world.reacted(1) == ["eyes", "rocket"]


def test_a_comment_on_an_issue(world: World, compare: Compare) -> None:
    number = world.home.open_issue("mallory", "Kafka, please", "Could somebody give myapp access?")
    world.home.comment(number, "alice", GRANT)
    world.settle()
    compare(world, "comment")


def test_more_questions_than_a_reply_has_room_for(world: World) -> None:
    """Several long answers, and an edit that asks for as many again, still end in a reply."""
    many = "/kafka-access help topic\n/kafka-access help workload\n" * 100
    number = world.home.open_issue("alice", "Kafka, please", None)
    comment = world.home.comment(number, "alice", many)
    world.settle()
    (said,) = world.said(number)
    assert 50_000 < len(said) <= 65_536
    assert re.search(r"There is no room here for \d+ more answers", said)
    assert world.reacted(comment) == ["eyes", "rocket"]
    world.home.edit_comment(comment, "alice", f"{many}/kafka-access help metrics\n")
    world.settle()
    (again,) = world.said(number)
    assert again != said
    assert "metrics" in again


def test_an_outsider(world: World, compare: Compare) -> None:
    world.home.open_issue("mallory", "Kafka, please", f"{GRANT}\n/kafka-access help")
    world.settle()
    compare(world, "outsider")


def test_a_second_command_amends(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.comment(number, "bob", "/kafka-access myapp topic=lsst.square-events.myapp.audit:write")
    world.settle()
    world.home.comment(number, "bob", GRANT)
    world.settle()
    compare(world, "amended")


def test_a_command_on_the_pull_request_amends(world: World, compare: Compare) -> None:
    world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.comment(2, "bob", "/kafka-access myapp topic=lsst.square-events.myapp.audit:write")
    world.settle()
    compare(world, "amended-on-the-pull-request")


def test_revoking_what_is_merged(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.merge(2, "bob")
    world.settle()
    world.home.comment(number, "alice", "/kafka-access revoke myapp")
    world.settle()
    world.home.merge(3, "bob")
    world.settle()
    compare(world, "revoke-what-is-merged")


def test_a_further_environment(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka", f"{EVERYWHERE} env=alpha expires=2031-12-24 quota=producer:1MiB/s")
    world.settle()
    world.home.merge(2, "bob")
    world.settle()
    world.home.comment(number, "alice", "/kafka-access everywhere env=beta")
    world.settle()
    world.home.merge(3, "bob")
    world.settle()
    world.home.comment(number, "alice", "/kafka-access everywhere quota=none")
    world.settle()
    world.home.merge(4, "bob")
    world.settle()
    compare(world, "further-environment")


def test_migrating(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Strimzi 1.0", "/kafka-access migrate reader")
    world.settle()
    world.home.merge(2, "bob")
    world.settle()
    world.home.comment(number, "alice", "/kafka-access migrate reader")
    world.settle()
    compare(world, "migrate")


def test_revoking_what_is_not_merged(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.comment(number, "bob", "/kafka-access myapp topic=lsst.square-events.myapp.audit:write")
    world.settle()
    world.home.comment(number, "bob", "/kafka-access revoke myapp topic=lsst.square-events.myapp.audit")
    world.settle()
    world.home.comment(number, "bob", "/kafka-access revoke myapp")
    world.settle()
    compare(world, "revoke-what-is-not-merged")


def test_edits(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    comment = world.home.comment(number, "alice", "/kafka-access myapp tpoic=x")
    world.settle()
    world.home.edit_comment(comment, "alice", f"/kafka-access myapp tpoic=x\n\n{GRANT}")
    world.settle()
    world.home.edit_comment(comment, "bob", f"{GRANT}\n/kafka-access help")
    world.settle()
    compare(world, "edited")


def test_refresh(world: World, compare: Compare) -> None:
    world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.push("bob", "main", {"CHANGES.md": b"Something else.\n"}, "Change something else")
    world.home.comment(2, "alice", "/kafka-access refresh")
    world.settle()
    compare(world, "refreshed")


def test_main_moves_so_that_it_conflicts(world: World, compare: Compare) -> None:
    world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    before = (world.home.file("main", TEMPLATE) or b"").decode()
    url = '            - name: "MYAPP_BASE_URL"'
    other = before.replace(url, f'            - name: "OTHER"\n              value: "x"\n{url}')
    other = other.replace("          ports:", '          workingDir: "/tmp"\n          ports:')
    world.home.push("bob", "main", {TEMPLATE: other.encode()}, "Change the same place")
    world.settle()
    assert world.home.pull(2)["mergeable"]
    compare(world, "main-moved")


def test_what_people_push_stays(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    branch = world.home.pull(2)["head"]["ref"]
    readme = (world.home.file(branch, "applications/myapp/README.md") or b"") + b"\nAsk bob.\n"
    world.home.push("bob", branch, {"applications/myapp/README.md": readme}, "Say whom to ask")
    world.home.push("bob", "main", {"CHANGES.md": b"Something else.\n"}, "Change something else")
    world.home.comment(number, "alice", "/kafka-access myapp topic=lsst.square-events.myapp.audit:write")
    world.settle()
    compare(world, "people-pushed")


def test_what_people_push_conflicts(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    branch = world.home.pull(2)["head"]["ref"]
    user = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"
    mine = (world.home.file(branch, user) or b"") + b"      - resource:\n          type: cluster\n"
    world.home.push("bob", branch, {user: mine}, "Another rule at the same place")
    world.home.comment(number, "alice", "/kafka-access myapp topic=lsst.square-events.myapp.audit:write")
    world.settle()
    compare(world, "people-conflict")


def test_cancel(world: World, compare: Compare) -> None:
    world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.comment(2, "alice", "/kafka-access cancel")
    world.settle()
    compare(world, "cancelled")


def test_merge(world: World, compare: Compare) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.merge(2, "bob")
    world.settle()
    world.home.comment(number, "alice", GRANT)
    world.settle()
    compare(world, "merged")


def test_closed_by_somebody(world: World, compare: Compare) -> None:
    world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    world.home.close(2, "bob")
    world.settle()
    compare(world, "closed")


def test_merged_after_it_was_closed(world: World) -> None:
    """Somebody closes it, restores the branch with GitHub's button, opens it again and merges it."""
    world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    head = world.home.pull(2)["head"]
    world.home.close(2, "bob")
    world.settle()
    assert "was closed without a merge" in world.said(1)[-1]
    Git(world.home.git).run("update-ref", f"refs/heads/{head['ref']}", head["sha"])
    world.home.reopen(2, "bob")
    world.home.merge(2, "bob")
    world.settle()
    assert "is merged" in world.said(1)[-1]
    assert head["ref"] not in world.home.branches()
