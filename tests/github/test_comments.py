from __future__ import annotations

import pytest

from bot.github.comments import Target, marker
from bot.github.errors import Gone, TooLong
from bot.github.repository import Repository
from tests.github.conftest import Stage


def test_a_reply_is_found_again_among_many(stage: Stage, repository: Repository) -> None:
    for number in range(150):
        stage.home.comment(stage.issue, "alice", f"comment {number}")
        if number == 120:
            first = repository.comments.reply(stage.issue, "delivery-1", "heard")
    again = repository.comments.reply(stage.issue, "delivery-1", "done")
    assert again.id == first.id
    bodies = [one["body"] for one in stage.home.comments(stage.issue)]
    assert len(bodies) == 151
    assert bodies[121] == f"{marker('delivery-1')}\ndone"


def test_somebody_elses_comment_with_the_marker_is_no_reply(stage: Stage, repository: Repository) -> None:
    stage.home.comment(stage.issue, "mallory", f"{marker('one')}\nmine")
    assert repository.comments.find_reply(stage.issue, "one") is None
    repository.comments.reply(stage.issue, "one", "ours")
    assert [(one["user"]["login"], one["body"]) for one in stage.home.comments(stage.issue)] == [
        ("mallory", f"{marker('one')}\nmine"),
        ("kafka-access[bot]", f"{marker('one')}\nours"),
    ]


def test_a_marker_that_a_reply_quotes_is_none(stage: Stage, repository: Repository) -> None:
    repository.comments.reply(stage.issue, "one", f"you wrote {marker('two')}")
    repository.comments.reply(stage.issue, "two", "two")
    assert len(stage.home.comments(stage.issue)) == 2


def test_replies_by_different_keys_are_different(stage: Stage, repository: Repository) -> None:
    assert repository.comments.reply(stage.issue, "a", "x").id != repository.comments.reply(stage.issue, "ab", "x").id


def test_a_reply_that_says_it_already_is_left_alone(stage: Stage, repository: Repository) -> None:
    repository.comments.reply(stage.issue, "one", "same")
    before = stage.writes()
    repository.comments.reply(stage.issue, "one", "same")
    assert stage.writes() == before


@pytest.mark.parametrize("key", ["", "a b", "a-->b", "a--b", "-a", "a-", "a\nb", "é"])
def test_a_key_that_would_show_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        marker(key)


def test_a_reply_that_is_too_long_is_not_sent(stage: Stage, repository: Repository) -> None:
    room = 65_536 - len(marker("one")) - 1
    before = stage.writes()
    with pytest.raises(TooLong):
        repository.comments.reply(stage.issue, "one", "x" * (room + 1))
    assert stage.writes() == before
    repository.comments.reply(stage.issue, "one", "x" * room)
    assert len(stage.home.comments(stage.issue)[0]["body"]) == 65_536


def test_a_reaction_is_added_and_taken_back_by_itself(stage: Stage, repository: Repository) -> None:
    comment = stage.home.comment(stage.issue, "alice", "/kafka-access x")
    target = Target(stage.issue, comment)
    for content in ("eyes", "eyes", "rocket"):
        repository.comments.react(target, content)
    repository.comments.unreact(target, "eyes")
    repository.comments.unreact(target, "confused")
    assert stage.home.reactions(comment) == [("kafka-access[bot]", "rocket")]


def test_a_comment_that_was_deleted_is_gone(stage: Stage, repository: Repository) -> None:
    comment = stage.home.comment(stage.issue, "alice", "x")
    stage.home.delete_comment(comment, "alice")
    with pytest.raises(Gone):
        repository.comments.react(Target(stage.issue, comment), "eyes")
    repository.comments.reply(stage.issue, "one", "still")
