"""Where a key goes that a container or pod spec does not have yet."""

from __future__ import annotations

from collections.abc import Iterator

from bot.roundtrip.insertion import CannotEdit, Insertion
from bot.roundtrip.places import above_comments, end_place, stands_alone, trimmed
from bot.roundtrip.template import start

_AFTER = {"env": ("image", "imagePullPolicy"), "volumeMounts": ("env",), "volumes": ()}
"""What people write a key behind, where they do not sort."""


def new_key_place(insertion: Insertion) -> int:
    """Return the line start for a whole new key: as the neighbours sort, else where people look for it.

    Raises CannotEdit where every place is under a condition.
    """
    template, mapping = insertion.template, insertion.mapping
    for place in _places(insertion):
        return place
    raise CannotEdit(template, mapping, f"there is no unconditional place for {insertion.key}")


def _places(insertion: Insertion) -> Iterator[int]:
    template, mapping, context = insertion.template, insertion.mapping, insertion.context
    names = [key.value for key, _ in mapping.value]
    following = _following(insertion, names)
    if following is not None:
        yield from _before(insertion, range(following, len(names)))
    at_end = end_place(template, mapping, context)
    if at_end is not None:
        yield at_end
    yield from _before(insertion, reversed(range(len(names))))


def _following(insertion: Insertion, names: list[str]) -> int | None:
    """Return the number of the pair before which the key belongs, or None for the end."""
    body = names[1:] if names[:1] == ["name"] else names
    if len(body) > 2 and body == sorted(body):
        greater = [number for number, name in enumerate(names) if name > insertion.key and (number or body is names)]
        return greater[0] if greater else None
    behind = [number for number, name in enumerate(names) if name in _AFTER[insertion.key]]
    if insertion.key == "volumeMounts" and not behind:
        behind = [number for number, name in enumerate(names) if name in _AFTER["env"]]
    return behind[-1] + 1 if behind and behind[-1] + 1 < len(names) else None


def _before(insertion: Insertion, numbers: Iterator[int] | range) -> Iterator[int]:
    template, context = insertion.template, insertion.context
    for number in numbers:
        offset = start(insertion.mapping.value[number][0])
        line = template.line_start(offset)
        if template.context(offset) == context and stands_alone(template, offset) and not trimmed(template, line):
            place = above_comments(template, line, context)
            if not trimmed(template, place):
                yield place
