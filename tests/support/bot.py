"""The whole bot beside the sandbox: real HTTP, real jobs, real git; only the proof may be left out to save time."""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.demo.stage import serving
from bot.jobs.model import ENDED, Query
from bot.pipeline import Prover, today_in_utc
from bot.planning.model import Plan
from bot.policy.rules import default_directory
from bot.proof.model import Proof
from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.repository import SandboxRepository
from bot.settings import Settings
from bot.web.assembly import assemble, prove_plan
from bot.web.manifest import CALLBACK
from bot.web.ports import Parts
from tests.support.jobs import until
from tests.support.tree import TREE, digests

SECRET = "a-webhook-secret-of-enough-characters"
NAME = "lsst-sqre/phalanx"


def settings_for(sandbox: Sandbox, registered: Registered, folder: Path, **others: Any) -> Settings:
    """Settings of a bot that lives below a folder and has no reason to be slow."""
    known: dict[str, Any] = {
        "app_id": str(registered.id),
        "private_key": SecretStr(registered.private_key),
        "webhook_secrets": SECRET,
        "client_id": registered.client_id,
        "client_secret": SecretStr(registered.client_secret),
        "api_url": sandbox.url,
        "web_url": sandbox.url,
        "state_dir": folder,
        "write_pause": 0.0,
        "workers": 4,
    }
    return Settings(**(known | others))


def free_port() -> int:
    """A port of this machine that nobody has just now, for what has to know its address before it listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@dataclass
class World:
    """A sandbox with the small tree, people, the App, and the bot's jobs."""

    sandbox: Sandbox
    home: SandboxRepository
    registered: Registered
    parts: Parts
    address: str
    """Where the bot listens."""

    def settle(self, within: float = 60.0) -> None:
        """Wait until everything that was said has been delivered and every job has ended."""
        until(self._is_settled, within=within)

    def _is_settled(self) -> bool:
        self.sandbox.wait_for_deliveries(20)
        return self.parts.health.depth()[0] == 0 and not any(
            one.status not in ENDED
            for one in self.parts.health.jobs(Query())  # type: ignore[attr-defined]
        )

    def said(self, number: int) -> list[str]:
        """What the bot wrote on an issue or pull request."""
        return [one["body"] for one in self.home.comments(number) if one["user"]["login"] == self.registered.bot]

    def reacted(self, target: int) -> list[str]:
        """How the bot reacted to a comment or an issue."""
        return [content for login, content in self.home.reactions(target) if login == self.registered.bot]


@contextmanager
def bot_and_sandbox(
    folder: Path,
    tree: Path = TREE,
    *,
    prover: Prover = prove_plan,
    today: Callable[[], date] = today_in_utc,
    port: int = 0,
    **settings: Any,
) -> Iterator[World]:
    """Run both; alice may write, mallory may not; `today` is the bot's day.

    With a `port` people sign in to the bot's pages with GitHub.
    """
    with running(folder / "sandbox") as sandbox:
        home = sandbox.repository(NAME, tree)
        sandbox.user("alice", "write")
        sandbox.user("bob", "maintain")
        sandbox.user("mallory")
        registered = sandbox.app(webhook_secret=SECRET)
        if port:
            settings["public_url"] = f"http://127.0.0.1:{port}"
            sandbox.set_callback(registered.slug, f"http://127.0.0.1:{port}{CALLBACK}")
        known = settings_for(sandbox, registered, folder / "bot", **settings)
        parts = assemble(known, pauses=(0.01, 0.05, 0.1, 0.2), poll=0.05, prover=prover, today=today)
        with serving(parts, port) as address:
            sandbox.set_webhook(registered.slug, f"{address}/webhook")
            yield World(sandbox, home, registered, parts, address)


def rules_without_checks(folder: Path) -> Path:
    """Return a copy of the rules in which pull requests get no check run."""
    rules = shutil.copytree(default_directory(), folder / "rules")
    text = (rules / "github.yaml").read_text()
    (rules / "github.yaml").write_text(text.replace("\nchecks: on\n", "\nchecks: off\n"))
    assert (rules / "github.yaml").read_text() != text
    return rules


def proving_once() -> Prover:
    """Return a prover that proves really, but the same plan on the same files only once: many tests make the same."""
    known: dict[str, Proof] = {}

    def prove_once(root: Path, planned: Plan) -> Proof:
        whole = hashlib.sha256(repr((sorted(digests(root).items()), planned.changes, planned.expected)).encode())
        key = whole.hexdigest()
        if key not in known:
            known[key] = prove_plan(root, planned)
        return known[key]

    return prove_once
