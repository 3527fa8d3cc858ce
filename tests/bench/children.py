"""The bot and others as processes of their own, so that neither their time nor their memory is the measuring one's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.local import Registered, Sandbox

SECRET = "a-webhook-secret-of-enough-characters"


@dataclass(frozen=True, slots=True)
class Child:
    """A process that listens at `address`."""

    address: str
    pid: int

    @property
    def resident(self) -> float:
        """Its resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def child(module: str, log: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Child]:
    """Run a module that prints its address, and ends when its standard input does; `log` takes what it complains of."""
    with (
        log.open("ab") as complaints,
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise RuntimeError(log.read_text(encoding="utf-8"))
            yield Child(address, process.pid)
        finally:
            process.stdin.close()


@contextmanager
def bot(sandbox: Sandbox, registered: Registered, state: Path, *arguments: str) -> Iterator[Child]:
    """Run the bot with default settings, except that writes keep no distance: that is GitHub's wish, and no work."""
    environment = {
        "KAFKA_ACCESS_APP_ID": str(registered.id),
        "KAFKA_ACCESS_PRIVATE_KEY": registered.private_key,
        "KAFKA_ACCESS_WEBHOOK_SECRETS": SECRET,
        "KAFKA_ACCESS_API_URL": sandbox.url,
        "KAFKA_ACCESS_WEB_URL": sandbox.url,
        "KAFKA_ACCESS_STATE_DIR": str(state),
        "KAFKA_ACCESS_WRITE_PAUSE": "0",
    }
    with child("tests.bench.child_bot", state.with_suffix(".log"), environment, *arguments) as running:
        sandbox.set_webhook(registered.slug, f"{running.address}/webhook")
        yield running
