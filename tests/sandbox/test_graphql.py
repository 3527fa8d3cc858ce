from __future__ import annotations

import base64
from typing import Any

import pytest

from bot.sandbox.graphql_query import Field, NotGraphQL, parse
from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.sandbox.conftest import REPO, Api, mint

COMMIT = """
mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } ref { name } }
}
"""


def addition(path: str, content: bytes) -> dict[str, str]:
    return {"path": path, "contents": base64.b64encode(content).decode()}


def commit(api: Api, head: str | None, branch: str = "main", repository: str = REPO, **changes: Any) -> dict[str, Any]:
    given = {
        "branch": {"repositoryNameWithOwner": repository, "branchName": branch},
        "expectedHeadOid": head,
        "message": {"headline": "Grant access", "body": "to a topic"},
        "fileChanges": changes,
    }
    answer: dict[str, Any] = api.ask("POST", "/graphql", {"query": COMMIT, "variables": {"input": given}})
    return answer


def test_a_commit(api: Api, repo: SandboxRepository) -> None:
    head = repo.head("main")
    changes: dict[str, Any] = {
        "additions": [addition("a/new.yaml", b"x: \xc3\xa9\r\n"), addition("run.sh", b"#!/bin/sh\nexit\n")],
        "deletions": [{"path": "kept.log"}],
    }
    done = commit(api, head, **changes)["data"]["createCommitOnBranch"]
    sha = done["commit"]["oid"]
    assert repo.head("main") == sha
    assert done["ref"] == {"name": "main"}
    assert done["commit"]["signature"] == {"isValid": True}
    assert repo.file("main", "a/new.yaml") == b"x: \xc3\xa9\r\n"
    assert repo.file("main", "kept.log") is None
    tree = api.ask("GET", f"/repos/{REPO}/git/trees/main", recursive="1")["tree"]
    assert {one["path"]: one["mode"] for one in tree}["run.sh"] == "100755"
    shown = repo.commit(sha)
    assert shown["commit"]["message"] == "Grant access\n\nto a topic"
    assert shown["author"]["login"] == "kafka-access[bot]"
    assert shown["commit"]["committer"]["name"] == "GitHub"
    assert shown["commit"]["verification"]["reason"] == "valid"
    assert [one["sha"] for one in shown["parents"]] == [head]


def test_a_head_that_moved(api: Api, repo: SandboxRepository) -> None:
    old = repo.head("main")
    new = repo.push("alice", "main", {"x": b"x"})
    answer = commit(api, old, additions=[addition("y", b"y")])
    assert answer["data"] == {"createCommitOnBranch": None}
    (error,) = answer["errors"]
    assert error["type"] == "STALE_DATA"
    assert error["message"] == f'Expected branch to point to "{old}" but it did not.  Pull and try again.'
    assert repo.head("main") == new


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"branch": "none"}, "NOT_FOUND"),
        ({"repository": "lsst-sqre/none"}, "NOT_FOUND"),
        ({"deletions": [{"path": "none"}]}, "UNPROCESSABLE"),
        ({"additions": [{"path": "x", "contents": "not base64!"}]}, "UNPROCESSABLE"),
        ({"additions": [addition("x", b"1"), addition("x", b"2")]}, "UNPROCESSABLE"),
        ({"additions": [addition("../x", b"1")]}, "UNPROCESSABLE"),
        ({"additions": [addition("a/.git/hooks/x", b"1")]}, "UNPROCESSABLE"),
        ({"additions": [addition("/x", b"1")]}, "UNPROCESSABLE"),
    ],
    ids=str,
)
def test_what_is_refused(api: Api, repo: SandboxRepository, changes: dict[str, Any], kind: str) -> None:
    head = repo.head("main")
    answer = commit(api, head, **changes)
    assert answer["errors"][0]["type"] == kind
    assert repo.head("main") == head


def test_without_the_permission(sandbox: Sandbox, as_app: Api, app: Registered, repo: SandboxRepository) -> None:
    with Api(sandbox.url, mint(as_app, app, permissions={"issues": "write", "contents": "read"})) as api:
        answer = commit(api, repo.head("main"), additions=[addition("x", b"x")])
    assert answer["errors"][0]["type"] == "FORBIDDEN"


def test_who_is_asking(api: Api, sandbox: Sandbox) -> None:
    query = {"query": "{ viewer { name: login __typename } }"}
    assert api.ask("POST", "/graphql", query)["data"] == {"viewer": {"name": "kafka-access[bot]", "__typename": "Bot"}}
    with Api(sandbox.url, None) as nobody:
        nobody.ask("POST", "/graphql", query, 401)
    wrong = api.ask("POST", "/graphql", {"query": "{ viewer { none } }"})
    assert wrong["errors"][0]["type"] == "undefinedField"
    assert "errors" in api.ask("POST", "/graphql", {"query": "{ viewer"})
    assert "errors" in api.ask("POST", "/graphql", {"query": "{ nothing }"})


def test_documents_are_read() -> None:
    kind, fields = parse(
        'mutation Name($a: [Int!]! = 1) { x: f(a: $a, b: {c: [1, "t\\"x", ENUM, true, null]}) { y # note\n z } }',
        {"a": 5},
    )
    assert kind == "mutation"
    inner = (Field("y", "y", {}, ()), Field("z", "z", {}, ()))
    assert fields == (Field("f", "x", {"a": 5, "b": {"c": [1, 't"x', "ENUM", True, None]}}, inner),)


@pytest.mark.parametrize("document", ["", "{", "{ a(b) }", "{ a(b: ) }", "?", "mutation"])
def test_documents_that_cannot_be_read(document: str) -> None:
    with pytest.raises(NotGraphQL):
        parse(document, {})
