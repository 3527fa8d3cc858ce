"""The sandbox as tests and the demo hold it: made in a folder, driven from any thread, without waiting for HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox import registry
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.loops import loop_in_thread
from bot.sandbox.model import App, Delivery
from bot.sandbox.repository import Role, SandboxRepository
from bot.sandbox.server import Callback, Request, Server
from bot.sandbox.world import World

MANIFEST: Mapping[str, Any] = {
    "default_permissions": {
        "metadata": "read",
        "issues": "write",
        "contents": "write",
        "pull_requests": "write",
        "checks": "write",
        "members": "read",
    },
    "default_events": [
        *("issues", "issue_comment", "pull_request", "pull_request_review", "push", "check_run", "check_suite"),
    ],
}
"""What an App asks for where a test has no manifest of its own."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What GitHub tells the owner of a new App."""

    id: int
    slug: str
    client_id: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    installation_id: int
    bot: str
    client_secret: str = field(default="", repr=False)


class Sandbox:
    """A GitHub of one's own.

    Everything may be called from any thread; `wait_for_deliveries` blocks, so not from that of the application's loop.
    """

    def __init__(self, folder: Path) -> None:
        self._world = World(folder)
        self._server = Server(self._world)

    @property
    def url(self) -> str:
        """The one base of the API, of git and of the pages: `http://127.0.0.1:PORT`."""
        return self._world.url

    def application(self, url: str) -> web.Application:
        """Return the application for a loop of the caller's; `url` is where it will be reached."""
        self._world.url = url.rstrip("/")
        return self._server.application()

    # What there is

    def repository(self, full_name: str, tree: Path | None = None, *, private: bool = False) -> SandboxRepository:
        """Make a repository with the files below `tree` as the first commit of `main`."""
        with self._world.lock:
            return SandboxRepository(self._world, self._world.add_repository(full_name, tree, private=private))

    def user(self, login: str, role: Role = "none", name: str | None = None) -> str:
        """Make a person, or give one another role everywhere; returns a token of theirs for git and the API."""
        with self._world.lock:
            return self._world.account(login, role=role, name=name).token

    def team(self, org: str, team: str, logins: Sequence[str]) -> None:
        """Make a team of an organisation; who is in it is a member of that too."""
        with self._world.lock:
            people = [self._world.account(login) for login in logins]
            self._world.teams[org.lower(), team.lower()] = people
            members = self._world.members.setdefault(org.lower(), [])
            members += [one for one in people if one not in members]

    def app(
        self,
        slug: str = "kafka-access",
        webhook_url: str = "",
        webhook_secret: str = "",
        manifest: Mapping[str, Any] = MANIFEST,
        repositories: Sequence[SandboxRepository] | None = None,
    ) -> Registered:
        """Register an App and install it on the repositories, by default on all that there are."""
        with self._world.lock:
            app, private_key = registry.register(self._world, slug, webhook_url, webhook_secret, manifest)
            numbers = None if repositories is None else {one.id for one in repositories}
            chosen = [one for one in self._world.repositories if numbers is None or one.id in numbers]
            installation = registry.install(self._world, app, chosen)
        return Registered(
            app.id,
            app.slug,
            app.client_id,
            private_key,
            webhook_secret,
            installation.id,
            app.bot.login,
            app.client_secret,
        )

    def set_webhook(self, slug: str, url: str) -> None:
        """Send an App's events elsewhere from now on."""
        with self._app(slug) as app:
            app.webhook_url = url

    def set_callback(self, slug: str, *urls: str) -> None:
        """Send people who authorize an App back to one of these addresses from now on."""
        with self._app(slug) as app:
            app.callback_urls = urls

    @contextmanager
    def _app(self, slug: str) -> Iterator[App]:
        with self._world.lock:
            app = self._world.app(slug)
            if app is None:
                raise KeyError(slug)
            yield app

    def rename(self, old: str, new: str) -> None:
        """Rename a repository: the old name leads on to it."""
        with self._world.lock:
            repository = self._world.repository(old)
            registry.rename(self._world, repository, new)

    # What happens

    @property
    def clock(self) -> Clock:
        """Time, which can be moved."""
        return self._world.clock

    @property
    def faults(self) -> Faults:
        """What requests meet instead of an answer."""
        return self._server.faults

    @property
    def requests(self) -> list[Request]:
        """All requests to the API up to now, in order of arrival."""
        return list(self._server.requests)

    @property
    def git_requests(self) -> list[Request]:
        """All requests of git up to now."""
        return list(self._server.git_requests)

    def on_request(self, callback: Callback) -> Callable[[], None]:
        """Call `callback("before" | "after", request)` around every write, in a thread; returns what ends that."""
        self._server.callbacks.append(callback)
        return lambda: self._server.callbacks.remove(callback)

    @property
    def tokens(self) -> list[str]:
        """All tokens of installations and of people that Apps got up to now: what nobody may find anywhere."""
        with self._world.lock:
            return [*self._world.tokens, *self._world.user_tokens]

    def set_rate_limit(self, limit: int) -> None:
        """Allow so many requests an hour."""
        self._server.limits.limit = limit

    @property
    def deliveries(self) -> list[Delivery]:
        """All deliveries up to now, those under way included, in the order in which things happened."""
        with self._world.lock:
            return list(self._world.deliveries)

    def redeliver(self, delivery: int, times: int = 1) -> None:
        """Send a delivery again under its GUID, so many times at once."""
        found = self._server.hooks.find(delivery)
        if found is None:
            raise KeyError(delivery)
        self._server.hooks.redeliver(found, times)

    def hold_deliveries(self) -> None:
        """Keep new deliveries back until they are released."""
        self._server.hooks.hold()

    def release_deliveries(self, order: Callable[[list[Delivery]], list[Delivery]] | None = None) -> None:
        """Send what was held, in another order or with gaps if `order` says so."""
        self._server.hooks.release(order)

    def wait_for_deliveries(self, timeout: float = 10.0) -> None:
        """Return when everything was delivered or failed to be; raises TimeoutError after so many seconds."""
        self._server.hooks.wait(timeout)


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[Sandbox]:
    """Run a sandbox in a thread of its own, at a port of 127.0.0.1 (0: any free one)."""
    sandbox = Sandbox(folder)
    with loop_in_thread("sandbox") as loop:
        runner = asyncio.run_coroutine_threadsafe(_start(sandbox, port), loop).result()
        try:
            yield sandbox
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()


async def _start(sandbox: Sandbox, port: int) -> web.AppRunner:
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    application = sandbox.application(f"http://127.0.0.1:{listening.getsockname()[1]}")
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner
