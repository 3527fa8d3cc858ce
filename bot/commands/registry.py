"""Every word of the language by its name, and the one place that says which do nothing yet."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands import actions, options
from bot.commands.entries import Entry
from bot.commands.lines import COMMAND
from bot.commands.model import Command
from bot.commands.words import split
from bot.errors import UserError

ACTIONS = {action.word: action for action in actions.ACTIONS}
OPTIONS = {option.word: option for option in options.OPTIONS}
ENTRIES: dict[str, Entry] = {**ACTIONS, **OPTIONS}

GRANT = ACTIONS["grant"]
TYPED_VERBS = {word: action for word, action in ACTIONS.items() if action is not GRANT}
KEYWORDS = {word: option for word, option in OPTIONS.items() if option.read is None}
VALUED = {word: option for word, option in OPTIONS.items() if option.read is not None}


class NotYet(UserError):
    """Words of the language that nothing answers yet."""

    def __init__(self, words: Iterable[str], hint: str) -> None:
        listing = list(words)
        are = "are" if len(listing) > 1 else "is"
        super().__init__(f"{' and '.join(listing)} {are} not available yet", hint)


def not_yet(command: Command) -> NotYet | None:
    """Return the refusal of a command that uses words which do not work yet, or None.

    The hint is the same command without them where that asks for anything and for no more than was typed, else the
    nearest that works.
    """
    if not (action := ACTIONS[command.verb]).available:
        return NotYet([action.word], action.working_example)
    absent = [option.word for option in OPTIONS.values() if not option.available and getattr(command, option.field)]
    if not absent:
        return None
    if not (command.topics or command.groups or command.transactional_ids):
        return NotYet(absent, GRANT.working_example)
    kept = (word.whole.text for word in split(command.text, len(COMMAND)) if word.name not in absent)
    return NotYet(absent, " ".join((COMMAND, *kept)))
