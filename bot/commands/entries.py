"""What is registered of a word of the language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.commands.errors import Part
from bot.commands.lines import COMMAND
from bot.commands.model import Verb


@dataclass(frozen=True, slots=True)
class Entry:
    """A word; `examples` are whole command lines."""

    word: str
    syntax: str
    meaning: str
    examples: tuple[str, ...]

    @property
    def working_example(self) -> str:
        """A command with this word that works."""
        return self.examples[0]


@dataclass(frozen=True, slots=True)
class Action(Entry):
    """A verb: the options that it takes, and those of which it needs at least one."""

    verb: Verb
    takes: frozenset[str]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option(Entry):
    """A keyword, where it has no value to read, or an option; `field` is that of Command.

    The value of a `repeatable` one is a tuple, to which each time that it is typed adds.
    """

    field: str
    read: Callable[[Part], Any] | None = None
    repeatable: bool = False


def lines(*rests: str) -> tuple[str, ...]:
    """Return command lines, of which `rests` are what follows the command word."""
    return tuple(f"{COMMAND} {rest}" for rest in rests)


TOPIC = "topic=lsst.square-events.myapp.ingest"
"""The topic of all examples."""
