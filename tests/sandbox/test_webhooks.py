"""What is sent is judged by GitHub's schemas, by githubkit's models and by gidgethub's check of the signature."""

from __future__ import annotations

import json
import uuid
from functools import cache
from typing import Any

import githubkit.webhooks
import jsonschema
import pytest
from gidgethub import sansio

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.sandbox.conftest import REPO, SECRET, Api, Listener
from tests.support import shared


@cache
def _schemas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared.FOLDER / "github" / "github-webhooks-subset.schema.json").read_text())
    return found


def judge(event: str, payload: dict[str, Any]) -> None:
    """Fail where an event is not as GitHub sends it."""
    name = "-".join([event, payload["action"]] if "action" in payload else [event]).replace("_", "-")
    known = _schemas()["x-webhooks"]
    if name not in known:
        assert name == "pull-request-review-dismissed" or event == "label", name  # not in the subset
        return
    whole = {**known[name], "components": _schemas()["components"]}
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(whole).iter_errors(payload))
    assert error is None, f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[-300:]}"


@pytest.fixture
def everything(api: Api, repo: SandboxRepository, sandbox: Sandbox, listener: Listener) -> list[tuple[str, Any]]:
    """The events of all that can happen, in order."""
    number = repo.open_issue("alice", "Ünï\u2028code", "body")
    comment = repo.comment(number, "alice", "/kafka-access help")
    repo.edit_comment(comment, "rita", "/kafka-access help topic")
    repo.edit_issue(number, "alice", "new body", "new title")
    api.ask("POST", f"/repos/{REPO}/issues/{number}/comments", {"body": "the bot's"}, 201)
    api.ask("POST", f"/repos/{REPO}/issues/{number}/labels", ["kafka"])
    api.ask("DELETE", f"/repos/{REPO}/issues/{number}/labels/kafka")
    repo.delete_comment(comment, "alice")
    repo.close(number, "alice")
    repo.reopen(number, "alice")
    sha = repo.push("alice", "topic", {"README.md": b"# New\n", "kept.log": None, "new": b"1"}, "Change")
    pull = repo.open_pull("alice", "topic", "main", "T")
    repo.comment(pull, "alice", "on a pull request")
    api.ask("PATCH", f"/repos/{REPO}/pulls/{pull}", {"body": "more"})
    api.ask("POST", f"/repos/{REPO}/issues/{pull}/labels", ["kafka"])
    repo.push("alice", "topic", {"new": b"2"})
    run = api.ask("POST", f"/repos/{REPO}/check-runs", {"name": "x", "head_sha": sha, "conclusion": "success"}, 201)
    repo.rerequest(run["id"], "alice")
    repo.rerequest_suite(run["id"], "alice")
    repo.push("alice", "other", {"other": b"1"})
    repo.set_base(pull, "alice", "other")
    repo.make_ready(pull, "alice")
    repo.dismiss(pull, repo.review(pull, "rita", "APPROVE", "fine"), "alice")
    repo.set_base(pull, "alice", "main")
    repo.close(pull, "alice")
    repo.reopen(pull, "alice")
    repo.merge(pull, "alice")
    repo.delete_branch("alice", "topic")
    sandbox.rename(REPO, "lsst-sqre/rubin-phalanx")
    sandbox.wait_for_deliveries()
    return [(headers["X-GitHub-Event"], json.loads(body)) for headers, body in listener.got]


@shared.needed
def test_all_events_are_as_github_has_them(everything: list[tuple[str, Any]]) -> None:
    seen = []
    for event, payload in everything:
        seen.append(f"{event} {payload.get('action', '')}".strip())
        judge(event, payload)
        githubkit.webhooks.parse(event, json.dumps(payload))
    assert seen == [
        "installation created",
        "issues opened",
        "issue_comment created",
        "issue_comment edited",
        "issues edited",
        "issue_comment created",
        "issues labeled",
        "issues unlabeled",
        "issue_comment deleted",
        "issues closed",
        "issues reopened",
        "create",
        "push",
        "pull_request opened",
        "issue_comment created",
        "pull_request edited",
        "pull_request labeled",
        "push",
        "pull_request synchronize",
        "check_run created",
        "check_run completed",
        "check_run rerequested",
        "check_suite rerequested",
        "create",
        "push",
        "pull_request edited",
        "pull_request ready_for_review",
        "pull_request_review submitted",
        "pull_request_review dismissed",
        "pull_request edited",
        "pull_request closed",
        "pull_request reopened",
        "push",
        "pull_request closed",
        "delete",
        "push",
        "repository renamed",
    ]


def find(everything: list[tuple[str, Any]], event: str, action: str) -> list[dict[str, Any]]:
    return [payload for name, payload in everything if name == event and payload.get("action", "") == action]


