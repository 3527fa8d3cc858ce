"""What people may see of the bot's work from outside: open requests, and what the newest main branch holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.conversation.bot import Bot, Session
from bot.conversation.existing import remembered
from bot.github.homes import Home


@dataclass(frozen=True, slots=True)
class Request:
    """An open pull request of the bot; all but what GitHub itself says is empty where its description was edited."""

    number: int
    title: str
    created: datetime
    application: str
    issue: int | None
    commands: tuple[str, ...]
    environments: tuple[str, ...]


def open_requests(bot: Bot, home: Home) -> Sequence[Request]:
    """Return the bot's open pull requests in a repository, the newest first; raises as the room of GitHub does.

    GitHub is asked, and not the jobs: people close and merge pull requests while the bot is away.
    """
    with Session(bot, home.installation, home.place) as session:
        found = []
        for one in session.github.pulls.of_bot(bot.rules.github.pull_request.branch_prefix):
            state = remembered(session, one)
            found.append(
                Request(
                    one.number,
                    one.title,
                    one.created,
                    state.application if state else "",
                    state.issue if state else None,
                    state.commands if state else (),
                    tuple(sorted(state.domains)) if state else (),
                )
            )
    return sorted(found, key=lambda one: -one.number)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a main branch, and how to have its files in a folder for a while."""

    commit: str
    files: Callable[[], AbstractContextManager[Path]]


def newest(bot: Bot, home: Home) -> Head:
    """Fetch the main branch into the bot's mirror; raises NoBranch, and TryLater where that does not work."""
    with Session(bot, home.installation, home.place) as session:
        mirror, commit = session.main()
    return Head(commit, lambda: mirror.worktree(commit))
