"""Where the pages' facts come from, found in the background: GitHub, mirrors, what the main branches render to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.audit.look import Report, look
from bot.checkout.files import Files
from bot.conversation.bot import Bot
from bot.conversation.overview import Request, newest, open_requests
from bot.errors import UserError
from bot.github.homes import Home, homes
from bot.landscape.cache import Cache
from bot.landscape.model import Landscape
from bot.landscape.read import Progress, read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.web.site.background import Background
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


class Sources:
    """All that takes long, each for as long as it stays fresh."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._cache = bot.state / "landscape"
        self.repositories: Background[str, Sequence[Home]] = Background(self._homes, _REPOSITORIES)
        self.requests: Background[Home, Sequence[Request]] = Background(self._requests, _REQUESTS)
        self.access: Background[Home, Access] = Background(self._access, _MAIN)
        self.audits: Background[Home, Audit] = Background(self._audit, _MAIN)

    def close(self) -> None:
        """Find nothing more."""
        for one in (self.repositories, self.requests, self.access, self.audits):
            one.close()

    def _homes(self, _key: str, _before: Sequence[Home] | None, _tell: Tell) -> Sequence[Home]:
        return homes(self._bot.app)

    def _requests(self, home: Home, _before: Sequence[Request] | None, _tell: Tell) -> Sequence[Request]:
        return open_requests(self._bot, home)

    def _access(self, home: Home, before: Access | None, tell: Tell) -> Access:
        head = newest(self._bot, home)
        if before is not None and before.commit == head.commit:
            return before
        with head.files() as root:
            cache, progress = Cache(self._cache), _progress(tell)
            landscape = read(
                _files(root, home), None, HOLDS_KAFKA_OBJECTS, cache=cache, jobs=_RENDERS, progress=progress
            )
        return Access(head.commit, datetime.now(UTC), landscape)

    def _audit(self, home: Home, before: Audit | None, tell: Tell) -> Audit:
        head = newest(self._bot, home)
        if before is not None and before.commit == head.commit:
            return before
        with head.files() as root:
            cache, progress = Cache(self._cache), _progress(tell)
            report = look(_files(root, home), self._bot.rules, cache=cache, jobs=_RENDERS, progress=progress)
        return Audit(head.commit, datetime.now(UTC), report)


def _files(root: Path, home: Home) -> Files:
    files = Files(root)
    if not files.is_phalanx:
        raise NoPhalanx(home.place.full_name)
    return files


def _progress(tell: Tell) -> Progress:
    return lambda done, total, _what: tell(f"{done} of {total} renderings done")
