"""What `help` answers, as Markdown, all of it from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.commands.errors import nearest, quoted
from bot.commands.registry import FLAGS, GRANT, OPTIONS, VERBS, Word, words

SYNOPSIS = "/kafka-access APP topic=NAME[:OPS]... [OPTION]..."


def help_text(word: str | None) -> str:
    """Return the help on one word, or on the whole language."""
    if word is None:
        return "\n".join(_everything())
    found = words().get(word.lower())
    if found is not None:
        return "\n".join(_one(found))
    close = nearest(word, words())
    guess = f" Did you mean `{close}`?" if close else ""
    return f"There is no word {quoted(word, 'of that name')}.{guess} The words are {_listed(words().values())}."


def _everything() -> Iterator[str]:
    yield "A command is a line of a comment that gives an application a Kafka client:"
    yield from ("", "```", SYNOPSIS, "```", "", "For example:", "", "```", GRANT, "```")
    for title, group in (("Options", OPTIONS), ("Words", FLAGS), ("Other commands", VERBS)):
        yield from ("", f"**{title}**", "")
        yield from (f"- `{one.syntax}`: {one.meaning}{_soon(one)}" for one in group)
    yield from ("", "Words come in any order, and values may be quoted. `/kafka-access help WORD` tells more.")


def _one(word: Word) -> Iterator[str]:
    yield from ("```", word.syntax, "```", "", f"{word.meaning}{_soon(word)}", "", "```", *word.examples, "```")


def _soon(word: Word) -> str:
    return "" if word.ready else " (Not yet.)"


def _listed(group: Iterable[Word]) -> str:
    return ", ".join(f"`{one.name}`" for one in group)
