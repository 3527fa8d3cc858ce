"""Webhooks out: signed, in order, one after the other, and never again by themselves, as GitHub has it."""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from bot.sandbox.model import App, Delivery, Repository
from bot.sandbox.world import World

TIMEOUT = 10.0
"""Seconds: https://docs.github.com/webhooks/using-webhooks/handling-webhook-deliveries."""

_LARGEST = 25 * 2**20
"""Bytes. GitHub does not deliver what is larger, and does not say so either."""


class Hooks:
    """The log of deliveries, and the task that makes them. All but `run` may be called from any thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[Delivery] = []
        self._at_once: list[Delivery] = []
        self._held = False
        self._open = 0
        self._changed = threading.Condition(world.lock)
        self._wake: Callable[[], object] = lambda: None
        world.emit, world.redeliver = self.emit, self.redeliver

    def emit(self, app: App, event: str, payload: Mapping[str, Any], repository: Repository | None) -> None:
        """Queue an event for an App that has an address for it."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        if not app.webhook_url or len(body) > _LARGEST:
            return
        installation = payload.get("installation")
        with self._world.lock:
            delivery = Delivery(
                id=self._world.next_id(),
                guid=str(uuid.uuid4()),
                app=app,
                event=event,
                action=payload.get("action"),
                installation_id=installation["id"] if installation else None,
                repository_id=repository.id if repository else None,
                body=body,
                redelivery=False,
                delivered_at=self._world.clock.now(),
            )
            self._queue(self._waiting, delivery)

    def find(self, number: int) -> Delivery | None:
        """Return the attempt of this id."""
        with self._world.lock:
            return next((one for one in self._world.deliveries if one.id == number), None)

    def redeliver(self, delivery: Delivery, times: int = 1) -> None:
        """Send the same bytes under the same GUID again, so many times at once, past what is held."""
        with self._world.lock:
            for _ in range(times):
                again = Delivery(
                    id=self._world.next_id(),
                    guid=delivery.guid,
                    app=delivery.app,
                    event=delivery.event,
                    action=delivery.action,
                    installation_id=delivery.installation_id,
                    repository_id=delivery.repository_id,
                    body=delivery.body,
                    redelivery=True,
                    delivered_at=self._world.clock.now(),
                )
                self._queue(self._at_once, again)

    def _queue(self, queue: list[Delivery], delivery: Delivery) -> None:
        queue.append(delivery)
        self._open += 1
        self._world.deliveries.append(delivery)
        self._wake()

    def hold(self) -> None:
        """Keep new events back until `release`."""
        with self._world.lock:
            self._held = True

    def release(self, order: Callable[[list[Delivery]], list[Delivery]] | None = None) -> None:
        """Send what was held, in the order that `order` makes of it; one that it leaves out is never sent."""
        with self._world.lock:
            self._held = False
            if order:
                chosen = order(list(self._waiting))
                for lost in set(self._waiting) - set(chosen):
                    lost.done, lost.status = True, "lost"
                    self._open -= 1
                self._waiting = chosen
            self._changed.notify_all()
            self._wake()

    def wait(self, timeout: float) -> None:
        """Return when everything was delivered, or failed to be; raises TimeoutError after so many seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._open, timeout):
                waiting = [f"{one.event} {one.action}" for one in self._world.deliveries if not one.done]
                message = f"not delivered within {timeout:g} seconds: {', '.join(waiting)}"
                raise TimeoutError(message)

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(ready.set)
        ready.set()
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            # A bot that is killed between two deliveries leaves connections behind that are dead.
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            async with (
                aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
                asyncio.TaskGroup() as group,
            ):
                while True:
                    await ready.wait()
                    ready.clear()
                    for one in self._take(self._at_once):
                        group.create_task(self._deliver(session, one))
                    while (delivery := self._next()) is not None:
                        await self._deliver(session, delivery)
                        for one in self._take(self._at_once):
                            group.create_task(self._deliver(session, one))
        finally:
            self._wake = lambda: None

    def _take(self, queue: list[Delivery]) -> list[Delivery]:
        with self._world.lock:
            taken = list(queue)
            queue.clear()
            return taken

    def _next(self) -> Delivery | None:
        with self._world.lock:
            return self._waiting.pop(0) if self._waiting and not self._held else None

    async def _deliver(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        headers = headers_of(delivery)
        began = time.monotonic()
        answered: dict[str, str] = {}
        code, status, text = 0, "", None
        try:
            url = delivery.app.webhook_url
            async with session.post(url, data=delivery.body, headers=headers, allow_redirects=False) as response:
                code, answered = response.status, dict(response.headers)
                text = (await response.content.read(2**16)).decode("utf-8", "replace")
                status = "OK" if response.ok else f"Invalid HTTP Response: {code}"
        except TimeoutError:
            status = "timed out"
        except (aiohttp.ClientError, OSError):
            status = "failed to connect to host"
        with self._changed:
            delivery.request_headers, delivery.response_headers, delivery.response = headers, answered, text
            delivery.status, delivery.status_code = status, code
            delivery.duration = round(time.monotonic() - began, 2)
            delivery.done = True
            self._open -= 1
            self._changed.notify_all()


def headers_of(delivery: Delivery) -> dict[str, str]:
    """Return the headers of a delivery, signed with the App's secret if it has one."""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5abd1f0",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(delivery.app.hook_id),
        "X-GitHub-Hook-Installation-Target-ID": str(delivery.app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if secret := delivery.app.webhook_secret.encode():
        for name, digest in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
            headers[name] = f"{digest}={hmac.new(secret, delivery.body, digest).hexdigest()}"
    return headers
