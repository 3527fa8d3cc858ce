"""A process of its own, real signals: what a container runtime does to the bot."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession

from bot.settings import load_basics
from bot.web.app import application
from bot.web.serve import CannotListen, listening, serve
from tests.web.parts import Kept, parts, signed

PROGRAM = """
import asyncio, os
from contextlib import asynccontextmanager
from dataclasses import replace
from bot.logs import configure
from bot.settings import load_basics
from bot.web.serve import serve
from tests.web.parts import Kept, parts

@asynccontextmanager
async def running():
    print("jobs started", flush=True)
    yield
    print("jobs drained", flush=True)

class Slow(Kept):
    async def store(self, delivery):
        print("storing", flush=True)
        await asyncio.sleep(float(os.environ.get("STORE_SECONDS", "0")))
        return await super().store(delivery)

configure("json", "info")
asyncio.run(serve(load_basics(), replace(parts(Slow()), running=running)))
print("ended", flush=True)
"""


class Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.address = ""

    async def line(self, words: str) -> str:
        """Wait for the line of the log that holds these words."""
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            async for line in self.process.stderr:
                if words in line.decode():
                    return line.decode()
        raise AssertionError(words)

    async def printed(self, words: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            assert (await self.process.stdout.readline()).decode().strip() == words

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> list[str]:
        """Wait for the end and return what else was printed."""
        async with asyncio.timeout(20):
            out, _ = await self.process.communicate()
        assert self.process.returncode == 0
        return out.decode().split("\n")[:-1]


@asynccontextmanager
async def bot(**variables: str) -> AsyncIterator[Process]:
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "KAFKA_ACCESS_PORT": "0", **variables}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    started = Process(process)
    try:
        started.address = json.loads(await started.line("listening"))["address"]
        await started.printed("jobs started")
        yield started
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_sigterm_turns_traffic_away_before_it_stops_listening() -> None:
    async with bot(KAFKA_ACCESS_GRACE="1.5") as process, ClientSession() as session:
        async with session.get(f"{process.address}/readyz") as ready:
            assert ready.status == 200
        process.signal(signal.SIGTERM)
        await process.line("signal received")
        async with session.get(f"{process.address}/readyz") as ready:
            assert (ready.status, await ready.json()) == (503, {"status": "draining"})
        async with session.post(f"{process.address}/webhook", data=b"{}", headers=signed(b"{}")) as late:
            assert late.status == 202, "what comes late is kept all the same"
        assert await process.ended() == ["storing", "jobs drained", "ended"]
        with pytest.raises(ClientConnectionError):
            await session.get(f"{process.address}/healthz")


async def test_a_running_request_ends_before_the_jobs_do() -> None:
    async with bot(KAFKA_ACCESS_GRACE="0", STORE_SECONDS="1") as process, ClientSession() as session:
        post = asyncio.create_task(session.post(f"{process.address}/webhook", data=b"{}", headers=signed(b"{}")))
        await process.printed("storing")
        process.signal(signal.SIGTERM)
        async with await post as response:
            assert response.status == 202
        assert await process.ended() == ["jobs drained", "ended"]


@pytest.mark.parametrize(
    "numbers", [(signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM)], ids=["interrupted", "asked twice"]
)
async def test_who_is_in_a_hurry_does_not_wait_for_the_grace(numbers: tuple[signal.Signals, ...]) -> None:
    async with bot(KAFKA_ACCESS_GRACE="300") as process:
        for number in numbers:
            process.signal(number)
            await process.line("signal received")
        assert await process.ended() == ["jobs drained", "ended"]


async def test_a_port_that_is_taken_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("KAFKA_ACCESS_PORT", str(port))
        with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1:{port}: "):
            await serve(load_basics(), parts(Kept()))


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello in TLS\r\n\r\n",
        b"GET / HTTP/9.9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx",
        b"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffffffff\r\nx",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["TLS", "odd version", "odd header", "two lengths", "odd chunk", "huge chunk", "long address"],
)
async def test_what_is_not_http_is_refused_without_a_word_about_the_server(
    caplog: pytest.LogCaptureFixture, request_: bytes
) -> None:
    async with listening(application(parts(Kept())), "127.0.0.1", 0) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        writer.write(request_)
        answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
        writer.close()
        assert answer.split()[1] in {"400", "414"}
        assert "aiohttp" not in answer
        assert "Python" not in answer
        async with ClientSession() as session, session.get(f"{address}/healthz") as response:
            assert response.status == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_an_address_of_version_6_is_written_as_one() -> None:
    try:
        async with listening(application(parts(Kept())), "::1", 0) as address, ClientSession() as session:
            assert address.startswith("http://[::1]:")
            async with session.get(f"{address}/healthz") as response:
                assert response.status == 200
    except CannotListen:
        pytest.skip("this machine has no IPv6")
