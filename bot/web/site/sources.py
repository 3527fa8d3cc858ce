"""Where the pages' facts come from: GitHub, the mirrors, and what the main branches render to. Found in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.checkout.files import Files
from bot.conversation.bot import Bot
from bot.conversation.overview import Request, newest, open_requests
from bot.errors import UserError
from bot.github.homes import Home, homes
from bot.landscape.cache import Cache
from bot.landscape.model import Landscape
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.web.site.background import Background
from bot.web.site.table import Table

_REPOSITORIES, _REQUESTS, _MAIN = 300.0, 60.0, 60.0
"""Seconds after which they are looked up again when somebody asks."""

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


class Sources:
    """All that takes long, each for as long as it stays fresh."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._cache = bot.state / "landscape"
        self.repositories: Background[str, Sequence[Home]] = Background(self._homes, _REPOSITORIES)
        self.requests: Background[Home, Sequence[Request]] = Background(self._requests, _REQUESTS)
        self.access: Background[Home, Access] = Background(self._access, _MAIN)

    def close(self) -> None:
        """Find nothing more."""
        for one in (self.repositories, self.requests, self.access):
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
            files = Files(root)
            if not files.is_phalanx:
                raise NoPhalanx(home.place.full_name)
            landscape = read(
                files,
                None,
                HOLDS_KAFKA_OBJECTS,
                cache=Cache(self._cache),
                jobs=1,
                progress=lambda done, total, _what: tell(f"{done} of {total} renderings done"),
            )
        return Access(head.commit, datetime.now(UTC), landscape)
