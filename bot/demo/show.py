"""A conversation as people read it at a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from bot.demo.watch import Checked, Closed, Event, Proposed, Reacted, Said

_EMOJI = {"eyes": "👀", "rocket": "🚀", "confused": "😕", "+1": "👍", "-1": "👎"}
_MEANING = {"eyes": "heard", "rocket": "done", "confused": "not done, the reply says why"}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FOLDED = re.compile(r"<details><summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_WIDTH = 110
"""Columns where there is no terminal, and at most where there is one: prose is read in lines of a book's length."""


def console() -> Console:
    """Return standard output, in colours where it is a terminal."""
    found = Console(highlight=False, emoji=False, markup=False)
    if not found.is_terminal or found.width > _WIDTH:
        found.width = _WIDTH
    return found


class Show:
    """Prints what happens; of a pull request that is brought up to date, only what has changed."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._known: dict[int, Proposed] = {}

    def __call__(self, event: Event) -> None:
        """Print one event."""
        match event:
            case Said():
                self._said(event)
            case Reacted():
                meaning = f"  ({_MEANING[event.content]})" if event.content in _MEANING else ""
                self._line(event.who, f"{_EMOJI.get(event.content, event.content)} on what {event.to} said{meaning}")
            case Proposed():
                self._proposed(event)
            case Checked():
                self._line(f"check {event.name}", f"{event.conclusion}  {event.title}")
            case Closed():
                self._line(f"#{event.number}", "is merged" if event.merged else "is closed without a merge")

    def _said(self, event: Said) -> None:
        where = f"opens issue #{event.number}: {event.title}" if event.title else f"on #{event.number}"
        self._line(event.who, where)
        self._markdown(event.text)

    def _proposed(self, event: Proposed) -> None:
        before = self._known.get(event.number)
        self._known[event.number] = event
        if before is None:
            self._line(event.who, f"opens pull request #{event.number}: {event.title}")
        elif event.diff in {"", before.diff} and event.text == before.text:
            return
        else:
            self._line(event.who, f"changes pull request #{event.number}")
        if before is None or event.text != before.text:
            self._markdown(event.text)
        if event.diff and (before is None or event.diff != before.diff):
            self._out.print()
            self._out.print(Rule(f"what pull request #{event.number} changes", style="dim"))
            self._out.print(painted(event.diff), soft_wrap=True, end="")
            self._out.print(Rule(style="dim"))

    def _line(self, who: str, what: str) -> None:
        self._out.print()
        self._out.print(
            Text.assemble((plain(who), "bold magenta" if who.endswith("[bot]") else "bold cyan"), "  ", plain(what))
        )

    def _markdown(self, text: str) -> None:
        self._out.print(Padding(Markdown(readable(text), code_theme="ansi_dark"), (0, 0, 0, 2)))


def readable(markdown: str) -> str:
    """Return Markdown without what a page would not show: hidden marks, and what is folded up."""
    return _FOLDED.sub(_fold, _COMMENT.sub("", plain(markdown))).strip()


def painted(diff: str) -> Text:
    """Return a diff in the colours that git uses."""
    return Text.assemble(*_lines(plain(diff)))


def plain(text: str) -> str:
    """Return text that a terminal only shows: what comes from comments and charts must not command it."""
    return "".join(one if one.isprintable() or one in "\n\t" else "�" for one in text.replace("\r\n", "\n"))


def _fold(found: re.Match[str]) -> str:
    count = len(found[2].strip().splitlines())
    return f"▸ *{html.unescape(found[1])}: {count} lines, folded*"


def _lines(diff: str) -> Iterator[tuple[str, str]]:
    for line in diff.splitlines(keepends=True):
        if line.startswith(("diff ", "--- ", "+++ ", "Binary ")):
            yield line, "bold"
        else:
            yield line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
