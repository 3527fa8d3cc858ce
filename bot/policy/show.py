"""The rules as people and scripts read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.policy.rules import Rules


def as_data(rules: Rules) -> dict[str, Any]:
    """Return the rules as plain data, schemas left out."""
    return rules.model_dump(mode="json", exclude={"schemas"})


def describe(rules: Rules) -> str:
    """Return the rules as indented text."""
    return "\n".join(_lines(as_data(rules), 0)).replace("\n\n\n", "\n\n").strip()


def _lines(data: object, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(data, Mapping):
        for key, value in data.items():
            if _is_simple(value):
                yield f"{pad}{key}: {_simple(value)}"
            else:
                yield from ("",) if depth == 0 else ()
                yield f"{pad}{key}:"
                yield from _lines(value, depth + 1)
    elif _is_simple(data):
        yield f"{pad}{_simple(data)}"
    elif isinstance(data, Sequence):
        for item in data:
            first, *rest = list(_lines(item, depth + 1)) or [f"{pad}  "]
            yield f"{pad}- {first.strip()}"
            yield from rest


def _is_simple(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(not isinstance(item, (Mapping, list, tuple)) for item in value)
    return not isinstance(value, Mapping)


def _simple(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)
