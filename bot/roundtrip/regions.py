"""Stretches of a text that go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Template

Region = tuple[int, int]


def joined(template: Template, splices: Iterable[Splice]) -> tuple[Splice, ...]:
    """Return removals without overlaps, insertions kept; at the end of a text nothing is left of a last line break.

    Raises CannotEdit where a condition would lose its beginning or its end alone.
    """
    regions = sorted((one.start, one.end) for one in splices_of(splices))
    merged: list[Region] = []
    for first, last in regions:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    _check_whole(template, merged)
    if merged and merged[-1][1] == len(template.text) and not template.text.endswith("\n"):
        merged[-1] = max(0, merged[-1][0] - len(template.newline)), merged[-1][1]
    kept = [one for one in splices if one.new]
    inside = [one for one in kept if any(first < one.start < last for first, last in merged)]
    if inside:
        line = template.line(inside[0].start)
        message = f"line {line}: something would be moved to what goes"
        raise ValueError(message)
    return tuple(sorted([*(Splice(first, last, "") for first, last in merged), *kept]))


def _check_whole(template: Template, regions: Sequence[Region]) -> None:
    for block in template.directives.blocks:
        opens, *others = [
            any(first <= one.start < last for first, last in regions) for one in (*block.branches, block.end)
        ]
        if opens != others[-1] or (opens and not all(others)):
            raise CannotEdit(template, block.opening.start, f"`{block.opening.body}` holds more than what goes")


def splices_of(splices: Iterable[Splice]) -> list[Splice]:
    """Return those that take something away."""
    return [one for one in splices if one.end > one.start and not one.new]


def remains(text: str, first: int, last: int, gone: Sequence[Region]) -> str:
    """Return what is left of `text[first:last]` without the regions that go."""
    out, at = "", first
    for start, end in sorted(gone):
        if end <= at or start >= last:
            continue
        out += text[at : max(at, start)]
        at = max(at, end)
    return out + text[at:last] if at < last else out
