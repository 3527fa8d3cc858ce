"""Which lines of a Markdown text are commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

COMMAND = "/kafka-access"
"""What a command line starts with."""

_BYTE_ORDER_MARK = "\ufeff"
LINE_END = re.compile(r"\r\n?|\n")
_IS_COMMAND = re.compile(rf"{COMMAND}(?!\S)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def command_lines(body: str) -> list[str]:
    """Return the lines that start with the command word at column 0 in ordinary text, without their line ends.

    Ordinary text is what CommonMark, with the tables of GitHub, makes a paragraph or a heading: not code, quotations,
    lists, HTML, link texts or tables. Raises nothing, whatever the text.
    """
    lines = LINE_END.split(body.removeprefix(_BYTE_ORDER_MARK))
    candidates = [number for number, line in enumerate(lines) if _IS_COMMAND.match(line)]
    if candidates == [0] and not any(lines[1:]):  # Markdown makes a lone line that starts with `/` a paragraph
        return [lines[0]]
    if not candidates:
        return []
    ordinary = _ordinary(lines, candidates)
    return [lines[number] for number in candidates if number in ordinary]


def blocks(text: str) -> list[Token]:
    """Return the Markdown tokens of any text, lone surrogates included."""
    return _markdown().parse(_SURROGATE.sub("\ufffd", text))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 40 ms that a comment of one line does not need

    return MarkdownIt("commonmark").enable("table")


def _ordinary(lines: list[str], candidates: list[int]) -> set[int]:
    """Return those of the candidates that are ordinary text.

    A Markdown parser does not say where inline text came from. So the command words are numbered before it reads
    them, which changes no structure, since letters and digits get longer only; then the numbers are looked for.
    """
    label = "n"
    while f"{COMMAND}{label}" in "\n".join(lines):
        label += "n"
    numbered = list(lines)
    for number in candidates:
        numbered[number] = f"{COMMAND}{label}{number}{lines[number][len(COMMAND) :]}"
    mark = re.compile(rf"{COMMAND}{label}([0-9]+)(?!\S)")
    return {int(found[1]) for text in _texts(blocks("\n".join(numbered))) if (found := mark.match(text))}


def _texts(tokens: list[Token]) -> Iterator[str]:
    """Yield what is neither code nor HTML nor a link in the paragraphs and headings that are in nothing else."""
    for block in tokens:
        if block.type != "inline" or block.level != 1:
            continue
        links = 0
        for token in block.children or ():
            links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not links:
                yield token.content
