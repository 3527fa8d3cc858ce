"""The body of an issue that was opened with the form, as a command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from bot.commands.lines import COMMAND, LINE_END, blocks

_MAY_BE_FORM = re.compile(r"^ {0,3}###[ \t]+application\b", re.IGNORECASE | re.MULTILINE)
_TICKED = re.compile(r"[-*] \[[xX]\] +(.*)")
_UNTICKED = re.compile(r"[-*] \[ \]")
_NO_ANSWERS = frozenset({"", "_No response_", "None"})
_BARE = re.compile(r"[A-Za-z0-9._:,*/@+-]+")
"""Values that need no quotes; nothing else is left to chance."""

_SWITCHES = frozenset({"create", "enable-operator", "metrics"})

_EACH_ITS_OWN = {"topic": "topic", "topics": "topic", "group": "group", "groups": "group", "consumer group": "group"}
"""Headings whose lines become an option each: a line may hold commas."""

_TOGETHER = {
    "application": "app",
    "environment": "env",
    "environments": "env",
    "workload": "workload",
    "workloads": "workload",
    "container": "container",
    "partitions": "partitions",
    "retention": "retention",
    "tags": "tags",
    "quota": "quota",
    "profile": "profile",
    "cluster": "cluster",
    "expires": "expires",
    "last day": "expires",
}
"""Headings whose lines become one option."""


def command_from_form(body: str) -> str | None:
    """Return the answers of a form as one command line, or None where the text has no heading `Application`.

    Answers stay values, whatever they hold: what is not valid in a command is quoted, and the parser refuses it.
    """
    if not _MAY_BE_FORM.search(LINE_END.sub("\n", body)):
        return None
    answers = _answers(body)
    if "application" not in answers:
        return None
    return " ".join((COMMAND, *_words(answers)))


def _answers(body: str) -> dict[str, list[str]]:
    """Return the lines under each heading of the third level; of several that are the same the first counts."""
    lines = LINE_END.split(body)
    tokens = blocks(body)
    headings = [
        (token.map, following.content.strip().lower())
        for token, following in pairwise(tokens)
        if token.type == "heading_open" and token.tag == "h3" and not token.level and token.map
    ]
    ends = [*(place[0] for place, _ in headings), len(lines)][1:]
    found: dict[str, list[str]] = {}
    for (place, title), end in zip(headings, ends, strict=True):
        found.setdefault(title, [answer for answer in map(_answer, lines[place[1] : end]) if answer])
    return found


def _answer(line: str) -> str:
    """Return what a line says: empty for no answer, the fence around an answer, and a box that is not ticked."""
    text = line.strip()
    if ticked := _TICKED.match(text):
        return ticked[1].strip()
    return "" if text in _NO_ANSWERS or _UNTICKED.match(text) or text.startswith("```") else text


def _words(answers: Mapping[str, list[str]]) -> Iterator[str]:
    for title, lines in answers.items():
        if option := _EACH_ITS_OWN.get(title):
            yield from (_option(option, line) for line in lines)
        elif (option := _TOGETHER.get(title)) and lines:
            yield _option(option, ",".join(lines))
        elif title == "options":
            words = (line.split()[0].strip("`:").lower() for line in lines)
            yield from dict.fromkeys(word for word in words if word in _SWITCHES)


def _option(option: str, value: str) -> str:
    """Return `option=value`; nothing valid holds a quote, so which kind it is does not matter to the refusal."""
    quoted = value if _BARE.fullmatch(value) else '"' + value.replace('"', "'") + '"'
    return f"{option}={quoted}"
