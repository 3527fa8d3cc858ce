"""Reviews of pull requests: read, and never written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from github.PullRequest import PullRequest
from github.PullRequestReview import PullRequestReview

from bot.github.connection import Connection

_NEEDS = "pull_requests: read"

_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""A comment, or a review that is still being written, takes nothing back."""

_SENT = frozenset({"base_ref_changed", "automatic_base_change_succeeded"})
"""https://docs.github.com/en/rest/using-the-rest-api/issue-event-types#base_ref_changed"""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who reviewed."""

    id: int
    login: str


class Reviews:
    """The reviews of pull requests of one repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def approving(self, number: int, sha: str) -> Sequence[Reviewer]:
        """Return the people whose last opinion of a pull request is that they approve its commit `sha`.

        Apps are left out, and accounts that are gone. An approval of an older commit is none, as where a repository
        has stale approvals dismissed, nor is one from before the pull request was sent to another branch:
        https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-pull-request-reviews-before-merging
        """

        def look() -> list[Reviewer]:
            pull = self._connection.repo.get_pull(number)
            last: dict[int, PullRequestReview] = {}
            # Oldest first; https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request
            for one in pull.get_reviews():
                if one.user is not None and one.user.type == "User" and one.state in _OPINIONS:
                    last[one.user.id] = one
            found = [one for one in last.values() if one.state == "APPROVED" and one.commit_id == sha]
            sent = _sent(pull) if found else None
            return [Reviewer(one.user.id, one.user.login) for one in found if sent is None or one.submitted_at > sent]

        return self._connection.read(look, needs=_NEEDS)


def _sent(pull: PullRequest) -> datetime | None:
    """Return when a pull request was last sent to another branch."""
    return max((one.created_at for one in pull.get_issue_events() if one.event in _SENT), default=None)
