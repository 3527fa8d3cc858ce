"""The bot dies while it announces that an access has ended, and while it takes it away."""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from bot.checkout.files import Files
from bot.conversation.expiry import LOOK
from bot.github.events import Place
from bot.planning.plan import plan
from tests.crash.world import Crash, crash, in_phase, places
from tests.support.bot import NAME
from tests.support.plans import RULES, command
from tests.support.tree import TREE

DAYS = (date(2020, 1, 1) + timedelta(days=number) for number in itertools.count())
GRANT = "myapp topic=lsst.square-events.myapp.ingest:read expires={}"

Seen = tuple[tuple[str, ...], tuple[str, ...], str | None]


def expire(world: Crash) -> date:
    """Have an access on the main branch whose last day is over, and the bot look at it on the day after."""
    last = next(DAYS)
    found = plan(Files(TREE), RULES, command(GRANT.format(last)))
    with world.earlier():
        world.home.push("alice", "main", {change.path: change.after for change in found.changes})
    page = f"{world.sandbox.url}/{NAME}"
    place = asdict(Place(world.home.id, NAME, "main", False, page, f"{page}.git"))
    payload = {"installation": world.app.installation_id, "place": place, "today": str(last + timedelta(days=1))}
    world.store.enqueue(LOOK, "threads", f"{LOOK}-{last}", "test", payload)
    return last


def seen(world: Crash, last: date) -> Seen:
    """Return all that people see of the end of an access, and tidy up after it."""
    titles = {number: world.home.issue(number)["title"] for number in world.home.numbers}
    (issue,) = (number for number, title in titles.items() if title.endswith(f"ends after {last}"))
    pulls = world.pulls_of(issue)
    head = world.home.head(world.branch(issue))
    found = (
        tuple(_plain(text) for text in (world.home.issue(issue)["body"], *world.replies(issue))),
        tuple(_plain(text) for one in pulls for text in (one["title"], one["body"], one["state"])),
        world.home.commit(head)["commit"]["message"] if head else None,
    )
    with world.earlier():
        world.home.close(pulls[0]["number"], "alice")
    world.settle()
    return found[0], found[1], _plain(found[2] or "")


def _plain(text: str) -> str:
    text = re.sub(r"<!-- kafka-access(-state)?:.*? -->", "", text)
    return re.sub(r"\d{4}-\d\d-\d\d|(?<=[#/-])\d+\b", "N", text)


def test_killed_at_every_step_and_write_of_an_expiry(tmp_path: Path) -> None:
    with crash(tmp_path) as world:
        world.spawn()
        first = expire(world)
        world.settle()  # what is done for the first time only, as making the label, is done
        expected = seen(world, first)
        days: list[date] = []
        steps, writes = places(world, lambda: days.append(expire(world)))
        assert seen(world, days[0]) == expected
        said, pulls, message = expected
        assert (len(said), len(pulls)) == (2, 3)
        assert "revoke app=myapp user=myapp" in (message or "")
        mine = [one for one in steps if one[0] == "expiry"]
        assert {step for _, step, _ in mine} >= {"look", "announce", "before", "plan", "commit", "pull request", "say"}
        for write in (one for one in writes if "check-runs" not in one[1]):
            with world.killed_at(write):
                last = expire(world)
                world.survive(2)
            assert seen(world, last) == expected, write
        for place in mine:
            world.kill_at(in_phase(place, "middle"))
            last = expire(world)
            world.survive()
            assert seen(world, last) == expected, place
