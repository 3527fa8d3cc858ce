"""`kafka-access serve` as a process, against a GitHub of its own: from the settings to the end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.repository import SandboxRepository
from tests.support.bot import NAME, SECRET
from tests.support.tree import TREE

ROOT = Path(__file__).parents[2]
TOKEN = "a setup token of the tests"


def environment(folder: Path, **variables: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "KAFKA_ACCESS_STATE_DIR": str(folder / "state"),
        "KAFKA_ACCESS_PORT": "0",
        "KAFKA_ACCESS_LOG_FORMAT": "json",
        **variables,
    }


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "serve", *arguments],
        cwd=folder,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class Log:
    """What a process has written to its log, read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.text = ""

    async def line(self, words: str) -> dict[str, str]:
        """Wait for the line that holds these words."""
        assert self.process.stderr is not None
        async with asyncio.timeout(30):
            async for raw in self.process.stderr:
                self.text += raw.decode()
                if words in raw.decode():
                    found: dict[str, str] = json.loads(raw)
                    return found
        raise AssertionError(self.text)

    async def ended(self) -> int | None:
        """Wait for the end and return the exit status."""
        async with asyncio.timeout(30):
            _, rest = await self.process.communicate()
        self.text += rest.decode()
        return self.process.returncode


@asynccontextmanager
async def served(folder: Path, **variables: str) -> AsyncIterator[Log]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "serve"),
        cwd=folder,
        env=environment(folder, KAFKA_ACCESS_GRACE="0", **variables),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Log(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path / "github") as found:
        yield found


@pytest.fixture
def home(sandbox: Sandbox) -> SandboxRepository:
    made = sandbox.repository(NAME, TREE)
    sandbox.user("alice", "write")
    return made


@pytest.fixture
def settings(sandbox: Sandbox, home: SandboxRepository, tmp_path: Path) -> tuple[Registered, dict[str, str]]:
    """Complete settings: some as variables, some in the settings file, the key in a file of its own."""
    registered = sandbox.app(webhook_secret=SECRET)
    key = tmp_path / "key.pem"
    key.write_text(registered.private_key, encoding="utf-8")
    key.chmod(0o600)
    file = tmp_path / "bot.env"
    file.write_text(f"KAFKA_ACCESS_APP_ID={registered.id}\nKAFKA_ACCESS_PRIVATE_KEY_FILE={key}\n", encoding="utf-8")
    file.chmod(0o600)
    return registered, {
        "KAFKA_ACCESS_SETTINGS": str(file),
        "KAFKA_ACCESS_WEBHOOK_SECRETS": SECRET,
        "KAFKA_ACCESS_API_URL": sandbox.url,
        "KAFKA_ACCESS_WEB_URL": sandbox.url,
        "KAFKA_ACCESS_WRITE_PAUSE": "0",
    }


async def test_a_comment_becomes_a_pull_request_and_a_signal_ends_it(
    sandbox: Sandbox, home: SandboxRepository, settings: tuple[Registered, dict[str, str]], tmp_path: Path
) -> None:
    registered, variables = settings
    async with served(tmp_path, **variables) as bot, ClientSession() as session:
        address = (await bot.line("listening"))["address"]
        async with session.get(f"{address}/readyz") as response:
            assert response.status == 200
        sandbox.set_webhook(registered.slug, f"{address}/webhook")
        number = home.open_issue("alice", "Kafka", "/kafka-access myapp topic=lsst.square-events.myapp.ingest")
        async with asyncio.timeout(60):
            while ("kafka-access[bot]", "rocket") not in home.reactions(number):
                await asyncio.sleep(0.05)
        (pull,) = home.pulls()
        assert pull["title"] == "Give myapp access to Kafka"
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ended() == 0
    for secret in (SECRET, registered.private_key.splitlines()[1]):
        assert secret not in bot.text
    assert all(json.loads(line) for line in bot.text.splitlines()), "nothing gets past the log"


def test_check_shows_the_settings_without_secrets(settings: tuple[Registered, dict[str, str]], tmp_path: Path) -> None:
    registered, variables = settings
    done = run(tmp_path, "--check", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"KAFKA_ACCESS_APP_ID +{registered.id}\n", done.stdout)
    assert re.search(r"KAFKA_ACCESS_PRIVATE_KEY +\*\*\*\n", done.stdout)
    assert SECRET not in done.stdout
    assert not (tmp_path / "state").exists(), "looking makes nothing"


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["serve", "check"])
def test_missing_settings_are_named(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, *arguments, KAFKA_ACCESS_APP_ID="1", KAFKA_ACCESS_DATABASE_URL="mysql://a:hidden-word@b/c")
    assert (done.returncode, done.stdout) == (3, "")
    for words in (
        "KAFKA_ACCESS_PRIVATE_KEY is missing",
        "KAFKA_ACCESS_WEBHOOK_SECRETS is missing",
        "KAFKA_ACCESS_DATABASE_URL has to begin with",
        "kafka-access register",
    ):
        assert words in done.stderr
    assert "hidden-word" not in done.stderr
    assert "Traceback" not in done.stderr


def test_check_of_a_bot_without_an_app(tmp_path: Path) -> None:
    done = run(tmp_path, "--check")
    assert done.returncode == 3
    assert "KAFKA_ACCESS_APP_ID is missing" in done.stderr


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["serve", "check"])
def test_rules_that_are_wrong(
    arguments: tuple[str, ...], settings: tuple[Registered, dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    done = run(tmp_path, *arguments, **settings[1], KAFKA_ACCESS_RULES=str(tmp_path / "rules"))
    assert done.returncode == 3
    assert "the rules are not valid" in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_database_that_is_away(settings: tuple[Registered, dict[str, str]], tmp_path: Path) -> None:
    url = "postgresql://bot:a-database-password@/jobs?host=/nonexistent"
    async with served(tmp_path, **settings[1], KAFKA_ACCESS_DATABASE_URL=url) as bot:
        assert await bot.ended() == 3
    assert "the database of jobs cannot be reached" in bot.text
    assert "a-database-password" not in bot.text
    assert "Traceback" not in bot.text


async def test_without_an_app_it_serves_setup_and_ends_by_a_signal(tmp_path: Path) -> None:
    async with served(tmp_path, KAFKA_ACCESS_SETUP_TOKEN=TOKEN) as bot, ClientSession() as session:
        where = (await bot.line("no GitHub App is registered yet"))["setup"]
        async with session.get(where) as response:
            assert response.status == 200
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ended() == 0
    assert TOKEN not in bot.text
