"""Which jobs the bot has, and how deliveries become the first of them."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import structlog

from bot.checkout.mirror import Mirror
from bot.conversation import afterwards, arrivals, command, thread
from bot.conversation.bot import Bot
from bot.github.deliveries import redeliver_missed
from bot.github.events import Ignored, as_json, understand
from bot.github.webhooks import Delivery, Malformed
from bot.jobs.model import Jobs, Json, Steps

log = structlog.get_logger("bot.conversation")

DELIVERY = "delivery"
_CLEANING = 6 * 3600
"""Seconds between two clean-ups of the mirrors."""


def register(jobs: Jobs, bot: Bot, *, redeliver_every: float = 300.0) -> None:
    """Tell the engine of every kind of job.

    Jobs that wait for others are in a queue of their own, as the engine demands; a command waits for nobody.
    """
    jobs.register(DELIVERY, arrivals.handle, queue="deliveries")
    jobs.register(arrivals.THREAD, partial(thread.handle, bot), queue="threads")
    jobs.register(arrivals.CLOSED, partial(afterwards.closed, bot), queue="threads")
    jobs.register(arrivals.MOVED, partial(afterwards.moved, bot), queue="threads")
    jobs.register(thread.COMMAND, partial(command.handle, bot), queue="commands")
    jobs.register(afterwards.REFRESH, partial(command.refresh, bot), queue="commands")
    jobs.every("redelivery", round(redeliver_every), partial(_redeliver, bot))
    jobs.every("cleaning", _CLEANING, partial(_clean, bot))


def store(jobs: Jobs, delivery: Delivery) -> bool:
    """Keep a delivery as a job under its GUID; True where it is new. What means nothing to the bot is not kept."""
    try:
        event = understand(delivery)
    except Malformed as exc:
        # It was signed, so asking for it again would not make it better.
        log.warning("delivery not understood", reason=str(exc))
        return False
    if isinstance(event, Ignored):
        log.info("delivery ignored", reason=event.reason)
        return False
    where = str(event.repository.id)
    payload = {"event": as_json(event), "received": time.time()}
    return jobs.enqueue(DELIVERY, f"delivery-{delivery.guid}", where, payload)


def _redeliver(bot: Bot, steps: Steps, _payload: Json) -> Json:
    """Ask GitHub for what did not arrive while nobody listened."""
    return {"asked": steps("redeliver", lambda: list(asyncio.run(redeliver_missed(bot.app))))}


def _clean(bot: Bot, steps: Steps, _payload: Json) -> Json:
    """Remove what dead jobs left, and pack the mirrors."""

    def clean() -> list[int]:
        found = sorted(int(path.stem) for path in (bot.state / "mirrors").glob("*.git") if path.stem.isdigit())
        for number in found:
            Mirror(bot.state, number, "https://example.invalid/cleaning/only").clean()
        return found

    return {"mirrors": steps("clean", clean)}
