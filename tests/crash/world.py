"""Bots that may die, beside a sandbox that lives: what the tests of this room do and look at."""

from __future__ import annotations

import difflib
import multiprocessing
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from bot.jobs.model import ENDED, Query, Status
from bot.jobs.store import Store
from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.repository import SandboxRepository
from bot.sandbox.server import Moment, Request
from tests.crash import victim
from tests.support.bot import NAME, SECRET
from tests.support.jobs import until
from tests.support.tree import TREE

# Each bot is forked from a process that has imported all there is: importing takes longer than most of these tests.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.victim"])

TOPIC = "lsst.square-events.myapp.ingest"
GRANT = f"/kafka-access myapp topic={TOPIC}:read"
AMENDMENT = f"/kafka-access myapp topic={TOPIC}.more:write"

Place = tuple[str, str, str]
"""The kind of a job, one of its steps, and the phase of that."""

Write = tuple[str, str, int]
"""A method, a path with N for each number, and which of these it is, from 0."""


@dataclass(frozen=True)
class Outcome:
    """All that people see of one request and its pull request, without the numbers that differ from issue to issue."""

    replies: tuple[str, ...]
    reactions: tuple[str, ...]
    pulls: tuple[tuple[str, str, str], ...]
    labels: tuple[str, ...]
    tree: str | None
    commits: tuple[str, ...]


def differences(found: Outcome, expected: Outcome) -> list[str]:
    """Return the lines in which two outcomes differ, as a diff."""
    before, after = (
        [line for field in fields(one) for line in f"{field.name}: {getattr(one, field.name)}".split("\\n")]
        for one in (expected, found)
    )
    return list(difflib.unified_diff(before, after, n=0, lineterm=""))


