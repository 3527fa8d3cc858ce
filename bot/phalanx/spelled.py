"""Kafka objects as Helm will print them in an environment, as far as their templates tell without rendering."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bot import yaml
from bot.checkout.files import Files
from bot.phalanx.names import is_static, resolved
from bot.phalanx.resources import KafkaDocument, value_of
from bot.roundtrip.template import Template

_LABELS = re.compile(
    r"^( *labels:[ \t]*\r?\n) *\{\{-? *include \"[^\"]+\" [.$] *\| *nindent \d+ *-?\}\}[ \t]*\r?\n", re.MULTILINE
)
_ENDS = re.compile(r"(?:\s*\{\{-?\s*end\s*-?\}\})+\s*\Z")
_MARKER = re.compile(r"^---[ \t]*$", re.MULTILINE)
_VALUE = re.compile(r"\{\{-?\s*\$?\.Values\.(?P<path>[\w.-]*\w)\s*(?P<quoted>\|\s*quote\s*)?-?\}\}")
_LARGE = 1_000_000
"""Helm reads numbers as floating point, and Go prints those from a million on with an exponent."""


def spelled_out(
    files: Files, application: str, document: KafkaDocument, environment: str, text: str
) -> Mapping[str, Any] | None:
    """Return what `text`, a document's template as edited, prints for it; None where only rendering can tell.

    Values of the environment are put in; labels that a named template prints are left out.
    """
    template = Template(text)
    found = template.documents[document.document.index]
    body = _MARKER.split(text[found.start : found.end])[0]
    body = _LABELS.sub(r"\1", _ENDS.sub("\n", body))
    put = _VALUE.sub(lambda match: _printed(files, application, document, environment, match), body)
    done = resolved(put, document.chart.name)
    if not is_static(done):
        return None
    data = yaml.load(done)
    return data if isinstance(data, dict) else None


def _printed(files: Files, application: str, document: KafkaDocument, environment: str, match: re.Match[str]) -> str:
    """Return what a directive prints for a value; the directive itself where that is more than plain text."""
    value = value_of(files, application, document, match["path"], environment)
    if isinstance(value, bool):
        text = json.dumps(value)
    elif isinstance(value, str) or (isinstance(value, int) and abs(value) < _LARGE):
        text = str(value)
    else:
        return match.group()
    return json.dumps(text) if match["quoted"] else text
