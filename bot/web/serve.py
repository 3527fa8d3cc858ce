"""Listens until a signal comes, and ends so that nothing is lost.

SIGTERM: /readyz says 503 while requests are still taken, so that a load balancer can turn away; then the socket closes,
running requests end, and the jobs are drained. SIGINT, or a second signal, skips the first of these.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web, web_response
from aiohttp.http_exceptions import HttpProcessingError

from bot.errors import TryLater
from bot.settings import Basics
from bot.web.app import State, application
from bot.web.ports import Limits, Parts

log = structlog.get_logger("bot.web")


class CannotListen(TryLater):
    """The address is taken or not ours."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: {why}", "set KAFKA_ACCESS_HOST and KAFKA_ACCESS_PORT to a free address"
        )


class Signals:
    """What the process was told: `asked` once it should end, `hurry` where it should do so without grace."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurry = asyncio.Event()

    def received(self, number: int) -> None:
        """Take note of a signal."""
        log.info("signal received", signal=signal.Signals(number).name)
        if number == signal.SIGINT or self.asked.is_set():
            self.hurry.set()
        self.asked.set()


@asynccontextmanager
async def signals() -> AsyncIterator[Signals]:
    """Turn SIGTERM and SIGINT into events while the block runs."""
    loop = asyncio.get_running_loop()
    heard = Signals()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heard.received, number)
    try:
        yield heard
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` while the block runs and yield its address; port 0 is any free one. Raises CannotListen.

    At the end running requests get the time that storing a delivery may take.
    """
    # What is not HTTP is answered by aiohttp before any handler is asked, and only here its version can be kept out.
    web_response.SERVER_SOFTWARE = "kafka-access"  # type: ignore[attr-defined]
    logging.getLogger("aiohttp.server").addFilter(_is_http)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=Limits().store + 1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as exc:
            raise CannotListen(host, port, exc.strerror or str(exc)) from exc
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _is_http(record: logging.LogRecord) -> bool:
    """Whoever scans ports sends what is not HTTP: it gets its 400, and is no news."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def first(*events: asyncio.Event) -> None:
    """Wait for the first of some events."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def serve(settings: Basics, parts: Parts) -> None:
    """Run the bot's HTTP face, and `parts.running` around it, until SIGTERM or SIGINT. Raises CannotListen."""
    state = State()
    async with signals() as heard, parts.running():
        async with listening(application(parts, state=state), settings.host, settings.port) as address:
            log.info("listening", address=address)
            await heard.asked.wait()
            state.draining = True
            await _grace(heard, settings.grace)
        log.info("no more requests are taken; running jobs end", seconds=settings.drain)
    log.info("ended")


async def _grace(heard: Signals, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await heard.hurry.wait()
    except TimeoutError:
        return
