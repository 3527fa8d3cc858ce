"""Edits by position on a text that stays otherwise as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """Replace `text[start:end]` (character offsets in the old text) by `new`; pure insertion where start == end."""

    start: int
    end: int
    new: str


def splice(text: str, splices: Sequence[Splice]) -> str:
    """Apply all splices at once; those at one place keep the order in which they are given.

    Raises ValueError where two overlap.
    """
    out: list[str] = []
    at = 0
    for edit in sorted(splices, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            message = f"splices overlap at {edit.start}"
            raise ValueError(message)
        out += (text[at : edit.start], edit.new)
        at = edit.end
    return "".join((*out, text[at:]))
