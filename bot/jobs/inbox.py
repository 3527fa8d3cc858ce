"""What has arrived and waits to be sorted into jobs: kept under its id before anybody is told that it is.

A row costs a tenth of a job, and sorting asks nobody, so that neither the size of a burst nor a slow GitHub keeps what
arrives from being heard. What became of a row is in its jobs; the row stays, so that its id is known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.jobs.database import SCHEMA
from bot.jobs.model import Json

_TOGETHER = 64
"""The most rows that are sorted in one transaction."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived, with its payload as text; `job` is its id, and that of the job it becomes where sorting fails."""

    job: str
    key: str
    text: str

    @property
    def payload(self) -> Json:
        """What was sent; raises ValueError where the text is none of ours."""
        found: Json = json.loads(self.text)
        return found


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
        # What could not be sorted: there is hardly ever any, and nobody wants to search all rows for it.
        self._aside = sa.Table(
            "kafka_access_set_aside",
            tables,
            sa.Column("job", sa.Text, primary_key=True),
            sa.Column("received", sa.Float(53), nullable=False),
            sa.Column("payload", sa.Text, nullable=False),
        )
        waits = self._table.c.sorted.is_(None)
        sa.Index("kafka_access_inbox_waiting", self._table.c.number, sqlite_where=waits, postgresql_where=waits)
        self._waits = waits
        insert = postgresql.insert if tables.schema == SCHEMA else sqlite.insert
        self._insert = insert(self._table).on_conflict_do_nothing(index_elements=["job"]).returning(self._table.c.job)
        columns = (self._table.c.job, self._table.c.key, self._table.c.payload)
        self._oldest = sa.select(*columns).where(waits).order_by(self._table.c.number).limit(_TOGETHER)

    def add(self, connection: sa.Connection, arrivals: Sequence[Arrival]) -> list[bool]:
        """Keep arrivals, and return for each whether its id was new."""
        if not arrivals:
            return []
        now = time.time()
        rows = [{"job": one.job, "key": one.key, "payload": one.text, "received": now} for one in arrivals]
        left = set(connection.execute(self._insert, rows).scalars())
        new = []
        for one in arrivals:
            new.append(one.job in left)
            left.discard(one.job)
        return new

    def oldest(self, connection: sa.Connection) -> list[Arrival]:
        """Return some of what waits to be sorted, in order of arrival."""
        return [Arrival(*row) for row in connection.execute(self._oldest)]

    def mark_sorted(self, connection: sa.Connection, jobs: Sequence[str]) -> None:
        """Let these wait no more; their payload is in what became of them."""
        if jobs:
            these = sa.update(self._table).where(self._table.c.job.in_(jobs))
            connection.execute(these.values(sorted=time.time(), payload="{}"))

    def set_aside(self, connection: sa.Connection, job: str) -> None:
        """Keep the payload of an arrival of which nothing can become, until it is taken up again or forgotten."""
        table, aside = self._table, self._aside
        row = sa.select(table.c.job, table.c.received, table.c.payload).where(table.c.job == job)
        connection.execute(sa.insert(aside).from_select(["job", "received", "payload"], row))

    def take_up(self, connection: sa.Connection, job: str) -> bool:
        """Let an arrival that was set aside wait again, at its place; returns whether there is one of this id."""
        table, aside = self._table, self._aside
        gone = sa.delete(aside).where(aside.c.job == job).returning(aside.c.payload)
        text = connection.execute(gone).scalar_one_or_none()
        if text is not None:
            connection.execute(sa.update(table).where(table.c.job == job).values(sorted=None, payload=text))
        return text is not None

    def aside(self, connection: sa.Connection) -> int:
        """Return how many were set aside."""
        return int(connection.execute(sa.select(sa.func.count()).select_from(self._aside)).scalar_one())

    def waiting(self) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[float]]:
        """Return queries for how many wait, and since when the oldest does (seconds since 1970)."""
        table = self._table
        count = sa.select(sa.func.count()).select_from(table).where(self._waits).scalar_subquery()
        return count, sa.select(sa.func.min(table.c.received)).where(self._waits).scalar_subquery()

    def forget(self, connection: sa.Connection, age: timedelta) -> int:
        """Delete what was sorted or set aside longer ago than `age`; returns how many."""
        old = self._table.c.sorted < time.time() - age.total_seconds()
        these = sa.select(self._table.c.job).where(old)
        connection.execute(sa.delete(self._aside).where(self._aside.c.job.in_(these)))
        return connection.execute(sa.delete(self._table).where(old)).rowcount
