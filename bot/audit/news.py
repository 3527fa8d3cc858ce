"""What a change brings: findings that are there after it and were not before. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.audit.finding import Finding


def news(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the findings of `after` that are new, and those that were there, each with the environments of that.

    A finding is the same where it says the same of the same object; its file and line may have moved. Where several
    say the same, those in files that had it are the ones that were there.
    """
    findings = tuple(after)
    there = _known(before, findings)
    new, old = [], []
    for number, one in enumerate(findings):
        known = tuple(name for name in one.environments if (number, name) in there)
        fresh = tuple(name for name in one.environments if name not in known)
        new += [replace(one, environments=fresh)] if fresh else []
        old += [replace(one, environments=known)] if known else []
    return tuple(new), tuple(old)


def _known(before: Iterable[Finding], after: Sequence[Finding]) -> set[tuple[int, str]]:
    """Return those of `after` that were there, by index and environment."""
    files: defaultdict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for one in before:
        for name in one.environments:
            files[_same(one), name][one.origin.file] += 1
    pairs = [(number, name) for number, one in enumerate(after) for name in one.environments]
    known = set()
    for moved in (False, True):
        for number, name in pairs:
            left = files[_same(after[number]), name]
            file = next(left.elements(), "") if moved else after[number].origin.file
            if (number, name) not in known and left[file]:
                left[file] -= 1
                known.add((number, name))
    return known


def _same(one: Finding) -> tuple[object, ...]:
    return one.rule, one.text, one.origin.application, one.subject
