"""What takes long to find out: found in a thread, kept, and found again when it has become old. Nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import structlog

from bot.errors import TryLater, UserError

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

log = structlog.get_logger("bot.web")

_AGAIN = 30.0
"""Seconds after which something is tried again that did not work."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """What is known now: a value or none yet, why there is none or no newer one, and whether one is being found.

    `progress` is how far that is, in words.
    """

    value: T | None = None
    problem: str = ""
    busy: bool = False
    progress: str = ""
    found: float = 0.0
    """When it was found or tried last, on the monotonic clock."""


Find = Callable[[K, T | None, Callable[[str], None]], T]
"""Finds the value of a key, given the one before and somebody to tell of the progress. Blocks, and may raise."""


class _Closing(Exception):
    """Nobody wants to know any more."""


class Background(Generic[K, T]):
    """Values by key that one thread finds with `find`; one older than `seconds` is found again when asked for."""

    def __init__(self, find: Find[K, T], seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._seconds = seconds
        self._now = now
        self._known: dict[K, Known[T]] = {}
        self._lock = threading.Lock()
        self._closing = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="pages")

    def get(self, key: K) -> Known[T]:
        """Return what is known, and have it found where it is not, or not any more."""
        with self._lock:
            known = self._known.get(key)
            age = self._now() - known.found if known else 0.0
            if self._closing:
                return known or Known()
            due = known is None or (not known.busy and age > (_AGAIN if known.problem else self._seconds))
            if due:
                known = self._known[key] = replace(known or Known(), busy=True, progress="")
                self._pool.submit(self._run, key)
            return known or Known()

    def close(self) -> None:
        """Find nothing more; what is being found ends where it next tells of its progress, and is not waited for."""
        self._closing = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, key: K) -> None:
        before = self._known[key]
        try:
            value = self._find(key, before.value, lambda text: self._tell(key, text))
        except _Closing:
            return
        except (TryLater, UserError) as exc:
            known = Known(before.value, exc.text, found=self._now())
            log.warning("pages could not be brought up to date", reason=exc.text)
        except Exception:
            # The thread ends here, so nobody else would ever hear of it.
            log.exception("this is a bug in kafka-access")
            known = Known(before.value, "this is a bug in kafka-access; its log says more", found=self._now())
        else:
            known = Known(value, found=self._now())
        with self._lock:
            self._known[key] = known

    def _tell(self, key: K, text: str) -> None:
        if self._closing:
            raise _Closing
        with self._lock:
            self._known[key] = replace(self._known[key], progress=text)
