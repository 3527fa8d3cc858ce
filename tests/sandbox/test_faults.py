from __future__ import annotations

import threading
import time

import httpx
import pytest

from bot.sandbox.faults import Fault, primary_limit, secondary_limit
from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from bot.sandbox.server import Request
from tests.sandbox.conftest import REPO, Api, mint, signed

COMMENTS = rf"/repos/{REPO}/issues/1/comments"


@pytest.fixture(autouse=True)
def issue(repo: SandboxRepository) -> int:
    return repo.open_issue("alice", "T")


@pytest.mark.parametrize(("when", "made"), [("before", 1), ("after", 2)])
def test_a_502_before_and_after(api: Api, sandbox: Sandbox, repo: SandboxRepository, when: str, made: int) -> None:
    fault = sandbox.faults.add(Fault("POST", COMMENTS, when=when))  # type: ignore[arg-type]
    api.ask("POST", COMMENTS, {"body": "x"}, 502)
    api.ask("POST", COMMENTS, {"body": "x"}, 201)
    assert fault.met == 1
    assert len(repo.comments(1)) == made


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_connection_that_is_cut(api: Api, sandbox: Sandbox, repo: SandboxRepository, when: str, made: int) -> None:
    sandbox.faults.add(Fault("*", COMMENTS, when=when, drop=True))  # type: ignore[arg-type]
    with pytest.raises(httpx.RemoteProtocolError):
        api.ask("POST", COMMENTS, {"body": "x"})
    assert len(repo.comments(1)) == made
    assert sandbox.requests[-1].status == 0


def test_times_and_delay(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("GET", ".*/comments", status=0, delay=0.2, times=2))
    for least in (0.2, 0.2, 0.0):
        began = time.monotonic()
        assert api.ask("GET", COMMENTS) == []
        assert time.monotonic() - began >= least
    sandbox.faults.add(Fault("GET", ".*", times=100))
    api.ask("GET", COMMENTS, status=502)
    sandbox.faults.clear()
    api.ask("GET", COMMENTS)


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("retry_after", [None, 2])
def test_limits_on_demand(api: Api, sandbox: Sandbox, status: int, retry_after: int | None) -> None:
    sandbox.faults.add(secondary_limit(retry_after, status=status))
    answer = api.get(COMMENTS)
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == (None if retry_after is None else "2")
    sandbox.faults.add(primary_limit(reset=12345, status=status))
    answer = api.get(COMMENTS)
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (status, "0")
    assert answer.headers["x-ratelimit-reset"] == "12345"
    api.ask("GET", COMMENTS)


def test_the_limit_of_the_hour(api: Api, sandbox: Sandbox, app: Registered) -> None:
    first = api.get(COMMENTS).headers
    assert int(first["x-ratelimit-remaining"]) < 5000
    used = int(first["x-ratelimit-used"])
    sandbox.set_rate_limit(used + 1)
    assert api.get(COMMENTS).headers["x-ratelimit-remaining"] == "0"
    refused = api.get(COMMENTS)
    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded for installation ID ")
    assert api.ask("GET", "/rate_limit")["rate"]["remaining"] == 0
    sandbox.clock.advance(int(refused.headers["x-ratelimit-reset"]) - sandbox.clock.now().timestamp() + 1)
    now = int(sandbox.clock.now().timestamp())
    with Api(sandbox.url, signed(app, iat=now - 60, exp=now + 300)) as as_app:
        api.headers["Authorization"] = f"Bearer {mint(as_app, app)}"
    api.ask("GET", COMMENTS)


def test_callbacks_come_around_writes(api: Api, sandbox: Sandbox, repo: SandboxRepository) -> None:
    seen = []

    def note(moment: str, request: Request) -> None:
        seen.append((moment, request.method, len(repo.comments(1)), threading.current_thread().name != "sandbox"))

    stop = sandbox.on_request(note)
    api.ask("POST", COMMENTS, {"body": "x"}, 201)
    api.ask("GET", COMMENTS)
    stop()
    api.ask("POST", COMMENTS, {"body": "x"}, 201)
    assert seen == [("before", "POST", 0, True), ("after", "POST", 1, True)]


def test_the_log(api: Api, sandbox: Sandbox) -> None:
    api.ask("POST", COMMENTS, {"body": "x"}, 201)
    api.ask("GET", COMMENTS, page=1)
    made, read = sandbox.requests[-2:]
    assert (made.method, made.path, made.status, made.caller) == ("POST", COMMENTS, 201, "kafka-access[bot]")
    assert (made.body, made.writes) == ({"body": "x"}, True)
    assert (read.query, read.status, read.writes) == ("page=1", 200, False)


def test_pages_are_linked_by_number(api: Api, repo: SandboxRepository) -> None:
    for number in range(5):
        repo.comment(1, "alice", f"{number}")
    bodies = []
    address = f"{COMMENTS}?per_page=2"
    while address:
        answer = api.get(address)
        bodies += [one["body"] for one in answer.json()]
        address = answer.links.get("next", {}).get("url", "")
        assert not address or f"/repositories/{repo.id}/issues/1/comments" in address
    assert bodies == ["0", "1", "2", "3", "4"]
    middle = api.get(COMMENTS, params={"per_page": 2, "page": 2}).links
    assert {rel: link["url"].rpartition("page=")[2] for rel, link in middle.items()} == {
        "prev": "1",
        "next": "3",
        "last": "3",
        "first": "1",
    }
    assert api.ask("GET", COMMENTS, page=9) == []


def test_renamed(api: Api, sandbox: Sandbox, repo: SandboxRepository) -> None:
    sandbox.rename(REPO, "lsst-sqre/rubin-phalanx")
    read = api.get(f"{COMMENTS}?page=1")
    assert (read.status_code, read.headers["Location"]) == (
        301,
        f"{sandbox.url}/repositories/{repo.id}/issues/1/comments?page=1",
    )
    assert api.get(f"{COMMENTS}?page=1", follow_redirects=True).json() == []
    write = api.post(COMMENTS, json={"body": "x"})
    assert (write.status_code, repo.comments(1)) == (307, [])
    assert api.post(COMMENTS, json={"body": "x"}, follow_redirects=True).status_code == 201
    assert repo.issue(1)["html_url"] == f"{sandbox.url}/lsst-sqre/rubin-phalanx/issues/1"
    sandbox.repository(REPO)
    assert api.get(f"/repos/{REPO}").json()["id"] != repo.id, "a new repository takes the name over"
