"""Deliveries that GitHub did not send, or sent more than once."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping
from io import BytesIO

import aiohttp
import pytest

from bot.jobs.model import Query
from tests.support.bot import SECRET, World

GRANT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest"
MEBIBYTE = 2**20


def signed(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, "sha256").hexdigest()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "Content-Type": "application/json",
        "X-GitHub-Delivery": "11111111-2222-3333-4444-555555555555",
        "X-GitHub-Event": "issue_comment",
        "X-Hub-Signature-256": f"sha256={digest}",
        **named,
    }


async def post(world: World, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.address}/webhook", data=BytesIO(body), headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def comment_delivery(world: World) -> tuple[bytes, int]:
    """The bytes of a true delivery with a command, never sent by GitHub itself, and its issue."""
    number = world.home.open_issue("alice", "Kafka, please", "Hello")
    world.settle()
    world.sandbox.hold_deliveries()
    world.home.comment(number, "alice", GRANT)
    body = world.sandbox.deliveries[-1].body
    world.sandbox.release_deliveries(lambda _held: [])
    return body, number


def jobs(world: World) -> set[str]:
    return {one.id for one in world.parts.health.jobs(Query(limit=1000))}  # type: ignore[attr-defined]


def of_comments(found: set[str]) -> set[str]:
    return {one for one in found if one.startswith(("delivery", "thread", "command"))}


def counted(world: World, event: str, result: str) -> float:
    labels = {"event": event, "result": result}
    return world.parts.metrics.registry.get_sample_value("kafka_access_deliveries_total", labels) or 0.0


def sha1_alone(body: bytes) -> dict[str, str]:
    headers = signed(body, X_Hub_Signature=f"sha1={hmac.new(SECRET.encode(), body, 'sha1').hexdigest()}")
    del headers["X-Hub-Signature-256"]
    return headers


def unsigned(body: bytes) -> dict[str, str]:
    headers = signed(body)
    del headers["X-Hub-Signature-256"]
    return headers


FORGED: dict[str, Callable[[bytes], dict[str, str]]] = {
    "no signature": unsigned,
    "another secret": lambda body: signed(body, "another-secret-of-enough-characters"),
    "the empty secret": lambda body: signed(body, ""),
    "SHA-1 alone": sha1_alone,
    "SHA-1 under the other name": lambda body: signed(
        body, X_Hub_Signature_256=f"sha1={hmac.new(SECRET.encode(), body, 'sha1').hexdigest()}"
    ),
    "of another body": lambda body: signed(body + b" "),
    "not ASCII": lambda body: signed(body, X_Hub_Signature_256="sha256=é"),
    "cut": lambda body: {**signed(body), "X-Hub-Signature-256": signed(body)["X-Hub-Signature-256"][:-1]},
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_not_signed_is_nothing(world: World, name: str) -> None:
    body, number = await asyncio.to_thread(comment_delivery, world)
    before = jobs(world)
    status, text = await post(world, body, FORGED[name](body))
    assert status == 401
    assert SECRET not in text
    assert jobs(world) == before
    assert world.said(number) == []


SENSELESS = {
    "broken JSON": (b'{"action": "created", ', "issue_comment", 400),
    "not UTF-8": (b'{"action": "\xff"}', "issue_comment", 400),
    "a list": (b"[1]", "issue_comment", 400),
    "nothing": (b"", "issue_comment", 400),
    "deep": (b"[" * 100_000, "issue_comment", 400),
    "an unknown event": (b'{"action": "created", "installation": {"id": 1}}', "meteor_strike", 202),
    "an event without its fields": (b'{"action": "created", "installation": {"id": 1}}', "issue_comment", 202),
    "numbers that are none": (b'{"action": "created", "installation": {"id": NaN}}', "issue_comment", 202),
}


@pytest.mark.parametrize("name", SENSELESS)
async def test_what_makes_no_sense_does_no_harm(world: World, name: str) -> None:
    body, event, expected = SENSELESS[name]
    before = jobs(world)
    status, _ = await post(world, body, signed(body, X_GitHub_Event=event))
    assert status == expected
    assert jobs(world) == before


async def test_30_megabytes_are_not_taken(world: World) -> None:
    body = json.dumps({"action": "created", "filler": "x" * 30 * MEBIBYTE}).encode()
    before = jobs(world)
    try:
        status, _ = await post(world, body, signed(body))
    except aiohttp.ClientError:
        status = 413  # it hung up while we were still sending, which is allowed
    assert status == 413
    assert jobs(world) == before


def test_the_same_delivery_50_times_at_once(world: World) -> None:
    world.sandbox.hold_deliveries()
    number = world.home.open_issue("alice", "Kafka, please", GRANT)
    delivery = world.sandbox.deliveries[-1]
    before = jobs(world)
    before_new, before_known = counted(world, "issues", "new"), counted(world, "issues", "known")
    world.sandbox.redeliver(delivery.id, times=50)
    world.sandbox.release_deliveries()
    world.settle()
    assert sorted(one.split("-")[0] for one in of_comments(jobs(world) - before)) == ["command", "thread"]
    assert (counted(world, "issues", "new"), counted(world, "issues", "known")) == (before_new + 1, before_known + 50)
    (reply,) = world.said(number)
    assert "Opened pull request" in reply
    assert world.reacted(number) == ["eyes", "rocket"]
    assert len(pulls_of(world, number)) == 1


async def test_a_signed_body_under_another_guid(world: World) -> None:
    number = await asyncio.to_thread(world.home.open_issue, "alice", "Kafka, please", GRANT)
    body = world.sandbox.deliveries[-1].body
    await asyncio.to_thread(world.settle)
    before, said = jobs(world), world.said(number)
    status, _ = await post(
        world,
        body,
        signed(body, X_GitHub_Event="issues", X_GitHub_Delivery="99999999-2222-3333-4444-555555555555"),
    )
    assert status == 202
    await asyncio.to_thread(world.settle)
    assert not of_comments(jobs(world) - before)
    assert world.said(number) == said
    assert len(said) == 1
    assert world.reacted(number) == ["eyes", "rocket"]
    assert len(pulls_of(world, number)) == 1
    assert commits(world, f"kafka-access/myapp-{number}") == 1


def pulls_of(world: World, number: int) -> list[str]:
    branch = f"kafka-access/myapp-{number}"
    return [one["html_url"] for one in world.home.pulls("all") if one["head"]["ref"] == branch]


def commits(world: World, branch: str) -> int:
    """How many commits a branch has more than main."""
    count, at = 0, world.home.head(branch)
    while at is not None and at != world.home.head("main"):
        count, at = count + 1, world.home.commit(at)["parents"][0]["sha"]
    return count
