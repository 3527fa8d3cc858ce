"""Faults on demand: what a request meets instead of its answer, or after it was done."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.problems import DOCS

When = Literal["before", "after"]


@dataclass(slots=True, eq=False)
class Fault:
    """What the next `times` requests meet that have this method (`*` for any) and whose path `path` matches in full.

    `before`: instead of what was asked. `after`: what was asked is done, and its answer lost.
    Answers with `status`, `headers` and `body`, or with `drop` cuts the connection. `delay` in seconds, before it
    answers; with a status of 0 the delay is all, and the right answer follows.
    """

    method: str
    path: str
    when: When = "before"
    status: int = 502
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=lambda: {"message": "Server Error"})
    times: int = 1
    drop: bool = False
    delay: float = 0.0
    met: int = 0


class Faults:
    """The faults that are still to come, in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Add a fault; returns it, so that `met` tells how often it struck."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that a request meets now, one time less of it being left."""
        with self._lock:
            for fault in self._faults:
                if fault.method in {"*", method} and fault.met < fault.times and re.fullmatch(fault.path, path):
                    fault.met += 1
                    return fault
        return None


def primary_limit(reset: int, *, path: str = ".*", status: int = 403) -> Fault:
    """Return the fault of an hourly limit that is used up until `reset` (seconds since 1970)."""
    headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
    body = {"message": "API rate limit exceeded for installation ID 1.", "documentation_url": DOCS}
    return Fault("*", path, status=status, headers=headers, body=body)


def secondary_limit(retry_after: int | None, *, path: str = ".*", method: str = "*", status: int = 403) -> Fault:
    """Return the fault of too many requests at once; `retry_after` in seconds, None says nothing of it."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    body = {"message": message, "documentation_url": f"{DOCS}/overview/rate-limits-for-the-rest-api"}
    return Fault(method, path, status=status, headers=headers, body=body)
