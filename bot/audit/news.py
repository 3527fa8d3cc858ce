"""What a change brings: findings that are there after it and were not before. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from bot.audit.finding import Finding


def news(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the findings of `after` that are new, and those that were there, each with the environments of that.

    A finding is the same where it says the same of the same object; its file and line may have moved.
    """
    there = Counter((_same(one), name) for one in before for name in one.environments)
    new, old = [], []
    for one in after:
        known = []
        for name in one.environments:
            if there[_same(one), name]:
                there[_same(one), name] -= 1
                known.append(name)
        fresh = tuple(name for name in one.environments if name not in known)
        new += [replace(one, environments=fresh)] if fresh else []
        old += [replace(one, environments=tuple(known))] if known else []
    return tuple(new), tuple(old)


def _same(one: Finding) -> tuple[object, ...]:
    return one.rule, one.text, one.origin.application, one.subject
