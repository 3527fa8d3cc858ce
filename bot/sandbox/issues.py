"""What people and Apps do to issues, and who is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.sandbox import payloads_issues
from bot.sandbox.events import comment_happened, happened, tell
from bot.sandbox.model import Account, Comment, Issue, Label, Reaction, Repository
from bot.sandbox.payloads_issues import EMOJI
from bot.sandbox.problems import Invalid, Unprocessable
from bot.sandbox.world import World

LONGEST = 65_536
"""Characters of a comment or a description."""


def check_body(resource: str, body: object) -> str:
    """Return a text for people; raises Invalid as GitHub does where it is missing or too long."""
    if not isinstance(body, str) or not body.strip():
        raise Invalid(resource, "body", "missing_field" if body is None else "custom", "body can't be blank")
    return check_length(resource, body)


def check_length(resource: str, body: str) -> str:
    """Return the text; raises Invalid where it is too long."""
    if len(body) > LONGEST:
        raise Invalid(resource, "body", "custom", f"body is too long (maximum is {LONGEST} characters)")
    return body


def open_issue(world: World, repository: Repository, by: Account, title: str, body: str | None) -> Issue:
    """Open an issue."""
    issue = number_next(world, repository, by, title, body)
    happened(world, issue, "opened", by)
    return issue


def number_next(world: World, repository: Repository, by: Account, title: str, body: str | None) -> Issue:
    """Add an issue under the next number, and tell nobody yet."""
    if not title.strip():
        raise Invalid("Issue", "title", "missing_field")
    check_length("Issue", body or "")
    now = world.clock.now()
    number = len(repository.issues) + 1
    issue = Issue(world.next_id(), number, repository, by, title, body, now, now, app=world.app_of(by))
    repository.issues[number] = issue
    return issue


def comment(world: World, issue: Issue, by: Account, body: str) -> Comment:
    """Comment on an issue or pull request."""
    now = world.clock.now()
    text = check_body("IssueComment", body)
    made = Comment(world.next_id(), by, text, now, now, world.app_of(by), issue)
    issue.comments.append(made)
    issue.updated = now
    comment_happened(world, made, "created", by)
    return made


def edit_comment(world: World, comment: Comment, by: Account, body: str) -> None:
    """Change the text of a comment."""
    before, comment.body = comment.body, check_body("IssueComment", body)
    comment.updated = world.clock.now()
    comment_happened(world, comment, "edited", by, {"changes": {"body": {"from": before}}})


def delete_comment(world: World, comment: Comment, by: Account) -> None:
    """Take a comment away."""
    comment.issue.comments.remove(comment)
    comment_happened(world, comment, "deleted", by)


def edit(world: World, issue: Issue, by: Account, title: str, body: str | None) -> None:
    """Change the title and the description of an issue or pull request."""
    changes: dict[str, Any] = {}
    if title != issue.title:
        changes["title"] = {"from": issue.title}
    if body != issue.body:
        changes["body"] = {"from": issue.body or ""}
    issue.title, issue.body = title, body if body is None else check_length("Issue", body)
    issue.updated = world.clock.now()
    if changes:
        happened(world, issue, "edited", by, {"changes": changes})


def set_state(world: World, issue: Issue, by: Account, state: str, reason: str | None = None) -> None:
    """Close or reopen an issue or pull request."""
    if state not in {"open", "closed"}:
        raise Invalid("Issue", "state", "invalid")
    if issue.state == state:
        return
    now = world.clock.now()
    if state == "closed":
        issue.state, issue.closed, issue.closed_by = "closed", now, by
        issue.reason = None if issue.pull else reason or "completed"
    else:
        issue.state, issue.closed, issue.closed_by = "open", None, None
        issue.reason = None if issue.pull else "reopened"
    issue.updated = now
    happened(world, issue, "closed" if state == "closed" else "reopened", by)


def react(world: World, reactions: list[Reaction], by: Account, content: object) -> tuple[Reaction, bool]:
    """Add an emoji, once per account; returns it and whether it is new. There is no event for reactions."""
    if not isinstance(content, str) or content not in EMOJI:
        raise Invalid("Reaction", "content", "invalid")
    for one in reactions:
        if one.user is by and one.content == content:
            return one, False
    made = Reaction(world.next_id(), by, content, world.clock.now())
    reactions.append(made)
    return made, True


def add_labels(world: World, issue: Issue, by: Account, names: Sequence[object]) -> None:
    """Put labels on an issue or pull request; those that the repository lacks are made."""
    for name in names:
        if not isinstance(name, str) or not name:
            raise Unprocessable("Invalid request.\n\nFor 'anyOf/0', labels must be strings.")
        label = world.label(issue.repository, name)
        if label not in issue.labels:
            issue.labels.append(label)
            _labelled(world, issue, "labeled", by, label)


def remove_label(world: World, issue: Issue, by: Account, label: Label) -> None:
    """Take a label off an issue or pull request."""
    issue.labels.remove(label)
    _labelled(world, issue, "unlabeled", by, label)


def _labelled(world: World, issue: Issue, action: str, by: Account, label: Label) -> None:
    happened(world, issue, action, by, {"label": payloads_issues.label(world, issue.repository, label)})


def create_label(world: World, repository: Repository, by: Account, label: Label) -> None:
    """Add a label to the repository."""
    if label.name.lower() in repository.labels:
        raise Invalid("Label", "name", "already_exists")
    repository.labels[label.name.lower()] = label
    parts = {"action": "created", "label": payloads_issues.label(world, repository, label)}
    tell(world, repository, "label", by, parts)
