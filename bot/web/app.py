"""The application: webhook, health, metrics, and the pages, or one that says what this is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog
from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from bot.web.pages import page, protect
from bot.web.ports import Limits, Parts
from bot.web.webhook import Webhook

T = TypeVar("T")

log = structlog.get_logger("bot.web")


class State:
    """Whether this process wants more work; told by whoever shuts it down."""

    draining = False


def application(parts: Parts, *, state: State | None = None, limits: Limits | None = None) -> web.Application:
    """Return the HTTP face of the bot; `state` is how its owner makes /readyz say 503."""
    limits = limits or Limits()
    webhook = Webhook(parts, limits)
    probes = _Probes(parts, state or State(), limits.ask)
    app = web.Application()
    app.on_response_prepare.append(protect)
    app.add_routes(
        [
            web.post("/webhook", webhook.handle),
            web.get("/healthz", alive),
            web.get("/readyz", probes.ready),
            web.get("/metrics", probes.metrics),
        ]
    )
    app.add_routes(parts.pages.routes() if parts.pages else [web.get("/", _home)])

    async def close(_app: web.Application) -> None:
        if parts.pages:
            parts.pages.close()

    app.on_cleanup.append(close)
    return app


async def alive(_request: web.Request) -> web.Response:
    """GET /healthz: the loop turns, and nothing more is claimed."""
    return web.json_response({"status": "ok"})


async def _home(_request: web.Request) -> web.Response:
    return page("home.html", title="kafka-access")


class _Question(Generic[T]):
    """A blocking question that is answered within `seconds`, or taken as `otherwise`.

    While it hangs it is not asked again: probes must not use up the threads.
    """

    def __init__(self, ask: Callable[[], T], otherwise: T, seconds: float) -> None:
        self._ask = ask
        self._otherwise = otherwise
        self._seconds = seconds
        self._asked: asyncio.Future[T] | None = None

    async def __call__(self) -> T:
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(asyncio.to_thread(self._ask))
            # Where nobody waits any more, its failure is nobody's news.
            self._asked.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(self._asked)
        except TimeoutError:
            log.warning("the queue does not answer", seconds=self._seconds)
        except Exception as exc:  # noqa: BLE001 - whatever the engine raises, the probe has an answer
            log.warning("the queue cannot be reached", reason=repr(exc))
        return self._otherwise


class _Probes:
    """What is asked every few seconds, and has to answer while the database does not."""

    def __init__(self, parts: Parts, state: State, seconds: float) -> None:
        self._state = state
        self._metrics = parts.metrics
        self._rate_left = parts.rate_left
        self._reachable = _Question[bool](parts.health.reachable, otherwise=False, seconds=seconds)
        health = parts.health
        self._queue = _Question[tuple[int, float, int] | None](
            lambda: (*health.depth(), health.aside()), otherwise=None, seconds=seconds
        )
        self._exposition = make_aiohttp_handler(parts.metrics.registry)

    async def ready(self, _request: web.Request) -> web.Response:
        """GET /readyz: 200 where a delivery could be stored now."""
        if self._state.draining:
            return web.json_response({"status": "draining"}, status=503)
        if not await self._reachable():
            return web.json_response({"status": "the queue cannot be reached"}, status=503)
        return web.json_response({"status": "ok"})

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """GET /metrics: what Prometheus reads."""
        self._metrics.queue(await self._queue())
        self._metrics.rate(self._rate_left())
        return await self._exposition(request)
