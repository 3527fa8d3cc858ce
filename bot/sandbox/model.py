"""What the sandbox remembers, apart from git; lost when it ends."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.sandbox.git import Git

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""From least to most: https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories."""

AccountType = Literal["User", "Bot", "Organization"]


def node_id(kind: str, number: int) -> str:
    """Return the GraphQL id of the thing of a kind (`I`, `PR`, ...) with this number."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


@dataclass(slots=True, eq=False)
class Account:
    """A person, an organisation, or the bot of an App; `role` holds where a repository says nothing else."""

    id: int
    login: str
    type: AccountType
    created: datetime
    name: str | None = None
    role: str = "none"
    token: str = field(default="", repr=False)


@dataclass(slots=True, eq=False)
class App:
    """A registered App: its manifest's permissions and events, where its events and its visitors go, and its keys."""

    id: int
    slug: str
    name: str
    client_id: str
    owner: Account
    bot: Account
    created: datetime
    public_key: str = field(repr=False)
    permissions: dict[str, str]
    events: tuple[str, ...]
    webhook_url: str
    webhook_secret: str = field(repr=False)
    hook_id: int
    client_secret: str = field(repr=False)
    setup_url: str = ""
    callback_urls: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Installation:
    """An App on the repositories of one owner."""

    id: int
    app: App
    account: Account
    created: datetime
    repositories: list[Repository] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Token:
    """What an installation token opens, and until when."""

    text: str = field(repr=False)
    installation: Installation
    expires: datetime
    permissions: dict[str, str]
    repositories: tuple[Repository, ...]
    selected: bool


@dataclass(slots=True, eq=False)
class UserToken:
    """What an App may ask in the name of a person who authorized it, and until when."""

    text: str = field(repr=False)
    app: App
    account: Account
    expires: datetime


@dataclass(slots=True, eq=False)
class Reaction:
    """One emoji of one account."""

    id: int
    user: Account
    content: str
    created: datetime


@dataclass(slots=True, eq=False)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, eq=False)
class Comment:
    """A comment on an issue or pull request; `app` made it."""

    id: int
    user: Account
    body: str
    created: datetime
    updated: datetime
    app: App | None
    issue: Issue
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Review:
    """A review of a pull request; `state` is APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING."""

    id: int
    user: Account
    body: str
    state: str
    commit: str
    submitted: datetime


@dataclass(slots=True, eq=False)
class BaseChange:
    """A pull request was sent to another branch."""

    id: int
    actor: Account
    created: datetime


@dataclass(slots=True, eq=False)
class Pull:
    """What a pull request has beyond an issue: the branch `head` of `source`, its own repository or a fork of it.

    `head_sha` and `base_sha` stay where they were once it is closed.
    """

    id: int
    source: Repository
    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool
    merged: datetime | None = None
    merged_by: Account | None = None
    merge_commit: str | None = None
    reviewers: list[Account] = field(default_factory=list)
    team_reviewers: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    base_changes: list[BaseChange] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Issue:
    """An issue, or with `pull` a pull request: they are numbered together."""

    id: int
    number: int
    repository: Repository
    user: Account
    title: str
    body: str | None
    created: datetime
    updated: datetime
    app: App | None = None
    state: Literal["open", "closed"] = "open"
    reason: str | None = None
    closed: datetime | None = None
    closed_by: Account | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    pull: Pull | None = None


@dataclass(slots=True, eq=False)
class CheckRun:
    """A check run as the App last described it; `output` is what it sent."""

    id: int
    suite: int
    app: App
    head_sha: str
    name: str
    status: str
    conclusion: str | None
    started: str
    completed: str | None
    details_url: str | None
    external_id: str
    output: dict[str, Any]
    annotations: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Repository:
    """A repository: `git` on disk, `verified` the commits that GitHub signed, `parent` what it is a fork of."""

    id: int
    owner: Account
    name: str
    git: Git
    created: datetime
    pushed: datetime
    private: bool = False
    parent: Repository | None = None
    default_branch: str = "main"
    roles: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    checks: list[CheckRun] = field(default_factory=list)
    verified: dict[str, datetime] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`, as it is now."""
        return f"{self.owner.login}/{self.name}"

    def pulls(self) -> list[Issue]:
        """Return the pull requests, oldest first."""
        return [issue for issue in self.issues.values() if issue.pull]


@dataclass(slots=True, eq=False)
class Delivery:
    """One attempt to deliver an event; `status_code` is 0 where nobody answered, `done` is False until it was made."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    body: bytes = field(repr=False)
    redelivery: bool
    delivered_at: datetime
    done: bool = False
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response: str | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """What was sent."""
        found: dict[str, Any] = json.loads(self.body)
        return found
