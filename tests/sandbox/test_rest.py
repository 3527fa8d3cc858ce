"""Every endpoint is asked, and what it answers judged by GitHub's own description (see `Api`)."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.permissions import NEEDS
from bot.sandbox.problems import Refused
from bot.sandbox.repository import SandboxRepository
from bot.sandbox.routes import templates
from tests.sandbox.conftest import REPO, Api, Listener, mint, signed

R = f"/repos/{REPO}"


@pytest.fixture
def pull(repo: SandboxRepository) -> int:
    """A pull request of alice's, with a conflict-free change."""
    repo.push("alice", "topic", {"applications/myapp/new.yaml": b"x: 1\n", "README.md": b"# Phalanx\n\nmore\n"})
    with_issue = repo.open_pull("alice", "topic", "main", "Change", "because")
    assert repo.pull(with_issue)["mergeable"]
    return with_issue


def test_an_app_asks_about_itself(as_app: Api, app: Registered, repo: SandboxRepository) -> None:
    assert as_app.ask("GET", "/app")["slug"] == app.slug == "kafka-access"
    assert [one["id"] for one in as_app.ask("GET", "/app/installations")] == [app.installation_id]
    assert as_app.ask("GET", f"/app/installations/{app.installation_id}")["account"]["login"] == "lsst-sqre"
    assert as_app.ask("GET", f"{R}/installation")["id"] == app.installation_id
    assert as_app.ask("GET", "/orgs/lsst-sqre/installation")["id"] == app.installation_id
    as_app.ask("GET", "/app/installations/1", status=404)
    assert as_app.ask("GET", "/users/kafka-access%5Bbot%5D")["type"] == "Bot"
    assert as_app.ask("GET", "/users/alice")["name"] == "Alice"
    as_app.ask("GET", "/meta")
    config = as_app.ask("GET", "/app/hook/config")
    assert config["secret"] == "********"
    as_app.ask("PATCH", "/app/hook/config", {"url": "http://127.0.0.1:2/"})
    assert as_app.ask("GET", "/app/hook/config")["url"] == "http://127.0.0.1:2/"


def test_repositories_and_people(api: Api, sandbox: Sandbox, repo: SandboxRepository) -> None:
    found = api.ask("GET", R)
    assert (found["id"], found["full_name"], found["default_branch"]) == (repo.id, REPO, "main")
    assert api.ask("GET", "/installation/repositories")["total_count"] == 1
    assert {one["login"] for one in api.ask("GET", f"{R}/collaborators")} == {"alice", "rita"}
    sandbox.team("lsst-sqre", "square", ["alice"])
    api.ask("GET", "/orgs/lsst-sqre/teams/square/memberships/alice")
    api.ask("GET", "/orgs/lsst-sqre/teams/square/memberships/rita", status=404)
    api.ask("GET", "/orgs/lsst-sqre/teams/none/memberships/rita", status=404)
    assert [one["login"] for one in api.ask("GET", "/orgs/lsst-sqre/teams/square/members")] == ["alice"]
    api.ask("GET", "/orgs/lsst-sqre/memberships/alice")
    api.ask("GET", "/orgs/lsst-sqre/memberships/rita", status=404)
    assert api.ask("GET", "/rate_limit")["resources"]["core"]["limit"] == 5000
    api.ask("DELETE", "/installation/token", status=204)
    api.ask("GET", R, status=401)


@pytest.mark.parametrize(
    ("role", "private", "permission", "role_name"),
    [
        ("admin", False, "admin", "admin"),
        ("maintain", False, "write", "maintain"),
        ("write", False, "write", "write"),
        ("triage", False, "read", "triage"),
        ("read", False, "read", "read"),
        ("none", False, "read", "read"),  # everybody reads what is public
        ("none", True, "none", "none"),
    ],
)
def test_who_may_what(
    sandbox: Sandbox, tmp_path: Path, role: Any, private: bool, permission: str, role_name: str
) -> None:
    repo = sandbox.repository("o/r", private=private)
    sandbox.user("someone", role)
    app = sandbox.app()
    with Api(sandbox.url, signed(app)) as as_app, Api(sandbox.url, mint(as_app, app)) as api:
        found = api.ask("GET", "/repos/o/r/collaborators/someone/permission")
        assert (found["permission"], found["role_name"]) == (permission, role_name)
        api.ask("GET", "/repos/o/r/collaborators/nobody/permission", status=404)
        repo.set_role("someone", "admin")
        assert api.ask("GET", "/repos/o/r/collaborators/Someone/permission")["permission"] == "admin"


