"""Edits by position on a text that stays otherwise as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def lines_at(text: str, newline: str, place: int, lines: Iterable[str]) -> Splice:
    """Return the insertion of whole lines at a line start, or at the end of a text without a last newline."""
    body = newline.join(lines)
    alone = place == 0 or text[place - 1] == "\n"
    return Splice(place, place, body + newline if alone else newline + body)


class Draft:
    """A text under edit that remembers which of its characters are the old text's own.

    Edits may be made one after the other, each in offsets of the text as it stands; `splices` says them all at once,
    in offsets of the old text.
    """

    def __init__(self, old: str) -> None:
        self.old = old
        self._pieces: list[str | slice] = [slice(0, len(old))]

    @property
    def text(self) -> str:
        """The text as it stands."""
        return "".join(map(self._text, self._pieces))

    def apply(self, splices: Sequence[Splice]) -> None:
        """Make these edits, all in offsets of the text as it stands before the first of them."""
        for edit in reversed(sorted(splices, key=lambda edit: (edit.start, edit.end))):  # noqa: C413 - equals keep order
            before, after = self._cut(edit.start)[0], self._cut(edit.end)[1]
            self._pieces = [*before, edit.new, *after]

    @property
    def splices(self) -> tuple[Splice, ...]:
        """The splices that make the text out of the old one, in order."""
        found: list[Splice] = []
        at, new = 0, ""
        for piece in (*self._pieces, slice(len(self.old), len(self.old))):
            if isinstance(piece, str):
                new += piece
            else:
                if new or piece.start > at:
                    found.append(Splice(at, piece.start, new))
                at, new = piece.stop, ""
        return tuple(found)

    def _text(self, piece: str | slice) -> str:
        return piece if isinstance(piece, str) else self.old[piece]

    def _cut(self, offset: int) -> tuple[list[str | slice], list[str | slice]]:
        at = 0
        for number, piece in enumerate(self._pieces):
            length = len(self._text(piece))
            if offset <= at + length:
                inner = offset - at
                if isinstance(piece, str):
                    parts: tuple[str | slice, str | slice] = piece[:inner], piece[inner:]
                else:
                    middle = piece.start + inner
                    parts = slice(piece.start, middle), slice(middle, piece.stop)
                left = [part for part in parts[:1] if self._text(part)]
                right = [part for part in parts[1:] if self._text(part)]
                return [*self._pieces[:number], *left], [*right, *self._pieces[number + 1 :]]
            at += length
        message = f"offset {offset} is past the end"
        raise ValueError(message)
