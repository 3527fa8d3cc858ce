"""A delivery -> what it means: reads what GitHub sent, and says why it is nothing for the bot where it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from pydantic import ValidationError

from bot.github.events import (
    Change,
    CheckRequested,
    Event,
    Ignored,
    Person,
    Place,
    PullRequestChanged,
    PullRequestClosed,
    Pushed,
    Reviewed,
    Said,
)
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
    ReviewEvent,
    Text,
)
from bot.github.webhooks import Delivery, Malformed

_GHOST = Account(id=10137, login="ghost", type="User")
"""Whom GitHub shows in place of a deleted account; nobody acts as it."""


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


def _review(installation: int, delivery: Delivery) -> Event:
    if delivery.action not in {"submitted", "dismissed"}:
        return Ignored(f"a review was {delivery.action or 'touched'}")
    event = ReviewEvent.model_validate(delivery.payload)
    if delivery.action == "submitted" and event.review.state.lower() == "commented":
        return Ignored("a review has no opinion")
    return Reviewed(
        installation=installation,
        repository=placed(event.repository),
        action="submitted" if delivery.action == "submitted" else "dismissed",
        number=event.pull_request.number,
        review=event.review.id,
        head_sha=event.pull_request.head.sha,
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


_CHANGES: Mapping[str, Change] = {one: one for one in get_args(Change)}
_READERS: Mapping[str, Callable[[int, Delivery], Event]] = {
    "issue_comment": _comment,
    "issues": _issue,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "push": _push,
}
EVENTS = frozenset(_READERS)
"""The events that mean something; the App's manifest asks for these."""
