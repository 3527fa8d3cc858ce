"""What a delivery means to the bot: something said, a pull request closed or changed, a check asked for, a push."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bot.github.payloads import (
    Account,
    CheckRunEvent,
    CheckSuiteEvent,
    CommentEvent,
    Home,
    Issue,
    IssueEvent,
    PullEvent,
    PushEvent,
    Text,
)
from bot.github.webhooks import Delivery, Malformed

_GHOST = Account(id=10137, login="ghost", type="User")
"""Whom GitHub shows in place of a deleted account; nobody acts as it."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account; `type` is GitHub's: User, Bot, Organization or Mannequin."""

    id: int
    login: str
    type: str

    @property
    def is_bot(self) -> bool:
        """Whether this is an App or another program."""
        return self.type == "Bot" or self.login.endswith("[bot]")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository as it was called when the event happened; only `id` stays."""

    id: int
    full_name: str
    default_branch: str
    private: bool
    html_url: str
    clone_url: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment or the body of an issue, written or edited. `comment` is None for the body of an issue.

    `number` is that of the issue or pull request; `previous` is the text before an edit; `sender` is who acted, which
    is not always the `author`.
    """

    installation: int
    repository: Place
    action: Literal["created", "edited"]
    number: int
    title: str
    is_pull_request: bool
    comment: int | None
    node_id: str
    url: str
    body: str
    previous: str | None
    sender: Person
    author: Person
    kind: Literal["said"] = "said"

    @property
    def by_author(self) -> bool:
        """Whether the author acted, and nobody in their place."""
        return self.sender.id == self.author.id


@dataclass(frozen=True, slots=True)
class PullRequestClosed:
    """A pull request from a branch of the repository itself was merged or closed; `merge_sha` only where merged."""

    installation: int
    repository: Place
    number: int
    title: str
    url: str
    merged: bool
    merge_sha: str | None
    head_ref: str
    head_sha: str
    base_ref: str
    author: Person
    sender: Person
    kind: Literal["pull-request-closed"] = "pull-request-closed"


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """A pull request has a new head, a new base (`edited`), or is looked at anew.

    `head_repository` is the id of the branch's home, None where that is deleted.
    """

    installation: int
    repository: Place
    action: Literal["opened", "synchronize", "reopened", "ready_for_review", "edited"]
    number: int
    title: str
    url: str
    draft: bool
    head_ref: str
    head_sha: str
    head_repository: int | None
    base_ref: str
    base_sha: str
    author: Person
    sender: Person
    kind: Literal["pull-request-changed"] = "pull-request-changed"

    @property
    def from_fork(self) -> bool:
        """Whether the branch lives in another repository."""
        return self.head_repository != self.repository.id


@dataclass(frozen=True, slots=True)
class CheckRequested:
    """Somebody wants a commit checked again: one check run (`run`, else 0), or the whole suite of an App (`suite`).

    `external_id` is that of the check run, empty for a suite.
    """

    installation: int
    repository: Place
    head_sha: str
    run: int
    suite: int
    name: str
    external_id: str
    sender: Person
    kind: Literal["check-requested"] = "check-requested"


@dataclass(frozen=True, slots=True)
class Pushed:
    """A branch was created or moved; `before` is forty zeros where it was created."""

    installation: int
    repository: Place
    branch: str
    before: str
    after: str
    sender: Person
    kind: Literal["pushed"] = "pushed"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for the bot; `reason` says why, for the log."""

    reason: str
    kind: Literal["ignored"] = "ignored"


Event = Said | PullRequestClosed | PullRequestChanged | CheckRequested | Pushed | Ignored
_ANY: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as plain JSON data, for a job to keep."""
    data: dict[str, Any] = _ANY.dump_python(event, mode="json")
    return data


def from_json(data: Mapping[str, Any]) -> Event:
    """Return the event that `as_json` wrote; raises ValueError for anything else."""
    return _ANY.validate_python(data)


def understand(delivery: Delivery) -> Event:
    """Return what a delivery means; raises Malformed where an event that matters lacks what it should have."""
    read = _READERS.get(delivery.event)
    if read is None:
        return Ignored(f"the event {delivery.event} is of no interest")
    installation = delivery.payload.get("installation")
    number = installation.get("id") if isinstance(installation, dict) else None
    if type(number) is not int:
        return Ignored("it is about a repository where the App is not installed")
    try:
        return read(number, delivery)
    except ValidationError as exc:
        where = ", ".join(".".join(map(str, one["loc"])) for one in exc.errors(include_input=False))
        message = f"{delivery.event} is not as GitHub describes it: {where}"
        raise Malformed(message) from None


def _comment(installation: int, delivery: Delivery) -> Event:
    if delivery.action not in {"created", "edited"}:
        return Ignored(f"a comment was {delivery.action or 'touched'}")
    event = CommentEvent.model_validate(delivery.payload)
    return _said(installation, delivery.action, event, event.comment, event.comment.id)


def _issue(installation: int, delivery: Delivery) -> Event:
    if delivery.action not in {"opened", "edited"}:
        return Ignored(f"an issue was {delivery.action or 'touched'}")
    event = IssueEvent.model_validate(delivery.payload)
    if event.changes.old_issue is not None:
        return Ignored("the issue was transferred from another repository")
    return _said(installation, delivery.action, event, event.issue, None)


