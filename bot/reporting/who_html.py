"""All access there is as one page that needs nothing else: by application, by topic, and rules for many topics.

Each thing is said once, however many applications and topics there are: a rule for many topics is not said again for
each of them.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.landscape.answers import Matrix
from bot.reporting import who_matrix
from bot.reporting import who_words as words
from bot.reporting.who_rows import Link, Source

TEMPLATES = Path(__file__).parent / "templates"
"""Of the whole page, and of its parts, which other pages have too."""


class _Here:
    """Where links lead on a page that holds everything: to places of its own, and to no other."""

    def page(self, link: Link) -> str:
        """Return the address of what has a place of its own."""
        return f"#{link.anchor}"

    def file(self, _source: Source) -> str:
        """Return no address: whose checkout it was, the page cannot know."""
        return ""


def templates(*folders: Path) -> Environment:
    """Return the templates of these folders, in which everything is escaped and nothing may be missing."""
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(matrix: Matrix) -> str:
    """Return the page."""
    script = (TEMPLATES / "access.js").read_text(encoding="utf-8")
    return (
        templates(TEMPLATES)
        .get_template("access.html")
        .render(
            environments=matrix.seen.environments,
            applications=who_matrix.applications(matrix),
            topics=who_matrix.topics(matrix),
            patterns=who_matrix.patterns(matrix),
            clusters=who_matrix.clusters(matrix),
            missing=words.missing(matrix.seen),
            missing_title=words.MISSING,
            to=_Here(),
            # This program's own; everything else is escaped.
            script=Markup(script),  # noqa: S704
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
