from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient

from bot.web.app import State, application
from bot.web.ports import Limits
from tests.web.parts import Kept, Sent, parts, receive, signed

Client = TestClient[web.Request, web.Application]
Serve = Callable[[web.Application], Awaitable[Client]]

BODY = json.dumps({"action": "created", "comment": {"body": "/kafka-access help"}}).encode()


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    yield kept
    kept.gate.set()


@pytest.fixture
async def client(aiohttp_client: Serve, kept: Kept) -> Client:
    return await aiohttp_client(application(parts(kept), limits=Limits(read=0.5, store=0.5, ask=0.3)))


async def sample(client: Client, name: str) -> float:
    text = await (await client.get("/metrics")).text()
    found = [line for line in text.splitlines() if line.startswith(name)]
    assert len(found) == 1, text
    return float(found[0].rsplit(" ", 1)[1])


async def test_a_delivery_is_stored_and_then_known(client: Client, kept: Kept) -> None:
    for new in (True, False):
        response = await client.post("/webhook", data=BODY, headers=signed(BODY))
        assert response.status == 202
        assert await response.json() == {"id": "guid-1", "new": new}
    assert kept.deliveries["guid-1"].payload["comment"] == {"body": "/kafka-access help"}
    assert await sample(client, 'kafka_access_deliveries_total{event="issue_comment",result="new"}') == 1
    assert await sample(client, 'kafka_access_deliveries_total{event="issue_comment",result="known"}') == 1


async def test_what_means_nothing_is_counted_as_that_and_not_called_known(
    client: Client, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.ignored = ("push",)
    response = await client.post("/webhook", data=BODY, headers=signed(BODY, event="push"))
    assert (response.status, await response.json()) == (202, {"id": "guid-1", "new": False})
    assert not kept.deliveries
    assert await sample(client, 'kafka_access_deliveries_total{event="push",result="ignored"}') == 1
    assert "known" not in capsys.readouterr().out


async def test_ping_is_answered_and_not_stored(client: Client, kept: Kept) -> None:
    response = await client.post("/webhook", data=b"{}", headers=signed(b"{}", event="ping"))
    assert response.status == 200
    assert not kept.deliveries


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(BODY, {}, 401, id="unsigned"),
        pytest.param(BODY, signed(b"another body"), 401, id="signed for another body"),
        pytest.param(BODY, {**signed(BODY), "X-Hub-Signature-256": "sha256=ümläut"}, 401, id="odd signature"),
        pytest.param(b"{broken", signed(b"{broken"), 400, id="broken JSON"),
        pytest.param(b"\xff\xfe", signed(b"\xff\xfe"), 400, id="not UTF-8"),
        pytest.param(b"x" * 200_000, signed(b"x" * 200_000), 400, id="large and broken, checked in a thread"),
    ],
)
async def test_what_github_does_not_send_is_refused(
    client: Client, kept: Kept, body: bytes, headers: dict[str, str], status: int
) -> None:
    response = await client.post("/webhook", data=body, headers=headers)
    assert response.status == status
    assert list(await response.json()) == ["error"]
    assert not kept.deliveries


async def test_compressed_bodies_are_refused(client: Client) -> None:
    body = gzip.compress(b"0" * 10_000_000)
    async with ClientSession() as session:
        headers = {**signed(body), "Content-Encoding": "gzip"}
        async with session.post(client.make_url("/webhook"), data=body, headers=headers) as response:
            assert response.status == 415