def test_issues_and_comments(api: Api, repo: SandboxRepository) -> None:
    number = api.ask("POST", f"{R}/issues", {"title": "T", "body": "B", "labels": ["one"]}, 201)["number"]
    repo.open_issue("alice", "other")
    assert [one["number"] for one in api.ask("GET", f"{R}/issues")] == [2, number]
    assert [one["number"] for one in api.ask("GET", f"{R}/issues", labels="one")] == [number]
    assert [one["number"] for one in api.ask("GET", f"{R}/issues", creator="alice", direction="asc")] == [2]
    api.ask("PATCH", f"{R}/issues/{number}", {"body": "C", "state": "closed", "state_reason": "not_planned"})
    found = api.ask("GET", f"{R}/issues/{number}")
    assert (found["title"], found["body"], found["state_reason"]) == ("T", "C", "not_planned")
    assert found["closed_by"]["login"] == "kafka-access[bot]"
    assert api.ask("PATCH", f"{R}/issues/{number}", {"state": "open"})["state_reason"] == "reopened"
    api.ask("POST", f"{R}/issues/{number}/assignees", {"assignees": ["alice"]}, 201)
    api.ask("GET", f"{R}/issues/99", status=404)

    comment = api.ask("POST", f"{R}/issues/{number}/comments", {"body": "hello"}, 201)
    assert comment["performed_via_github_app"]["slug"] == "kafka-access"
    assert comment["user"]["login"] == "kafka-access[bot]"
    assert comment["user"]["url"].endswith("/users/kafka-access%5Bbot%5D")
    api.ask("PATCH", f"{R}/issues/comments/{comment['id']}", {"body": "edited"})
    assert api.ask("GET", f"{R}/issues/comments/{comment['id']}")["body"] == "edited"
    assert len(api.ask("GET", f"{R}/issues/comments")) == 1
    api.ask("DELETE", f"{R}/issues/comments/{comment['id']}", status=204)
    assert api.ask("GET", f"{R}/issues/{number}/comments") == []
    api.ask("GET", f"{R}/issues/comments/{comment['id']}", status=404)


def test_comments_since(api: Api, repo: SandboxRepository, sandbox: Sandbox) -> None:
    number = repo.open_issue("alice", "T")
    first, second = (repo.comment(number, "alice", text) for text in ("1", "2"))
    sandbox.clock.advance(60)
    since = sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    repo.edit_comment(first, "alice", "1, edited")
    third = repo.comment(number, "alice", "3")
    for path in (f"{R}/issues/{number}/comments", f"{R}/issues/comments"):
        assert [one["id"] for one in api.ask("GET", path, since=since)] == [first, third]
        assert [one["id"] for one in api.ask("GET", path)] == [first, second, third]


@pytest.mark.parametrize("where", ["issue", "comment"])
def test_reactions_are_there_once(api: Api, repo: SandboxRepository, where: str) -> None:
    number = repo.open_issue("alice", "T")
    place = f"{R}/issues/{number}"
    if where == "comment":
        place = f"{R}/issues/comments/{repo.comment(number, 'alice', 'x')}"
    first = api.ask("POST", f"{place}/reactions", {"content": "eyes"}, 201)
    again = api.ask("POST", f"{place}/reactions", {"content": "eyes"}, 200)
    assert first["id"] == again["id"]
    api.ask("POST", f"{place}/reactions", {"content": "rocket"}, 201)
    assert api.ask("GET", place)["reactions"]["total_count"] == 2
    assert len(api.ask("GET", f"{place}/reactions", content="eyes")) == 1
    api.ask("POST", f"{place}/reactions", {"content": "smile"}, 422)
    api.ask("DELETE", f"{place}/reactions/{first['id']}", status=204)
    assert [one["content"] for one in api.ask("GET", f"{place}/reactions")] == ["rocket"]


