from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.github.deliveries import Attempt, attempts, missed, redeliver_missed
from bot.github.errors import Unreachable
from bot.sandbox.faults import Fault, secondary_limit
from tests.github.conftest import Stage, make_app
from tests.support.serving import answering

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def attempt(number: int, minutes: float, status: int, guid: str = "a", event: str = "issue_comment") -> Attempt:
    return Attempt(
        id=number,
        guid=guid,
        delivered_at=NOW - timedelta(minutes=minutes),
        redelivery=False,
        status="OK" if status == 202 else "failed to connect",
        status_code=status,
        event=event,
        action="created",
    )


@pytest.mark.parametrize(
    ("log", "due"),
    [
        ([], []),
        ([attempt(1, 5, 202)], []),
        ([attempt(1, 5, 0)], [1]),
        ([attempt(1, 5, 503)], [1]),
        ([attempt(1, 0.9, 0)], []),
        ([attempt(2, 3, 202), attempt(1, 5, 503)], []),
        ([attempt(2, 3, 503), attempt(1, 5, 202)], []),
        ([attempt(2, 3, 503), attempt(1, 5, 503)], [2]),
        ([attempt(2, 1.5, 503), attempt(1, 5, 503)], []),
        ([attempt(3, 3.9, 503), attempt(2, 8, 0), attempt(1, 9, 0)], []),
        ([attempt(3, 4.1, 503), attempt(2, 8, 0), attempt(1, 9, 0)], [3]),
        ([attempt(n, 361 + n, 503) for n in range(1, 40)], [1]),
        ([attempt(n, 358 + n, 503) for n in range(1, 40)], []),
        ([attempt(1, 5, 0, "a"), attempt(2, 7, 0, "b"), attempt(3, 6, 202, "c")], [2, 1]),
        ([attempt(1, 5, 503, event="ping")], []),
    ],
    ids=[
        "nothing",
        "arrived",
        "nobody answered",
        "refused",
        "too young",
        "arrived the second time",
        "arrived the first time",
        "failed twice",
        "failed twice, and just now",
        "three times, too early",
        "three times, due",
        "very often, due after six hours",
        "very often, too early",
        "several, oldest first",
        "of no interest",
    ],
)
def test_what_is_due(log: list[Attempt], due: list[int]) -> None:
    assert [one.id for one in missed(log, NOW)] == due


class Ear(ThreadingHTTPServer):
    """A bot that hears everything and remembers the GUIDs."""

    daemon_threads = True
    heard: list[str]


class _Hearing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Ear)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(self.headers["X-GitHub-Delivery"])
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[Ear]:
    server = Ear(("127.0.0.1", 0), _Hearing)
    server.heard = []
    with answering(server):
        yield server


async def test_what_was_missed_is_asked_for_once(stage: Stage) -> None:
    registered = stage.sandbox.app("deaf", webhook_url="http://127.0.0.1:1/", webhook_secret="s" * 20)
    app = make_app(stage.sandbox, registered)
    for number in range(3):
        stage.home.comment(stage.issue, "alice", f"/kafka-access app{number}")
    stage.sandbox.wait_for_deliveries()
    later = datetime.now(UTC) + timedelta(minutes=2)
    with listening() as ear:
        stage.sandbox.set_webhook("deaf", f"http://127.0.0.1:{ear.server_port}/")
        stage.home.comment(stage.issue, "alice", "/kafka-access heard")
        stage.sandbox.wait_for_deliveries()
        assert await redeliver_missed(app) == []
        asked = await redeliver_missed(app, later)
        stage.sandbox.wait_for_deliveries()
        assert len(asked) == 3
        assert sorted(ear.heard[1:]) == sorted(asked)
        assert await redeliver_missed(app, later) == []
        assert len(ear.heard) == 4


async def test_all_pages_are_read_but_not_what_is_older(stage: Stage) -> None:
    registered = stage.sandbox.app("deaf", webhook_url="http://127.0.0.1:1/", webhook_secret="s" * 20)
    app = make_app(stage.sandbox, registered)
    stage.sandbox.clock.advance(-4 * 86400)
    stage.home.comment(stage.issue, "alice", "long ago")
    stage.sandbox.clock.advance(4 * 86400)
    for number in range(120):
        stage.home.comment(stage.issue, "alice", f"{number}")
    stage.sandbox.wait_for_deliveries(60)
    since = datetime.now(UTC) - timedelta(days=3)
    assert len([one for one in await attempts(app, since) if one.event == "issue_comment"]) == 120
    assert len([one for one in await attempts(app, since - timedelta(days=3)) if one.event == "issue_comment"]) == 121


@pytest.mark.parametrize(
    ("fault", "asked", "tried"),
    [
        (Fault("POST", "/app/hook/.*", status=404, body={"message": "Not Found"}), 1, 2),
        (Fault("POST", "/app/hook/.*", status=422, body={"message": "Too old"}), 1, 2),
        (secondary_limit(30, path="/app/hook/.*", method="POST"), 0, 1),
    ],
    ids=["gone", "refused", "limited"],
)
async def test_one_that_github_refuses_does_not_stop_the_others_but_a_limit_does(
    stage: Stage, fault: Fault, asked: int, tried: int
) -> None:
    registered = stage.sandbox.app("deaf", webhook_url="http://127.0.0.1:1/", webhook_secret="s" * 20)
    app = make_app(stage.sandbox, registered)
    for number in range(2):
        stage.home.comment(stage.issue, "alice", f"{number}")
    stage.sandbox.wait_for_deliveries()
    stage.sandbox.faults.add(fault)
    assert len(await redeliver_missed(app, datetime.now(UTC) + timedelta(minutes=2))) == asked
    assert len([one for one in stage.sandbox.requests if one.path.endswith("/attempts")]) == tried


async def test_an_outage_of_github_is_no_bug(stage: Stage) -> None:
    app = make_app(stage.sandbox, stage.sandbox.app("deaf", webhook_url="http://127.0.0.1:1/", webhook_secret="s" * 20))
    stage.sandbox.faults.add(Fault("GET", "/app/hook/deliveries", drop=True, times=9))
    with pytest.raises(Unreachable):
        await redeliver_missed(app)
