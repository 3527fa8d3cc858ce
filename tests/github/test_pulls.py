from __future__ import annotations

import pytest

from bot.github.errors import Gone, NothingToMerge, TooLong
from bot.github.labels import Label
from bot.github.repository import Repository
from bot.sandbox.faults import Fault
from tests.github.conftest import BRANCH, NAME, Stage


@pytest.fixture
def branch(stage: Stage) -> str:
    return stage.home.push("alice", BRANCH, {"new.yaml": b"1"})


def test_one_is_opened_and_found(stage: Stage, repository: Repository, branch: str) -> None:
    assert repository.pulls.find(BRANCH) is None
    made = repository.pulls.open(BRANCH, "main", "Grant", "body", draft=True)
    assert repository.pulls.find(BRANCH) == repository.pulls.get(made.number) == made
    assert (made.head_ref, made.head_sha, made.base_ref, made.by_bot, made.draft) == (
        BRANCH,
        branch,
        "main",
        True,
        True,
    )
    assert [one.number for one in repository.pulls.of_bot("kafka-access/")] == [made.number]
    assert repository.pulls.of_bot("other/") == []


def test_a_closed_one_is_not_found_and_another_may_be_opened(stage: Stage, repository: Repository, branch: str) -> None:
    first = repository.pulls.open(BRANCH, "main", "Grant", "body")
    repository.pulls.close(first.number)
    repository.pulls.close(first.number)
    assert repository.pulls.find(BRANCH) is None
    second = repository.pulls.open(BRANCH, "main", "Grant", "body")
    assert second.number != first.number
    assert repository.pulls.get(first.number).state == "closed"


def test_another_with_the_same_name_in_a_fork_does_not_count(stage: Stage, repository: Repository, branch: str) -> None:
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    forged = stage.home.pull(made.number)
    forged["head"]["repo"]["id"] += 1
    gone = {**forged, "head": {**forged["head"], "repo": None}}
    path = f"/repos/{NAME}/pulls"
    stage.sandbox.faults.add(Fault("GET", path, status=200, body=[forged, gone], times=2))
    assert repository.pulls.find(BRANCH) is None
    assert repository.pulls.of_bot("kafka-access/") == []


def test_one_that_somebody_else_opened_is_told(stage: Stage, repository: Repository, branch: str) -> None:
    import requests

    token = stage.sandbox.user("alice", "write")
    stage.home.set_role("alice", "write")
    answer = requests.post(
        f"{stage.sandbox.url}/repos/{NAME}/pulls",
        headers={"Authorization": f"Bearer {token}"},
        json={"title": "Mine", "head": BRANCH, "base": "main"},
        timeout=5,
    )
    assert answer.status_code == 201
    found = repository.pulls.open(BRANCH, "main", "Grant", "body")
    assert (found.title, found.by_bot) == ("Mine", False)
    assert repository.pulls.of_bot("kafka-access/") == []


def test_two_jobs_open_it_at_once(stage: Stage, repository: Repository, branch: str) -> None:
    opened: list[int] = []

    def other(moment: str, request: object) -> None:
        if moment == "before" and not opened and getattr(request, "path", "").endswith("/pulls"):
            opened.append(0)
            with stage.open() as second:
                opened[0] = second.pulls.open(BRANCH, "main", "Grant", "theirs").number

    end = stage.sandbox.on_request(other)
    found = repository.pulls.open(BRANCH, "main", "Grant", "ours")
    end()
    assert [found.number] == opened
    assert len(stage.home.pulls("all")) == 1


def test_one_without_commits_is_refused(stage: Stage, repository: Repository) -> None:
    main = stage.home.head("main")
    assert main
    repository.branches.create(BRANCH, main)
    with pytest.raises(NothingToMerge):
        repository.pulls.open(BRANCH, "main", "Grant", "body")


def test_a_body_that_is_too_long_is_not_sent(stage: Stage, repository: Repository, branch: str) -> None:
    before = len(stage.sandbox.requests)
    with pytest.raises(TooLong):
        repository.pulls.open(BRANCH, "main", "Grant", "x" * 65_537)
    with pytest.raises(TooLong):
        repository.pulls.edit(1, body="x" * 65_537)
    assert len(stage.sandbox.requests) == before


