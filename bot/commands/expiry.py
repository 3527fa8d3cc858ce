"""Whether the day on which an access is to end is far enough away, which a line alone does not say."""

from __future__ import annotations

from datetime import date, timedelta

from bot.commands.errors import Mistake, complaint
from bot.commands.lines import COMMAND
from bot.commands.model import Command
from bot.commands.words import split
from bot.errors import UserError

NOTICE = timedelta(days=7)
"""How long before the last day people are told, and so the least that an access is given for."""


def in_time(command: Command | UserError, today: date) -> Command | UserError:
    """Return the command, or what is wrong with its `expires=` on this day.

    For commands that are new: what was accepted once stays so however late it is done again.
    """
    if not isinstance(command, Command) or command.expires is None or command.expires >= today + NOTICE:
        return command
    value = next(word.value for word in split(command.text, len(COMMAND)) if word.key and word.name == "expires")
    if value is None:
        raise TypeError(command)
    first = (today + NOTICE).isoformat()
    what = "this day is over" if command.expires < today else "this is too soon to tell anybody before it ends"
    mistake = Mistake(value, f"{what}: an access lasts {NOTICE.days} days at least", fix=first)
    return complaint(command.text, mistake, mistake.mended(command.text) or "")