def test_labels(api: Api, repo: SandboxRepository) -> None:
    number = repo.open_issue("alice", "T")
    made = {"name": "kafka access", "color": "00ff00", "description": "by the bot"}
    api.ask("POST", f"{R}/labels", made, 201)
    assert api.ask("POST", f"{R}/labels", made, 422)["errors"][0]["code"] == "already_exists"
    assert api.ask("GET", f"{R}/labels/kafka%20access")["color"] == "00ff00"
    api.ask("GET", f"{R}/labels/none", status=404)
    api.ask("PATCH", f"{R}/labels/kafka%20access", {"new_name": "access", "color": "ff0000"})
    api.ask("POST", f"{R}/issues/{number}/labels", ["access"])
    names = [one["name"] for one in api.ask("POST", f"{R}/issues/{number}/labels", {"labels": ["new"]})]
    assert names == ["access", "new"]
    assert len(api.ask("GET", f"{R}/labels")) == 2
    api.ask("PUT", f"{R}/issues/{number}/labels", {"labels": ["new"]})
    assert [one["name"] for one in api.ask("GET", f"{R}/issues/{number}/labels")] == ["new"]
    api.ask("DELETE", f"{R}/issues/{number}/labels/new")
    api.ask("DELETE", f"{R}/issues/{number}/labels/new", status=404)


def test_refs(api: Api, repo: SandboxRepository) -> None:
    head = repo.head("main")
    made = {"ref": "refs/heads/kafka-access/myapp-1", "sha": head}
    api.ask("POST", f"{R}/git/refs", made, 201)
    assert api.ask("POST", f"{R}/git/refs", made, 422)["message"] == "Reference already exists"
    api.ask("POST", f"{R}/git/refs", {"ref": "refs/heads/b", "sha": "0" * 40}, 422)
    api.ask("POST", f"{R}/git/refs", {"ref": "refs/heads/a..b", "sha": head}, 422)
    assert api.ask("GET", f"{R}/git/ref/heads/kafka-access/myapp-1")["object"]["sha"] == head
    api.ask("GET", f"{R}/git/ref/heads/kafka-access", status=404)
    assert len(api.ask("GET", f"{R}/git/matching-refs/heads/kafka-access/")) == 1
    assert api.ask("GET", f"{R}/git/matching-refs/heads/none") == []
    new = repo.push("alice", "other", {"x": b"x"})
    api.ask("PATCH", f"{R}/git/refs/heads/kafka-access/myapp-1", {"sha": new})
    refused = api.ask("PATCH", f"{R}/git/refs/heads/kafka-access/myapp-1", {"sha": head}, 422)
    assert refused["message"] == "Update is not a fast forward"
    api.ask("PATCH", f"{R}/git/refs/heads/kafka-access/myapp-1", {"sha": head, "force": True})
    api.ask("PATCH", f"{R}/git/refs/heads/none", {"sha": head}, 422)
    api.ask("DELETE", f"{R}/git/refs/heads/kafka-access/myapp-1", status=204)
    api.ask("DELETE", f"{R}/git/refs/heads/kafka-access/myapp-1", status=422)
    assert [one["name"] for one in api.ask("GET", f"{R}/branches")] == ["main", "other"]
    assert api.ask("GET", f"{R}/branches/other")["commit"]["sha"] == new
    api.ask("GET", f"{R}/branches/none", status=404)


