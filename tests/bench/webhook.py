"""(d) signed deliveries that are stored, against a handler that only verifies and answers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import statistics
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.bench import children
from tests.bench.measure import show

CONNECTIONS = 16
COUNT = 1000
"""Deliveries in each round."""


def measure(sandbox: Sandbox, home: SandboxRepository, registered: Registered, folder: Path, rounds: int) -> None:
    """Measure both in turns, from this process, and print."""
    environment = {"KAFKA_ACCESS_WEBHOOK_SECRETS": children.SECRET}
    with (
        children.bot(sandbox, registered, folder / "webhook") as bot,
        children.child("tests.bench.child_bare", folder / "bare.log", environment) as bare,
    ):
        number = home.open_issue("alice", "A question")
        home.comment(number, "alice", "Does anybody know whom to ask?")
        sandbox.wait_for_deliveries(20)
        payload = sandbox.deliveries[-1].payload
        places = (bot.address, bare.address)
        for place in places:
            asyncio.run(_deliver(place, _requests(payload, 200)))
        found = [[_round(place, payload) for place in places] for _ in range(rounds)]
    (rate, late), (bare_rate, bare_late) = (
        tuple(statistics.median(column) for column in zip(*one, strict=True)) for one in zip(*found, strict=True)
    )
    what = f"(d) deliveries stored, {CONNECTIONS} connections"
    show(what, rate, bare_rate, 0.2, unit="/s", least=True)
    show("    their 99th percentile", late, bare_late, 50)


def _round(address: str, payload: dict[str, Any]) -> tuple[float, float]:
    """Return deliveries per second, and the 99th percentile of the seconds that one takes."""
    requests = _requests(payload, COUNT)
    began = time.perf_counter()
    times = sorted(asyncio.run(_deliver(address, requests)))
    return COUNT / (time.perf_counter() - began), times[COUNT * 99 // 100]


def _requests(payload: dict[str, Any], count: int) -> list[bytes]:
    """Return whole HTTP requests, each a delivery of another comment; what makes them costs no measured time."""
    return [_request(payload, number) for number in range(count)]


def _request(payload: dict[str, Any], number: int) -> bytes:
    comment = {**payload["comment"], "id": 10**6 + number}
    body = json.dumps({**payload, "comment": comment}).encode()
    signature = hmac.digest(children.SECRET.encode(), body, hashlib.sha256).hex()
    lines = [
        "POST /webhook HTTP/1.1",
        "Host: localhost",
        "User-Agent: GitHub-Hookshot/0000000",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-GitHub-Event: issue_comment",
        f"X-GitHub-Delivery: {uuid.uuid4()}",
        f"X-Hub-Signature-256: sha256={signature}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _deliver(address: str, requests: list[bytes]) -> list[float]:
    """Send all requests over so many connections; return the seconds that each took."""
    times: list[float] = []
    place = urlsplit(address)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while requests:
            request = requests.pop()
            began = time.perf_counter()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
            times.append(time.perf_counter() - began)
            if b" 202 " not in head:
                raise RuntimeError(head.decode())
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times
