"""Findings of an audit for a person at a terminal: by rule, the gravest first, a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

import click

from bot.audit.finding import Finding
from bot.audit.look import Report
from bot.checkout.blame import Since
from bot.policy.audited import AUDITED, Gravity
from bot.words import counted

COLOURS = {Gravity.ERROR: "red", Gravity.WARNING: "yellow", Gravity.NOTE: "cyan"}


def text(report: Report, dates: Mapping[Finding, Since]) -> str:
    """Return all findings; advice that is the same for all of a rule is said once."""
    return "\n".join(_lines(report, dates))


def summary(report: Report) -> str:
    """Return how many findings there are of which severity, and what was looked at."""
    counts = [counted(report.count(one), one.value) for one in COLOURS]
    places = counted(len(report.environments), "environment")
    return f"{', '.join(counts)}; {counted(report.pairs, 'application')} in {places} looked at"


def _lines(report: Report, dates: Mapping[Finding, Since]) -> Iterator[str]:
    for (severity, rule), group in groupby(report.findings, lambda one: (one.severity, one.rule)):
        word = click.style(severity.value, fg=COLOURS[severity])
        yield f"{word} {click.style(rule, bold=True)}: {AUDITED[rule].meaning}"
        for one in group:
            yield f"  {one.text}"
            yield f"    {', '.join(filter(None, (one.origin.place, _dated(dates.get(one)))))}"
            yield f"    in {', '.join(one.environments)}"
            if one.hint != AUDITED[rule].remedy:
                yield click.style(f"    → {one.hint}", fg="cyan")
        yield click.style(f"  → {AUDITED[rule].remedy}", fg="cyan")
        yield ""
    yield summary(report)


def _dated(since: Since | None) -> str:
    return f"since {since.date} ({since.commit[:9]})" if since else ""
