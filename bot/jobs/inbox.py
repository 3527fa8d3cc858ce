"""What has arrived and waits to be sorted into jobs: kept under its id before anybody is told that it is.

A row costs a tenth of a job, and sorting asks nobody, so that neither the size of a burst nor a slow GitHub keeps what
arrives from being heard. What became of a row is in its jobs; the row stays, so that its id is known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.jobs.database import SCHEMA
from bot.jobs.model import Json

_TOGETHER = 64
"""The most rows that are sorted in one transaction."""

_MOMENT = 0.02
"""Seconds of one transaction after which no further row is begun: on SQLite, what arrives waits for its end."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived; `job` is its id, and that of the job it becomes where it cannot be sorted."""

    job: str
    key: str
    payload: Json


class Inbox:
    """The table of arrivals. Its methods work within a transaction of the caller's."""

    def __init__(self, tables: sa.MetaData) -> None:
        self._table = sa.Table(
            "kafka_access_inbox",
            tables,
            sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
            sa.Column("job", sa.Text, nullable=False, unique=True),
            sa.Column("key", sa.Text, nullable=False),
            sa.Column("payload", sa.Text, nullable=False),
            sa.Column("received", sa.Float(53), nullable=False),
            sa.Column("sorted", sa.Float(53)),
        )
        waits = self._table.c.sorted.is_(None)
        sa.Index("kafka_access_inbox_waiting", self._table.c.number, sqlite_where=waits, postgresql_where=waits)
        self._waits = waits
        insert = postgresql.insert if tables.schema == SCHEMA else sqlite.insert
        self._insert = insert(self._table).on_conflict_do_nothing(index_elements=["job"]).returning(self._table.c.job)
        columns = (self._table.c.number, self._table.c.job, self._table.c.key, self._table.c.payload)
        self._oldest = sa.select(*columns).where(waits).order_by(self._table.c.number).limit(_TOGETHER)

    def add(self, connection: sa.Connection, arrivals: Sequence[Arrival]) -> list[bool]:
        """Keep arrivals, and return for each whether its id was new."""
        if not arrivals:
            return []
        now = time.time()
        rows = [
            {"job": one.job, "key": one.key, "payload": json.dumps(one.payload), "received": now} for one in arrivals
        ]
        left = set(connection.execute(self._insert, rows).scalars())
        new = []
        for one in arrivals:
            new.append(one.job in left)
            left.discard(one.job)
        return new

    def sort(self, connection: sa.Connection, sort: Callable[[Arrival], None]) -> bool:
        """Call `sort` with what waits, in order of arrival, for a moment; returns whether there may be more.

        What it raises is the transaction's end.
        """
        end = time.monotonic() + _MOMENT
        rows, done = connection.execute(self._oldest).all(), []
        for number, job, key, payload in rows:
            sort(Arrival(job, key, json.loads(payload)))
            done.append(number)
            if time.monotonic() > end:
                break
        if done:
            table = self._table
            # By number: on PostgreSQL a lower one may have been committed meanwhile.
            these = sa.update(table).where(table.c.number.in_(done))
            connection.execute(these.values(sorted=time.time(), payload="{}"))
        return len(done) < len(rows) or len(rows) == _TOGETHER

    def waiting(self) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[float]]:
        """Return queries for how many wait, and since when the oldest does (seconds since 1970)."""
        table = self._table
        count = sa.select(sa.func.count()).select_from(table).where(self._waits).scalar_subquery()
        return count, sa.select(sa.func.min(table.c.received)).where(self._waits).scalar_subquery()

    def forget(self, connection: sa.Connection, age: timedelta) -> int:
        """Delete what was sorted longer ago than `age`; returns how many."""
        old = self._table.c.sorted < time.time() - age.total_seconds()
        return connection.execute(sa.delete(self._table).where(old)).rowcount
