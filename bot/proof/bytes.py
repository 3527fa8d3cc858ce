"""The byte check: nothing of a file is lost or altered outside the announced insertions.

It closes the gap of what no environment renders: branches not taken, comments, whole templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.proof.model import Change

_EMPTY = frozenset({"", "[]", "{}", "null", "~"})
"""What may give way to a list or mapping that is written out."""


def check(change: Change) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with the bytes of one file."""
    if change.before is None or change.after is None:
        return
    old = change.before.decode()
    out, at = [], 0
    for start, end, new in sorted(change.spliced):
        if not at <= start <= end <= len(old):
            yield f"{change.path}: its edits overlap"
            return
        out += [old[at:start], new]
        at = end
    if "".join((*out, old[at:])).encode() != change.after:
        yield f"{change.path}: something differs outside the insertions"
    for start, end, new in change.spliced:
        yield from _check_removed(change, old[start:end], new)


def _check_removed(change: Change, removed: str, new: str) -> Iterator[str]:
    """What is taken away has to be an empty value, a line that moves within the file, or a switch."""
    moved = removed.strip() and any(
        removed.strip() in other for start, end, other in change.spliced if start == end and other != new
    )
    switched = "/templates/" not in change.path and _is_scalar(removed) and _is_scalar(new)
    if removed.strip() not in _EMPTY and not moved and not switched:
        yield f"{change.path}: `{removed.strip()[:60]}` is taken away"


def _is_scalar(text: str) -> bool:
    return "\n" not in text and ":" not in text


def removed(changes: Sequence[Change]) -> int:
    """Return how many characters of the old files are not in the new ones at their place."""
    return sum(end - start for change in changes for start, end, _ in change.spliced)
