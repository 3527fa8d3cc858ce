"""Pull requests from branches of the repository itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from github import GithubException
from github.PullRequest import PullRequest as Lazy

from bot.errors import UserError
from bot.github.comments import fits, written_by
from bot.github.connection import Connection
from bot.github.errors import NothingToMerge

_NEEDS = "pull_requests: write"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request; `by_bot` says whether the bot opened it, `author` is None where the account is gone."""

    number: int
    node_id: str
    url: str
    title: str
    body: str
    state: str
    draft: bool
    merged: bool
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    by_bot: bool
    author: int | None
    created: datetime


_MOST_COMMITS = 250
"""GitHub lists no more of a pull request.
https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request"""


class Pulls:
    """The pull requests of one repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, number: int) -> PullRequest:
        """Return a pull request by its number; raises Gone where there is none."""
        return self._connection.read(
            lambda: self._converted(self._connection.repo.get_pull(number).complete()), needs=_NEEDS
        )

    def find(self, branch: str) -> PullRequest | None:
        """Return the open pull request from this branch of the repository itself, or None."""

        def look() -> PullRequest | None:
            owner = self._connection.full_name.partition("/")[0]
            pulls = self._connection.repo.get_pulls(state="open", head=f"{owner}:{branch}")
            return next((self._converted(one) for one in pulls if self._is_from(one, branch)), None)

        return self._connection.read(look, needs=_NEEDS)

    def of_bot(self, prefix: str) -> Sequence[PullRequest]:
        """Return the bot's open pull requests from branches of this repository that begin with `prefix`."""
        bot = self._connection.bot.id
        return self._connection.read(
            lambda: [
                self._converted(one)
                for one in self._connection.repo.get_pulls(state="open")
                if written_by(one.user, bot) and one.head.ref.startswith(prefix) and self._is_from(one, one.head.ref)
            ],
            needs=_NEEDS,
        )

    def open(self, branch: str, base: str, title: str, body: str, *, draft: bool = False) -> PullRequest:
        """Open a pull request from a branch, or return the one that is open: as it is, which may need an edit.

        Raises TooLong before anything is sent, NothingToMerge where the branch holds nothing new.
        """
        fits("pull request", body)
        found = self.find(branch)
        if found is not None:
            return found

        def do() -> PullRequest:
            try:
                made = self._connection.repo.create_pull(base, branch, title=title, body=body, draft=draft)
            except GithubException as exc:
                if exc.status != 422:
                    raise
                if (there := self.find(branch)) is not None:
                    return there
                if "no commits between" in str(exc.data).lower():
                    raise NothingToMerge(branch) from exc
                raise
            return self._converted(made)

        return self._connection.write(do, needs=_NEEDS, done=lambda: self.find(branch))

    def edit(self, number: int, *, title: str | None = None, body: str | None = None) -> None:
        """Change the title, the body or both; raises TooLong before anything is sent."""
        fits("pull request", body or "")
        self._patch(number, {"title": title, "body": body})

    def close(self, number: int) -> None:
        """Close a pull request without merging it; a closed one stays as it is."""
        self._patch(number, {"state": "closed"})

    def _patch(self, number: int, fields: dict[str, str | None]) -> None:
        data = {name: value for name, value in fields.items() if value is not None}
        if data:
            self._connection.write(lambda: self._connection.call("PATCH", f"/pulls/{number}", data), needs=_NEEDS)

    def mergeable(self, number: int, *, looks: int = 5) -> bool | None:
        """Return whether a pull request merges without conflicts, or None where GitHub has not found out yet.

        GitHub computes it when it is asked first, so it is asked up to `looks` times, with growing pauses.
        https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-your-git-database#checking-mergeability-of-pull-requests
        """
        for look in range(looks):
            if look:
                time.sleep(self._connection.settle * look)
            pull = self._connection.read(lambda: self._connection.call("GET", f"/pulls/{number}"), needs=_NEEDS)
            if pull["mergeable"] is not None or pull["state"] != "open":
                return None if pull["mergeable"] is None else bool(pull["mergeable"])
        return None

    def committers(self, number: int) -> frozenset[int] | None:
        """Return the accounts that wrote or committed a commit of a pull request; None where GitHub does not list all.

        As git has it: a commit's address may be one that no account has, or somebody else's.
        """

        def look() -> frozenset[int] | None:
            found = [*self._connection.repo.get_pull(number).get_commits()]
            people = {who.id for one in found for who in (one.author, one.committer) if who is not None}
            return frozenset(people) if len(found) < _MOST_COMMITS else None

        return self._connection.read(look, needs=_NEEDS)

    def request_reviewers(self, number: int, users: Sequence[str] = (), teams: Sequence[str] = ()) -> Sequence[str]:
        """Ask people and teams (slugs) to review; returns those whom GitHub refused, which is no reason to fail.

        It refuses all where it refuses one (an author, no collaborator, a team without access), so then each is asked.
        """
        if not (users or teams) or self._asked(number, users, teams):
            return ()
        if len(users) + len(teams) == 1:
            return (*users, *teams)
        refused = [user for user in users if not self._asked(number, [user], ())]
        return [*refused, *(team for team in teams if not self._asked(number, (), [team]))]

    def _asked(self, number: int, users: Sequence[str], teams: Sequence[str]) -> bool:
        data = {"reviewers": list(users), "team_reviewers": list(teams)}
        path = f"/pulls/{number}/requested_reviewers"

        def do() -> bool:
            try:
                self._connection.call("POST", path, data)
            except GithubException as exc:
                if exc.status != 422:
                    raise
                return False
            return True

        try:
            return self._connection.write(do, needs=_NEEDS)
        except UserError:
            return False

    def _is_from(self, pull: Lazy, branch: str) -> bool:
        """A fork may have a branch of that name; where it has the same owner too, GitHub's filter lets it through."""
        # None where the fork was deleted, whatever PyGithub's types say.
        return getattr(pull.head.repo, "id", None) == self._connection.repository and pull.head.ref == branch

    def _converted(self, pull: Lazy) -> PullRequest:
        return PullRequest(
            number=pull.number,
            node_id=pull.node_id,
            url=pull.html_url,
            title=pull.title,
            body=pull.body or "",
            state=pull.state,
            draft=pull.draft,
            # Lists do not say `merged`, and PyGithub would ask for each one.
            merged=pull.merged_at is not None,
            head_ref=pull.head.ref,
            head_sha=pull.head.sha,
            base_ref=pull.base.ref,
            base_sha=pull.base.sha,
            by_bot=written_by(pull.user, self._connection.bot.id),
            author=pull.user.id if pull.user else None,
            created=pull.created_at,
        )
