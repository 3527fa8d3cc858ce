"""How the database is written: callers share a transaction, and what fails in it is undone for its caller alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

import sqlalchemy as sa

from bot.jobs.database import PATIENCE, bounded, is_outage, is_sqlite
from bot.jobs.inbox import Arrival, Inbox
from bot.jobs.model import DatabaseAway
from bot.jobs.writer import Writer

Write = Callable[[sa.Connection], bool]
"""Something that is done in a transaction, whole or not at all."""


class Transactions:
    """Arrivals share transactions, so that many of them wait for the disk once; on SQLite everything else does, too."""

    def __init__(self, engine: sa.Engine, inbox: Inbox) -> None:
        self._engine = engine
        self._inbox = inbox
        self._sqlite = is_sqlite(engine.url)
        self._writer: Writer[Arrival | Write] = Writer(self._share)

    def close(self) -> None:
        """Write what was asked for, and end."""
        self._writer.close()

    def receive(self, arrival: Arrival) -> Future[bool]:
        """Keep what has arrived; see `Store.receive`."""
        return self._writer.submit(arrival)

    def __call__(self, write: Write, lock: int | None = None) -> bool:
        """Return what `write` returns, or raise what it raises, and DatabaseAway within seconds.

        On PostgreSQL it has a transaction of its own, on one replica at a time where there is a number for the `lock`.
        On SQLite there is only one writer anyway.
        """
        if self._sqlite:
            try:
                return self._writer(write, 2 * PATIENCE)
            except TimeoutError:
                raise DatabaseAway from None
        with bounded(), self._engine.begin() as connection:
            if lock is not None:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            return write(connection)

    def _share(self, asked: Sequence[Arrival | Write]) -> list[bool | Exception]:
        """Do all of this in one transaction; returns what became of each."""
        with bounded(), self._engine.begin() as connection:
            if self._sqlite:
                # By itself Python begins with the first change, and so would take a savepoint for the transaction:
                # https://docs.python.org/3/library/sqlite3.html#sqlite3-controlling-transactions
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            arrivals = [one for one in asked if isinstance(one, Arrival)]
            kept = iter(self._inbox.add(connection, arrivals))
            return [next(kept) if isinstance(one, Arrival) else outcome_of(connection, one) for one in asked]


def outcome_of(connection: sa.Connection, write: Write) -> bool | Exception:
    """Return what `write` returns, or what it raises, and then nothing that it did is left.

    An outage is raised: it is the end of the whole transaction.
    """
    # By hand, because SQLAlchemy's own would be three quarters of what it costs to sort a delivery that means nothing.
    connection.exec_driver_sql("SAVEPOINT whole")
    outcome: bool | Exception
    try:
        outcome = write(connection)
    except Exception as exc:
        if is_outage(exc):
            raise
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT whole")
        outcome = exc
    connection.exec_driver_sql("RELEASE SAVEPOINT whole")
    return outcome
