"""Templates of a checkout, each read once."""

from __future__ import annotations

import re

from bot.checkout.files import Files
from bot.errors import UserError
from bot.roundtrip.directives import UnreadableTemplate
from bot.roundtrip.template import Template


def kind_line(kinds: str) -> re.Pattern[str]:
    """Return what finds the lines of a text that say one of these kinds (an expression) of an object."""
    return re.compile(rf"^[\"']?kind[\"']?\s*:\s*[\"']?({kinds})\b", re.MULTILINE)


class BrokenTemplate(UserError):
    """A template whose structure cannot be told."""

    def __init__(self, path: str, error: UnreadableTemplate) -> None:
        super().__init__(f"{path}, {error.text}", error.hint)


def template(files: Files, path: str) -> Template:
    """Return a template; raises BrokenTemplate."""
    return files.once(("template", path), lambda: _read(files, path))


def _read(files: Files, path: str) -> Template:
    try:
        return Template(files.text(path) or "")
    except UnreadableTemplate as error:
        raise BrokenTemplate(path, error) from error
