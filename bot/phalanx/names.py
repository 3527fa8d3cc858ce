"""Names in templates that can be told without rendering."""

from __future__ import annotations

import re

_KNOWN = re.compile(
    r"""\{\{-?\s*(?:
        (?:include|template)\s+"[\w.-]+\.fullname"\s+[.$]   # for a release named like its chart, the chart's name
        | \$?\.(?:Chart|Release)\.Name
    )(?:\s*\|\s*quote)?\s*-?\}\}""",
    re.VERBOSE,
)


def resolved(text: str, chart_name: str) -> str:
    """Return a name with what stands for the chart's own name put in; other directives stay as they are.

    Phalanx releases every application under the name of its chart, so `.Release.Name` and the usual `fullname` helper
    give that name too.
    """
    return _KNOWN.sub(chart_name, text)


def is_static(text: str) -> bool:
    """Whether a text holds no directive."""
    return "{{" not in text