class Crash:
    """A sandbox and the bots on one database."""

    def __init__(
        self, folder: Path, sandbox: Sandbox, url: str, options: Mapping[str, Any], settings: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.home: SandboxRepository = sandbox.repository(NAME, TREE)
        sandbox.user("alice", "write")
        self.app: Registered = sandbox.app(webhook_secret=SECRET)
        self.store = Store(url)
        self.running: list[ForkServerProcess] = []
        self.deaths = 0
        self._said: set[str] = set()
        prefix = "KAFKA_ACCESS_"
        environment = {
            f"{prefix}APP_ID": str(self.app.id),
            f"{prefix}PRIVATE_KEY": self.app.private_key,
            f"{prefix}WEBHOOK_SECRETS": SECRET,
            f"{prefix}API_URL": sandbox.url,
            f"{prefix}WEB_URL": sandbox.url,
            f"{prefix}DATABASE_URL": url,
            f"{prefix}WRITE_PAUSE": "0",
            f"{prefix}DRAIN": "5",
            f"{prefix}REDELIVER_EVERY": "2",
            **{f"{prefix}{name}": value for name, value in settings.items()},
        }
        self._environment = environment
        self._options = options
        self._spawned = 0

    # The bots

    def spawn(self) -> ForkServerProcess:
        """Start a bot, and send it what happens from the moment that it listens."""
        # A bot on SQLite finds what the dead one has left; replicas share nothing but the database.
        state = self.folder / ("state" if self.store.url.drivername.startswith("sqlite") else f"state-{self._spawned}")
        environment = {**self._environment, "KAFKA_ACCESS_STATE_DIR": str(state)}
        self._spawned += 1
        bot = FORKS.Process(target=victim.main, args=(self.folder, environment, self._options))
        bot.start()
        self.running.append(bot)
        until(lambda: self._address(bot) or not bot.is_alive(), within=60)
        address = self._address(bot)
        assert address, self.complaints()
        self.sandbox.set_webhook(self.app.slug, f"{address}/webhook")
        return bot

    def _address(self, bot: ForkServerProcess) -> str | None:
        return next((line[1] for line in self.said() if line[0] == "up" and line[-1] == str(bot.pid)), None)

    def bury(self) -> None:
        """Take the dead away, all of whom were killed."""
        for bot in [bot for bot in self.running if not bot.is_alive()]:
            assert bot.exitcode == -signal.SIGKILL, self.complaints()
            self.running.remove(bot)
            bot.close()
            self.deaths += 1

    def living(self) -> list[ForkServerProcess]:
        """Return the bots that are not dead."""
        return [bot for bot in self.running if bot.is_alive()]

    def kill(self, bot: ForkServerProcess) -> None:
        """Kill a bot, and be sure that it is dead."""
        bot.kill()
        bot.join()
        self.bury()

    def keep_alive(self, count: int = 1) -> None:
        """Replace those that have died."""
        self.bury()
        while len(self.running) < count:
            self.spawn()

    def kill_at(self, place: Place) -> None:
        """Have whoever gets there die."""
        (self.folder / " ".join(("kill", *place))).touch()

    def said(self) -> list[list[str]]:
        """Return what was logged: the words of each line, the process last."""
        log = self.folder / "log"
        return [line.split("\t") for line in log.read_text().splitlines()] if log.exists() else []

    def complaints(self) -> str:
        """Return the end of what the bots wrote to standard error."""
        return (self.folder / "stderr").read_text()[-6000:]

    def settle(self, count: int = 1, within: float = 300.0) -> None:
        """Wait until all that people said has arrived and every job has ended, with so many bots at work whoever dies.

        What the bot hears of its own deeds may get lost with it: it means nothing to it.
        """

        def settled() -> bool:
            self.keep_alive(count)
            return self.is_settled()

        try:
            until(settled, within=within)
        except AssertionError as late:
            late.add_note(self._unsettled())
            raise
        assert not self.store.jobs(Query(status=[Status.FAILED, Status.ABANDONED])), self.complaints()

    def _unsettled(self) -> str:
        """Return what is still to be done, and the last that was."""
        lost = [one for one in self.sandbox.deliveries if one.guid in self._said - self._arrived()]
        jobs = [one for one in self.store.jobs(Query(limit=10_000)) if one.status not in ENDED]
        return "\n".join(map(str, [*lost, *jobs, *self.said()[-20:]]))

    def is_settled(self) -> bool:
        """Whether all that people said has arrived, and every job has ended."""
        self.sandbox.wait_for_deliveries(60)
        return self._arrived() >= self._said and self.store.depth()[0] == 0

    def survive(self, deaths: int = 1, count: int = 1) -> None:
        """Wait for deaths that were ordered, one after the other, and for everything to be done all the same."""
        goal = self.deaths + deaths

        def died() -> bool:
            self.keep_alive(count)
            return self.deaths >= goal

        until(died, within=60)
        self.settle(count)
        assert self.deaths == goal, self.complaints()

    def close(self) -> None:
        """Kill all that still live."""
        for bot in self.running:
            bot.kill()
            bot.join()
            bot.close()
        self.store.close()

    # What happens on GitHub

    def ask(self, text: str = GRANT, issue: int | None = None) -> tuple[int, int]:
        """Have alice write a comment; returns the issue and the comment."""
        with self.earlier():
            number = issue or self.home.open_issue("alice", "Kafka", "Please.")
            return number, self.home.comment(number, "alice", text)

    @contextmanager
    def earlier(self) -> Iterator[None]:
        """Have people do something that the bot must not miss, as if two minutes ago.

        A delivery that fails is left alone for a minute before it is asked for again.
        """
        before = len(self.sandbox.deliveries)
        self.sandbox.clock.advance(-120)
        try:
            yield
        finally:
            self.sandbox.clock.advance(120)
            self._said |= {one.guid for one in self.sandbox.deliveries[before:]}

    def _arrived(self) -> set[str]:
        return {one.guid for one in self.sandbox.deliveries if one.status_code in {200, 202}}

    def branch(self, issue: int, application: str = "myapp") -> str:
        """Return the branch that an issue's pull request has."""
        return f"kafka-access/{application}-{issue}"

    def pulls_of(self, issue: int) -> list[dict[str, Any]]:
        """Return all pull requests of an issue, closed ones too."""
        return [one for one in self.home.pulls("all") if one["head"]["ref"] == self.branch(issue)]

    def replies(self, issue: int) -> list[str]:
        """Return what the bot has written on an issue."""
        return [one["body"] for one in self.home.comments(issue) if one["user"]["login"] == self.app.bot]

    def reacted(self, comment: int) -> list[str]:
        """Return the bot's reactions to a comment."""
        return [content for login, content in self.home.reactions(comment) if login == self.app.bot]

    def outcome(self, issue: int, comment: int) -> Outcome:
        """Return what has become of a comment."""
        pulls = self.pulls_of(issue)
        numbers = {str(issue): "ISSUE", str(comment): "COMMENT", **{str(one["number"]): "PULL" for one in pulls}}

        def plain(text: str) -> str:
            text = re.sub(r"<!-- kafka-access(-state)?:.*? -->", "", text.replace(self.sandbox.url, ""))
            # A line of a diff, a version, or a character in Mermaid may have the number of an issue too.
            known = r"(?:(?<=[#/])|(?<=[a-z]-))\d+\b(?!\.\d|;)"
            return re.sub(known, lambda found: numbers.get(found[0], found[0]), text)

        head = self.home.head(self.branch(issue))
        return Outcome(
            tuple(map(plain, self.replies(issue))),
            tuple(sorted(self.reacted(comment))),
            tuple((plain(one["title"]), plain(one["body"]), one["state"]) for one in pulls),
            tuple(label["name"] for one in pulls for label in one["labels"]),
            self.home.commit(head)["commit"]["tree"]["sha"] if head else None,
            tuple(map(plain, self._messages(head))),
        )

    def _messages(self, head: str | None) -> Iterator[str]:
        """Yield the messages of the commits that main did not have at first."""
        while head:
            commit = self.home.commit(head)
            if not commit["parents"]:
                return
            yield commit["commit"]["message"]
            head = commit["parents"][0]["sha"]

    @contextmanager
    def writes(self) -> Iterator[list[Write]]:
        """Fill a list with what is written while the block runs."""
        found: list[Write] = []
        seen: Counter[tuple[str, str]] = Counter()

        def note(moment: Moment, request: Request) -> None:
            if moment == "before":
                what = shape(request)
                found.append((*what, seen[what]))
                seen[what] += 1

        stop = self.sandbox.on_request(note)
        try:
            yield found
        finally:
            stop()

    @contextmanager
    def killed_at(self, write: Write) -> Iterator[None]:
        """Kill the bot twice: when this write arrives, which then is not done, and when it is done, but not answered.

        The second time is after the restart, when the bot tries it again.
        """
        *what, left = write
        moments: list[Moment] = ["before", "after"]

        def strike(moment: Moment, request: Request) -> None:
            nonlocal left
            if shape(request) != tuple(what):
                return
            if moment == "before":
                left -= 1
            if left >= 0 or not moments or moments[0] != moment:
                return
            del moments[0]
            (bot,) = self.running
            # A handle of its own: the test itself may bury the bot meanwhile, and close what the process object has.
            process = os.pidfd_open(bot.pid or 0)
            try:
                signal.pidfd_send_signal(process, signal.SIGKILL)
                wait([process])
            finally:
                os.close(process)
            if moment == "before":
                # So that the sandbox does not do it: nobody hears of this.
                raise ConnectionAbortedError

        stop = self.sandbox.on_request(strike)
        try:
            yield
        finally:
            stop()
        assert not moments, f"{write} came too seldom"


def shape(request: Request) -> tuple[str, str]:
    """Return what a request does, whatever it does it to."""
    return request.method, re.sub(r"(?<=[/-])\d+(?=/|$)", "N", request.path)


@contextmanager
def crash(
    folder: Path, url: str | None = None, *, settings: Mapping[str, str] | None = None, **options: Any
) -> Iterator[Crash]:
    """Run a sandbox, and no bot yet; `options` are the engine's, and how often a job may be recovered.

    `settings` are variables of the bot, without their prefix.
    """
    with running(folder / "sandbox") as sandbox:
        world = Crash(folder, sandbox, url or f"sqlite:///{folder}/jobs.sqlite", options, settings or {})
        try:
            yield world
        finally:
            world.close()


def places(world: Crash, do: Callable[[], object]) -> tuple[list[Place], list[Write]]:
    """Return each step, as before it, and each write of what `do` starts, by letting the bot live."""
    before = len(world.said())
    with world.writes() as writes:
        do()
        world.settle()
    lines = (line for line in world.said()[before:] if line[0] == "before" and ":" not in line[1])
    return list(dict.fromkeys((line[1].partition("-")[0], line[2], line[0]) for line in lines)), writes


def in_phase(place: Place, phase: str) -> Place:
    """Return the same step, and another moment of it."""
    return (*place[:2], phase)
