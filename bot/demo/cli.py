"""`kafka-access demo`: one comment to the bot in a GitHub of its own, and whatever the person does there afterwards."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console
from rich.text import Text

from bot import exits, options
from bot.checkout.files import phalanx
from bot.commands.parser import parse
from bot.demo.show import Show, console, plain
from bot.demo.stage import AUTHOR, Stage, demo_tree, staged
from bot.demo.watch import Watch
from bot.errors import TryLater
from bot.jobs.model import ENDED, Cause, Job, Query
from bot.pipeline import NothingAsked
from bot.policy.rules import load

COMMENT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest:read,write"
_LOOK = 0.1
"""Seconds between two looks at the conversation."""

_PATIENCE = 900.0
"""Seconds after which the bot has to have answered, on whatever tree."""

_STATUSES = {"bug": exits.BUG, "later": exits.SURROUNDINGS, "refused": exits.REFUSED}
_CAUSES = {Cause.REFUSED: exits.REFUSED, Cause.SURROUNDINGS: exits.SURROUNDINGS}
_GRAVITY = (exits.DONE, exits.REFUSED, exits.SURROUNDINGS, exits.BUG)


class NoAnswer(TryLater):
    """The bot is still at it."""

    def __init__(self) -> None:
        super().__init__(f"the bot has not answered within {_PATIENCE:.0f} seconds", "try it with a smaller tree")


@click.command()
@click.option(
    "--once/--stay",
    default=None,
    help="End after the answer, or let people go on in the browser. By default it stays at a terminal.",
)
@click.option("--repo", type=click.Path(path_type=Path), help="A tree of your own; it is copied, not changed.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The sandbox's port; any free one without.")
@options.rules
@click.argument("comment", default=COMMENT)
def demo(once: bool | None, repo: Path | None, port: int, rules_folder: Path | None, comment: str) -> None:
    """Say COMMENT to the bot in a local GitHub, and show what it does.

    Sandbox and bot run in this process, on a copy of a small Phalanx tree; nothing has to be set up, nothing leaves
    this machine, and nothing is left behind. `-` reads COMMENT from standard input.

    Exit status with --once: 0 a pull request was made or there is nothing to do, 2 refused, 3 the surroundings failed,
    1 a bug.
    """
    text = sys.stdin.read() if comment == "-" else comment
    tree = repo or demo_tree()
    phalanx(tree)
    if not parse(text).commands:
        raise NothingAsked
    load(rules_folder)
    ends = once if once is not None else not (sys.stdin.isatty() and sys.stdout.isatty()) or bool(os.environ.get("CI"))
    out = console()
    with _interruptible(), staged(tree.resolve(), port=port, rules=rules_folder) as stage:
        _say(out, f"A local GitHub runs at {stage.sandbox.url}, with a copy of {_named(tree)}; the bot listens to it.")
        status = _first(out, stage, text)
        if not ends:
            _stay(out, stage)
            status = exits.DONE
    sys.exit(status)


def _first(out: Console, stage: Stage, text: str) -> int:
    """Have somebody say `text` in a new issue, show the conversation until it is answered; returns the exit status."""
    show, watch = Show(out), Watch(stage)
    number = stage.home.open_issue(AUTHOR, "Kafka access", "My application should talk to Kafka.")
    stage.home.comment(number, AUTHOR, text)
    began = time.monotonic()
    with out.status("the bot is at work") as spinner:
        while True:
            answered = _answered(stage)
            for event in watch.look():
                show(event)
            if answered is not None:
                break
            took = time.monotonic() - began
            if took > _PATIENCE:
                raise NoAnswer
            spinner.update(f"the bot plans, and renders before and after in every environment: {took:.0f} s")
            time.sleep(_LOOK)
    _say(out, f"Answered after {time.monotonic() - began:.1f} seconds.")
    return _status(answered)


def _answered(stage: Stage) -> Job | None:
    found = stage.jobs.jobs(Query(kind="thread"))
    return found[0] if found and found[0].status in ENDED else None


def _status(job: Job) -> int:
    if job.failure is not None:
        return _CAUSES.get(job.failure.cause, exits.BUG)
    outcomes = (job.result or {}).get("outcomes", ["bug"])
    return max((_STATUSES.get(one, exits.DONE) for one in outcomes), key=_GRAVITY.index)


def _stay(out: Console, stage: Stage) -> None:
    """Show what people and the bot do until Ctrl-C."""
    home = f"{stage.sandbox.url}/{stage.home.full_name}"
    invitation = f"open {home}, comment as {AUTHOR}, merge as bob; mallory may not command the bot"
    show, watch = Show(out), Watch(stage)
    for _ in watch.look():
        continue  # it was shown already
    try:
        _say(out, f"Go on by hand: {invitation}. Ctrl-C ends it.")
        while True:
            for event in watch.look():
                show(event)
            time.sleep(_LOOK)
    except KeyboardInterrupt:
        _say(out, "Ended; the sandbox is removed.")


def _say(out: Console, text: str) -> None:
    out.print()
    out.print(Text(plain(text), style="dim"), soft_wrap=True)


def _named(tree: Path) -> str:
    return "a small Phalanx tree" if tree == demo_tree() else str(tree)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that nothing is left behind."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        # click would say 1, which is a bug here.
        sys.exit(128 + signal.SIGINT)
    finally:
        signal.signal(signal.SIGTERM, before)
