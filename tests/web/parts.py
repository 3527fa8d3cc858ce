"""Rooms behind the HTTP face, as small as they can be and still be true: signatures are checked, deliveries kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.web.ports import Parts

SECRET = "a webhook secret of the tests"


@dataclass(frozen=True)
class Sent:
    guid: str
    event: str
    action: str
    payload: Mapping[str, Any]


class BadSignature(Exception):
    status = 401


class BadRequest(Exception):
    status = 400


def receive(headers: Mapping[str, str], body: bytes) -> Sent:
    if not hmac.compare_digest(
        headers.get("X-Hub-Signature-256", "").encode("utf-8", "replace"), signature(body).encode()
    ):
        raise BadSignature("the signature does not match")
    try:
        payload = json.loads(body)
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    return Sent(headers["X-GitHub-Delivery"], headers["X-GitHub-Event"], payload.get("action", ""), payload)


def signature(body: bytes) -> str:
    return f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


def signed(body: bytes, guid: str = "guid-1", event: str = "issue_comment") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-Hub-Signature-256": signature(body),
    }


@dataclass
class Kept:
    """A store and its health. While `gate` is closed both hang, as a database does that went away."""

    deliveries: dict[str, Sent] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None
    asked: int = 0
    ignored: tuple[str, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.gate.set()

    async def store(self, delivery: Any) -> Literal["new", "known", "ignored"]:
        if delivery.event in self.ignored:
            return "ignored"
        await asyncio.to_thread(self._wait)
        with self._lock:
            new = delivery.guid not in self.deliveries
            self.deliveries[delivery.guid] = delivery
            return "new" if new else "known"

    def depth(self) -> tuple[int, float]:
        self._wait()
        return len(self.deliveries), 12.5

    def aside(self) -> int:
        return 3

    def reachable(self) -> bool:
        self.asked += 1
        self._wait()
        return True

    def _wait(self) -> None:
        self.gate.wait(30)
        if self.failure is not None:
            raise self.failure


def parts(kept: Kept, check: Callable[[Mapping[str, str], bytes], Sent] = receive) -> Parts:
    return Parts(check, kept.store, kept, rate_left=lambda: {"core": 4990, "made-up": 1})