def _said(installation: int, action: str, event: CommentEvent | IssueEvent, text: Text, comment: int | None) -> Event:
    sender, author = _person(event.sender), _person(text.user or _GHOST)
    previous = (event.changes.body or {}).get("from")
    if sender.is_bot or author.is_bot:
        return Ignored("a bot wrote it")
    if action == "edited" and previous is None:
        return Ignored("the text itself was not edited")
    issue: Issue = event.issue
    return Said(
        installation=installation,
        repository=placed(event.repository),
        action="edited" if action == "edited" else "created",
        number=issue.number,
        title=issue.title,
        is_pull_request=issue.pull_request is not None,
        comment=comment,
        node_id=text.node_id,
        url=text.html_url,
        body=text.body or "",
        previous=previous if action == "edited" else None,
        sender=sender,
        author=author,
    )


def _pull_request(installation: int, delivery: Delivery) -> Event:
    if delivery.action != "closed" and delivery.action not in _CHANGES:
        return Ignored(f"a pull request was {delivery.action or 'touched'}")
    event = PullEvent.model_validate(delivery.payload)
    if delivery.action == "edited" and event.changes.base is None:
        return Ignored("only the words of a pull request were edited")
    return (_closed if delivery.action == "closed" else _changed)(installation, delivery.action, event)


def _closed(installation: int, _action: str, event: PullEvent) -> Event:
    pull = event.pull_request
    if pull.head.repo is None or pull.head.repo.id != event.repository.id:
        return Ignored("a pull request from a fork was closed")
    return PullRequestClosed(
        installation=installation,
        repository=placed(event.repository),
        number=pull.number,
        title=pull.title,
        url=pull.html_url,
        merged=pull.merged,
        merge_sha=pull.merge_commit_sha if pull.merged else None,
        head_ref=pull.head.ref,
        head_sha=pull.head.sha,
        base_ref=pull.base.ref,
        author=_person(pull.user or _GHOST),
        sender=_person(event.sender),
    )


def _changed(installation: int, action: str, event: PullEvent) -> Event:
    pull = event.pull_request
    return PullRequestChanged(
        installation=installation,
        repository=placed(event.repository),
        action=_CHANGES[action],
        number=pull.number,
        title=pull.title,
        url=pull.html_url,
        draft=pull.draft,
        head_ref=pull.head.ref,
        head_sha=pull.head.sha,
        head_repository=pull.head.repo.id if pull.head.repo else None,
        base_ref=pull.base.ref,
        base_sha=pull.base.sha,
        author=_person(pull.user or _GHOST),
        sender=_person(event.sender),
    )


def _check_run(installation: int, delivery: Delivery) -> Event:
    if delivery.action != "rerequested":
        return Ignored(f"a check run was {delivery.action or 'touched'}")
    event = CheckRunEvent.model_validate(delivery.payload)
    run = event.check_run
    return CheckRequested(
        installation=installation,
        repository=placed(event.repository),
        head_sha=run.head_sha,
        run=run.id,
        suite=run.check_suite.id,
        name=run.name,
        external_id=run.external_id or "",
        sender=_person(event.sender),
    )


def _check_suite(installation: int, delivery: Delivery) -> Event:
    if delivery.action != "rerequested":
        return Ignored(f"a check suite was {delivery.action or 'touched'}")
    event = CheckSuiteEvent.model_validate(delivery.payload)
    return CheckRequested(
        installation=installation,
        repository=placed(event.repository),
        head_sha=event.check_suite.head_sha,
        run=0,
        suite=event.check_suite.id,
        name="",
        external_id="",
        sender=_person(event.sender),
    )


def _push(installation: int, delivery: Delivery) -> Event:
    event = PushEvent.model_validate(delivery.payload)
    if event.deleted or not event.ref.startswith("refs/heads/"):
        return Ignored("a tag was pushed or a branch deleted")
    return Pushed(
        installation=installation,
        repository=placed(event.repository),
        branch=event.ref.removeprefix("refs/heads/"),
        before=event.before,
        after=event.after,
        sender=_person(event.sender),
    )


def _person(account: Account) -> Person:
    return Person(account.id, account.login, account.type)


def placed(home: Home) -> Place:
    """Return a repository as events know it."""
    return Place(
        id=home.id,
        full_name=home.full_name,
        default_branch=home.default_branch,
        private=home.private,
        html_url=home.html_url,
        clone_url=home.clone_url,
    )


_CHANGES: Mapping[str, Literal["opened", "synchronize", "reopened", "ready_for_review", "edited"]] = {
    "opened": "opened",
    "synchronize": "synchronize",
    "reopened": "reopened",
    "ready_for_review": "ready_for_review",
    "edited": "edited",
}
_READERS: Mapping[str, Callable[[int, Delivery], Event]] = {
    "issue_comment": _comment,
    "issues": _issue,
    "pull_request": _pull_request,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "push": _push,
}
EVENTS = frozenset(_READERS)
"""The events that mean something; the App's manifest asks for these."""
