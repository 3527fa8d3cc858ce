from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
from aiohttp.test_utils import TestServer, unused_port

from bot.sandbox.local import Sandbox, running


async def test_inside_a_loop_of_ones_own(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "github")
    port = unused_port()
    async with TestServer(sandbox.application(f"http://127.0.0.1:{port}/"), port=port):
        repo = sandbox.repository("o/r")
        sandbox.app(webhook_url=f"{sandbox.url}/no/such/page", webhook_secret="x" * 20)
        repo.open_issue("alice", "T")
        await asyncio.to_thread(sandbox.wait_for_deliveries)
        assert [one.status for one in sandbox.deliveries] == ["Invalid HTTP Response: 404"] * 2
        async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/repos/o/r/issues/1") as answer:
            assert (await answer.json())["html_url"] == f"{sandbox.url}/o/r/issues/1"


def test_at_a_port_that_was_asked_for_and_again(tmp_path: Path) -> None:
    port = unused_port()
    for number in range(2):
        with running(tmp_path / f"{number}", port=port) as sandbox:
            assert sandbox.url == f"http://127.0.0.1:{port}"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    with running(tmp_path / "github") as sandbox:
        repo = sandbox.repository("o/r")
        token = sandbox.user("alice", role="write")
        app = sandbox.app(webhook_url="http://127.0.0.1:1/", webhook_secret="hush, hush, hush")
        repo.open_issue("alice", "T")
        shown = f"{app!r} {sandbox.deliveries!r} {sandbox.requests!r}"
    for secret in (token, "PRIVATE KEY", "hush"):
        assert secret not in shown
