"""The pull request that a command belongs to, found again by its branch's name and what it remembers of itself."""

from __future__ import annotations

from dataclasses import dataclass

from bot.checkout.mirror import Mirror
from bot.conversation.bot import Session
from bot.conversation.state import State, opened
from bot.errors import UserError
from bot.github.pulls import PullRequest


class BranchTaken(UserError):
    """The branch that the pull request would have is not the bot's."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"the branch {branch} was made by somebody else, and the bot does not touch it",
            "delete or rename the branch, or ask in another issue",
        )


class Unsealed(UserError):
    """A pull request of the bot without its memory."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"pull request {number} no longer says what it is made of: somebody has edited its description",
            "close it, delete its branch and ask again",
        )


@dataclass(frozen=True, slots=True)
class Existing:
    """The branch of an application's pull request under one issue, and the pull request where it is open."""

    branch: str
    pull: PullRequest | None = None
    state: State | None = None


def remembered(session: Session, pull: PullRequest) -> State | None:
    """Return what a pull request is made of, or None where it is not the bot's or does not say."""
    return opened(pull.body, session.place.id, pull.head_ref, session.bot.key) if pull.by_bot else None


def existing(session: Session, application: str, number: int, *, is_pull_request: bool) -> Existing:
    """Return what there is for an application under an issue or pull request; raises BranchTaken and Unsealed."""
    pulls = session.github.pulls
    if is_pull_request:
        under = pulls.get(number)
        state = remembered(session, under) if under.state == "open" else None
        if state is not None and state.application == application:
            return Existing(under.head_ref, under, state)
    branch = session.bot.rules.github.pull_request.branch_of_issue.format(application=application, issue=number)
    pull = pulls.find(branch)
    if pull is None:
        return Existing(branch)
    if not pull.by_bot:
        raise BranchTaken(branch)
    state = remembered(session, pull)
    if state is None:
        raise Unsealed(pull.number)
    return Existing(branch, pull, state)


def refuse_foreign(session: Session, mirror: Mirror, main: str, head: str, branch: str) -> None:
    """Raise BranchTaken for a branch without a pull request that the bot has not left behind in the middle of work."""
    bot = session.github.bot
    own = f"{bot.id}+{bot.login}@users.noreply.github.com"
    history = mirror.history
    if history.merge_base(main, head) is None or any(one.email != own for one in history.log(main, head)):
        raise BranchTaken(branch)
