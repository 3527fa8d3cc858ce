"""Findings of an audit as SARIF, for code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from bot.audit.finding import Finding
from bot.audit.look import Report
from bot.policy.audited import AUDITED, Gravity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_NOWHERE = "environments/values.yaml"
"""Where a finding is shown whose file cannot be told: code scanning wants one."""


def text(report: Report) -> str:
    """Return one SARIF log."""
    names = sorted({one.rule for one in report.findings})
    severities = {one.rule: one.severity for one in report.findings}
    driver = {
        "name": "kafka-access",
        "semanticVersion": version("kafka-access"),
        "rules": [_rule(name, severities[name]) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, names.index(one.rule)) for one in report.findings],
    }
    return f"{json.dumps({'$schema': SCHEMA, 'version': '2.1.0', 'runs': [run]}, indent=2)}\n"


def _rule(name: str, severity: Gravity) -> dict[str, Any]:
    audited = AUDITED[name]
    return {
        "id": name,
        "shortDescription": {"text": audited.meaning},
        "fullDescription": {"text": audited.meaning},
        "help": {"text": audited.remedy},
        "defaultConfiguration": {"level": severity.value},
        "properties": {"problem.severity": "recommendation" if severity is Gravity.NOTE else severity.value},
    }


def _result(one: Finding, index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(one.origin.file or _NOWHERE), "uriBaseId": _ROOT}}
    place["region"] = {"startLine": max(1, one.origin.line)}
    message = f"{one.text} In {', '.join(one.environments)}. {one.hint}"
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": one.severity.value,
        "message": {"text": _unlinked(message)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"finding/v1": _fingerprint(one)},
    }


def _unlinked(text: str) -> str:
    """Return a message in which nothing that a chart says is a link: `[text](place)` is one (3.11.6).

    SARIF has escapes inside of a link's text only, so what would be a link is parted, unseen.
    """
    return text.replace("](", "]\u2060(")


def _fingerprint(one: Finding) -> str:
    """Return what stays the same where lines move, and where more environments have it."""
    parts = (one.rule, one.origin.application, one.origin.file, str(one.subject), one.text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
