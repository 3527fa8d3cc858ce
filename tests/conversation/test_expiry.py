"""Access that ends: announced once, taken away by one pull request, however often the bot looks; the clock is moved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from bot.pipeline import skip, today_in_utc
from tests.support.bot import World, bot_and_sandbox, rules_without_checks

TOPIC = "lsst.square-events.myapp.ingest"
LAST = today_in_utc() + timedelta(days=30)


class Calendar:
    """A day that tests move."""

    def __init__(self) -> None:
        self.day = today_in_utc()
        self._swept = itertools.count()

    def __call__(self) -> date:
        return self.day

    def sweep(self, world: World, *, left: int) -> None:
        """Make it so many days before the last one, and have the bot look."""
        self.day = LAST - timedelta(days=left)
        engine: Any = world.parts.health
        engine.enqueue("expiry", f"expiry:test:{next(self._swept)}", "expiry", {})
        world.settle()


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, calendar: Calendar) -> Iterator[World]:
    """Proofs and checks have their own tests, and are left out to save time."""
    folder = tmp_path_factory.mktemp("expiry")
    with bot_and_sandbox(folder, prover=skip, today=calendar, rules=rules_without_checks(folder)) as found:
        yield found


def issues(world: World) -> list[dict[str, Any]]:
    """The issues that the bot opened by itself."""
    found = map(world.home.issue, world.home.numbers)
    return [one for one in found if one["user"]["login"] == world.registered.bot and "pull_request" not in one]


def revocations(world: World) -> list[dict[str, Any]]:
    return [one for one in world.home.pulls("all") if one["title"].startswith("Take access")]


def test_an_access_that_ends(world: World, calendar: Calendar) -> None:
    home = world.home
    asked = home.open_issue("alice", "Kafka", f"/kafka-access myapp topic={TOPIC}:read expires={calendar.day}")
    world.settle()
    assert "this is too soon" in world.said(asked)[0]
    home.comment(asked, "alice", f"/kafka-access myapp topic={TOPIC}:read expires={LAST}")
    world.settle()
    (pull,) = home.pulls()
    assert f"until {LAST}, with all of its rules" in pull["body"]
    home.merge(pull["number"], "bob")
    world.settle()

    calendar.sweep(world, left=8)
    assert issues(world) == []
    calendar.sweep(world, left=7)
    calendar.sweep(world, left=6)
    calendar.sweep(world, left=0)
    (announced,) = issues(world)
    assert announced["title"] == f"myapp's access to Kafka ends after {LAST}"
    assert (
        f"/kafka-access app=myapp expires={LAST.replace(year=LAST.year + 1, day=min(LAST.day, 28))}"
        in announced["body"]
    )
    assert "@" not in announced["body"]
    assert revocations(world) == []

    calendar.sweep(world, left=-1)
    calendar.sweep(world, left=-2)
    (revoking,) = revocations(world)
    number = announced["number"]
    assert revoking["head"]["ref"] == f"kafka-access/myapp-{number}"
    assert f"KafkaUser myapp was given its access until {LAST}" in revoking["body"]
    assert f"Asked for in #{number}:\n\n```\n/kafka-access revoke app=myapp user=myapp\n```" in revoking[
        "body"
    ].replace("\r", "")
    (said,) = world.said(number)
    assert f"until {LAST}, which is over" in said
    assert f"[#{revoking['number']}]" in said

    path = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"
    text = (home.file("main", path) or b"").decode()
    home.push("bob", "main", {path: text.replace("spec:", "# Moved\nspec:").encode()})
    world.settle()
    assert home.pull(revoking["number"])["mergeable"], "it was made anew on the newest main"
    calendar.sweep(world, left=-3)
    assert (len(revocations(world)), len(issues(world)), len(world.said(number))) == (1, 1, 1)
    head = revoking["head"]["ref"]
    assert home.file(head, path) is None

    home.close(revoking["number"], "alice")
    world.settle()
    calendar.sweep(world, left=-4)
    assert [one["state"] for one in revocations(world)] == ["closed"], "who closed it has decided"

    home.comment(asked, "alice", f"/kafka-access myapp expires={LAST + timedelta(days=20)}")
    world.settle()
    (longer,) = home.pulls()
    home.merge(longer["number"], "bob")
    world.settle()
    calendar.sweep(world, left=-13)
    assert len(issues(world)) == 2
    calendar.sweep(world, left=-21)
    (outdated,) = home.pulls()
    home.comment(asked, "alice", f"/kafka-access myapp expires={LAST + timedelta(days=40)}")
    world.settle()
    (longer,) = (one for one in home.pulls() if one["number"] != outdated["number"])
    assert home.pull(outdated["number"])["state"] == "open"
    home.merge(longer["number"], "bob")
    world.settle()
    assert home.pulls() == []
    assert f"has its access until {LAST + timedelta(days=40)} by now" in world.said(outdated["number"])[-1]
    calendar.sweep(world, left=-41)
    (again,) = home.pulls()
    home.merge(again["number"], "bob")
    world.settle()
    assert home.file("main", path) is None
    assert "is merged: `myapp` loses its access" in world.said(issues(world)[2]["number"])[-1]
    calendar.sweep(world, left=-42)
    assert (len(revocations(world)), len(issues(world))) == (3, 3)
