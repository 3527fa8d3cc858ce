"""A line of any text shown in a Markdown fence, with carets under a part of it.

Columns are those of a terminal: wide characters take two (Unicode Standard Annex 11), combining ones none. What would
not be seen, or would move what is beside it, is shown as `<U+202E>`: control and format characters (bidirectional
overrides, zero-width joiners), surrogates, what is unassigned or private, and right-to-left letters, which a browser
would show in an order in which no caret is right.
"""

from __future__ import annotations

import re

WIDTH = 100
"""Columns of a clipped line, without the marks of the clipping."""

_BEFORE = 60
_TAB = 8
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_COMBINING = frozenset({"Mn", "Me"})
_BACKTICKS = re.compile("`+")


def pointed(line: str, start: int, end: int) -> str:
    """Return a fenced block, with its last line end, that shows `line` and points at its characters `start` to `end`.

    A long line is clipped around the part; an empty part is pointed at by one caret. No character of the line
    gets out of the fence.
    """
    shown = _shown(line)
    first, last = _window(shown, start)
    before = "…" if first else ""
    text = before + "".join(cell for cell, _ in shown[first:last]) + ("…" if last < len(shown) else "")
    column = len(before) + _columns(shown[first:start])
    width = _columns(shown[start : min(end, last)])
    if start < end and not width and column:
        column -= 1  # a combining character is drawn over the one before it
    runs: list[str] = _BACKTICKS.findall(text)
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    return f"{fence}\n{text}\n{' ' * column}{'^' * max(1, width)}\n{fence}\n"


def _shown(line: str) -> list[tuple[str, int]]:
    """Return for each character what is printed for it and how many columns that takes."""
    import unicodedata  # noqa: PLC0415 - only a mistake needs it

    cells: list[tuple[str, int]] = []
    column = 0
    for character in line:
        if character == "\t":
            width = _TAB - column % _TAB
            cell = " " * width
        elif unicodedata.category(character) in _HIDDEN or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
            cell = f"<U+{ord(character):04X}>"
            width = len(cell)
        elif unicodedata.category(character) in _COMBINING:
            cell, width = character, 0
        else:
            cell, width = character, 1 + (unicodedata.east_asian_width(character) in "WF")
        cells.append((cell, width))
        column += width
    return cells


def _window(cells: list[tuple[str, int]], start: int) -> tuple[int, int]:
    """Choose the characters to show; a combining one counts as a column here, or they could be thousands."""
    costs = [max(1, width) for _, width in cells]
    if sum(costs) <= WIDTH:
        return 0, len(cells)
    first, room = start, _BEFORE
    while first and costs[first - 1] <= room:
        first -= 1
        room -= costs[first]
    last, room = start, WIDTH - _BEFORE + room
    while last < len(cells) and costs[last] <= room:
        room -= costs[last]
        last += 1
    return first, last


def _columns(cells: list[tuple[str, int]]) -> int:
    return sum(width for _, width in cells)
