"""Several replicas on PostgreSQL: each says that it lives, and takes over the jobs of those that do not.

DBOS recovers the jobs of a process only when a process of the same id starts, and until then their keys are blocked.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime

import sqlalchemy as sa
from dbos import DBOS

from bot.errors import TryLater
from bot.jobs.database import bounded
from bot.jobs.store import Store

_log = logging.getLogger(__name__)


class Reaper:
    """A thread that beats every `beat` seconds, and holds a replica without a beat for `ttl` seconds for dead.

    A wrong verdict (a replica that only could not reach the database) is harmless but for the step in flight, which
    runs twice: DBOS refuses what the replica writes afterwards.
    """

    def __init__(self, store: Store, executor: str, *, beat: float, ttl: float) -> None:
        self._store = store
        self._executor = executor
        self._beat = beat
        self._ttl = ttl
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs-reaper", daemon=True)
        self._beats = sa.Table(
            "kafka_access_beats",
            store.tables,
            sa.Column("executor", sa.Text, primary_key=True),
            sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        )

    def start(self) -> None:
        """Go on beating in a thread, after a first `pulse`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and say so: what is left of this replica's jobs is taken over without waiting for `ttl`."""
        self._stop.set()
        self._thread.join()
        try:
            with bounded(), self._store.engine.begin() as connection:
                connection.execute(sa.delete(self._beats).where(self._beats.c.executor == self._executor))
        except TryLater:
            _log.warning("could not sign off; other replicas take over after %s seconds", self._ttl)

    def pulse(self) -> None:
        """Say that this replica lives, by the clock of the database, which all share."""
        insert = sa.dialects.postgresql.insert(self._beats).values(executor=self._executor, seen=sa.func.now())
        statement = insert.on_conflict_do_update(index_elements=["executor"], set_={"seen": sa.func.now()})
        with bounded(), self._store.engine.begin() as connection:
            connection.execute(statement)
            connection.execute(sa.delete(self._beats).where(self._beats.c.seen < _ago(24 * 3600)))

    def dead(self) -> list[str]:
        """Return the replicas that have jobs and no beat."""
        jobs, beats = self._store.jobs_table, self._beats
        alive = sa.select(beats.c.executor).where(beats.c.seen > _ago(self._ttl))
        query = sa.select(jobs.c.executor_id).distinct().where(jobs.c.status == "PENDING")
        with bounded(), self._store.engine.connect() as connection:
            return sorted(connection.execute(query.where(jobs.c.executor_id.not_in(alive))).scalars())

    def _run(self) -> None:
        steady = time.monotonic()
        while not self._stop.wait(self._beat):
            try:
                self.pulse()
                # After an outage the others may not have had their turn: no verdict without a whole ttl of beats.
                if time.monotonic() - steady > self._ttl and (dead := self.dead()):
                    _log.warning("taking over the jobs of %s", ", ".join(dead))
                    # What DBOS's own service calls; its condition on the executor makes two reapers harmless.
                    DBOS._recover_pending_workflows(dead)  # noqa: SLF001
            except TryLater:
                steady = time.monotonic()
            except Exception:  # noqa: BLE001 - logged, and the next round may go well
                _log.exception("the reaper goes on")


def _ago(seconds: float) -> sa.ColumnElement[datetime]:
    return sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
