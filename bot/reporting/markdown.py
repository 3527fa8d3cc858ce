"""Markdown in which nothing that people or charts wrote can act: no mention, no markup, no fence left open.

https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.words import cut

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|~!&])")
_CODE = re.compile(r"`([^`\n]+)`")
_PINGS = re.compile(r"@(?=\w)")
_REFERENCE = re.compile(r"\b(GH-|https?:|www\.)", re.IGNORECASE)
_JOINER = "\u2060"
"""Unseen, and enough that a name after @ is no mention and an address no link."""


def prose(text: str) -> str:
    """Return a sentence as Markdown that reads as it is; what stands between backticks becomes code."""
    parts, at = [], 0
    for match in _CODE.finditer(text):
        parts += [_escaped(text[at : match.start()]), code(match.group(1))]
        at = match.end()
    return "".join((*parts, _escaped(text[at:])))


def code(text: str) -> str:
    """Return text as inline code, on one line."""
    line = " ".join(text.split()) or " "
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    blank = " " if longest else ""
    return f"{fence}{blank}{line}{blank}{fence}"


def fenced(text: str, language: str = "") -> str:
    """Return a block of code that `text` cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(one) for one in line)} |" for line in lines)


def folded(summary: str, text: str) -> str:
    """Return Markdown that is closed until somebody opens it; `summary` is plain text."""
    return f"<details><summary>{_html(summary)}</summary>\n\n{text}\n\n</details>"


def bullets(lines: Iterable[str]) -> str:
    """Return a list of lines that are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)


def paragraphs(parts: Iterable[str]) -> str:
    """Return the parts that say something, with a blank line between them."""
    return "\n\n".join(part for part in parts if part)


def plain(text: str, most: int = 2_000) -> str:
    """Return text for a place where no Markdown is read: on one line, of at most so many characters, without pings."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return _PINGS.sub(f"@{_JOINER}", cut(line, most))


def ended(text: str) -> str:
    """Return a sentence with its full stop."""
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def _escaped(text: str) -> str:
    found = _SPECIAL.sub(r"\\\1", text)
    found = _PINGS.sub(f"@{_JOINER}", found)
    found = _unlinked(found)
    # A line that begins so would be a list, a heading or a rule.
    return re.sub(r"(?m)^(\s*\d*)([-+=.])", r"\1\\\2", found).replace(r"\#", f"#{_JOINER}")


def _unlinked(text: str) -> str:
    return _REFERENCE.sub(lambda one: f"{one.group(1)[0]}{_JOINER}{one.group(1)[1:]}", text)


def _cell(text: str) -> str:
    # In a table a bar ends the cell even inside of code.
    return re.sub(r"(?<!\\)\|", r"\\|", text.replace("\n", " "))


def _html(text: str) -> str:
    # Between tags GitHub still makes links of addresses and references, and a blank line would end the tag.
    safe = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = _PINGS.sub(f"@{_JOINER}", safe).replace("#", f"#{_JOINER}")
    return _unlinked(safe)
