"""Every write there is, each with how it is told that it was done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.github.checks import Annotation, Check
from bot.github.comments import Target
from bot.github.commits import File
from bot.github.labels import Label
from bot.github.repository import Repository
from tests.github.conftest import BRANCH, Stage

BOT = "kafka-access[bot]"
ANNOTATIONS = [Annotation("README.md", 1, 1, "notice", f"remark {number}") for number in range(120)]


@dataclass(frozen=True)
class Deed:
    """A write: the request that it makes, how to do it, and what there is afterwards, to be compared with `expected`.

    `ready` prepares what it needs and returns its arguments.
    """

    name: str
    method: str
    path: str
    ready: Callable[[Stage, Repository], object]
    do: Callable[[Repository, object], object]
    seen: Callable[[Stage], object]
    expected: object


def _main(stage: Stage) -> str:
    head = stage.home.head("main")
    assert head
    return head


def _branch(stage: Stage, _: Repository) -> str:
    """A branch with a commit that main lacks."""
    return stage.home.push("alice", BRANCH, {"new.yaml": b"new\n"})


def _bare_branch(stage: Stage, repository: Repository) -> str:
    return repository.branches.create(BRANCH, _main(stage))


def _pull(stage: Stage, repository: Repository) -> int:
    _branch(stage, repository)
    return repository.pulls.open(BRANCH, "main", "Grant", "body").number


def _labelled(stage: Stage, repository: Repository) -> int:
    """Another issue made GitHub make the label, so that it has no colour of ours."""
    return stage.issue


def _reacted(stage: Stage, repository: Repository) -> int:
    repository.comments.react(Target(stage.issue), "eyes")
    return stage.issue


def _replied(stage: Stage, repository: Repository) -> int:
    repository.comments.reply(stage.issue, "one", "before")
    return stage.issue


def _history(stage: Stage) -> list[tuple[str, bool]]:
    """The commits of the branch after the first of all: subject, and whether it is Verified."""
    found = []
    commit = stage.home.commit(BRANCH)
    while commit["parents"]:
        found.append((commit["commit"]["message"].splitlines()[0], commit["commit"]["verification"]["verified"]))
        commit = stage.home.commit(commit["parents"][0]["sha"])
    return found


def _replies(stage: Stage) -> list[str]:
    return [one["body"] for one in stage.home.comments(stage.issue)]


def _merge(repository: Repository, arguments: object) -> str:
    assert isinstance(arguments, tuple)
    head, main, tree = arguments
    files = {"run.sh": File(b"#!/bin/sh\ntrue\n", "100755"), "logo": File(b"\xff\x00"), "README.md": None}
    return repository.commits.merge(BRANCH, [head, main], tree, files, "Merge main\n\nRequest: 1")


def _merged(stage: Stage) -> object:
    names = ("run.sh", "logo", "README.md")
    return _history(stage), [stage.home.file(BRANCH, name) for name in names]


_MERGED = (
    [("Merge main", True), ("Change", False), ("Change", False)],
    [b"#!/bin/sh\ntrue\n", b"\xff\x00", None],
)


def _before_merge(stage: Stage, repository: Repository) -> tuple[str, str, str]:
    main = stage.home.push("alice", "main", {"main.yaml": b"1"})
    tree = str(stage.home.commit(main)["commit"]["tree"]["sha"])
    return _branch(stage, repository), main, tree


def _merge_deed(method: str, path: str) -> Deed:
    return Deed(f"merge: {method} {path}", method, path, _before_merge, _merge, _merged, _MERGED)


def _check(number: int = len(ANNOTATIONS)) -> Check:
    return Check("proof", "run-1", "Proved", "fine", conclusion="success", annotations=ANNOTATIONS[:number])


def _checks(stage: Stage) -> object:
    found = stage.home.check_runs(_main(stage))
    return [(one["external_id"], one["conclusion"], one["output"]["annotations_count"]) for one in found]


def _pulls(stage: Stage) -> object:
    return [(one["title"], one["body"], one["state"]) for one in stage.home.pulls("all")]


def _number(argument: object) -> int:
    assert isinstance(argument, int)
    return argument


def _commit(repository: Repository, head: object) -> str:
    changes = {"charts/new.yaml": "é\n".encode(), "charts/values.yaml": None}
    return repository.commits.commit(BRANCH, str(head), "Grant myapp", "Request: 1", changes)


DEEDS = [
    Deed(
        "react",
        "POST",
        r"/issues/\d+/reactions",
        lambda stage, _: stage.issue,
        lambda repository, issue: repository.comments.react(Target(_number(issue)), "eyes"),
        lambda stage: stage.home.reactions(stage.issue),
        [(BOT, "eyes")],
    ),
    Deed(
        "take back a reaction",
        "DELETE",
        r"/issues/\d+/reactions/\d+",
        _reacted,
        lambda repository, issue: repository.comments.unreact(Target(_number(issue)), "eyes"),
        lambda stage: stage.home.reactions(stage.issue),
        [],
    ),
    Deed(
        "reply",
        "POST",
        r"/issues/\d+/comments",
        lambda stage, _: stage.issue,
        lambda repository, issue: repository.comments.reply(_number(issue), "one", "done"),
        _replies,
        ["<!-- kafka-access:one -->\ndone"],
    ),
    Deed(
        "edit a reply",
        "PATCH",
        r"/issues/comments/\d+",
        _replied,
        lambda repository, issue: repository.comments.reply(_number(issue), "one", "done"),
        _replies,
        ["<!-- kafka-access:one -->\ndone"],
    ),
    Deed(
        "create a branch",
        "POST",
        "/git/refs",
        lambda stage, _: _main(stage),
        lambda repository, sha: repository.branches.create(BRANCH, str(sha)),
        lambda stage: stage.home.head(BRANCH) == _main(stage),
        True,
    ),
    Deed(
        "commit",
        "POST",
        "/graphql",
        _bare_branch,
        _commit,
        lambda stage: (
            _history(stage),
            [stage.home.file(BRANCH, name) for name in ("charts/new.yaml", "charts/values.yaml")],
        ),
        ([("Grant myapp", True)], ["é\n".encode(), None]),
    ),
    _merge_deed("POST", "/git/blobs"),
    _merge_deed("POST", "/git/trees"),
    _merge_deed("POST", "/git/commits"),
    _merge_deed("PATCH", "/git/refs/.*"),
    Deed(
        "delete a branch",
        "DELETE",
        "/git/refs/.*",
        _branch,
        lambda repository, sha: repository.branches.delete(BRANCH, str(sha)),
        lambda stage: stage.home.head(BRANCH),
        None,
    ),
    Deed(
        "open a pull request",
        "POST",
        "/pulls",
        _branch,
        lambda repository, _: repository.pulls.open(BRANCH, "main", "Grant", "body").number,
        _pulls,
        [("Grant", "body", "open")],
    ),
    Deed(
        "edit a pull request",
        "PATCH",
        r"/pulls/\d+",
        _pull,
        lambda repository, number: repository.pulls.edit(_number(number), title="New", body="new"),
        _pulls,
        [("New", "new", "open")],
    ),
    Deed(
        "close a pull request",
        "PATCH",
        r"/pulls/\d+",
        _pull,
        lambda repository, number: repository.pulls.close(_number(number)),
        _pulls,
        [("Grant", "body", "closed")],
    ),
    Deed(
        "label",
        "POST",
        r"/issues/\d+/labels",
        lambda stage, _: stage.issue,
        lambda repository, issue: repository.labels.add(_number(issue), [Label("Kafka access", "aabbcc", "grants")]),
        lambda stage: [(one["name"], one["color"]) for one in stage.home.issue(stage.issue)["labels"]],
        [("Kafka access", "aabbcc")],
    ),
    Deed(
        "colour a label",
        "PATCH",
        "/labels/.*",
        lambda stage, _: stage.issue,
        lambda repository, issue: repository.labels.add(_number(issue), [Label("Kafka access", "aabbcc", "grants")]),
        lambda stage: [(one["name"], one["color"]) for one in stage.home.issue(stage.issue)["labels"]],
        [("Kafka access", "aabbcc")],
    ),
    Deed(
        "request a review",
        "POST",
        r"/pulls/\d+/requested_reviewers",
        _pull,
        lambda repository, number: repository.pulls.request_reviewers(_number(number), ["alice"]),
        lambda stage: [one["login"] for one in stage.home.pulls()[0]["requested_reviewers"]],
        ["alice"],
    ),
    Deed(
        "create a check run",
        "POST",
        "/check-runs",
        lambda stage, _: _main(stage),
        lambda repository, sha: repository.checks.put(str(sha), _check()),
        _checks,
        [("run-1", "success", 120)],
    ),
    Deed(
        "annotate a check run",
        "PATCH",
        r"/check-runs/\d+",
        lambda stage, _: _main(stage),
        lambda repository, sha: repository.checks.put(str(sha), _check()),
        _checks,
        [("run-1", "success", 120)],
    ),
    Deed(
        "update a check run",
        "PATCH",
        r"/check-runs/\d+",
        lambda stage, repository: (repository.checks.put(_main(stage), _check(30)), _main(stage))[1],
        lambda repository, sha: repository.checks.put(str(sha), _check()),
        _checks,
        [("run-1", "success", 120)],
    ),
]
