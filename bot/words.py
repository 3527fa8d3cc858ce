"""Small parts of English sentences, and their lengths, the same wherever something is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def joined(parts: Iterable[str], conjunction: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`, in the order in which they come; nothing of nothing."""
    *first, last = [*parts] or [""]
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def shortened(names: Sequence[str], most: int = 6) -> str:
    """Return names with commas; those after the first `most` are counted: `a, b and 3 more`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, with an ellipsis where it is longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 topic`, `2 topics`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def capital(text: str) -> str:
    """Return a text with a capital at its beginning, and all other letters as they are."""
    return f"{text[:1].upper()}{text[1:]}"
