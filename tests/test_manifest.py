from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.web.manifest import app_file, manifest, permissions
from bot.web.metrics import EVENTS
from bot.yaml import load
from tests.support.permissions import CALLS, endpoint, needed

ROOT = Path(__file__).parent.parent
DOCS = (ROOT / "docs" / "permissions.md").read_text()
SUBSET = ROOT.parent / "shared" / "github" / "github-rest-subset.openapi.json"

Manifest = dict[str, Any]


@pytest.fixture
def app() -> Manifest:
    loaded: Manifest = load((ROOT / "app.yaml").read_text())
    return loaded


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading."""
    table = DOCS.split(f"# {heading}", 1)[1].split("|---", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[1:]]


def documented_calls() -> list[tuple[str, str, str]]:
    """Return (permission, method, path) of every call that the page names."""
    found = []
    for permission, _, _, calls in rows("What the App may do, and why"):
        found += [
            (permission.strip("`"), *call) for call in re.findall(r"`(GET|POST|PATCH|PUT|DELETE) ([^`]+)`", calls)
        ]
    return found


def test_it_asks_for_these_and_no_more(app: Manifest) -> None:
    assert app["default_permissions"] == {
        "metadata": "read",
        "issues": "write",
        "contents": "write",
        "pull_requests": "write",
        "checks": "write",
        "members": "read",
    }
    assert app["default_events"] == [
        "issues",
        "issue_comment",
        "pull_request",
        "pull_request_review",
        "push",
        "check_run",
        "check_suite",
    ]
    assert app["public"] is False
    assert app["url"].startswith("https://")
    assert app_file() == ROOT / "app.yaml"


def test_every_permission_and_event_has_its_reason_beside_it() -> None:
    lines = (ROOT / "app.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"  (\w+: (read|write)|- \w+)$", line):
            assert lines[number - 1].startswith("  # "), line


def test_the_page_says_the_same(app: Manifest) -> None:
    table = rows("What the App may do, and why")
    assert {row[0].strip("`"): row[1] for row in table} == app["default_permissions"]
    assert all(row[2] and row[3] for row in table)
    assert [row[0].strip("`") for row in rows("Events")] == app["default_events"]


def test_the_calls_on_the_page_need_what_is_asked_for_and_nothing_else(app: Manifest) -> None:
    calls = documented_calls()
    assert len(calls) > 10
    assert needed((method, path) for _, method, path in calls) == app["default_permissions"]
    for permission, method, path in calls:
        assert permission in CALLS[endpoint(method, path)], (method, path)


def test_every_event_that_is_subscribed_to_is_counted_by_its_name(app: Manifest) -> None:
    assert set(app["default_events"]) <= EVENTS


@pytest.mark.parametrize(
    ("call", "entry"),
    [
        (("GET", "/repos/o/r?x=1"), "GET /repos/{owner}/{repo}"),
        (("get", "/repos/o/r/pulls/7"), "GET /repos/{owner}/{repo}/pulls/{number}"),
        (("DELETE", "/repos/o/r/git/refs/heads/kafka-access/a-1"), "DELETE /repos/{owner}/{repo}/git/refs/{ref}"),
        (("GET", "/repos/o/r/commits/abc/check-runs"), "GET /repos/{owner}/{repo}/commits/{ref}/check-runs"),
        (("GET", "/repos/o/r/commits/abc"), "GET /repos/{owner}/{repo}/commits/{ref}"),
        (("GET", "/o/r.git/info/refs?service=git-upload-pack"), "GET /{owner}/{repo}.git/info/refs"),
        (("GET", "/repos/o/r/issues/comments/5"), "GET /repos/{owner}/{repo}/issues/comments/{id}"),
        (
            ("GET", "/repos/o/r/collaborators/u/permission"),
            "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
        ),
    ],
)
def test_calls_are_found_in_the_table(call: tuple[str, str], entry: str) -> None:
    assert endpoint(*call) == entry


def test_calls_that_nobody_thought_of_are_not_let_through() -> None:
    for call in (("PUT", "/repos/o/r/pulls/7/merge"), ("POST", "/repos/o/r/dispatches"), ("DELETE", "/repos/o/r")):
        with pytest.raises(LookupError):
            needed([call])


def test_write_outweighs_read_in_any_order() -> None:
    calls = [("GET", "/repos/o/r/pulls"), ("POST", "/repos/o/r/pulls"), ("GET", "/repos/o/r/pulls/1")]
    assert needed(calls) == {"pull_requests": "write"}


@pytest.mark.skipif(not SUBSET.exists(), reason="GitHub's API description is not beside this checkout")
def test_the_table_names_calls_that_github_has() -> None:
    paths = json.loads(SUBSET.read_text())["paths"]
    shape = {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}" for path, methods in paths.items() for method in methods
    }
    ours = {re.sub(r"{[^}]*}", "{}", call) for call in CALLS if ".git/" not in call and "graphql" not in call}
    # Addresses that GitHub itself gives out for renamed repositories and refs, which its description leaves out; and
    # who a person is and what happened to an issue, which this part of it leaves out.
    left_out = {"GET /user", "GET /repos/{}/{}/issues/{}/events"}
    assert ours - shape <= {"GET /repositories/{}", "GET /repos/{}/{}/git/refs/{}", *left_out}


def test_the_addresses_are_filled_in() -> None:
    filled = manifest("my-bot", "https://bot.example.org", "http://127.0.0.1:1/done")
    assert filled["hook_attributes"] == {"url": "https://bot.example.org/webhook", "active": True}
    assert filled["redirect_url"] == "http://127.0.0.1:1/done"
    assert filled["callback_urls"] == ["https://bot.example.org/sign-in/github/done"]
    assert filled["name"] == "my-bot"
    assert ("pull requests", "write") in permissions()
    json.dumps(filled)


def test_without_an_address_the_webhook_is_off_and_nobody_signs_in() -> None:
    filled = manifest("my-bot", None, "http://127.0.0.1:1/done")
    assert filled["hook_attributes"]["active"] is False
    assert "callback_urls" not in filled