def test_commits_by_the_git_data_api(api: Api, repo: SandboxRepository) -> None:
    head = repo.head("main")
    base = api.ask("GET", f"{R}/git/commits/{head}")["tree"]["sha"]
    assert {one["path"] for one in api.ask("GET", f"{R}/git/trees/{base}")["tree"]} == {
        *(".gitignore", "README.md", "applications", "kept.log", "link", "run.sh")
    }
    whole = api.ask("GET", f"{R}/git/trees/main", recursive="1")["tree"]
    assert {one["mode"] for one in whole} == {"100644", "100755", "120000", "040000"}
    blob = api.ask("POST", f"{R}/git/blobs", {"content": base64.b64encode(b"\xff").decode(), "encoding": "base64"}, 201)
    assert base64.b64decode(api.ask("GET", f"{R}/git/blobs/{blob['sha']}")["content"]) == b"\xff"
    entries = [
        {"path": "a/b.bin", "mode": "100644", "type": "blob", "sha": blob["sha"]},
        {"path": "text", "mode": "100644", "type": "blob", "content": "hello\n"},
        {"path": "kept.log", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = api.ask("POST", f"{R}/git/trees", {"base_tree": base, "tree": entries}, 201)["sha"]
    commit = api.ask("POST", f"{R}/git/commits", {"message": "M\n\nbody", "tree": tree, "parents": [head]}, 201)
    assert commit["verification"]["verified"]
    assert commit["author"]["name"] == "kafka-access[bot]"
    assert commit["committer"]["email"] == "noreply@github.com"
    author = {"name": "A", "email": "a@example.com", "date": "2026-01-02T03:04:05Z"}
    other = api.ask(
        "POST", f"{R}/git/commits", {"message": "M", "tree": tree, "parents": [head], "author": author}, 201
    )
    assert not other["verification"]["verified"]
    assert other["author"] == author
    api.ask("POST", f"{R}/git/refs", {"ref": "refs/heads/made", "sha": commit["sha"]}, 201)
    assert repo.file("made", "a/b.bin") == b"\xff"
    assert repo.file("made", "kept.log") is None
    assert repo.file("main", "applications/myapp/values.yaml") == b"a: 1\r\nb: 2\r\n"
    shown = api.ask("GET", f"{R}/commits/made")
    assert {one["filename"]: one["status"] for one in shown["files"]} == {
        "a/b.bin": "added",
        "text": "added",
        "kept.log": "removed",
    }
    assert [one["sha"] for one in api.ask("GET", f"{R}/commits", sha="made")] == [commit["sha"], head]
    compared = api.ask("GET", f"{R}/compare/main...made")
    assert (compared["status"], compared["ahead_by"], len(compared["files"])) == ("ahead", 1, 3)
    api.ask("GET", f"{R}/compare/main...none", status=404)
    api.ask("GET", f"{R}/commits/none", status=422)
    api.ask("POST", f"{R}/git/trees", {"base_tree": "0" * 40, "tree": entries}, 404)
    api.ask("POST", f"{R}/git/commits", {"message": "M", "tree": head, "parents": []}, 422)
    api.ask("GET", f"{R}/git/commits/{'0' * 40}", status=404)
    api.ask("GET", f"{R}/git/trees/{'0' * 40}", status=404)


def test_contents(api: Api, repo: SandboxRepository) -> None:
    found = api.ask("GET", f"{R}/contents/applications/myapp/values.yaml", ref="main")
    assert base64.b64decode(found["content"]) == b"a: 1\r\nb: 2\r\n"
    assert [one["type"] for one in api.ask("GET", f"{R}/contents/applications")] == ["dir"]
    api.ask("GET", f"{R}/contents/none", status=404)
    made = {"message": "M", "content": base64.b64encode(b"1").decode(), "branch": "main"}
    sha = api.ask("PUT", f"{R}/contents/new/file", made, 201)["content"]["sha"]
    api.ask("PUT", f"{R}/contents/new/file", made, 422)
    api.ask("PUT", f"{R}/contents/new/file", {**made, "sha": found["sha"]}, 409)
    changed = {**made, "content": base64.b64encode(b"2").decode(), "sha": sha}
    sha = api.ask("PUT", f"{R}/contents/new/file", changed)["content"]["sha"]
    assert repo.file("main", "new/file") == b"2"
    assert repo.commit("main")["commit"]["verification"]["verified"]
    api.ask("DELETE", f"{R}/contents/new/file", {"message": "M", "sha": sha})
    assert repo.file("main", "new/file") is None


def test_pull_requests(api: Api, repo: SandboxRepository, sandbox: Sandbox, pull: int) -> None:
    found = api.ask("GET", f"{R}/pulls/{pull}")
    assert (found["commits"], found["changed_files"], found["additions"], found["deletions"]) == (1, 2, 3, 0)
    assert (found["mergeable"], found["mergeable_state"]) == (True, "clean")
    assert {one["filename"] for one in api.ask("GET", f"{R}/pulls/{pull}/files")} == {
        *("README.md", "applications/myapp/new.yaml")
    }
    assert api.ask("GET", f"{R}/pulls/{pull}/commits")[0]["author"]["login"] == "alice"
    api.ask("GET", f"{R}/pulls/{pull}/merge", status=404)
    assert [one["number"] for one in api.ask("GET", f"{R}/pulls", head="lsst-sqre:topic", state="all")] == [pull]
    assert api.ask("GET", f"{R}/pulls", head="someone:topic") == []
    assert api.ask("GET", f"{R}/pulls", base="other") == []
    assert api.ask("GET", f"{R}/issues/{pull}")["pull_request"]["merged_at"] is None
    api.ask("GET", f"{R}/pulls/99", status=404)
    api.ask("PATCH", f"{R}/pulls/{pull}", {"title": "New", "body": "text"})
    sandbox.team("lsst-sqre", "square", ["rita"])
    asked = {"reviewers": ["rita"], "team_reviewers": ["square"]}
    api.ask("POST", f"{R}/pulls/{pull}/requested_reviewers", asked, 201)
    api.ask("GET", f"{R}/pulls/{pull}/requested_reviewers")
    api.ask("POST", f"{R}/pulls/{pull}/requested_reviewers", {"reviewers": ["alice"]}, 422)
    api.ask("POST", f"{R}/pulls/{pull}/reviews", {"event": "APPROVE", "body": "fine"})
    (review,) = api.ask("GET", f"{R}/pulls/{pull}/reviews")
    assert (review["state"], review["commit_id"]) == ("APPROVED", repo.head("topic"))
    api.ask("PUT", f"{R}/pulls/{pull}/reviews/{review['id']}/dismissals", {}, 422)
    api.ask("PUT", f"{R}/pulls/{pull}/reviews/{review['id']}/dismissals", {"message": "M"})
    assert api.ask("GET", f"{R}/pulls/{pull}/reviews/{review['id']}")["state"] == "DISMISSED"
    api.ask("PUT", f"{R}/pulls/{pull}/reviews/{review['id']}/dismissals", {"message": "M"}, 422)
    api.ask("PUT", f"{R}/pulls/{pull}/reviews/1/dismissals", {"message": "M"}, 404)
    asked = api.ask("GET", f"{R}/pulls/{pull}/requested_reviewers")
    assert ([one["login"] for one in asked["users"]], [one["slug"] for one in asked["teams"]]) == (["rita"], ["square"])
    repo.review(pull, "rita", "COMMENT", "who, me?")
    assert api.ask("GET", f"{R}/pulls/{pull}/requested_reviewers") == {"users": [], "teams": []}
    with pytest.raises(Refused, match="422"):
        repo.review(pull, "alice", "APPROVE")
    api.ask("PUT", f"{R}/pulls/{pull}/merge", {"sha": "0" * 40}, 409)
    merged = api.ask("PUT", f"{R}/pulls/{pull}/merge", {})
    assert repo.head("main") == merged["sha"]
    api.ask("GET", f"{R}/pulls/{pull}/merge", status=204)
    api.ask("PUT", f"{R}/pulls/{pull}/merge", {}, 405)
    shown = api.ask("GET", f"{R}/pulls/{pull}")
    assert (shown["merged"], shown["state"], shown["changed_files"]) == (True, "closed", 2)
    found = api.ask("GET", f"{R}/commits/{merged['sha']}/pulls")
    assert [one["number"] for one in found] == [pull]


def test_a_pull_request_is_opened_once(api: Api, repo: SandboxRepository) -> None:
    repo.push("alice", "topic", {"x": b"x"})
    asked = {"title": "T", "head": "topic", "base": "main", "body": "B"}
    first = api.ask("POST", f"{R}/pulls", asked, 201)
    assert first["user"]["login"] == "kafka-access[bot]"
    again = api.ask("POST", f"{R}/pulls", asked, 422)
    assert again["errors"][0]["message"] == "A pull request already exists for lsst-sqre:topic."
    api.ask("POST", f"{R}/pulls", {**asked, "head": "none"}, 422)
    api.ask("POST", f"{R}/pulls", {**asked, "base": "none"}, 422)
    nothing = api.ask("POST", f"{R}/pulls", {**asked, "head": "main"}, 422)
    assert nothing["errors"][0]["message"] == "No commits between main and main"


def test_a_pull_request_that_conflicts(api: Api, repo: SandboxRepository, pull: int) -> None:
    repo.push("alice", "main", {"README.md": b"# Other\n\nlines\n"})
    found = api.ask("GET", f"{R}/pulls/{pull}")
    assert (found["mergeable"], found["mergeable_state"]) == (False, "dirty")
    api.ask("PUT", f"{R}/pulls/{pull}/merge", {}, 405)
    api.ask("PUT", f"{R}/pulls/{pull}/update-branch", {}, 422)


def test_a_branch_is_brought_up_to_date(api: Api, repo: SandboxRepository, pull: int) -> None:
    new = repo.push("alice", "main", {"other": b"1\n"})
    api.ask("PUT", f"{R}/pulls/{pull}/update-branch", {}, 202)
    head = repo.commit("topic")
    assert head["parents"][1]["sha"] == new
    assert repo.pull(pull)["head"]["sha"] == head["sha"]


def test_a_fork(api: Api, repo: SandboxRepository, sandbox: Sandbox) -> None:
    fork = repo.fork("mallory")
    head = fork.push("mallory", "topic", {"x": b"1"})
    number = repo.open_pull("mallory", "mallory:topic", "main", "T")
    found = api.ask("GET", f"{R}/pulls/{number}")
    assert found["head"]["repo"]["full_name"] == "mallory/phalanx"
    assert (found["head"]["repo"]["fork"], found["head"]["label"]) == (True, "mallory:topic")
    assert found["mergeable"]
    assert [one["number"] for one in api.ask("GET", f"{R}/pulls", head="mallory:topic")] == [number]
    assert repo.head("topic") is None
    newer = fork.push("mallory", "topic", {"x": b"2"})
    assert [one["sha"] for one in api.ask("GET", f"{R}/pulls/{number}/commits")] == [head, newer]
    api.ask("POST", "/repos/mallory/phalanx/git/refs", {"ref": "refs/heads/y", "sha": head}, 403)
    assert api.ask("GET", "/repos/mallory/phalanx")["parent"]["full_name"] == REPO
    api.ask("PUT", f"{R}/pulls/{number}/update-branch", {}, 403)
    repo.merge(number, "alice")
    assert repo.file("main", "x") == b"2"
    sandbox.wait_for_deliveries()
    assert [one.action for one in sandbox.deliveries if one.event == "pull_request"] == [
        *("opened", "synchronize", "closed")
    ]
    api.ask("POST", f"{R}/pulls", {"title": "T", "head": "nobody:topic", "base": "main"}, 422)


def test_check_runs(api: Api, repo: SandboxRepository, pull: int) -> None:
    sha = repo.head("topic")
    output = {"title": "Proved", "summary": "all of it", "annotations": []}
    begun = {"name": "kafka-access", "head_sha": sha, "status": "in_progress", "output": output}
    run = api.ask("POST", f"{R}/check-runs", begun, 201)
    assert [one["number"] for one in run["pull_requests"]] == [pull]
    note = {
        "path": "README.md",
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "notice",
        "message": "here",
    }
    done = {"conclusion": "success", "output": {**output, "annotations": [note]}}
    assert api.ask("PATCH", f"{R}/check-runs/{run['id']}", done)["status"] == "completed"
    assert api.ask("GET", f"{R}/check-runs/{run['id']}")["output"]["annotations_count"] == 1
    assert len(api.ask("GET", f"{R}/check-runs/{run['id']}/annotations")) == 1
    api.ask("POST", f"{R}/check-runs", {"name": "kafka-access", "head_sha": sha, "conclusion": "neutral"}, 201)
    assert api.ask("GET", f"{R}/commits/topic/check-runs")["total_count"] == 1
    assert api.ask("GET", f"{R}/commits/{sha}/check-runs", filter="all")["total_count"] == 2
    assert api.ask("GET", f"{R}/commits/{sha}/check-runs", check_name="none")["total_count"] == 0
    api.ask("POST", f"{R}/check-runs", {"name": "x", "head_sha": "0" * 40}, 422)
    long = {"conclusion": "success", "output": {"title": "T", "summary": "x" * 65536}}
    api.ask("PATCH", f"{R}/check-runs/{run['id']}", long, 422)
    api.ask("GET", f"{R}/check-runs/1", status=404)


@pytest.mark.parametrize(
    ("length", "status"), [(65_536, 201), (65_537, 422)], ids=["as long as may be", "one character more"]
)
def test_the_length_of_a_comment(api: Api, repo: SandboxRepository, length: int, status: int) -> None:
    number = repo.open_issue("alice", "T")
    answer = api.ask("POST", f"{R}/issues/{number}/comments", {"body": "é" * length}, status)
    if status == 422:
        assert answer["errors"][0]["message"] == "body is too long (maximum is 65536 characters)"


@pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": None}, {"body": 5}, []], ids=str)
def test_a_comment_without_text(api: Api, repo: SandboxRepository, body: Any) -> None:
    number = repo.open_issue("alice", "T")
    api.ask("POST", f"{R}/issues/{number}/comments", body, 422)


def test_broken_json(api: Api, repo: SandboxRepository) -> None:
    answer = api.post(f"{R}/issues", content=b"{")
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_deliveries(api: Api, as_app: Api, app: Registered, repo: SandboxRepository, sandbox: Sandbox) -> None:
    for number in range(3):
        repo.open_issue("alice", f"T{number}")
    sandbox.wait_for_deliveries()
    newest = as_app.get("/app/hook/deliveries", params={"per_page": 2})
    assert [one["status"] for one in newest.json()] == ["OK", "OK"]
    rest = as_app.ask("GET", newest.links["next"]["url"])
    assert [one["event"] for one in rest] == ["issues", "installation"]
    one = as_app.ask("GET", f"/app/hook/deliveries/{rest[0]['id']}")
    assert one["request"]["payload"]["issue"]["title"] == "T0"
    assert one["response"]["headers"]
    as_app.ask("POST", f"/app/hook/deliveries/{one['id']}/attempts", status=202)
    sandbox.wait_for_deliveries()
    again = as_app.ask("GET", "/app/hook/deliveries")[0]
    assert (again["guid"], again["redelivery"]) == (one["guid"], True)
    as_app.ask("GET", "/app/hook/deliveries", status=400, cursor="x")
    as_app.ask("GET", "/app/hook/deliveries/1", status=404)


def test_failed_deliveries_are_found(
    as_app: Api, app: Registered, repo: SandboxRepository, sandbox: Sandbox, listener: Listener
) -> None:
    sandbox.wait_for_deliveries()
    listener.answers = [500]
    repo.open_issue("alice", "refused")
    sandbox.wait_for_deliveries()
    sandbox.set_webhook(app.slug, "http://127.0.0.1:1/")
    repo.open_issue("alice", "nobody there")
    sandbox.wait_for_deliveries()
    found = as_app.get("/app/hook/deliveries", params={"status": "failure"}).json()
    assert [(one["status"], one["status_code"]) for one in found] == [("Invalid HTTP Response: 500", 500)]
    newest = as_app.ask("GET", "/app/hook/deliveries")[0]
    assert (newest["status"], newest["status_code"]) == ("failed to connect to host", 0)


def test_every_endpoint_with_a_permission_is_there() -> None:
    missing = set(NEEDS) - set(templates())
    assert not missing
