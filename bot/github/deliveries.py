"""Deliveries that GitHub could not make: found in its log, and asked for again. GitHub does not repeat them itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import structlog
from gidgethub import HTTPException
from gidgethub.aiohttp import GitHubAPI
from pydantic import BaseModel, ConfigDict

from bot.errors import TryLater, UserError
from bot.github.app import App
from bot.github.errors import Limited, Unreachable
from bot.github.reading import EVENTS

KEPT = timedelta(days=3)
"""How long GitHub can redeliver; https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks"""

_YOUNG = timedelta(minutes=1)
_SLOWEST = timedelta(hours=6)

_log = structlog.get_logger(__name__)


class Attempt(BaseModel):
    """One attempt to deliver, as GitHub's log has it: `status` is OK, or what went wrong in GitHub's words."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int
    guid: str
    delivered_at: datetime
    redelivery: bool
    status: str
    status_code: int
    event: str
    action: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether we said that we have it."""
        return 200 <= self.status_code < 300


async def attempts(app: App, since: datetime) -> Sequence[Attempt]:
    """Return the attempts since a time, newest first; all of them, as GitHub's filter leaves out cut connections.

    Raises as `App` does.
    """
    return await app.ask(lambda gh: _since(gh, since))


async def _since(gh: GitHubAPI, since: datetime) -> Sequence[Attempt]:
    seen = []
    async with aclosing(gh.getiter("/app/hook/deliveries?per_page=100")) as found:
        async for one in found:
            attempt = Attempt.model_validate(one)
            if attempt.delivered_at < since:
                break
            seen.append(attempt)
    return seen


def missed(found: Iterable[Attempt], now: datetime) -> Sequence[Attempt]:
    """Return the latest attempt of each delivery that never arrived and is due to be asked for again, oldest first.

    A delivery is left alone for a minute, and after each failure twice as long, up to six hours.
    """
    by_guid: dict[str, list[Attempt]] = {}
    for one in found:
        if one.event in EVENTS:
            by_guid.setdefault(one.guid, []).append(one)
    due = []
    for tries in by_guid.values():
        latest = max(tries, key=lambda one: (one.delivered_at, one.id))
        pause = min(_YOUNG * 2 ** min(len(tries) - 1, 10), _SLOWEST)
        if not any(one.arrived for one in tries) and now - latest.delivered_at >= pause:
            due.append(latest)
    return sorted(due, key=lambda one: (one.delivered_at, one.id))


async def redeliver(app: App, attempt: int) -> None:
    """Ask GitHub to make an attempt again, under the same GUID."""
    await app.ask(lambda gh: gh.post(f"/app/hook/deliveries/{attempt}/attempts", data={}))


async def redeliver_missed(app: App, now: datetime | None = None) -> Sequence[str]:
    """Ask for everything that was missed, and return the GUIDs; one that GitHub refuses does not stop the others.

    Raises what `App` raises where the log cannot be read. Call it from time to time: it does what is due, and goes on
    where it had to stop.
    """
    now = now or datetime.now(UTC)
    asked = []
    for one in missed(await attempts(app, now - KEPT), now):
        try:
            await redeliver(app, one.id)
        except (Limited, Unreachable) as exc:
            _log.warning("redelivery has to wait", why=str(exc))
            break
        except (TryLater, UserError, HTTPException) as exc:
            _log.warning("could not be redelivered", guid=one.guid, why=type(exc).__name__)
        else:
            asked.append(one.guid)
    return asked