def test_what_conflicts_is_told(stage: Stage, repository: Repository) -> None:
    stage.home.push("alice", BRANCH, {"README.md": b"ours\n"})
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    assert repository.pulls.mergeable(made.number) is True
    stage.home.push("alice", "main", {"README.md": b"theirs\n"})
    assert repository.pulls.mergeable(made.number) is False


def test_github_is_asked_again_while_it_finds_out(stage: Stage, repository: Repository, branch: str) -> None:
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    undecided = {**stage.home.pull(made.number), "mergeable": None}
    path = f"/repos/{NAME}/pulls/{made.number}"
    fault = stage.sandbox.faults.add(Fault("GET", path, status=200, body=undecided, times=2))
    assert repository.pulls.mergeable(made.number) is True
    assert fault.met == 2
    fault = stage.sandbox.faults.add(Fault("GET", path, status=200, body=undecided, times=9))
    assert repository.pulls.mergeable(made.number, looks=3) is None
    assert fault.met == 3


def test_commits_say_who_made_them(stage: Stage, repository: Repository, branch: str) -> None:
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    repository.commits.commit(BRANCH, branch, "Ours", "", {"b": b"b"})
    alice = stage.home.issue(stage.home.open_issue("alice", "Kafka", ""))["user"]["id"]
    assert repository.pulls.committers(made.number) == frozenset({alice, repository.bot.id})


def test_commits_that_are_not_all_listed_are_anybodys(stage: Stage, repository: Repository, branch: str) -> None:
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    path = f"/repos/{NAME}/pulls/{made.number}/commits"
    commit = {"sha": branch, "author": None, "committer": None}
    for number, expected in ((249, frozenset()), (250, None)):
        stage.sandbox.faults.add(Fault("GET", path, status=200, body=[commit] * number))
        assert repository.pulls.committers(made.number) == expected


def test_a_merged_one_is_said(stage: Stage, repository: Repository, branch: str) -> None:
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    stage.home.merge(made.number, "alice")
    assert repository.pulls.get(made.number).merged


def test_an_issue_is_no_pull_request(stage: Stage, repository: Repository) -> None:
    with pytest.raises(Gone):
        repository.pulls.get(stage.issue)


def test_reviewers_whom_github_refuses_are_told(stage: Stage, repository: Repository, branch: str) -> None:
    made = repository.pulls.open(BRANCH, "main", "Grant", "body")
    stage.sandbox.team("lsst-sqre", "square", ["alice"])
    assert repository.pulls.request_reviewers(made.number, ["alice", "nobody"]) == ["nobody"]
    assert repository.pulls.request_reviewers(made.number, [], ["no-such-team"]) == ("no-such-team",)
    assert repository.pulls.request_reviewers(made.number) == ()
    assert [one["login"] for one in stage.home.pull(made.number)["requested_reviewers"]] == ["alice"]


def test_labels_are_made_with_their_colour_once(stage: Stage, repository: Repository) -> None:
    labels = [Label("kafka-access", "aabbcc", "grants"), Label("Needs approval", "ffffff")]
    repository.labels.add(stage.issue, labels)
    assert [(one["name"], one["color"], one["description"]) for one in stage.home.issue(stage.issue)["labels"]] == [
        ("kafka-access", "aabbcc", "grants"),
        ("Needs approval", "ffffff", ""),
    ]
    before = len(stage.sandbox.requests)
    repository.labels.add(stage.issue, labels)
    assert len(stage.sandbox.requests) == before + 1
    repository.labels.add(stage.issue, [])
    assert len(stage.sandbox.requests) == before + 1


def test_a_github_that_makes_no_labels_by_itself_gets_them_made(stage: Stage, repository: Repository) -> None:
    body = {"message": "Validation Failed", "errors": [{"resource": "Label", "code": "missing"}]}
    stage.sandbox.faults.add(Fault("POST", ".*/issues/1/labels", status=422, body=body))
    repository.labels.add(stage.issue, [Label("kafka-access", "aabbcc")])
    assert [(one["name"], one["color"]) for one in stage.home.issue(stage.issue)["labels"]] == [
        ("kafka-access", "aabbcc")
    ]
