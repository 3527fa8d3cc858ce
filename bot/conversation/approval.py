"""Who has agreed to what a pull request needs agreement for, as GitHub has it now. What cannot be told is a no."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache

from bot.audit.approval import Agreement, Need
from bot.conversation.bot import Session
from bot.conversation.existing import remembered
from bot.github.people import Permission
from bot.github.pulls import PullRequest
from bot.github.reviews import Reviewer

_WRITING = ("write", "maintain", "admin")
"""GitHub takes nobody for a code owner who may not write."""

_UNSEALED = (
    "the description of the pull request does not say who asked for it, as it was edited or is of an earlier version, "
    "and anybody might have: type /kafka-access cancel here, and ask again"
)

_UNLISTED = "it has more commits than GitHub lists, so that it cannot be told whose they are: squash them"

_Member = Callable[[str, str], Permission]


def agreements(session: Session, number: int, sha: str, needs: Sequence[Need]) -> tuple[Agreement, ...]:
    """Return what became of each need, by the reviews of a pull request's commit `sha`.

    An approval does not count of those who asked: the author of the pull request, of a command that the bot's pull
    request answers, or of a commit. Level-triggered: the same reviews, teams and commits always give the same.
    """
    if not needs:
        return ()
    github = session.github
    asking = _asking(session, github.pulls.get(number))
    if asking is None:
        return tuple(Agreement(one, doubts=(_UNSEALED,)) for one in needs)
    approving = [one for one in github.reviews.approving(number, sha) if one.id not in asking]
    if approving:
        committing = github.pulls.committers(number)
        if committing is None:
            return tuple(Agreement(one, doubts=(_UNLISTED,)) for one in needs)
        approving = [one for one in approving if one.id not in committing]
    member = cache(session.member)
    return tuple(_agreement(session, one, approving, member) for one in needs)


def _asking(session: Session, pull: PullRequest) -> Collection[int | None] | None:
    """Return the accounts that asked for a pull request, or None where that cannot be told."""
    if not pull.by_bot:
        return {pull.author}
    state = remembered(session, pull)
    return None if state is None else state.requesters


def _agreement(session: Session, need: Need, approving: Sequence[Reviewer], member: _Member) -> Agreement:
    doubts = []
    for who in approving:
        answers = [*_answers(session, need, who, member)]
        if Permission.YES in answers:
            return Agreement(need, who.login)
        if Permission.UNKNOWN in answers:
            doubts.append(f"GitHub did not say whether `{who.login}`, who approves, is one of them")
    return Agreement(need, doubts=tuple(doubts))


def _answers(session: Session, need: Need, who: Reviewer, member: _Member) -> Iterator[Permission]:
    """Yield whether somebody speaks for the owners, for each way in which they may."""
    for owner in need.code_owners:
        if "/" not in owner and owner.lower() == who.login.lower():
            yield session.github.people.permission(who.login, _WRITING)
    for team in (*need.teams, *(one for one in need.code_owners if "/" in one)):
        yield member(who.login, team)
