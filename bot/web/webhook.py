"""POST /webhook: read, verify, store, answer. Everything else happens later."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

import structlog
from aiohttp import ClientConnectionError, web

from bot.errors import TryLater
from bot.web.ports import Delivery, Limits, Parts

log = structlog.get_logger("bot.web")

_LARGE = 64 * 1024
"""Bytes. Checking and parsing less takes under a millisecond, more is better done in a thread."""

_WORDS = {"new": "delivery stored", "known": "delivery known already"}

_RETRY_AFTER = "30"
"""Seconds. GitHub does not read it; proxies and people do."""


class _Refused(Exception):
    """The request ends here; `result` is what it is counted as."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Webhook:
    """The handler, with the memory that bodies take now."""

    def __init__(self, parts: Parts, limits: Limits) -> None:
        self._parts = parts
        self._limits = limits
        self._held = 0

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery: 202, or 400, 401, 408, 413, 415 for what GitHub does not send, or 503."""
        began = time.monotonic()
        guid = request.headers.get("X-GitHub-Delivery", "")[:64]
        event = request.headers.get("X-GitHub-Event", "")[:64]
        with structlog.contextvars.bound_contextvars(delivery=guid, github_event=event):
            try:
                response, result = await self._answer(request)
            except _Refused as exc:
                log.warning("delivery refused", status=int(exc.status), reason=exc.text)
                response, result = _problem(exc.status, exc.text), f"refused_{exc.status.value}"
                if exc.status is HTTPStatus.SERVICE_UNAVAILABLE:
                    result = "unavailable"
            except Exception:
                self._parts.metrics.delivery(event, "failed", time.monotonic() - began)
                raise
            self._parts.metrics.delivery(event, result, time.monotonic() - began)
            return response

    async def _answer(self, request: web.Request) -> tuple[web.Response, str]:
        chunks: list[bytes] = []
        try:
            await self._read(request, chunks)
            delivery = await self._verified(request, b"".join(chunks))
            if delivery.event == "ping":
                log.info("ping answered")
                return web.json_response({"id": delivery.guid, "ping": True}), "ping"
            result = await self._stored(delivery)
        finally:
            self._held -= sum(map(len, chunks))
        if result != "ignored":  # where the reason is known, that is said
            log.info(_WORDS[result], action=delivery.action)
        return web.json_response({"id": delivery.guid, "new": result == "new"}, status=202), result

    async def _read(self, request: web.Request, chunks: list[bytes]) -> None:
        """Read the body into `chunks`, within the limits for one and for all that are held."""
        too_large = _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a delivery has at most {self._limits.body} bytes")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "deliveries are not compressed")
        if (request.content_length or 0) > self._limits.body:
            raise too_large
        size = 0
        try:
            async with asyncio.timeout(self._limits.read):
                async for chunk in request.content.iter_any():
                    chunks.append(chunk)
                    size += len(chunk)
                    self._held += len(chunk)
                    if size > self._limits.body:
                        raise too_large
                    if self._held > self._limits.bodies:
                        raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "too many large deliveries at once")
        except TimeoutError:
            raise _Refused(HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive in time") from None
        except (ClientConnectionError, web.RequestPayloadError):
            raise _Refused(HTTPStatus.BAD_REQUEST, "the body ended early") from None

    async def _verified(self, request: web.Request, body: bytes) -> Delivery:
        try:
            if len(body) < _LARGE:
                return self._parts.receive(request.headers, body)
            return await asyncio.to_thread(self._parts.receive, request.headers, body)
        except Exception as exc:
            status = getattr(exc, "status", None)
            if status not in {400, 401, 415}:
                raise
            raise _Refused(HTTPStatus(status), str(exc)) from None

    async def _stored(self, delivery: Delivery) -> str:
        try:
            async with asyncio.timeout(self._limits.store):
                return await self._parts.store(delivery)
        except TimeoutError:
            log.error("the queue did not take the delivery in time", seconds=self._limits.store)  # noqa: TRY400
        except TryLater as exc:
            log.error("the queue did not take the delivery", reason=exc.text)  # noqa: TRY400 - nothing to be traced
        except Exception:
            log.exception("the queue did not take the delivery")
        # Nothing is lost: the delivery counts as failed at GitHub, and failed ones are asked for again.
        raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "the delivery could not be stored")


def _problem(status: HTTPStatus, text: str) -> web.Response:
    headers = {"Retry-After": _RETRY_AFTER} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    response = web.json_response({"error": text}, status=status, headers=headers)
    if status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT}:
        # What is left of the body is not worth reading.
        response.force_close()
    return response
