"""Time that tests move: what expires, and when a rate limit is reset, goes by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The time of day, plus what it was moved by."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on by some seconds; negative ones move back."""
        self._ahead += timedelta(seconds=seconds)


def stamp(when: datetime) -> str:
    """Return a time as GitHub writes it, `2026-11-24T16:09:00Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
