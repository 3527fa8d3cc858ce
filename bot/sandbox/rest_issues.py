"""Issues, comments, reactions, labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.sandbox import issues, payloads_git, payloads_issues
from bot.sandbox.clock import stamp
from bot.sandbox.model import Account, Comment, Issue, Label, Reaction
from bot.sandbox.problems import Invalid, NotFound, Refused, Unprocessable, there
from bot.sandbox.routes import Answer, Call, endpoint

_REPO = "/repos/{owner}/{repo}"


def newest_first(found: list[Any], call: Call) -> list[Any]:
    """Return issues or pull requests in the order that was asked for, by default the newest first."""
    field = "updated" if call.query.get("sort") == "updated" else "created"
    ordered = sorted(found, key=lambda one: (getattr(one, field), one.number))
    return ordered if call.query.get("direction") == "asc" else ordered[::-1]


@endpoint(f"GET {_REPO}/issues")
def _list(call: Call) -> Answer:
    state = call.query.get("state", "open")
    names = {name for name in call.query.get("labels", "").lower().split(",") if name}
    found = [
        one
        for one in call.repository.issues.values()
        if state in {"all", one.state} and names <= {label.name.lower() for label in one.labels}
    ]
    if creator := call.query.get("creator"):
        found = [one for one in found if one.user.login.lower() == creator.lower()]
    return call.page(newest_first(found, call), lambda one: payloads_issues.issue(call.world, one))


@endpoint(f"POST {_REPO}/issues")
def _open(call: Call) -> Answer:
    issue = issues.open_issue(call.world, call.repository, call.account, str(call.text("title")), call.get("body"))
    if labels := call.get("labels"):
        issues.add_labels(call.world, issue, call.account, _names(labels))
    said = payloads_issues.issue(call.world, issue)
    return Answer(201, said, {"Location": said["url"]})


@endpoint(f"GET {_REPO}/issues/{{number}}")
def _show(call: Call) -> Answer:
    return Answer(200, payloads_issues.issue(call.world, call.issue))


@endpoint(f"PATCH {_REPO}/issues/{{number}}")
def _edit(call: Call) -> Answer:
    issue = call.issue
    change(call, issue)
    return Answer(200, payloads_issues.issue(call.world, issue))


def change(call: Call, issue: Issue) -> None:
    """Do what a PATCH of an issue or pull request asks for."""
    title, body = call.get("title") or issue.title, call.get("body", issue.body)
    issues.edit(call.world, issue, call.account, title, body)
    if labels := call.get("labels"):
        issues.add_labels(call.world, issue, call.account, _names(labels))
    if state := call.get("state"):
        issues.set_state(call.world, issue, call.account, state, call.get("state_reason"))


def _listed(call: Call, comments: Iterable[Comment]) -> Answer:
    """Return the comments that were made or changed since the time that was asked for."""
    since = call.query.get("since", "")
    found = [one for one in comments if stamp(one.updated) >= since]
    return call.page(found, lambda one: payloads_issues.comment(call.world, one))


@endpoint(f"GET {_REPO}/issues/comments")
def _all_comments(call: Call) -> Answer:
    return _listed(call, (one for issue in call.repository.issues.values() for one in issue.comments))


@endpoint(f"GET {_REPO}/issues/{{number}}/events")
def _events(call: Call) -> Answer:
    """Answer with the changes of a pull request's base; GitHub tells of much more."""
    changes = call.issue.pull.base_changes if call.issue.pull else []
    return call.page(changes, lambda one: payloads_git.base_change(call.world, call.repository, one))


@endpoint(f"GET {_REPO}/issues/{{number}}/comments")
def _comments(call: Call) -> Answer:
    return _listed(call, call.issue.comments)


@endpoint(f"POST {_REPO}/issues/{{number}}/comments")
def _comment(call: Call) -> Answer:
    made = issues.comment(call.world, call.issue, call.account, call.text("body"))
    shown = payloads_issues.comment(call.world, made)
    return Answer(201, shown, {"Location": shown["url"]})


def _one(call: Call) -> Comment:
    return call.world.comment(call.repository, call.number("id"))


@endpoint(f"GET {_REPO}/issues/comments/{{id}}")
def _show_comment(call: Call) -> Answer:
    return Answer(200, payloads_issues.comment(call.world, _one(call)))


@endpoint(f"PATCH {_REPO}/issues/comments/{{id}}")
def _edit_comment(call: Call) -> Answer:
    issues.edit_comment(call.world, _one(call), call.account, call.text("body"))
    return Answer(200, payloads_issues.comment(call.world, _one(call)))


@endpoint(f"DELETE {_REPO}/issues/comments/{{id}}")
def _delete_comment(call: Call) -> Answer:
    issues.delete_comment(call.world, _one(call), call.account)
    return Answer(204)


def _reactions(call: Call) -> list[Reaction]:
    return _one(call).reactions if "id" in call.params else call.issue.reactions


