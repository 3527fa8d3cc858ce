"""The byte check: nothing of a file is lost or altered outside the announced insertions.

It closes the gap of what no environment renders: branches not taken, comments, whole templates.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from bot.proof.model import Change, ChangedValue, Expected

_EMPTY = frozenset({"", "[]", "{}", "null", "~"})
"""What may give way to a list or mapping that is written out."""

_QUOTA = r"\d+|(?:[ \t]*(?:quotas:|(?:producer|consumer)ByteRate:[ \t]*\d+)?[ \t]*(?:#.*)?(?:\r?\n|\Z))+"
"""A rate, or whole lines of `spec.quotas`."""
_VERSION = re.compile(r"""^\s*["']?apiVersion["']?:\s*["']?kafka\.strimzi\.io/\Z""", re.MULTILINE)
_OLD = re.compile(r"v1(?:alpha|beta)\d+")
_OPERATION = re.compile(r"\boperation\Z")
_DASH = re.compile(r"\r?\n *- ")


def check(change: Change, expected: Expected) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with the bytes of one file, given what is announced."""
    if expected.migrated:
        yield from check_migration(change)
    elif expected.removes:
        yield from check_removal(change, expected.changed_values)
    else:
        yield from _check_addition(change, _giving_way(change, expected))


def _giving_way(change: Change, expected: Expected) -> re.Pattern[str]:
    """Return what may go from a file, as it was announced to change: quotas, and lines of annotations."""
    names = {name for one in expected.added_rules for name in one.annotations}
    found = [_QUOTA] if any(one.source == change.path for one in expected.changed_quotas) else []
    if names:
        named = "|".join(map(re.escape, sorted(names)))
        found.append(rf"(?:[ ]*annotations:[ ]*\r?\n)?[ ]*(?:{named}):[^\n]*\r?\n?")
    return re.compile("|".join(f"(?:{one})" for one in found))


def _check_addition(change: Change, goes: re.Pattern[str]) -> Iterator[str]:
    """Yield what a file loses, where it should only gain; text that `goes` matches may go."""
    if change.before is None or change.after is None:
        return
    yield from _replay(change, change.before.decode(), change.after)
    old = change.before.decode()
    for start, end, new in change.spliced:
        if not goes.fullmatch(old[start:end]):
            yield from _check_removed(change, old[start:end], new)


def check_removal(change: Change, values: Sequence[ChangedValue] = ()) -> Iterator[str]:
    """Yield a sentence for everything that a file gains, where it should only lose; `values` may be said to be off."""
    if change.before is None:
        yield f"{change.path} appears, where something was to be taken away"
        return
    if change.after is None:
        return
    old = change.before.decode()
    yield from _replay(change, old, change.after)
    removed = [old[start:end] for start, end, _ in change.spliced]
    for number, (_, _, new) in enumerate(change.spliced):
        moved = any(new.strip() in text for text in removed)
        switched = "/templates/" not in change.path and _is_scalar(removed[number]) and _is_scalar(new)
        if not (new.strip() in _EMPTY or moved or switched or any(_turns_off(change.path, new, one) for one in values)):
            yield f"{change.path}: `{new.strip()[:60]}` appears"


def _turns_off(path: str, new: str, value: ChangedValue) -> bool:
    """Whether text in a values file of an environment says that an announced value is false, and nothing else."""
    *above, last = map(re.escape, value.path)
    keys = functools.reduce(lambda found, key: rf"(?:{found}{key}:\s+)?", above, "")
    files = {f"applications/{value.application}/values-{name}.yaml" for name in value.environments}
    return value.value is False and path in files and re.fullmatch(rf"\s*{keys}{last}:\s*false\s*", new) is not None


def check_migration(change: Change) -> Iterator[str]:
    """Yield a sentence for every edit of a file that is neither a version nor the spelling of a list of operations."""
    if change.before is None or change.after is None:
        yield f"{change.path} appears or goes, where only versions were to change"
        return
    old = change.before.decode()
    yield from _replay(change, old, change.after)
    for start, end, new in change.spliced:
        before, gone, after = old[:start], old[start:end], old[end:]
        version = _VERSION.search(before) and _OLD.fullmatch(gone) and new == "v1"
        plural = (gone, new) == ("", "s") and _OPERATION.search(before) and after[:1] in {":", '"', "'"}
        listed = not gone.strip() and (new in {"[", "]"} or _DASH.fullmatch(new))
        if not (version or plural or listed):
            yield f"{change.path}: `{gone.strip()[:60]}` becomes `{new.strip()[:60]}`"


def _replay(change: Change, old: str, after: bytes) -> Iterator[str]:
    """Yield what is wrong if the edits of a file do not make the new text out of the old one."""
    out, at = [], 0
    for start, end, new in sorted(change.spliced):
        if not at <= start <= end <= len(old):
            yield f"{change.path}: its edits overlap"
            return
        out += [old[at:start], new]
        at = end
    if "".join((*out, old[at:])).encode() != after:
        yield f"{change.path}: something differs outside the edits"


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
