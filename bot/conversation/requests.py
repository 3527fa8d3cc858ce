"""What one comment asks for, split into jobs: one per application, and what is answered without any."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands.model import Command, CommandError, Verb
from bot.commands.parser import parse, parse_line
from bot.github import events
from bot.github.comments import Target
from bot.github.events import Said
from bot.jobs.model import Json

WRITING = frozenset({Verb.GRANT, Verb.REVOKE, Verb.MIGRATE})
"""Verbs that change files, and so have a pull request."""

ON_PULL_REQUEST = frozenset({Verb.REFRESH, Verb.CANCEL})
"""Verbs that name no application: it is that of the pull request that they stand under."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that somebody said, and the commands in it that were not there before, in order."""

    event: Said
    commands: tuple[Command | CommandError, ...]
    received: float
    """When the delivery came, in seconds since 1970."""

    @property
    def id(self) -> str:
        """The same for each delivery of the same words; it sorts as comments were written."""
        event = self.event
        what = f"{event.action}\0{event.previous}\0{event.body}".encode("utf-8", "surrogatepass")
        where = f"comment-{event.comment:014}" if event.comment is not None else f"issue-{event.number:09}"
        return f"{event.repository.id}-{where}-{hashlib.sha256(what).hexdigest()[:12]}"

    @property
    def target(self) -> Target:
        """What the bot reacts to."""
        return Target(self.event.number, self.event.comment)

    @property
    def reply_key(self) -> str:
        """What the one reply is found again by."""
        return f"comment-{self.event.comment}" if self.event.comment is not None else f"issue-{self.event.number}"

    def to_json(self) -> Json:
        """Return what a job keeps."""
        return {"event": events.as_json(self.event), "received": self.received}

    @staticmethod
    def from_json(data: Json) -> Asked:
        """Return what `to_json` wrote."""
        event = events.event_of(Said, data["event"])
        return Asked(event, parse(event.body, event.previous or "").commands, data["received"])


def by_application(
    commands: Sequence[Command | CommandError], of_pull_request: str | None = None
) -> dict[str, list[int]]:
    """Return the positions of the commands that have an application, by application; `of_pull_request` is its own."""
    found: dict[str, list[int]] = {}
    for number, command in enumerate(commands):
        if isinstance(command, Command):
            own = of_pull_request if command.verb in ON_PULL_REQUEST else command.application
            if own is not None and command.verb in {*WRITING, Verb.PLAN, *ON_PULL_REQUEST}:
                found.setdefault(own, []).append(number)
    return found


def again(lines: Sequence[str]) -> list[Command]:
    """Return commands that were accepted before; raises ValueError where one is none any more."""
    commands = list(map(parse_line, lines))
    if not all(isinstance(one, Command) for one in commands):
        message = "a command of an earlier version is none any more"
        raise ValueError(message)
    return [one for one in commands if isinstance(one, Command)]


def outcome(number: int, status: str, markdown: str) -> dict[str, Any]:
    """Return what became of the command at a position of a comment.

    `status` is `done`, `answered`, `unchanged`, `refused`, `later` or `bug`.
    """
    return {"number": number, "status": status, "markdown": markdown}
