"""How fast this process may talk to GitHub, by installation: writes keep a distance, and limits are remembered.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.github.errors import Limited


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What is left of an installation's hourly calls, as its last answer said."""

    limit: int
    remaining: int


class Traffic:
    """One for the process, shared by all threads. All parameters are in seconds.

    `between_writes` is the distance that writes of one installation keep; `patience` is how long a job may wait in its
    thread, anything longer raises Limited; `settle` is how long to wait before looking whether a write whose answer was
    lost has been done: GitHub may still be at it, and reads may lag behind writes.
    """

    def __init__(self, *, between_writes: float = 1.0, patience: float = 60.0, settle: float = 1.0) -> None:
        self.between_writes = between_writes
        self.patience = patience
        self.settle = settle
        self._lock = threading.Lock()
        self._next: dict[int, float] = {}
        self._limits: dict[int, RateLimit] = {}

    def turn(self, installation: int) -> None:
        """Wait until the installation may write again; raises Limited where that takes longer than patience."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next.get(installation, now))
            if at - now > self.patience:
                raise Limited(at - now)
            self._next[installation] = at + self.between_writes
        time.sleep(at - now)

    def hold(self, installation: int, wait: float) -> None:
        """Keep the installation from writing for some seconds: all of its jobs share the limit that one ran into."""
        with self._lock:
            self._next[installation] = max(self._next.get(installation, 0.0), time.monotonic() + wait)

    def note(self, installation: int, limit: int, remaining: int) -> None:
        """Remember what an answer said."""
        with self._lock:
            self._limits[installation] = RateLimit(limit, remaining)

    @property
    def limits(self) -> Mapping[int, RateLimit]:
        """The last known limits by installation."""
        with self._lock:
            return dict(self._limits)
