from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.sandbox.conftest import REPO, Api, mint, signed

NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),
        ({"iss": "client id"}, 200),
        ({"iss": "999"}, 404),
        ({"exp": NOW + 3600}, 401),
        ({"exp": NOW - 5, "iat": NOW - 60}, 401),
        ({"iat": NOW + 3600}, 401),
        ({"exp": None}, 401),
        ({"iat": None}, 401),
    ],
    ids=[
        "right",
        "by client id",
        "unknown",
        "too long",
        "expires too late",
        "from the future",
        "no end",
        "no beginning",
    ],
)
def test_the_jwt(sandbox: Sandbox, app: Registered, claims: dict[str, Any], status: int) -> None:
    if claims.get("iss") == "client id":
        claims = {"iss": app.client_id}
    with Api(sandbox.url, signed(app, **claims)) as api:
        api.ask("GET", "/app", status=status)


@pytest.mark.parametrize("how", ["another key", "no signature", "garbage"])
def test_a_jwt_of_somebody_else(sandbox: Sandbox, app: Registered, how: str) -> None:
    claims = {"iss": str(app.id), "iat": NOW - 60, "exp": NOW + 300}
    texts = {
        "another key": jwt.encode(claims, sandbox.app("other").private_key, algorithm="RS256"),
        "no signature": jwt.encode(claims, "", algorithm="none"),
        "garbage": "a.b.c",
    }
    with Api(sandbox.url, texts[how]) as api:
        api.ask("GET", "/app", status=401)


def test_tokens_have_the_new_format_and_an_hour(sandbox: Sandbox, as_app: Api, app: Registered) -> None:
    token = mint(as_app, app)
    assert token.startswith(f"ghs_{app.id}_")
    assert 500 < len(token) < 540
    assert token.count(".") == 2
    with Api(sandbox.url, token) as api:
        api.ask("GET", f"/repos/{REPO}")
        sandbox.clock.advance(3599)
        api.ask("GET", f"/repos/{REPO}")
        sandbox.clock.advance(2)
        assert api.ask("GET", f"/repos/{REPO}", status=401)["message"] == "Bad credentials"


def test_each_kind_of_caller_has_its_endpoints(
    sandbox: Sandbox, as_app: Api, api: Api, repo: SandboxRepository
) -> None:
    assert as_app.ask("GET", f"/repos/{REPO}", status=403)["message"] == "Resource not accessible by integration"
    api.ask("GET", "/app", status=401)
    with Api(sandbox.url, None) as nobody:
        nobody.ask("GET", f"/repos/{REPO}")  # it is public
        nobody.ask("POST", f"/repos/{REPO}/issues", {"title": "T"}, 401)
        nobody.ask("GET", "/app", status=401)
    with Api(sandbox.url, "ghs_nothing") as wrong:
        wrong.ask("GET", f"/repos/{REPO}", status=401)


@pytest.mark.parametrize(
    ("permissions", "method", "path", "status"),
    [
        ({"issues": "read"}, "GET", "issues/1", 200),
        ({"issues": "read"}, "POST", "issues/1/comments", 403),
        ({"issues": "write"}, "POST", "issues/1/comments", 201),
        ({"pull_requests": "write"}, "POST", "issues/1/comments", 201),
        ({"pull_requests": "write"}, "POST", "issues/1/reactions", 403),
        ({"pull_requests": "write"}, "GET", "issues/1", 403),
        ({"contents": "write"}, "GET", "issues/1", 403),
        ({"contents": "read"}, "GET", "git/ref/heads/main", 200),
        ({"contents": "read"}, "POST", "git/refs", 403),
        ({"issues": "write"}, "GET", "collaborators/alice/permission", 200),
        ({"issues": "write"}, "POST", "check-runs", 403),
    ],
    ids=str,
)
def test_a_permission_that_is_missing(
    sandbox: Sandbox,
    as_app: Api,
    app: Registered,
    repo: SandboxRepository,
    permissions: dict[str, str],
    method: str,
    path: str,
    status: int,
) -> None:
    repo.open_issue("alice", "T")
    bodies = {
        "issues/1/comments": {"body": "x"},
        "issues/1/reactions": {"content": "eyes"},
        "git/refs": {"ref": "refs/heads/x", "sha": repo.head("main")},
        "check-runs": {"name": "x", "head_sha": repo.head("main")},
    }
    with Api(sandbox.url, mint(as_app, app, permissions=permissions)) as api:
        answer = api.ask(method, f"/repos/{REPO}/{path}", bodies.get(path), status)
    if status == 403:
        assert answer["message"] == "Resource not accessible by integration"


def test_a_token_for_one_repository(sandbox: Sandbox, as_app: Api, app: Registered, repo: SandboxRepository) -> None:
    other = sandbox.repository("lsst-sqre/other", private=True)
    with Api(sandbox.url, mint(as_app, app, repository_ids=[repo.id])) as api:
        assert api.ask("GET", "/installation/repositories")["total_count"] == 1
        api.ask("GET", f"/repos/{REPO}")
        api.ask("GET", f"/repos/{other.full_name}", status=404)
    place = f"/app/installations/{app.installation_id}/access_tokens"
    as_app.ask("POST", place, {"repository_ids": [other.id]}, 422)
    as_app.ask("POST", place, {"permissions": {"administration": "write"}}, 422)
    as_app.ask("POST", place, {"permissions": {"members": "write"}}, 422)


def test_an_app_that_is_not_installed_there(sandbox: Sandbox, as_app: Api, api: Api) -> None:
    sandbox.repository("lsst-sqre/public")
    sandbox.repository("lsst-sqre/private", private=True)
    as_app.ask("GET", "/repos/lsst-sqre/public/installation", status=404)
    api.ask("GET", "/repos/lsst-sqre/public")
    api.ask("POST", "/repos/lsst-sqre/public/issues", {"title": "T"}, 403)
    api.ask("GET", "/repos/lsst-sqre/private", status=404)
    api.ask("GET", "/repos/lsst-sqre/none", status=404)


def test_people_have_tokens_too(sandbox: Sandbox, repo: SandboxRepository) -> None:
    with Api(sandbox.url, sandbox.user("rita", role="read")) as rita:
        number = rita.ask("POST", f"/repos/{REPO}/issues", {"title": "T"}, 201)["number"]
        assert repo.issue(number)["user"]["login"] == "rita"
        rita.ask("POST", f"/repos/{REPO}/git/refs", {"ref": "refs/heads/x", "sha": repo.head("main")}, 403)
        assert rita.ask("GET", "/user")["login"] == "rita"
