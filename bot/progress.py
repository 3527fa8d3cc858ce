"""Progress of long work: one line of a terminal that is written over, and gone in the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.proof.model import Progress

_ERASE = "\r\x1b[2K"
_WIDTH = 100


@contextmanager
def shown(word: str) -> Iterator[Progress | None]:
    """Yield what shows progress on standard error, `word` first, or None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(done: int, total: int, what: str) -> None:
        click.echo(f"{_ERASE}{word} {done}/{total} {what}"[:_WIDTH], nl=False, err=True)

    try:
        yield show
    finally:
        click.echo(_ERASE, nl=False, err=True)
