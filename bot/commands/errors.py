"""What is wrong with a line, and the reply that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.commands.caret import pointed
from bot.commands.model import CommandError

_HARMLESS = re.compile(r"[A-Za-z0-9._:=,*/+-]{1,60}")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line and the index at which it starts there; empty between two characters."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """The index after its last character."""
        return self.start + len(self.text)

    def cut(self, start: int, end: int | None = None) -> Part:
        """Return a piece of it; the indices are its own, not those of the line."""
        begin, stop, _ = slice(start, end).indices(len(self.text))
        return Part(self.text[begin:stop], self.start + begin)

    def partition(self, separator: str) -> tuple[Part, Part, Part]:
        """Return what is before the first separator, the separator, and what is after it, as str.partition does."""
        before, found, _ = self.text.partition(separator)
        middle = len(before) + len(found)
        return self.cut(0, len(before)), self.cut(len(before), middle), self.cut(middle)

    def items(self) -> list[Part]:
        """Return what stands between commas, without the blanks that a quoted value may hold there."""
        parts, start = [], 0
        for text in self.text.split(","):
            blanks = len(text) - len(text.lstrip())
            parts.append(Part(text.strip(), self.start + start + blanks))
            start += len(text) + 1
        return parts


class Mistake(Exception):
    """Where a line is wrong and why: a sentence that quotes user text by `quoted` only.

    `fix` is what would be right in place of the part `instead` (of the faulty part itself where not given), if that
    can be guessed; `example` is a command that works.
    """

    def __init__(
        self, at: Part, sentence: str, *, fix: str | None = None, instead: Part | None = None, example: str = ""
    ) -> None:
        super().__init__(sentence)
        self.at = at
        self.sentence = sentence
        self.fix = fix
        self.instead = instead or at
        self.example = example

    def mended(self, line: str) -> str | None:
        """Return the line with the guess in place, or None."""
        if self.fix is None:
            return None
        rest = line[self.instead.end :]
        return line[: self.instead.start] + self.fix + (rest if self.fix else rest.removeprefix(" "))


def complaint(line: str, mistake: Mistake, hint: str) -> CommandError:
    """Return the reply: a sentence in Markdown, the line with a caret in a fence, and a command that works.

    The hint is that command and nothing else, in plain text.
    """
    guess = f"; did you mean `{mistake.fix}`?" if mistake.fix and _HARMLESS.fullmatch(mistake.fix) else "."
    shown = pointed(line, mistake.at.start, mistake.at.end)
    return CommandError(f"{mistake.sentence}{guess}\n\n{shown.rstrip()}", hint)


def quoted(text: str, otherwise: str) -> str:
    """Return user text as inline code where it is short and harmless, else `otherwise`: the caret shows it."""
    return f"`{text}`" if _HARMLESS.fullmatch(text) else otherwise


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None."""
    if len(word) > 40:  # nothing known is near that, and comparing costs the square of it
        return None
    import difflib  # noqa: PLC0415 - 15 ms that only a mistake needs

    close = difflib.get_close_matches(word.lower(), by_lower := {each.lower(): each for each in known}, 1, 0.7)
    return by_lower[close[0]] if close else None
