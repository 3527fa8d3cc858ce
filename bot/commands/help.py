"""What `help` answers, from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.commands.entries import Action, Entry
from bot.commands.errors import nearest, quoted
from bot.commands.lines import COMMAND
from bot.commands.registry import ACTIONS, ENTRIES, OPTIONS

_SYNOPSIS = f"""\
```
{COMMAND} [VERB] APP [KEYWORD]... [OPTION=VALUE]...
```

A command is a line of its own that starts with `{COMMAND}`. Its words come in any order, its keywords in any case, \
and a value may stand in quotes."""


def help_text(word: str | None) -> str:
    """Return Markdown about one word of the language or the nearest one, or about all of it."""
    if word is None:
        return _join([_SYNOPSIS, *_listing(), _examples("Examples", _working())])
    if entry := ENTRIES.get(word.lower()):
        return _join(_entry(entry))
    unknown = f"There is no {quoted(word, 'such word')} in the language."
    if close := nearest(word, ENTRIES):
        return _join([f"{unknown} Did you mean `{close}`?", *_entry(ENTRIES[close])])
    return _join([unknown, *_listing()])


def _entry(entry: Entry) -> Iterator[str]:
    syntax = f"{COMMAND} {entry.syntax}" if isinstance(entry, Action) else entry.syntax
    yield f"```\n{syntax}\n```"
    yield entry.meaning
    if isinstance(entry, Action) and entry.takes:
        taken = ", ".join(f"`{word}`" for word in OPTIONS if word in entry.takes)
        yield f"It takes {taken}."
    yield _examples("Example" if len(entry.examples) == 1 else "Examples", entry.examples)


def _listing() -> Iterator[str]:
    yield _bullets("Verbs", ACTIONS.values())
    yield _bullets("Keywords and options", OPTIONS.values())
    yield f"More about each of them: `{COMMAND} help WORD`."


def _bullets(title: str, entries: Iterable[Entry]) -> str:
    return "\n".join((f"**{title}**\n", *(f"- `{one.syntax}`: {one.meaning}" for one in entries)))


def _examples(title: str, lines: Iterable[str]) -> str:
    return "\n".join((f"**{title}**\n", "```", *lines, "```"))


def _working() -> list[str]:
    entries = (*ACTIONS.values(), OPTIONS["workload"], OPTIONS["retention"])
    return [entry.examples[0] for entry in entries]


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
