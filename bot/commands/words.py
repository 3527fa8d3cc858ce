"""A line cut into words, each of which knows where it stands, so that an error can point at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.commands.errors import Mistake, Part

_BLANKS_AND_WORD = re.compile(r"\S+")
_QUOTED_VALUE = re.compile(r"""[^\s="']*=(?P<quote>["'])""")


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word, or `key=value` where `key` is not None; a quoted value comes without its quotes."""

    whole: Part
    key: Part | None = None
    value: Part | None = None

    @property
    def name(self) -> str:
        """What a keyword or an option is known by: any case was typed."""
        return (self.key or self.whole).text.lower()


def split(line: str, start: int) -> Iterator[Word]:
    """Yield the words of a line from `start` on; blanks separate them, except in a quoted value.

    Quotes (`"` or `'`) may only stand around a whole value. Nothing is escaped, so a value that holds both kinds
    cannot be typed; none that is valid does. Raises Mistake where a quote is not closed or goes on after it.
    """
    while word := _BLANKS_AND_WORD.search(line, start):
        opening = _QUOTED_VALUE.match(line, word.start())
        if opening:
            start = _closing(line, opening.end() - 1) + 1
            key, value = word.start(), opening.end()
            yield Word(
                Part(line[key:start], key), Part(line[key : value - 2], key), Part(line[value : start - 1], value)
            )
        else:
            start = word.end()
            yield plain(Part(word.group(), word.start()))


def plain(whole: Part) -> Word:
    """Return the word that `whole` is, without regard to quotes."""
    key, equals, value = whole.partition("=")
    return Word(whole, key, value) if equals.text else Word(whole)


def _closing(line: str, opening: int) -> int:
    closing = line.find(line[opening], opening + 1)
    if closing < 0:
        raise Mistake(Part(line[opening], opening), "this quote is never closed", fix="")
    after = line[closing + 1 : closing + 2]
    if after and not after.isspace():
        raise Mistake(Part(after, closing + 1), "a blank belongs between this and the closing quote before it")
    return closing
