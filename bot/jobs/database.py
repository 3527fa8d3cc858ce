"""Connections to the database of jobs: SQLite or PostgreSQL, and never a wait without an end."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from bot.jobs.model import DatabaseAway, UnknownDatabase

PATIENCE = 4
"""Seconds that a caller waits for a connection, and again for each statement: GitHub gives a webhook up after 10."""

SCHEMA = "dbos"
"""Where DBOS keeps its tables in PostgreSQL; ours lie beside them."""


def parse(url: str) -> sa.URL:
    """Return the URL with the driver that is installed; raises UnknownDatabase."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise UnknownDatabase from None
    if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed.set(drivername="sqlite")
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise UnknownDatabase


def is_sqlite(url: sa.URL) -> bool:
    """Whether this is a file of our own, with one process on it."""
    return url.get_backend_name() == "sqlite"


def for_callers(url: sa.URL) -> sa.Engine:
    """Return connections for those who store and look: every wait on them ends.

    On SQLite, what they commit is on disk before they go on, so that a delivery that was answered survives a power cut.
    """
    if is_sqlite(url):
        return _sqlite(url, pool=2, busy=PATIENCE, synchronous="FULL")
    milliseconds = PATIENCE * 1000
    return sa.create_engine(
        url,
        pool_size=4,
        max_overflow=0,
        pool_timeout=PATIENCE,
        # A pooled connection that a restart of the server broke is replaced, not handed out.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": PATIENCE,
            "tcp_user_timeout": milliseconds,
            "application_name": "kafka-access",
            "options": f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000",
        },
    )


def for_work(url: sa.URL) -> sa.Engine:
    """Return connections for DBOS itself.

    On SQLite two of them, because its wait for the lock is unfair and a queue for connections is not; and without
    waiting for the disk, because a checkpoint that a power cut takes away only means that a step runs again.
    """
    if is_sqlite(url):
        return _sqlite(url, pool=2, busy=30, synchronous="NORMAL")
    # As DBOS makes its own, but for the listener.
    engine = sa.create_engine(
        url,
        pool_size=20,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 10,
            "application_name": "kafka-access",
            "options": "-c idle_in_transaction_session_timeout=60000",
        },
    )
    sa.event.listen(engine, "handle_error", _say_that_it_is_lost)
    return engine


def _say_that_it_is_lost(context: sa.ExceptionContext) -> None:
    """Mark whatever keeps a connection from coming about as a lost connection, so that DBOS waits for the next.

    DBOS knows these errors by their English text, "connection failed", and so does not know a host name that cannot be
    resolved for a while, a network that is unreachable, and a socket that is not there: it lets the job's thread die.
    """
    if context.connection is None and isinstance(context.original_exception, psycopg.OperationalError):
        context.is_disconnect = True


@contextmanager
def bounded() -> Iterator[None]:
    """Raise DatabaseAway for whatever the database or the way to it has."""
    try:
        yield
    except sa.exc.SQLAlchemyError as exc:
        if is_outage(exc):
            raise DatabaseAway from exc
        raise


def is_outage(error: Exception) -> bool:
    """Whether the database failed, and the same may go well later; everything else it holds against what it was given.

    What is too large, such as a key of an index, is no outage, although it comes in the same class of exceptions:
    https://www.postgresql.org/docs/current/errcodes-appendix.html (54, program limit exceeded). A server that may only
    be read, as after a failover, is one, although it does not (25006, read only sql transaction).
    """
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None))
    if isinstance(error, sa.exc.OperationalError):
        return not state.startswith("54")
    return state == "25006" or isinstance(error, sa.exc.InterfaceError | sa.exc.TimeoutError)


def _sqlite(url: sa.URL, *, pool: int, busy: int, synchronous: str) -> sa.Engine:
    engine = sa.create_engine(url, pool_size=pool, max_overflow=0, pool_timeout=busy)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # As DBOS does where it makes the engine: writers queue up instead of failing in the middle.
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={busy * 1000}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
            teach_subseconds(connection)

    return engine


def teach_subseconds(connection: sqlite3.Connection) -> None:
    """Give a connection `unixepoch('subsec')`, which DBOS uses from Python 3.12 on and SQLite has from 3.42 on."""
    connection.create_function("unixepoch", 1, lambda _modifier: time.time())
