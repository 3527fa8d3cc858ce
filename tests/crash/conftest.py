"""The PostgreSQL server for the tests of this room."""

from __future__ import annotations

from tests.support.postgres import postgres

__all__ = ["postgres"]
