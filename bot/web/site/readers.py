"""Which repositories a person may read on GitHub: asked of GitHub as the App, and again every few minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from bot.errors import TryLater, UserError
from bot.github.app import App, NotInstalled, Suspended
from bot.github.events import Person
from bot.github.homes import Home
from bot.github.people import Permission

log = structlog.get_logger("bot.web")

FRESH = 300.0
"""Seconds for which an answer holds: this long somebody sees pages whose access was taken away."""
_PATIENCE = 10.0
"""Seconds that a page waits for an answer."""
_MOST = 10_000
"""Answers that are kept; the oldest is forgotten first."""

_Key = tuple[int, str, int]
Ask = Callable[[Person, Home], Permission]
"""Whether a person may read a repository. Blocks, and raises nothing but bugs."""


class CannotTell(TryLater):
    """GitHub said neither yes nor no."""

    def __init__(self) -> None:
        super().__init__("GitHub did not say which repositories you may read", "load the page again in a minute")


class Readers:
    """What people may read. Nobody asks twice at the same time, and a doubt is not kept."""

    def __init__(self, ask: Ask, now: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._now = now
        self._known: dict[_Key, tuple[float, Permission]] = {}
        self._asking: dict[_Key, asyncio.Task[Permission]] = {}

    async def visible(self, person: Person, homes: Sequence[Home]) -> Sequence[Home]:
        """Return the repositories that somebody may read; raises CannotTell where that is not sure of each."""
        answers = await asyncio.gather(*(self._reads(person, one) for one in homes))
        if Permission.UNKNOWN in answers:
            raise CannotTell
        return [one for one, answer in zip(homes, answers, strict=True) if answer is Permission.YES]

    async def _reads(self, person: Person, home: Home) -> Permission:
        key = person.id, person.login, home.place.id
        when, known = self._known.get(key, (0.0, Permission.UNKNOWN))
        if known is not Permission.UNKNOWN and self._now() - when < FRESH:
            return known
        if key not in self._asking:
            task = self._asking[key] = asyncio.create_task(self._find(key, person, home))
            # Where nobody waits any more, its failure is nobody's news.
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        try:
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.shield(self._asking[key])
        except TimeoutError:
            return Permission.UNKNOWN

    async def _find(self, key: _Key, person: Person, home: Home) -> Permission:
        began = self._now()
        try:
            found = await asyncio.to_thread(self._ask, person, home)
        finally:
            del self._asking[key]
        self._known.pop(key, None)
        if found is not Permission.UNKNOWN:
            self._known[key] = began, found
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return found


def reads(app: App, person: Person, home: Home) -> Permission:
    """Ask GitHub with the App's token for the repository: nothing of the person's is needed for that."""
    try:
        with app.repository(home.installation, home.place.id, home.place.full_name) as repository:
            return repository.people.reads(person)
    except (NotInstalled, Suspended):
        return Permission.NO
    except (TryLater, UserError) as exc:
        log.warning("it could not be told who may read", repository=home.place.full_name, reason=exc.text)
        return Permission.UNKNOWN
