"""Findings of an audit as Markdown, within the size of a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from bot.audit.finding import Finding
from bot.audit.look import Report
from bot.policy.audited import Gravity
from bot.reporting.audit_text import summary
from bot.reporting.markdown import code, paragraphs, prose

LIMIT = 30_000
"""Characters. A comment holds 65,536, and may have other answers beside this one."""

_TITLES = {Gravity.ERROR: "Errors", Gravity.WARNING: "Warnings", Gravity.NOTE: "Notes"}


def text(report: Report) -> str:
    """Return the gravest findings that find room, with how many do not; advice for several of a rule is said once."""
    parts, room = [f"{prose(summary(report))}."], LIMIT
    left = 0
    for severity, title in _TITLES.items():
        lines = []
        for line in _lines(one for one in report.findings if one.severity is severity):
            room -= len(line)
            if room > 0:
                lines.append(line)
            else:
                left += 1
        parts += [f"**{title}**", "\n".join(lines)] if lines else []
    more = f"{left} more are not shown; `kafka-access audit` in a checkout shows all." if left else ""
    return paragraphs([*parts, prose(more)])


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the items of a list, a finding each."""
    for (rule, advice), group in groupby(findings, lambda one: (one.rule, one.hint)):
        first, *rest = group
        if rest:
            yield f"- {code(rule)}: {prose(advice)}\n  - {prose(first.text)} ({_place(first)})"
        else:
            yield f"- {prose(first.text)} {prose(advice)} ({code(rule)}, {_place(first)})"
        yield from (f"  - {prose(one.text)} ({_place(one)})" for one in rest)


def _place(one: Finding) -> str:
    return f"{code(one.origin.place)}, in {', '.join(map(code, one.environments))}"
