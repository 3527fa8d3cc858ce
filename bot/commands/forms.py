"""Issue forms: GitHub turns one into headings and answers, and this turns those into a command line.

https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.commands.lines import WORD

_HEADING = re.compile(r"^### +(.+?)\s*$", re.MULTILINE)
_EMPTY = {"", "_No response_", "None"}
_OPTIONS = {
    "application": "app",
    "topic": "topic",
    "topics": "topic",
    "consumer group": "group",
    "group": "group",
    "environment": "env",
    "environments": "env",
    "workload": "workload",
    "container": "container",
    "partitions": "partitions",
    "retention": "retention",
}
_FLAGS = {"create", "enable-operator", "metrics"}
_BOX = re.compile(r"^- \[[xX]\] `?([a-z-]+)`?", re.MULTILINE)


def command_from_form(body: str) -> str | None:
    """Return the command that a filled-in form stands for, or None where the body is no such form.

    Answers are data: each becomes one quoted value, whatever it holds.
    """
    text = re.sub(r"\r\n?", "\n", body)
    pieces = _HEADING.split(text)
    answers = dict(zip((name.strip().lower() for name in pieces[1::2]), map(str.strip, pieces[2::2]), strict=True))
    if "application" not in answers:
        return None
    return " ".join((WORD, *_words(answers)))


def _words(answers: dict[str, str]) -> Iterator[str]:
    for heading, answer in answers.items():
        if heading == "options":
            yield from (name for name in _BOX.findall(answer) if name in _FLAGS)
        elif heading in _OPTIONS and answer not in _EMPTY:
            option = _OPTIONS[heading]
            lines = answer.split("\n") if option == "topic" else [answer.replace("\n", ",")]
            yield from (f"{option}={_quoted(line.strip())}" for line in lines if line.strip())


def _quoted(value: str) -> str:
    """Quote a value with what it does not hold; one that holds both kinds is an error that the parser finds."""
    if re.fullmatch(r"[^\s\"']+", value):
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'
