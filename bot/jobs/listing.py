"""Which jobs there are, newest first, chosen in the database; their contents are DBOS's to read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from bot.jobs import records
from bot.jobs.model import Status

_COLUMNS: dict[str, Any] = {
    "workflow_uuid": sa.Text,
    "status": sa.Text,
    "name": sa.Text,
    "executor_id": sa.Text,
    "queue_partition_key": sa.Text,
    "priority": sa.Integer,
    "created_at": sa.BigInteger,
    "started_at_epoch_ms": sa.BigInteger,
    "completed_at": sa.BigInteger,
}


def jobs_table(schema: str | None) -> sa.Table:
    """Return DBOS's table of jobs: public is only the list of all of them, which is no way to count or to choose."""
    return sa.Table("workflow_status", sa.MetaData(schema=schema), *(sa.Column(*one) for one in _COLUMNS.items()))


def newest(
    table: sa.Table, status: Sequence[Status], kind: str | None, under: Collection[str] | None
) -> sa.Select[tuple[str]]:
    """Return the query for the ids; see `Store.jobs`.

    No two jobs are alike in this order, as jobs of one second are in DBOS's: else they would move between pages.
    """
    query = sa.select(table.c.workflow_uuid)
    if status:
        query = query.where(table.c.status.in_([name for one in status for name in records.NAMES[one]]))
    if kind is not None:
        query = query.where(table.c.name == kind)
    if under is not None:
        key = table.c.queue_partition_key
        below = [sa.or_(key == one, key.startswith(f"{one}/", autoescape=True)) for one in under]
        query = query.where(sa.or_(sa.false(), *below))
    return query.order_by(table.c.created_at.desc(), table.c.priority.desc(), table.c.workflow_uuid)
