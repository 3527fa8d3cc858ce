"""What the HTTP face asks of the rooms behind it, and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aiohttp import web

from bot.web.metrics import Metrics


class Delivery(Protocol):
    """One verified webhook delivery."""

    @property
    def guid(self) -> str:
        """GitHub's id of the delivery; the same when it is delivered again."""

    @property
    def event(self) -> str:
        """The event's name, as in `X-GitHub-Event`."""

    @property
    def action(self) -> str | None:
        """What happened to the thing that the event is about."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """The parsed body."""


class Health(Protocol):
    """How the queue is. All calls may block, and may raise anything where the database is away."""

    def depth(self) -> tuple[int, float]:
        """Return how many jobs wait, and for how long the oldest has, in seconds."""

    def aside(self) -> int:
        """Return how many deliveries could be made into no job at all."""

    def reachable(self) -> bool:
        """Say whether a job could be stored now."""


Receive = Callable[[Mapping[str, str], bytes], Delivery]
"""Case-insensitive headers and the body in, a verified delivery out. Raises exceptions with `status` 400 or 401."""

Store = Callable[[Delivery], Awaitable[Literal["new", "known", "ignored"]]]
"""Keeps a delivery for good under its GUID: new, or known before; or ignores what means nothing. Does not block."""

RateLeft = Callable[[], Mapping[str, int]]
"""Requests left by resource (`core`, `graphql`): the smallest of all installations. Does not block."""


def _unknown_rate() -> Mapping[str, int]:
    return {}


class Pages(Protocol):
    """The pages for people."""

    def routes(self) -> Iterable[web.RouteDef]:
        """Return their routes, `/` among them."""

    def close(self) -> None:
        """Called once no page is asked for any more."""


@dataclass(frozen=True)
class Parts:
    """The rooms behind the HTTP face, wired by who starts the bot.

    `running` is entered before the first request is taken and left after the last one: it starts and drains the jobs.
    Without `pages` there is only one, which says what this is.
    """

    receive: Receive
    store: Store
    health: Health
    rate_left: RateLeft = _unknown_rate
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    metrics: Metrics = field(default_factory=Metrics)
    pages: Pages | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost; sizes in bytes, times in seconds.

    GitHub sends 25 MB at most and waits 10 seconds for the answer:
    https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
    """

    body: int = 26 * 2**20
    bodies: int = 4 * 26 * 2**20
    read: float = 10.0
    store: float = 8.0
    ask: float = 2.0
