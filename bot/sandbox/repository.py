"""One repository as tests and the demo hold it: what people do in it, and what there is to be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from bot.sandbox import branches, checks, issues, merging, payloads_git, payloads_issues, pull_facts, pulls, reviews
from bot.sandbox.git import ZERO
from bot.sandbox.model import Account, CheckRun, Issue, Repository
from bot.sandbox.world import World

JSON = dict[str, Any]
Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
Opinion = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]


class SandboxRepository:
    """One repository, and what people do in it: each deed is told to the Apps, as GitHub would."""

    def __init__(self, world: World, repository: Repository) -> None:
        self._world = world
        self._repository = repository

    @property
    def id(self) -> int:
        """Its number, which stays when it is renamed."""
        return self._repository.id

    @property
    def full_name(self) -> str:
        """`owner/name`, as it is now."""
        return self._repository.full_name

    @property
    def git(self) -> Path:
        """The bare repository on disk."""
        return self._repository.git.path

    def set_role(self, login: str, role: Role) -> None:
        """Give somebody a role in this repository alone."""
        with self._world.lock:
            self._repository.roles[login.lower()] = role

    def fork(self, login: str) -> SandboxRepository:
        """Copy the repository to somebody's own; `open_pull` takes its branches as `LOGIN:BRANCH`."""
        with self._world.lock:
            return SandboxRepository(self._world, self._world.fork(self._repository, self._world.account(login)))

    def open_issue(self, login: str, title: str, body: str | None = None) -> int:
        """Open an issue; returns its number."""
        with self._world.lock:
            return issues.open_issue(self._world, self._repository, self._world.account(login), title, body).number

    def edit_issue(self, number: int, login: str, body: str, title: str | None = None) -> None:
        """Change the description, and if given the title, of an issue or pull request."""
        with self._by(login, number) as (issue, who):
            issues.edit(self._world, issue, who, title or issue.title, body)

    def comment(self, number: int, login: str, body: str) -> int:
        """Comment on an issue or pull request; returns the comment's id."""
        with self._by(login, number) as (issue, who):
            return issues.comment(self._world, issue, who, body).id

    def edit_comment(self, comment: int, login: str, body: str) -> None:
        """Change a comment, as its author or as somebody else who may."""
        with self._world.lock:
            found = self._world.comment(self._repository, comment)
            issues.edit_comment(self._world, found, self._world.account(login), body)

    def delete_comment(self, comment: int, login: str) -> None:
        """Take a comment away."""
        with self._world.lock:
            found = self._world.comment(self._repository, comment)
            issues.delete_comment(self._world, found, self._world.account(login))

    def close(self, number: int, login: str) -> None:
        """Close an issue or pull request."""
        self._set_state(number, login, "closed")

    def reopen(self, number: int, login: str) -> None:
        """Open an issue or pull request again."""
        self._set_state(number, login, "open")

    @contextmanager
    def _by(self, login: str, number: int) -> Iterator[tuple[Issue, Account]]:
        """Hold the world while somebody does something about an issue or pull request."""
        with self._world.lock:
            yield self._world.issue(self._repository, number), self._world.account(login)

    def _set_state(self, number: int, login: str, state: str) -> None:
        with self._by(login, number) as (issue, who):
            issues.set_state(self._world, issue, who, state)

    def open_pull(self, login: str, head: str, base: str, title: str, body: str = "", *, draft: bool = False) -> int:
        """Open a pull request of a branch, or a fork's `LOGIN:BRANCH`, into another; returns its number."""
        with self._world.lock:
            who = self._world.account(login)
            made = pulls.open_pull(self._world, self._repository, who, title, body, head=head, base=base, draft=draft)
            return made.number

    def set_base(self, number: int, login: str, base: str) -> None:
        """Have a pull request go into another branch."""
        with self._by(login, number) as (issue, who):
            pulls.set_base(self._world, issue, who, base)

    def make_ready(self, number: int, login: str) -> None:
        """Take a pull request for more than a draft."""
        with self._by(login, number) as (issue, who):
            pulls.make_ready(self._world, issue, who)

    def review(self, number: int, login: str, event: Opinion, body: str = "") -> int:
        """Review the newest commit of a pull request; returns the review's id. Raises Refused as GitHub does."""
        with self._by(login, number) as (issue, who):
            return reviews.review(self._world, issue, who, event, body).id

    def dismiss(self, number: int, review: int, login: str) -> None:
        """Dismiss a review."""
        with self._by(login, number) as (issue, who):
            reviews.dismiss(self._world, issue, reviews.find(issue, review), who)

    def merge(self, number: int, login: str) -> str:
        """Merge a pull request; returns the merge commit. Raises Refused where it conflicts."""
        with self._by(login, number) as (issue, who):
            return merging.merge(self._world, issue, who)

    def push(self, login: str, branch: str, files: Mapping[str, bytes | None], message: str = "Change") -> str:
        """Commit files (None deletes one) on a branch and push; returns the commit."""
        with self._world.lock:
            who = self._world.account(login)
            return branches.push_files(self._world, self._repository, branch, files, message, who)

    def delete_branch(self, login: str, branch: str) -> None:
        """Delete a branch."""
        with self._world.lock:
            name = f"refs/heads/{branch}"
            branches.move(self._world, self._repository, name, ZERO, None, self._world.account(login))

    def issue(self, number: int) -> JSON:
        """Return an issue as the API shows it."""
        with self._world.lock:
            return payloads_issues.issue(self._world, self._world.issue(self._repository, number))

    def comments(self, number: int) -> list[JSON]:
        """Return the comments on an issue or pull request, oldest first."""
        with self._world.lock:
            found = self._world.issue(self._repository, number).comments
            return [payloads_issues.comment(self._world, one) for one in found]

    def reactions(self, number: int) -> list[tuple[str, str]]:
        """Return the (login, content) of the reactions to a comment, by its id, or to an issue, by its number."""
        with self._world.lock:
            issue = self._repository.issues.get(number)
            given = issue.reactions if issue else self._world.comment(self._repository, number).reactions
            return [(one.user.login, one.content) for one in given]

    def pulls(self, state: Literal["open", "closed", "all"] = "open") -> list[JSON]:
        """Return the pull requests as the API shows them, oldest first."""
        with self._world.lock:
            found = [one for one in self._repository.pulls() if state in {"all", one.state}]
            return [self._pull(one.number) for one in found]

    def pull(self, number: int) -> JSON:
        """Return a pull request as the API shows it."""
        with self._world.lock:
            return self._pull(number)

    def _pull(self, number: int) -> JSON:
        issue = self._world.issue(self._repository, number)
        return payloads_git.full_pull(self._world, issue, pull_facts.of(issue), pull_facts.facts(issue))

    def diff(self, number: int) -> str:
        """Return what a pull request changes as a unified diff."""
        with self._world.lock:
            return pull_facts.diff(self._world.issue(self._repository, number))

    @property
    def numbers(self) -> list[int]:
        """The numbers of all issues and pull requests, in the order in which they were opened."""
        with self._world.lock:
            return [*self._repository.issues]

    def check_runs(self, sha: str) -> list[JSON]:
        """Return the check runs of a commit, oldest first."""
        with self._world.lock:
            found = [one for one in self._repository.checks if one.head_sha == sha]
            return [payloads_git.check_run(self._world, self._repository, one) for one in found]

    def annotations(self, run: int) -> list[JSON]:
        """Return the annotations of a check run in the order in which they were sent."""
        with self._world.lock:
            return [dict(one) for one in self._run(run).annotations]

    def rerequest(self, run: int, login: str) -> None:
        """Ask for a check run to be run again."""
        with self._world.lock:
            checks.rerequest(self._world, self._repository, self._run(run), self._world.account(login))

    def rerequest_suite(self, run: int, login: str) -> None:
        """Ask for all checks of the App of a check run to be run again, on its commit."""
        with self._world.lock:
            suite = self._run(run).suite
            checks.rerequest_suite(self._world, self._repository, suite, self._world.account(login))

    def _run(self, run: int) -> CheckRun:
        return next(one for one in self._repository.checks if one.id == run)

    def head(self, branch: str) -> str | None:
        """Return the commit that a branch points to, or None."""
        return self._repository.git.ref(f"refs/heads/{branch}")

    def branches(self) -> dict[str, str]:
        """Return all branches and where they point."""
        found = self._repository.git.refs("refs/heads/")
        return {name.removeprefix("refs/heads/"): sha for name, sha in found.items()}

    def commit(self, ref: str) -> JSON:
        """Return a commit, by its id or a branch, as the API shows it."""
        git = self._repository.git
        found = git.read_commit(git.resolve(ref) or ref)
        with self._world.lock:
            return payloads_git.commit(self._world, self._repository, found)

    def file(self, ref: str, path: str) -> bytes | None:
        """Return the contents of a file at a branch or commit, or None."""
        return self._repository.git.file(ref, path)
