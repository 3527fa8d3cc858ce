"""Which lines of a comment are commands: CommonMark decides what is ordinary text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

WORD = "/kafka-access"
_COMMAND = re.compile(rf"{WORD}(?=\s|\Z)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARK = "\ue000"
"""A private-use character that stands for the command word while Markdown is read; typed ones are replaced first."""


def command_lines(body: str) -> list[str]:
    """Return the lines that start at column 0 with the command word in the ordinary text of a comment, in order.

    Not in code, quotations, lists, tables or HTML, comments included. https://spec.commonmark.org/0.31.2/
    """
    lines = [line.rstrip() for line in _LINE_END.split(body.removeprefix("\ufeff"))]
    if not any(_COMMAND.match(line) for line in lines):
        return []
    if len(lines) == 1 or not any(lines[1:]):
        return [lines[0]]
    return [lines[number] for number in _ordinary(lines) if _COMMAND.match(lines[number])]


def _ordinary(lines: list[str]) -> list[int]:
    """Return the numbers of the command lines that begin as text of a paragraph at the top level."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - most comments of one line need no Markdown

    clean = [line.replace(_MARK, "?") for line in lines]
    # GitHub reads tables, which CommonMark does not have.
    reader = MarkdownIt("commonmark").enable("table")
    found: list[int] = []
    for token in reader.parse("\n".join(clean)):
        if token.type == "inline" and token.level == 1 and token.map is not None:
            found += [
                number
                for number in range(*token.map)
                if _COMMAND.match(clean[number]) and _is_text(reader, clean[slice(*token.map)], number - token.map[0])
            ]
    return found


def _is_text(reader: MarkdownIt, paragraph: list[str], number: int) -> bool:
    """Whether a line of a paragraph begins as text, not inside a code span, a link or HTML that spans lines."""
    marked = [line.lstrip() for line in paragraph]
    marked[number] = _MARK + marked[number][len(WORD) :]
    children = reader.parseInline("\n".join(marked))[0].children or []
    begins = True
    for child in children:
        if begins and child.type == "text" and child.level == 0 and child.content.startswith(_MARK):
            return True
        begins = child.type in {"softbreak", "hardbreak"}
    return False
