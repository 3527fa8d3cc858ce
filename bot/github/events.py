"""What a delivery can mean: something said, a pull request closed, changed or reviewed, a check asked for, a push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter


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


Change = Literal["opened", "synchronize", "reopened", "ready_for_review", "edited"]


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """A pull request has a new head, a new base (`edited`), or is looked at anew.

    `head_repository` is the id of the branch's home, None where that is deleted.
    """

    installation: int
    repository: Place
    action: Change
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
class Reviewed:
    """Somebody reviewed a pull request, or a review was dismissed; `head_sha` is its newest commit."""

    installation: int
    repository: Place
    action: Literal["submitted", "dismissed"]
    number: int
    review: int
    head_sha: str
    sender: Person
    kind: Literal["reviewed"] = "reviewed"


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


E = TypeVar("E")
Event = Said | PullRequestClosed | PullRequestChanged | Reviewed | CheckRequested | Pushed | Ignored
_ANY: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as plain JSON data, for a job to keep."""
    data: dict[str, Any] = _ANY.dump_python(event, mode="json")
    return data


def from_json(data: Mapping[str, Any]) -> Event:
    """Return the event that `as_json` wrote; raises ValueError for anything else."""
    return _ANY.validate_python(data)


def event_of(kind: type[E], data: Mapping[str, Any]) -> E:
    """Return the event of this kind that `as_json` wrote; raises TypeError for one of another kind."""
    event = from_json(data)
    if not isinstance(event, kind):
        raise TypeError(event)
    return event
