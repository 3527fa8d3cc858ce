"""Findings of an audit as Markdown, within the size of a comment."""

from __future__ import annotations

from bot.audit.finding import Finding
from bot.audit.look import Report
from bot.policy.audited import Gravity
from bot.reporting.audit_text import summary
from bot.reporting.markdown import bullets, code, paragraphs, prose

LIMIT = 30_000
"""Characters. A comment holds 65,536, and may have other answers beside this one."""

_TITLES = {Gravity.ERROR: "Errors", Gravity.WARNING: "Warnings", Gravity.NOTE: "Notes"}


def text(report: Report) -> str:
    """Return the gravest findings that find room, with how many do not."""
    parts, room = [f"{prose(summary(report))}."], LIMIT
    left = 0
    for severity, title in _TITLES.items():
        lines = []
        for one in report.findings:
            if one.severity is severity:
                line = _line(one)
                room -= len(line)
                if room > 0:
                    lines.append(line)
                else:
                    left += 1
        parts += [f"**{title}**", bullets(lines)] if lines else []
    more = f"{left} more are not shown; `kafka-access audit` in a checkout shows all." if left else ""
    return paragraphs([*parts, prose(more)])


def _line(one: Finding) -> str:
    where = ", ".join(map(code, one.environments))
    return f"{prose(one.text)} {prose(one.hint)} ({code(one.rule)}, {code(one.origin.place)}, in {where})"
