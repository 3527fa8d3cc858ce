"""Findings of an audit as the JSON that scripts read; the shape is a contract, see docs/scripts.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.audit.finding import Finding
from bot.audit.look import Report
from bot.checkout.blame import Since
from bot.policy.audited import Gravity


def text(report: Report, dates: Mapping[Finding, Since]) -> str:
    """Return one JSON document."""
    data = {
        "findings": [_finding(one, dates.get(one)) for one in report.findings],
        "counts": {one.value: report.count(one) for one in Gravity if one is not Gravity.OFF},
        "environments": list(report.environments),
        "looked_at": report.pairs,
    }
    return f"{json.dumps(data, indent=2)}\n"


def _finding(one: Finding, since: Since | None) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "severity": one.severity.value,
        "text": one.text,
        "hint": one.hint,
        "application": one.origin.application,
        "file": one.origin.file,
        "line": one.origin.line,
        "subject": {"kind": one.subject.kind, "namespace": one.subject.namespace, "name": one.subject.name},
        "environments": list(one.environments),
        "since": {"commit": since.commit, "date": since.date} if since else None,
    }
