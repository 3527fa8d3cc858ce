"""The stage: the sandbox with a tree and people, and the whole bot, which knows it by HTTP alone."""

from __future__ import annotations

import asyncio
import errno
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.errors import TryLater
from bot.jobs.store import Store
from bot.logs import configure
from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.loops import loop_in_thread
from bot.sandbox.repository import Role, SandboxRepository
from bot.settings import Settings
from bot.web.app import application
from bot.web.assembly import assemble
from bot.web.ports import Parts
from bot.web.serve import listening

NAME = "lsst-sqre/phalanx"
AUTHOR = "alice"
PEOPLE: Mapping[str, Role] = {AUTHOR: "write", "bob": "maintain", "mallory": "read"}
"""Who is there, and their role: the first two may command the bot and merge."""


class PortTaken(TryLater):
    """Somebody else listens there."""

    def __init__(self, port: int, why: str) -> None:
        super().__init__(
            f"cannot listen on port {port} of this machine: {why}",
            "name another with --port, or leave it out for any that is free",
        )


class NoSpace(TryLater):
    """The temporary folder cannot be filled."""

    def __init__(self, why: OSError) -> None:
        super().__init__(f"no temporary folder can be made: {why.strerror or why}", "set TMPDIR to a folder with room")


class _Isolated(Settings):
    """Settings that nothing on this machine has a say in: a demonstration never meets a real bot's database."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **_others: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Stage:
    """The sandbox, its repository, the bot's login there, and what the bot has to do."""

    sandbox: Sandbox
    home: SandboxRepository
    bot: str
    jobs: Store


def demo_tree() -> Path:
    """Return the small tree: inside the wheel, or the one of the tests in a checkout of this project."""
    package = Path(__file__).parents[1]
    inside = package / "_demo"
    return inside if inside.is_dir() else package.parent / "tests" / "phalanx"


@contextmanager
def staged(tree: Path, *, port: int = 0, rules: Path | None = None) -> Iterator[Stage]:
    """Run sandbox and bot on a copy of a tree; `port` is the sandbox's (0: any free one).

    Raises PortTaken, NoSpace and RulesError. Everything is ended and removed behind it.
    """
    try:
        place = tempfile.TemporaryDirectory(prefix="kafka-access-demo-", ignore_cleanup_errors=True)
    except OSError as exc:
        raise NoSpace(exc) from exc
    with place as name, _sandbox(Path(name) / "github", port) as sandbox:
        home = sandbox.repository(NAME, tree)
        for login, role in PEOPLE.items():
            sandbox.user(login, role)
        secret = secrets.token_urlsafe(24)
        registered = sandbox.app(webhook_secret=secret)
        settings = _settings(sandbox, registered, Path(name) / "bot", rules)
        configure("text", "error", settings.secrets)
        parts = assemble(settings, pauses=(0.5, 1.0, 2.0), poll=0.05)
        with serving(parts) as address, closing(Store(settings.database_url.get_secret_value())) as jobs:
            sandbox.set_webhook(registered.slug, f"{address}/webhook")
            yield Stage(sandbox, home, registered.bot, jobs)


@contextmanager
def serving(parts: Parts, port: int = 0) -> Iterator[str]:
    """Run the bot in a thread of its own and yield its address (0: any free port); the jobs are drained behind it."""
    stack = AsyncExitStack()

    async def start() -> str:
        async with AsyncExitStack() as begun:
            await begun.enter_async_context(parts.running())
            address = await begun.enter_async_context(listening(application(parts), "127.0.0.1", port))
            stack.push_async_exit(begun.pop_all())
            return address

    with loop_in_thread("bot") as loop:
        address = asyncio.run_coroutine_threadsafe(start(), loop).result()
        try:
            yield address
        finally:
            asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()


@contextmanager
def _sandbox(folder: Path, port: int) -> Iterator[Sandbox]:
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(running(folder, port))
        except OSError as exc:
            if exc.errno in {errno.EADDRINUSE, errno.EACCES}:
                raise PortTaken(port, exc.strerror or str(exc)) from exc
            raise NoSpace(exc) from exc
        yield sandbox


def _settings(sandbox: Sandbox, registered: Registered, folder: Path, rules: Path | None) -> Settings:
    return _Isolated(
        app_id=str(registered.id),
        private_key=SecretStr(registered.private_key),
        webhook_secrets=(SecretStr(registered.webhook_secret),),
        api_url=sandbox.url,
        web_url=sandbox.url,
        state_dir=folder,
        rules=rules,
        write_pause=0,
        drain=5,
    )