def test_what_the_bot_looks_at(everything: list[tuple[str, Any]], app: Registered, repo: SandboxRepository) -> None:
    created = find(everything, "issue_comment", "created")
    assert [one["sender"]["type"] for one in created] == ["User", "Bot", "User"]
    assert created[1]["sender"]["login"] == "kafka-access[bot]"
    assert [one["installation"]["id"] for one in created] == [app.installation_id] * 3
    assert "pull_request" not in created[0]["issue"]
    assert created[2]["issue"]["pull_request"]["url"].endswith("/pulls/2")
    (edited,) = find(everything, "issue_comment", "edited")
    assert edited["changes"] == {"body": {"from": "/kafka-access help"}}
    assert (edited["sender"]["login"], edited["comment"]["user"]["login"]) == ("rita", "alice")
    assert [one["pull_request"]["merged"] for one in find(everything, "pull_request", "closed")] == [False, True]
    (merged,) = find(everything, "pull_request", "closed")[1:]
    assert merged["pull_request"]["merge_commit_sha"] == repo.head("main")
    (moved,) = find(everything, "pull_request", "synchronize")
    pushes = find(everything, "push", "")
    assert (moved["before"], moved["after"]) == (pushes[1]["before"], pushes[1]["after"])
    assert [one["ref"] for one in pushes] == [
        f"refs/heads/{branch}" for branch in ("topic", "topic", "other", "main", "topic")
    ]
    assert [one["deleted"] for one in pushes] == [False, False, False, False, True]
    assert pushes[0]["commits"][0]["removed"] == ["kept.log"]
    assert pushes[3]["head_commit"]["id"] == repo.head("main")


def test_only_what_the_manifest_asks_for(sandbox: Sandbox, repo: SandboxRepository, listener: Listener) -> None:
    manifest = {"default_permissions": {"issues": "write"}, "default_events": ["issue_comment"]}
    sandbox.app(webhook_url=listener.url, webhook_secret=SECRET, manifest=manifest)
    repo.comment(repo.open_issue("alice", "T"), "alice", "x")
    repo.push("alice", "main", {"x": b"x"})
    sandbox.wait_for_deliveries()
    assert listener.events() == ["installation", "issue_comment"]


def test_headers_and_signature(sandbox: Sandbox, repo: SandboxRepository, app: Registered, listener: Listener) -> None:
    repo.open_issue("alice", "Ünïcode")
    sandbox.wait_for_deliveries()
    headers, body = listener.got[-1]
    event = sansio.Event.from_http({name.lower(): value for name, value in headers.items()}, body, secret=SECRET)
    assert (event.event, uuid.UUID(event.delivery_id).version) == ("issues", 4)
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["X-Hub-Signature"].startswith("sha1=")
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(app.id)
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["Content-Type"] == "application/json"
    assert b": " not in body[:200], "GitHub sends compact JSON"
    assert "Ünïcode".encode() in body


def test_redelivery_keeps_guid_and_bytes(
    sandbox: Sandbox, repo: SandboxRepository, app: Registered, listener: Listener
) -> None:
    repo.open_issue("alice", "T")
    sandbox.wait_for_deliveries()
    sandbox.redeliver(sandbox.deliveries[-1].id, times=5)
    sandbox.wait_for_deliveries()
    sent = listener.got[1:]
    assert len(sent) == 6
    assert len({(headers["X-GitHub-Delivery"], body) for headers, body in sent}) == 1
    assert [one.redelivery for one in sandbox.deliveries[1:]] == [False] + [True] * 5


def test_held_back_and_out_of_order(
    sandbox: Sandbox, repo: SandboxRepository, app: Registered, listener: Listener
) -> None:
    sandbox.wait_for_deliveries()
    sandbox.hold_deliveries()
    for number in range(4):
        repo.open_issue("alice", f"T{number}")
    with pytest.raises(TimeoutError, match="issues opened"):
        sandbox.wait_for_deliveries(0.05)
    sandbox.release_deliveries(lambda held: [held[2], held[0], held[3]])
    sandbox.wait_for_deliveries()
    titles = [json.loads(body)["issue"]["title"] for _, body in listener.got[1:]]
    assert titles == ["T2", "T0", "T3"]


def test_failures_are_logged_and_not_tried_again(
    sandbox: Sandbox, repo: SandboxRepository, app: Registered, listener: Listener
) -> None:
    sandbox.wait_for_deliveries()
    listener.answers = [503]
    repo.open_issue("alice", "refused")
    repo.open_issue("alice", "taken")
    sandbox.wait_for_deliveries()
    assert [one.status_code for one in sandbox.deliveries] == [202, 503, 202]
    assert len(listener.got) == 3


def test_a_slow_bot_does_not_hold_up_the_api(
    sandbox: Sandbox, repo: SandboxRepository, app: Registered, listener: Listener, api: Api
) -> None:
    sandbox.wait_for_deliveries()
    listener.wait.clear()
    number = repo.open_issue("alice", "T")
    api.ask("GET", f"/repos/{REPO}/issues/{number}")
    assert not sandbox.deliveries[-1].done
    listener.wait.set()
    sandbox.wait_for_deliveries()
    assert sandbox.deliveries[-1].status == "OK"
