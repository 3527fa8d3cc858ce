"""Jobs that this process has taken and that no thread of it does: they would never end, and their key is blocked.

It takes an outage at the wrong moment: the answer to a claim was lost after the database had it, or the outcome of a
job could not be written. DBOS finds them when the process starts again; this finds them while it lives.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

from bot.jobs.store import Store

_log = logging.getLogger(__name__)


class Orphans:
    """Looks for them again and again; what has no thread for `patience` seconds goes back to its queue."""

    def __init__(self, store: Store, executor: str, *, active: Callable[[], Collection[str]], patience: float) -> None:
        self._store = store
        self._executor = executor
        self._active = active
        self._patience = patience
        self._since: dict[tuple[str, int | None], float] = {}

    def sweep(self) -> None:
        """Look once; raises DatabaseAway."""
        running, now = self._store.running(self._executor), time.monotonic()
        # Asked in this order: what ends in between is no longer running when the next look is taken.
        active = frozenset(self._active())
        self._since = {claim: self._since.get(claim, now) for claim in running if claim[0] not in active}
        for claim, since in self._since.items():
            if now - since >= self._patience:
                _log.warning("job %s has no thread; it waits again", claim[0])
                self._store.give_back(claim[0], self._executor)
