"""Where the pages' facts come from, found in the background: GitHub, mirrors, what the main branches render to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.audit.look import Report, look
from bot.checkout.files import Files
from bot.conversation.bot import Bot
from bot.conversation.overview import Request, newest, open_requests
from bot.errors import UserError
from bot.github.homes import Home, homes
from bot.landscape.cache import Cache
from bot.landscape.model import Landscape
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.proof.model import Progress
from bot.web.site.background import Background, Known
from bot.web.site.table import Table

_REPOSITORIES, _REQUESTS, _MAIN = 300.0, 60.0, 60.0
"""Seconds after which they are looked up again when somebody asks."""

_RENDERS = 1
"""Renderings at a time: people wait longer for a page, so that comments need not wait longer for their reply."""

Tell = Callable[[str], None]


class NoPhalanx(UserError):
    """A repository in which the App is installed is another kind of repository."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no environments/ and applications/, so it is no Phalanx repository")


@dataclass(frozen=True)
class Access:
    """What the main branch holds at a commit, and the matrix of each environment, made when it is first asked for."""

    commit: str
    read: datetime
    landscape: Landscape
    _tables: dict[str, Table] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def table(self, environment: str) -> Table:
        """Return the matrix of an environment; may take a second the first time."""
        with self._lock:
            if environment not in self._tables:
                self._tables[environment] = Table(self.landscape[environment])
            return self._tables[environment]


@dataclass(frozen=True)
class Audit:
    """What is wrong with the main branch at a commit."""

    commit: str
    read: datetime
    report: Report


@dataclass(frozen=True)
class Sources:
    """All that takes long, each for as long as it stays fresh."""

    repositories: Background[str, Sequence[Home]]
    requests: Background[Home, Sequence[Request]]
    access: Background[Home, Access]
    audits: Background[Home, Audit]

    def homes(self) -> Known[Sequence[Home]]:
        """Return the repositories, as far as they are known."""
        return self.repositories.get("")

    def close(self) -> None:
        """Find nothing more."""
        for one in (self.repositories, self.requests, self.access, self.audits):
            one.close()


def sources(bot: Bot) -> Sources:
    """Return where the facts about this bot come from."""
    cache = Cache(bot.landscapes)
    return Sources(
        Background(lambda _key, _before, _tell: homes(bot.app), _REPOSITORIES),
        Background(lambda home, _before, _tell: open_requests(bot, home), _REQUESTS),
        Background(partial(_access, bot, cache), _MAIN),
        Background(partial(_audit, bot, cache), _MAIN),
    )


def _access(bot: Bot, cache: Cache, home: Home, before: Access | None, tell: Tell) -> Access:
    head = newest(bot, home)
    if before is not None and before.commit == head.commit:
        return before
    with head.files() as root:
        files = _files(root, home)
        found = read(files, None, HOLDS_KAFKA_OBJECTS, cache=cache, jobs=_RENDERS, progress=_progress(tell))
    return Access(head.commit, datetime.now(UTC), found)


def _audit(bot: Bot, cache: Cache, home: Home, before: Audit | None, tell: Tell) -> Audit:
    head = newest(bot, home)
    if before is not None and before.commit == head.commit:
        return before
    with head.files() as root:
        report = look(_files(root, home), bot.rules, cache=cache, jobs=_RENDERS, progress=_progress(tell))
    return Audit(head.commit, datetime.now(UTC), report)


def _files(root: Path, home: Home) -> Files:
    files = Files(root)
    if not files.is_phalanx:
        raise NoPhalanx(home.place.full_name)
    return files


def _progress(tell: Tell) -> Progress:
    return lambda done, total, _what: tell(f"{done} of {total} renderings done")
