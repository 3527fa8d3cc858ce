"""Reviews of pull requests: read, and never written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.github.connection import Connection

_NEEDS = "pull_requests: read"

_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""A comment, or a review that is still being written, takes nothing back."""


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
        has stale approvals dismissed:
        https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-pull-request-reviews-before-merging
        """

        def look() -> list[Reviewer]:
            last: dict[int, tuple[Reviewer, bool]] = {}
            # Oldest first; https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request
            for one in self._connection.repo.get_pull(number).get_reviews():
                if one.user is not None and one.user.type == "User" and one.state in _OPINIONS:
                    approves = one.state == "APPROVED" and one.commit_id == sha
                    last[one.user.id] = Reviewer(one.user.id, one.user.login), approves
            return [who for who, approves in last.values() if approves]

        return self._connection.read(look, needs=_NEEDS)
