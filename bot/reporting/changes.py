"""Kafka objects and wiring before and after, one by one, environments in which a difference is the same together."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from bot.landscape.essence import Thing
from bot.reporting.markdown import fenced, folded
from bot.reporting.sections import portions
from bot.words import counted, shortened

_Difference = tuple[Thing | None, Thing | None]


def counts(before: Sequence[Thing], after: Sequence[Thing]) -> str:
    """Return how many things are new, changed and gone, in words."""
    found = [*_differences(before, after)]
    new = sum(old is None for old, _ in found)
    gone = sum(fresh is None for _, fresh in found)
    words = [
        f"{number} {word}" for number, word in ((new, "new"), (len(found) - new - gone, "changed"), (gone, "gone"))
    ]
    return ", ".join(one for one in words if not one.startswith("0 ")) or "none changes"


def blocks(before: Mapping[str, Sequence[Thing]], after: Mapping[str, Sequence[Thing]]) -> Iterator[str]:
    """Yield each thing that differs, folded, with its difference."""
    groups: dict[_Difference, list[str]] = {}
    for name in sorted({*before, *after}):
        for one in _differences(before.get(name, ()), after.get(name, ())):
            groups.setdefault(one, []).append(name)
    for (old, new), names in sorted(groups.items(), key=lambda group: (_one(*group[0]), group[1])):
        yield from _block(old, new, names)


def broken(side: Sequence[Thing]) -> Iterator[Thing]:
    """Yield the applications, and the environment, that do not render."""
    yield from (one for one in side if one.kind in {"Application", "Environment"})


def _differences(before: Sequence[Thing], after: Sequence[Thing]) -> Iterator[_Difference]:
    """Yield what differs, but of what renders on both sides: of the rest nothing is known."""
    unknown = {one.application for one in (*broken(before), *broken(after))}
    if "" in unknown:
        return
    # One name may be there twice, which is a fault that others find.
    old, new = (
        {(one.place, one.application): one for one in side if one.application not in unknown}
        for side in (before, after)
    )
    for place in sorted({*old, *new}):
        first, second = old.get(place), new.get(place)
        if first != second:
            yield first, second


def _one(old: Thing | None, new: Thing | None) -> Thing:
    found = new or old
    if found is None:
        raise ValueError
    return found


def _block(old: Thing | None, new: Thing | None, names: Sequence[str]) -> Iterator[str]:
    one = _one(old, new)
    word = "changes" if old and new else "is new" if new else "is gone"
    title = (
        f"{one.kind} {one.namespace}/{one.name}"[:200]
        + f" {word} in {counted(len(names), 'environment')}: {shortened(names)}"
    )
    first, second = (side.text.splitlines() if side else [] for side in (old, new))
    lines = [*difflib.unified_diff(first, second, lineterm="")][2:]
    for number, portion in enumerate(portions(lines)):
        yield folded(f"{title}{', continued' if number else ''}", fenced("\n".join(portion), "diff"))
