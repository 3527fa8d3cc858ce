from __future__ import annotations

import pytest

from bot.errors import TryLater, UserError
from bot.github.comments import Target
from bot.github.errors import (
    Archived,
    Empty,
    Gone,
    Limited,
    Locked,
    NotAllowed,
    Protected,
    Unauthorised,
    Unreachable,
    by_status,
)
from bot.github.repository import Repository
from bot.sandbox.faults import Fault
from tests.github.conftest import Stage


@pytest.mark.parametrize(
    ("status", "headers", "message", "kind"),
    [
        (500, {}, "", Unreachable),
        (502, {}, "rate limit", Unreachable),
        (599, {}, "", Unreachable),
        (401, {}, "Bad credentials", Unauthorised),
        (403, {}, "Resource not accessible by integration", NotAllowed),
        (403, {"X-RateLimit-Remaining": "0"}, "Resource not accessible by integration", NotAllowed),
        (403, {}, "Repository was archived so is read-only.", Archived),
        (403, {}, "Unable to create comment because issue is locked.", Locked),
        (403, {}, "Cannot update this protected ref.", Protected),
        (403, {"Retry-After": "5"}, "", Limited),
        (403, {"retry-after": "Tue, 24 Nov 2026 16:00:00 GMT"}, "You have exceeded a secondary rate limit", Limited),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, "", Limited),
        (429, {}, "", Limited),
        (404, {}, "Not Found", Gone),
        (410, {}, "Issues are disabled for this repo", Gone),
        (451, {}, "Repository access blocked", Gone),
        (409, {}, "Git Repository is empty.", Empty),
        (409, {}, "Conflict", None),
        (422, {}, "Repository rule violations found", Protected),
        (422, {}, "Changes must be made through a pull request. Protected branch update failed", Protected),
        (422, {}, "Validation Failed", None),
        (400, {}, "Problems parsing JSON", None),
    ],
)
def test_kinds(status: int, headers: dict[str, str], message: str, kind: type[Exception] | None) -> None:
    found = by_status(status, headers, message, "issues: write")
    assert type(found) is (kind or type(None))


def test_the_permission_that_lacks_is_named() -> None:
    said = by_status(403, {}, "Resource not accessible by integration", "issues: write")
    assert isinstance(said, UserError)
    assert "permission issues: write" in said.text
    headers = {"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"}
    said = by_status(403, headers, "Resource not accessible by integration", "issues: write")
    assert isinstance(said, NotAllowed)
    assert said.needs == "issues: write; pull_requests: write"


@pytest.mark.parametrize(("wait", "seconds"), [("7", 7), ("0", 0), ("999999", 3700), ("-5", 60), ("", 60)])
def test_how_long_to_wait(wait: str, seconds: float) -> None:
    found = by_status(429, {"Retry-After": wait}, "", "")
    assert isinstance(found, Limited)
    assert found.wait == seconds


@pytest.mark.parametrize(
    ("body", "status"),
    [("<html>Unicorn!</html>", 502), ({"message": "x"}, 500), ("{", 200), ('{"object": ', 200), ("", 504)],
    ids=["html", "json", "cut", "cut later", "nothing"],
)
def test_answers_that_are_none(stage: Stage, repository: Repository, body: object, status: int) -> None:
    stage.sandbox.faults.add(Fault("GET", "/repos/.*", status=status, body=body, times=4))
    with pytest.raises(Unreachable):
        repository.branches.head("main")


def test_a_read_survives_three_failures(stage: Stage, repository: Repository) -> None:
    fault = stage.sandbox.faults.add(Fault("GET", "/repos/.*", times=3))
    assert repository.branches.head("main") == stage.home.head("main")
    assert fault.met == 3


def test_nobody_there(stage: Stage, repository: Repository) -> None:
    stage.sandbox.faults.add(Fault("*", "/repos/.*", drop=True, times=99))
    with pytest.raises(Unreachable):
        repository.comments.react(Target(1), "eyes")


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "FORBIDDEN", "INTERNAL"])
def test_graphql_fails_with_status_200(stage: Stage, repository: Repository, kind: str) -> None:
    main = stage.home.head("main")
    assert main
    body = {"data": {"createCommitOnBranch": None}, "errors": [{"type": kind, "message": "?"}]}
    stage.sandbox.faults.add(Fault("POST", "/graphql", status=200, body=body, times=9))
    expected: dict[str, type[Exception]] = {"RATE_LIMITED": Limited, "FORBIDDEN": NotAllowed, "INTERNAL": Unreachable}
    with pytest.raises(expected[kind]):
        repository.commits.commit("main", main, "x", "", {"a": b"a"})


def test_an_app_that_lost_a_permission_says_which(stage: Stage) -> None:
    from bot.sandbox.local import MANIFEST
    from tests.github.conftest import make_app

    permissions = {**MANIFEST["default_permissions"], "issues": "read", "pull_requests": "read"}
    registered = stage.sandbox.app("poor", manifest={**MANIFEST, "default_permissions": permissions})
    app = make_app(stage.sandbox, registered)
    with pytest.raises(NotAllowed, match="issues: write"):
        app.repository(registered.installation_id, stage.home.id, stage.home.full_name)


def test_each_kind_is_one_of_the_two() -> None:
    assert all(issubclass(kind, TryLater) for kind in (Limited, Unreachable, Unauthorised))
    assert all(issubclass(kind, UserError) for kind in (Archived, Empty, Gone, Locked, NotAllowed, Protected))
