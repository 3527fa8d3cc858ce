"""A pull request of the bot that takes away what was over, where the main branch has given it longer meanwhile."""

from __future__ import annotations

from datetime import date

from bot.checkout.files import Files
from bot.checkout.mirror import Mirror
from bot.conversation.bot import Session
from bot.conversation.existing import remembered
from bot.conversation.requests import again
from bot.conversation.state import State
from bot.errors import UserError
from bot.kafka.names import expiry
from bot.phalanx.resources import documents, static_name
from bot.planning.chosen import cluster_of
from bot.policy.rules import Rules
from bot.reporting import expiring


def prolonged(mirror: Mirror, main: str, state: State, rules: Rules, today: date) -> str:
    """Return what to say of access that a pull request takes away and that is not over on `main`, else nothing.

    Only where no person asked for any of it. A KafkaUser that is gone, or has no date that can be read, says nothing.
    """
    if state.requesters != ():
        return ""
    try:
        with mirror.worktree(main) as root:
            for command in again(state.commands):
                for user in documents(Files(root), cluster_of(rules, command).application, "KafkaUser"):
                    last = expiry(user.expires)
                    given = not user.expires or (last is not None and last >= today)
                    if static_name(user) == command.user and given:
                        return expiring.prolonged(static_name(user) or "", last)
    except UserError:
        return ""
    return ""


def withdraw(session: Session, number: int) -> bool:
    """Close a pull request of which `prolonged` has something to say, and say it there; whether it is closed now."""
    pull = session.github.pulls.get(number)
    state, main = remembered(session, pull), session.place.default_branch
    if pull.state != "open":
        return True
    if state is None or state.requesters != ():
        return False
    mirror = session.fetch(main)
    head = mirror.head(main)
    text = prolonged(mirror, head, state, session.bot.rules, session.bot.today()) if head else ""
    if text:
        session.github.comments.reply(number, "prolonged", text)
        session.github.pulls.close(number)
    return bool(text)