@endpoint(f"GET {_REPO}/issues/{{number}}/reactions", f"GET {_REPO}/issues/comments/{{id}}/reactions")
def _list_reactions(call: Call) -> Answer:
    content = call.query.get("content")
    found = [one for one in _reactions(call) if content in {None, one.content}]
    return call.page(found, lambda one: payloads_issues.reaction(call.world, one))


@endpoint(f"POST {_REPO}/issues/{{number}}/reactions", f"POST {_REPO}/issues/comments/{{id}}/reactions")
def _react(call: Call) -> Answer:
    made, new = issues.react(call.world, _reactions(call), call.account, call.get("content"))
    return Answer(201 if new else 200, payloads_issues.reaction(call.world, made))


@endpoint(
    f"DELETE {_REPO}/issues/{{number}}/reactions/{{reaction}}",
    f"DELETE {_REPO}/issues/comments/{{id}}/reactions/{{reaction}}",
)
def _unreact(call: Call) -> Answer:
    given = _reactions(call)
    found = there(next((one for one in given if one.id == call.number("reaction")), None))
    if found.user is not call.account:
        raise Refused(403, "You can only delete your own reactions.")
    given.remove(found)
    return Answer(204)


def _names(labels: object) -> list[object]:
    """Return the names in a list of labels; each may be its name or an object that has it."""
    if not isinstance(labels, list):
        message = "Invalid request.\n\nFor 'anyOf/0', labels is not an array."
        raise Unprocessable(message)
    return [label.get("name") if isinstance(label, dict) else label for label in labels]


def _labels_of_issue(call: Call) -> Answer:
    return Answer(200, [payloads_issues.label(call.world, call.repository, one) for one in call.issue.labels])


@endpoint(f"GET {_REPO}/issues/{{number}}/labels")
def _issue_labels(call: Call) -> Answer:
    return call.page(call.issue.labels, lambda one: payloads_issues.label(call.world, call.repository, one))


@endpoint(f"POST {_REPO}/issues/{{number}}/labels")
def _add_labels(call: Call) -> Answer:
    names = call.body if isinstance(call.body, list) else call.get("labels")
    issues.add_labels(call.world, call.issue, call.account, _names(names))
    return _labels_of_issue(call)


@endpoint(f"PUT {_REPO}/issues/{{number}}/labels")
def _set_labels(call: Call) -> Answer:
    names = _names(call.body if isinstance(call.body, list) else call.get("labels"))
    for label in list(call.issue.labels):
        if label.name not in names:
            issues.remove_label(call.world, call.issue, call.account, label)
    issues.add_labels(call.world, call.issue, call.account, names)
    return _labels_of_issue(call)


@endpoint(f"DELETE {_REPO}/issues/{{number}}/labels/{{name}}")
def _remove_label(call: Call) -> Answer:
    found = [one for one in call.issue.labels if one.name.lower() == call.params["name"].lower()]
    if not found:
        raise NotFound("Label does not exist")
    issues.remove_label(call.world, call.issue, call.account, found[0])
    return _labels_of_issue(call)


@endpoint(f"POST {_REPO}/issues/{{number}}/assignees")
def _assign(call: Call) -> Answer:
    issue = call.issue
    for login in call.get("assignees", []):
        account: Account | None = call.world.accounts.get(str(login).lower())
        if account and account not in issue.assignees:
            issue.assignees.append(account)
    return Answer(201, payloads_issues.issue(call.world, issue))


@endpoint(f"GET {_REPO}/labels")
def _labels(call: Call) -> Answer:
    return call.page(
        list(call.repository.labels.values()), lambda one: payloads_issues.label(call.world, call.repository, one)
    )


@endpoint(f"POST {_REPO}/labels")
def _create_label(call: Call) -> Answer:
    name, color = call.text("name"), call.get("color") or "ededed"
    if len(color) != 6:
        raise Invalid("Label", "color", "invalid")
    label = Label(call.world.next_id(), name, color.lstrip("#"), call.get("description"))
    issues.create_label(call.world, call.repository, call.account, label)
    return Answer(201, payloads_issues.label(call.world, call.repository, label))


def _label(call: Call) -> Label:
    return there(call.repository.labels.get(call.params["name"].lower()))


@endpoint(f"GET {_REPO}/labels/{{name}}")
def _show_label(call: Call) -> Answer:
    return Answer(200, payloads_issues.label(call.world, call.repository, _label(call)))


@endpoint(f"PATCH {_REPO}/labels/{{name}}")
def _edit_label(call: Call) -> Answer:
    label, repository = _label(call), call.repository
    del repository.labels[label.name.lower()]
    label.name = call.get("new_name") or label.name
    label.color = call.get("color") or label.color
    label.description = call.get("description", label.description)
    repository.labels[label.name.lower()] = label
    return Answer(200, payloads_issues.label(call.world, repository, label))