async def raw(client: Client, head: str, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
    """Send a request bit by bit on a bare socket; returns the answer's head and how many bytes were sent before it."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    sent = 0
    answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    try:
        writer.write(head.replace("\n", "\r\n").encode())
        async for chunk in chunks:
            if answer.done():
                break
            writer.write(chunk)
            await writer.drain()
            sent += len(chunk)
        return (await asyncio.wait_for(answer, 5)).decode(), sent
    finally:
        answer.cancel()
        writer.close()


async def megabytes(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"100000\r\n" + b"x" * 2**20 + b"\r\n"


async def test_30_megabytes_said_in_advance_are_not_even_read(client: Client) -> None:
    head = f"POST /webhook HTTP/1.1\nHost: x\nContent-Length: {30 * 2**20}\n\n"
    answer, _ = await raw(client, head, megabytes(0))
    assert answer.startswith("HTTP/1.1 413 ")
    assert "Connection: close" in answer


async def test_30_megabytes_in_chunks_end_at_the_limit(client: Client) -> None:
    head = "POST /webhook HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"
    answer, sent = await raw(client, head, megabytes(60))
    assert answer.startswith("HTTP/1.1 413 ")
    assert sent < 58 * 2**20


async def test_25_megabytes_are_taken(aiohttp_client: Serve, kept: Kept) -> None:
    client = await aiohttp_client(application(parts(kept)))
    body = json.dumps({"action": "x" * (25 * 2**20)}).encode()
    response = await client.post("/webhook", data=BytesIO(body), headers=signed(body))
    assert response.status == 202


async def test_many_large_bodies_at_once_are_not_all_held(aiohttp_client: Serve, kept: Kept) -> None:
    client = await aiohttp_client(application(parts(kept), limits=Limits(bodies=3 * 2**20, store=0.5)))
    kept.gate.clear()
    body = json.dumps({"action": "x" * 2**20}).encode()
    posts = [client.post("/webhook", data=BytesIO(body), headers=signed(body, f"guid-{n}")) for n in range(6)]
    answers = await asyncio.gather(*posts)
    reasons = Counter([(await answer.json())["error"] for answer in answers])
    assert reasons["too many large deliveries at once"] >= 3
    kept.gate.set()
    response = await client.post("/webhook", data=BytesIO(body), headers=signed(body))
    assert response.status == 202, "what was held is given back"


async def test_a_slow_body_is_given_up(client: Client) -> None:
    head = "POST /webhook HTTP/1.1\nHost: x\nContent-Length: 1000\n\n{"
    answer, _ = await raw(client, head, megabytes(0))
    assert answer.startswith("HTTP/1.1 408 ")


async def test_a_body_that_ends_early_does_no_harm(client: Client, kept: Kept) -> None:
    _, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await client.post("/webhook", data=BODY, headers=signed(BODY))).status == 202
    assert len(kept.deliveries) == 1


async def test_50_identical_deliveries_at_once_are_one(client: Client, kept: Kept) -> None:
    answers = await asyncio.gather(*(client.post("/webhook", data=BODY, headers=signed(BODY)) for _ in range(50)))
    assert {answer.status for answer in answers} == {202}
    assert Counter([(await answer.json())["new"] for answer in answers]) == {True: 1, False: 49}
    assert len(kept.deliveries) == 1


async def test_a_store_that_hangs_ends_in_503_and_the_loop_goes_on(client: Client, kept: Kept) -> None:
    kept.gate.clear()
    posts = [
        asyncio.create_task(client.post("/webhook", data=BODY, headers=signed(BODY, f"guid-{n}"))) for n in range(20)
    ]
    while not all(post.done() for post in posts):
        assert (await client.get("/healthz")).status == 200
        assert not kept.gate.is_set(), "what the store waits for, so the loop does not wait for the store"
    for post in posts:
        response = post.result()
        assert (response.status, response.headers["Retry-After"]) == (503, "30")
    kept.gate.set()
    assert (await client.post("/webhook", data=BODY, headers=signed(BODY))).status == 202, "and comes back"


async def test_a_store_that_fails_ends_in_503(client: Client, kept: Kept) -> None:
    kept.failure = RuntimeError("postgresql://bot:hunter2@db is away")
    response = await client.post("/webhook", data=BODY, headers=signed(BODY))
    assert response.status == 503
    assert "hunter2" not in await response.text()


async def test_a_bug_in_the_check_is_500_and_says_nothing(aiohttp_client: Serve, kept: Kept) -> None:
    def broken(headers: Any, body: bytes) -> Sent:
        raise KeyError("secret")

    client = await aiohttp_client(application(parts(kept, broken)))
    response = await client.post("/webhook", data=BODY, headers=signed(BODY))
    assert response.status == 500
    assert "secret" not in await response.text()
    assert await sample(client, 'kafka_access_deliveries_total{event="issue_comment",result="failed"}') == 1


async def test_unknown_events_do_not_make_new_series(client: Client) -> None:
    for n in range(20):
        await client.post("/webhook", data=BODY, headers=signed(BODY, f"guid-{n}", event=f"event_{n}"))
    assert await sample(client, 'kafka_access_deliveries_total{event="other",result="new"}') == 20
    assert "event_1" not in await (await client.get("/metrics")).text()


async def test_a_delivery_stands_on_every_line_that_its_request_logs(aiohttp_client: Serve, kept: Kept) -> None:
    seen: list[str] = []

    def watching(headers: Any, body: bytes) -> Sent:
        seen.append(structlog.contextvars.get_contextvars()["delivery"])
        return receive(headers, body)

    client = await aiohttp_client(application(parts(kept, watching)))
    large = json.dumps({"action": "x" * 200_000}).encode()
    await asyncio.gather(
        *(client.post("/webhook", data=body, headers=signed(body, guid)) for body, guid in ((BODY, "a"), (large, "b")))
    )
    assert sorted(seen) == ["a", "b"]
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhook", 405),
        ("POST", "/healthz", 405),
        ("GET", "/setup", 404),
        ("GET", "/setup/done", 404),
        ("POST", "/setup", 404),
        ("GET", "/../../etc/passwd", 404),
    ],
)
async def test_other_ways_in_are_closed(client: Client, method: str, path: str, status: int) -> None:
    response = await client.request(method, path)
    assert response.status == status
    assert "Server" not in response.headers


async def test_ready_follows_the_queue_and_the_end(aiohttp_client: Serve, kept: Kept) -> None:
    state = State()
    client = await aiohttp_client(application(parts(kept), state=state, limits=Limits(ask=0.2)))
    assert (await client.get("/readyz")).status == 200
    kept.failure = RuntimeError("away")
    assert (await client.get("/readyz")).status == 503
    kept.failure = None
    assert (await client.get("/readyz")).status == 200
    state.draining = True
    response = await client.get("/readyz")
    assert (response.status, await response.json()) == (503, {"status": "draining"})
    assert (await client.get("/healthz")).status == 200


async def test_probes_answer_while_the_queue_hangs_and_do_not_pile_up(client: Client, kept: Kept) -> None:
    kept.gate.clear()
    for _ in range(3):
        assert (await client.get("/readyz")).status == 503
        assert (await client.get("/metrics")).status == 200
    assert kept.asked == 1
    kept.gate.set()
    assert (await client.get("/readyz")).status in {200, 503}


async def test_metrics_say_what_waits_and_what_is_left(client: Client, kept: Kept) -> None:
    await client.post("/webhook", data=BODY, headers=signed(BODY))
    assert await sample(client, "kafka_access_queue_depth") == 1
    assert await sample(client, "kafka_access_queue_oldest_seconds") == 12.5
    assert await sample(client, "kafka_access_deliveries_set_aside") == 3
    assert await sample(client, "kafka_access_rate_limit_left") == 4990
    assert await sample(client, "kafka_access_request_seconds_count") == 1
    kept.failure = RuntimeError("away")
    assert str(await sample(client, "kafka_access_queue_depth")) == "nan"


async def test_commands_are_measured_by_outcome(aiohttp_client: Serve, kept: Kept) -> None:
    behind = parts(kept)
    behind.metrics.command("done", 3.5)
    behind.metrics.command("an outcome with\na new name each time", 3.5)
    client = await aiohttp_client(application(behind))
    assert await sample(client, 'kafka_access_command_seconds_sum{outcome="done"}') == 3.5
    assert await sample(client, 'kafka_access_command_seconds_count{outcome="other"}') == 1


async def test_pages_carry_nothing_foreign_and_headers_that_keep_it_so(client: Client) -> None:
    response = await client.get("/")
    text = await response.text()
    assert "/kafka-access myapp topic=" in text
    assert "<script" not in text
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in response.headers


def test_two_applications_share_no_numbers() -> None:
    one, other = parts(Kept()), parts(Kept())
    one.metrics.command("done", 1)
    assert other.metrics.registry.get_sample_value("kafka_access_command_seconds_count", {"outcome": "done"}) is None
