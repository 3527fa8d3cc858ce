"""One way in: the token, as `Authorization: Bearer`, or typed once and then kept in a signed cookie."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import structlog
from aiohttp import web

from bot.web.site.origin import Networks, client_address
from bot.web.site.seal import Seal

log = structlog.get_logger("bot.web")

WINDOW = 300.0
"""Seconds for which a wrong token counts."""
_EACH = 10
"""Wrong tokens of an address within that time, before it is told to wait."""
_ADDRESSES = 1000
"""Addresses that are remembered; the one that has been quiet for longest is forgotten first."""


class Attempts:
    """Wrong tokens of the last minutes, for each address by itself."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failed: dict[str, list[float]] = {}

    def failed(self, address: str) -> bool:
        """Take note of a wrong token; returns whether the address has had as many as there are."""
        now = self._now()
        before = [one for one in self._failed.pop(address, []) if now - one <= WINDOW][-_EACH:]
        self._failed[address] = [*before, now]
        while len(self._failed) > _ADDRESSES:
            del self._failed[next(iter(self._failed))]
        return len(before) >= _EACH


class ByToken:
    """Judges tokens. The right one always gets in: whoever guesses at it must not keep its owners out.

    It is long enough not to be guessed; that wrong ones are counted keeps the log readable and tells people to wait.
    """

    def __init__(
        self, token: str, proxies: Networks = (), now: Callable[[], float] = time.time, attempts: Attempts | None = None
    ) -> None:
        self._token = token.encode()
        self._proxies = proxies
        self._now = now
        self._attempts = attempts or Attempts()
        # Another token ends every session.
        self._seal = Seal(token, "token")

    def knows(self, cookie: str) -> bool:
        """Whether a browser has shown the token before."""
        return self._seal.open(cookie, self._now()) is not None

    def session(self, seconds: int) -> str:
        """Return the cookie of a browser that has shown the token."""
        return self._seal.close({}, self._now() + seconds)

    def judge(self, request: web.Request, given: str) -> int:
        """Return the status that a token deserves: 200, 401, or 429 for one wrong token too many."""
        if secrets.compare_digest(given.encode("utf-8", "surrogatepass"), self._token):
            return 200
        address = client_address(request, self._proxies)
        if self._attempts.failed(address):
            return 429
        log.warning("wrong token for the pages", address=address)
        return 401
