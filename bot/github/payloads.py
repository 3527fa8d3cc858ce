"""The fields of GitHub's payloads that matter here; everything else in them is left alone.

Strict, as they are others' data, and partial, as GitHub adds fields and leaves out old ones.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Partial(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


class Account(_Partial):
    """A person, a bot or an organisation."""

    id: int
    login: str
    type: str = "User"


class Home(_Partial):
    """A repository."""

    id: int
    full_name: str
    private: bool
    html_url: str
    clone_url: str
    default_branch: str


class Text(_Partial):
    """An issue, pull request or comment: who wrote what. `user` is null where the account was deleted."""

    node_id: str
    html_url: str
    body: str | None = None
    user: Account | None


class Comment(Text):
    """A comment."""

    id: int


class Issue(Text):
    """An issue, or in `issue_comment` events a pull request as an issue."""

    number: int
    title: str
    pull_request: dict[str, object] | None = None


class Changes(_Partial):
    """What an edit changed, or where an opened issue came from."""

    body: dict[str, str] | None = None
    old_issue: dict[str, object] | None = None


class HeadHome(_Partial):
    """The repository of a pull request's branch."""

    id: int
    full_name: str


class End(_Partial):
    """One end of a pull request; the repository of its head may be deleted."""

    ref: str
    sha: str
    repo: HeadHome | None


class Pull(Text):
    """A pull request."""

    number: int
    title: str
    merged: bool = False
    merge_commit_sha: str | None = None
    draft: bool = False
    head: End
    base: End


class _Event(_Partial):
    repository: Home
    sender: Account


class CommentEvent(_Event):
    """`issue_comment`."""

    issue: Issue
    comment: Comment
    changes: Changes = Changes()


class IssueEvent(_Event):
    """`issues`."""

    issue: Issue
    changes: Changes = Changes()


class PullChanges(_Partial):
    """What an edit of a pull request changed; `base` only where it goes elsewhere now."""

    base: dict[str, object] | None = None


class PullEvent(_Event):
    """`pull_request`."""

    pull_request: Pull
    changes: PullChanges = PullChanges()


class Review(_Partial):
    """A review of a pull request."""

    id: int
    state: str


class ReviewEvent(_Event):
    """`pull_request_review`."""

    pull_request: Pull
    review: Review


class CheckSuite(_Partial):
    """The check runs of one App on one commit."""

    id: int
    head_sha: str


class SuiteOfRun(_Partial):
    """The suite as its check run names it."""

    id: int


class CheckRun(_Partial):
    """A check run."""

    id: int
    name: str
    head_sha: str
    external_id: str | None = None
    check_suite: SuiteOfRun


class CheckRunEvent(_Event):
    """`check_run`."""

    check_run: CheckRun


class CheckSuiteEvent(_Event):
    """`check_suite`."""

    check_suite: CheckSuite


class PushEvent(_Event):
    """`push`."""

    ref: str
    before: str
    after: str
    deleted: bool
