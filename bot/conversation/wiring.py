"""Which jobs the bot has, and how deliveries become the first of them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from bot.checkout.mirror import Mirror
from bot.conversation import afterwards, arrivals, check, command, expiry, thread
from bot.conversation.bot import Bot
from bot.github.deliveries import redeliver_missed
from bot.github.events import Ignored, as_json
from bot.github.reading import understand
from bot.github.webhooks import Delivery, Malformed
from bot.jobs.model import Jobs, Json, Steps

log = structlog.get_logger("bot.conversation")

DELIVERY = "delivery"
"""The kind of the job that a delivery becomes where it cannot be sorted; older versions made one of each."""

Stored = Literal["new", "known", "ignored"]

KINDS = (
    DELIVERY,
    arrivals.THREAD,
    thread.COMMAND,
    arrivals.CLOSED,
    arrivals.MOVED,
    afterwards.REFRESH,
    check.CHECK,
    expiry.SWEEP,
    expiry.LOOK,
    expiry.EXPIRY,
    "redelivery",
    "cleaning",
)
"""The kinds of jobs that there are."""

_CLEANING = 6 * 3600
"""Seconds between two clean-ups of the mirrors."""


def register(jobs: Jobs, bot: Bot, *, redeliver_every: float = 300.0) -> None:
    """Tell the engine of every kind of job.

    Jobs that wait for others are in a queue of their own, as the engine demands; a command waits for nobody.
    """
    jobs.sort(DELIVERY, arrivals.handle, queue="deliveries")
    jobs.register(arrivals.THREAD, partial(thread.handle, bot), queue="threads")
    jobs.register(arrivals.CLOSED, partial(afterwards.closed, bot), queue="threads")
    jobs.register(arrivals.MOVED, partial(afterwards.moved, bot), queue="threads")
    jobs.register(thread.COMMAND, partial(command.handle, bot), queue="commands")
    jobs.register(afterwards.REFRESH, partial(command.refresh, bot), queue="commands")
    jobs.register(check.CHECK, partial(check.handle, bot), queue="checks", on_failure=partial(check.failed, bot))
    jobs.register(expiry.LOOK, partial(expiry.look, bot), queue="threads")
    jobs.register(expiry.EXPIRY, partial(expiry.follow_up, bot), queue="commands")
    jobs.every(expiry.SWEEP, expiry.DAILY, partial(expiry.sweep, bot))
    jobs.every("redelivery", round(redeliver_every), partial(_redeliver, bot))
    jobs.again_at_start("redelivery")
    jobs.every("cleaning", _CLEANING, partial(_clean, bot))


async def store(jobs: Jobs, delivery: Delivery) -> Stored:
    """Keep a delivery under its GUID, unless it is known already or means nothing to the bot.

    Raises DatabaseAway. Where the caller stops waiting in time, nothing is kept.
    """
    try:
        event = understand(delivery)
    except Malformed as exc:
        # It was signed, so asking for it again would not make it better.
        log.warning("delivery not understood", reason=str(exc))
        return "ignored"
    if isinstance(event, Ignored):
        log.info("delivery ignored", reason=event.reason)
        return "ignored"
    payload = {"event": as_json(event), "received": time.time(), "delivery": delivery.guid}
    kept = jobs.receive(f"{DELIVERY}-{delivery.guid}", str(event.repository.id), payload)
    return "new" if await asyncio.wrap_future(kept) else "known"


def _redeliver(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Ask GitHub for what did not arrive while nobody listened."""

    def ask() -> list[str]:
        # What fails is left alone for a minute, in case that nobody listens yet. At the start somebody does.
        now = datetime.now(UTC) + timedelta(minutes=1 if payload.get("start") else 0)
        return list(asyncio.run(redeliver_missed(bot.app, now)))

    return {"asked": steps("redeliver", ask)}


def _clean(bot: Bot, steps: Steps, _payload: Json) -> Json:
    """Remove what dead jobs left, and pack the mirrors."""

    def clean() -> list[int]:
        found = sorted(int(path.stem) for path in (bot.state / "mirrors").glob("*.git") if path.stem.isdigit())
        for number in found:
            Mirror(bot.state, number, "https://example.invalid/cleaning/only").clean()
        return found

    return {"mirrors": steps("clean", clean)}
