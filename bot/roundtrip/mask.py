"""Templates as YAML: every directive replaced by characters that YAML can read, at the same place and length."""

from __future__ import annotations

import re

from bot.roundtrip.directives import Directives

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def mask(text: str, directives: Directives) -> str:
    """Return the text with its directives masked; offsets, lines and columns stay those of the text.

    A directive alone on its lines becomes a comment (which is content inside a block scalar, and right there too);
    one that prints nothing becomes blanks; any other a word that occurs once, so that no two keys are equal.
    """
    pieces: list[str] = []
    at = 0
    for number, directive in enumerate(directives.all):
        if directive.whole:
            new = "#" * len(directive.text)
        elif directive.silent:
            new = " " * len(directive.text)
        else:
            new = f"z{_base36(number)}".ljust(len(directive.text), "_")[: len(directive.text)]
        pieces += (text[at : directive.start], _with_line_ends(directive.text, new))
        at = directive.end
    return "".join((*pieces, text[at:]))


def _with_line_ends(old: str, new: str) -> str:
    """Keep the line ends of a directive over several lines; a placeholder word ends with its first line."""
    if "\n" not in old:
        return new
    kept = new if new[0] != "z" else new[: len(re.split(r"[\r\n]", old)[0])].ljust(len(old))
    return "".join(mine if mine in "\r\n" else other for mine, other in zip(old, kept, strict=True))


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
