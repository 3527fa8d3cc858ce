"""Which jobs there are, newest first, chosen in the database; their contents are DBOS's to read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.jobs import records
from bot.jobs.model import Query

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


def newest(table: sa.Table, query: Query) -> sa.Select[tuple[str]]:
    """Return the statement for the ids of the jobs that are asked for.

    No two jobs are alike in this order, as jobs of one second are in DBOS's: else they would move between pages.
    """
    found = sa.select(table.c.workflow_uuid)
    if query.status:
        found = found.where(table.c.status.in_([name for one in query.status for name in records.NAMES[one]]))
    if query.kind is not None:
        found = found.where(table.c.name == query.kind)
    if query.under is not None:
        key = table.c.queue_partition_key
        below = [sa.or_(key == one, key.startswith(f"{one}/", autoescape=True)) for one in query.under]
        found = found.where(sa.or_(sa.false(), *below))
    order = table.c.created_at.desc(), table.c.priority.desc(), table.c.workflow_uuid
    return found.order_by(*order).offset(query.offset).limit(query.limit)
