"""A plan's changes as a unified diff that `git apply` takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from bot.proof.model import Change


def lines(data: bytes | None) -> list[str]:
    """Return the lines of a file's text with their ends; bytes that are not UTF-8 are shown as replacements.

    Only a line feed ends a line, as for git.
    """
    return [] if data is None else re.findall(r"[^\n]*\n|[^\n]+", data.decode("utf-8", "replace"))


def count(change: Change) -> tuple[int, int]:
    """Return how many lines a change adds and removes."""
    body = [*_body(change)][2:]
    return sum(line.startswith("+") for line in body), sum(line.startswith("-") for line in body)


def unified(changes: Sequence[Change]) -> str:
    """Return the diff of all changes; empty where there are none."""
    return "".join(line for change in changes for line in _file(change))


def _file(change: Change) -> Iterator[str]:
    yield f"diff --git a/{change.path} b/{change.path}\n"
    if change.before is None:
        yield "new file mode 100644\n"
    if change.after is None:
        yield "deleted file mode 100644\n"
    for line in _body(change):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _body(change: Change) -> Iterator[str]:
    old = "/dev/null" if change.before is None else f"a/{change.path}"
    new = "/dev/null" if change.after is None else f"b/{change.path}"
    return difflib.unified_diff(lines(change.before), lines(change.after), old, new)
