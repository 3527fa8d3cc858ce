"""Every word of the language by its name."""

from __future__ import annotations

from bot.commands import actions, options
from bot.commands.entries import Entry

ACTIONS = {action.word: action for action in actions.ACTIONS}
OPTIONS = {option.word: option for option in options.OPTIONS}
ENTRIES: dict[str, Entry] = {**ACTIONS, **OPTIONS}

GRANT = ACTIONS["grant"]
TYPED_VERBS = {word: action for word, action in ACTIONS.items() if action is not GRANT}
KEYWORDS = {word: option for word, option in OPTIONS.items() if option.read is None}
VALUED = {word: option for word, option in OPTIONS.items() if option.read is not None}
