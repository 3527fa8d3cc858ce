"""Ended jobs and sorted arrivals are kept for 30 days: as long as its id is known, what comes again does nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from bot.jobs.model import Handler, Json, Steps
from bot.jobs.store import Store

NAME = "retention"
DAILY = 24 * 3600
KEEP = timedelta(days=30)
"""GitHub redelivers for a few days; people ask what happened for a few weeks."""
KEEP_TICKS = timedelta(days=2)


def handler(store: Store, schedules: Collection[str]) -> Handler:
    """Return what deletes the old, and jobs of schedules sooner: there are hundreds a day, and they say little."""

    def forget(steps: Steps, _payload: Json) -> Json:
        old = steps("forget jobs", lambda: store.forget(KEEP))
        ticks = steps("forget ticks", lambda: store.forget(KEEP_TICKS, list(schedules)))
        arrivals = steps("forget arrivals", lambda: store.forget_arrivals(KEEP))
        return {"jobs": old, "ticks": ticks, "arrivals": arrivals}

    return forget
