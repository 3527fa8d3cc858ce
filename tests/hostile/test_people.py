"""People who may not, programs, and those who change what others wrote."""

from __future__ import annotations

from bot.sandbox.faults import Fault
from tests.support.bot import World

GRANT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest"
OTHER = "/kafka-access publisher topic=lsst.square-events.publisher.news:write"
PERMISSION = "/repos/.*/collaborators/.*"


def branches_of(world: World, number: int) -> list[str]:
    return [name for name in world.home.branches() if name.endswith(f"-{number}")]


def quiet(world: World, number: int, target: int) -> bool:
    """Whether nothing at all was done about what somebody wrote."""
    return not world.said(number) and not world.reacted(target) and not branches_of(world, number)


def test_an_outsider_hears_who_may_and_nothing_else(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", "Which application?")
    comment = world.home.comment(number, "mallory", f"{GRANT}\n\n/kafka-access help\n\n/kafka-access mypap topic=x:y")
    world.settle()
    (reply,) = world.said(number)
    assert world.reacted(comment) == ["eyes", "confused"]
    assert "only people with the role write, maintain or admin can command the bot" in reply
    for leak in ("Opened", "myapp", "Usage", "did you mean", "```", "partitions"):
        assert leak not in reply
    assert branches_of(world, number) == []


def test_an_outsider_on_the_pull_request(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    world.settle()
    (pull,) = (one for one in world.home.pulls() if one["head"]["ref"].endswith(f"-{number}"))
    world.home.comment(pull["number"], "mallory", "/kafka-access cancel")
    world.settle()
    (reply,) = world.said(pull["number"])
    assert "can command the bot" in reply
    assert world.home.pull(pull["number"])["state"] == "open"
    assert world.home.pull(pull["number"])["body"] == pull["body"]
    assert branches_of(world, number) == [f"kafka-access/myapp-{number}"]


def test_a_reader_and_a_triager_may_not(world: World) -> None:
    world.sandbox.user("rita", "read")
    world.sandbox.user("tom", "triage")
    number = world.home.open_issue("alice", "Kafka, please", None)
    for login in ("rita", "tom"):
        world.home.comment(number, login, GRANT)
    world.settle()
    assert ["can command the bot" in reply for reply in world.said(number)] == [True, True]
    assert branches_of(world, number) == []


def test_programs_are_not_heard(world: World) -> None:
    helper = world.sandbox.app("helper").bot
    number = world.home.open_issue("alice", "Kafka, please", None)
    comment = world.home.comment(number, helper, GRANT)
    own = world.home.comment(number, world.registered.bot, OTHER)
    world.settle()
    assert world.said(number) == [OTHER]
    assert world.reacted(comment) == world.reacted(own) == []
    assert branches_of(world, number) == []


def test_what_somebody_else_edits_is_not_run(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    comment = world.home.comment(number, "mallory", "Good morning")
    world.home.edit_comment(comment, "bob", GRANT)
    world.settle()
    assert quiet(world, number, comment)


def test_an_outsider_cannot_put_words_into_an_issue_of_theirs(world: World) -> None:
    number = world.home.open_issue("mallory", "Kafka, please", "Good morning")
    world.home.edit_issue(number, "alice", GRANT)
    world.settle()
    assert quiet(world, number, number)


def test_only_what_is_new_in_an_edit_runs(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    comment = world.home.comment(number, "alice", GRANT)
    world.settle()
    (before,) = world.said(number)
    world.home.edit_comment(comment, "alice", f"Once more:\n\n{GRANT}\n\n{OTHER}")
    world.settle()
    (after,) = world.said(number)
    earlier, _, later = after.rpartition("\n---\n")
    assert before.strip() == earlier.strip()
    assert "publisher" in later
    assert "myapp" not in later
    assert sorted(branches_of(world, number)) == [
        f"kafka-access/myapp-{number}",
        f"kafka-access/publisher-{number}",
    ]


def test_not_knowing_is_not_a_no(world: World) -> None:
    """The lookup fails for as long as anybody waits: for a command, and for what needs no job of its own."""
    number = world.home.open_issue("alice", "Kafka, please", None)
    world.sandbox.faults.add(Fault("GET", PERMISSION, status=502, times=9999))
    comment = world.home.comment(number, "alice", f"{GRANT}\n\n/kafka-access help")
    alone = world.home.comment(number, "alice", "/kafka-access help")
    world.settle()
    first, second = world.said(number)
    for reply in (first, second):
        assert "GitHub did not say whether you may command the bot here" in reply
        assert "can command the bot in this repository" not in reply
        assert "/kafka-access help" in reply
    assert world.reacted(comment) == world.reacted(alone) == ["eyes", "confused"]
    assert branches_of(world, number) == []


def test_not_knowing_for_a_while_is_waited_out(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka, please", None)
    fault = world.sandbox.faults.add(Fault("GET", PERMISSION, status=502, times=6))
    world.home.comment(number, "alice", GRANT)
    world.settle()
    assert fault.met == 6
    (reply,) = world.said(number)
    assert "Opened pull request" in reply


def test_whoever_lost_their_role_may_no_longer(world: World) -> None:
    world.sandbox.user("carol", "write")
    number = world.home.open_issue("alice", "Kafka, please", None)
    world.home.comment(number, "carol", "/kafka-access help")
    world.settle()
    world.home.set_role("carol", "read")
    world.home.comment(number, "carol", GRANT)
    world.settle()
    assert ["can command the bot in this repository" in reply for reply in world.said(number)] == [False, True]
    assert branches_of(world, number) == []
