"""The numbers by which jobs of a key run in order of arrival."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.jobs.database import SCHEMA


class Numbers:
    """A counter in the database, so that it holds across replicas, restarts and clocks that go back.

    DBOS orders by priority first (lower first, up to 2^31 - 1), and only then by a time that has a resolution of a
    second on SQLite before Python 3.12 and of a millisecond elsewhere, and by id within that.
    """

    def __init__(self, tables: sa.MetaData) -> None:
        table = sa.Table(
            "kafka_access_arrivals",
            tables,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("last", sa.Integer, nullable=False),
        )
        insert = postgresql.insert if tables.schema == SCHEMA else sqlite.insert
        self._count = (
            insert(table)
            .values(id=1, last=1)
            .on_conflict_do_update(index_elements=["id"], set_={"last": table.c.last + 1})
            .returning(table.c.last)
        )

    def next(self, connection: sa.Connection) -> int:
        """Return a new number, under the lock of the transaction that stores its job."""
        return int(connection.execute(self._count).scalar_one())
