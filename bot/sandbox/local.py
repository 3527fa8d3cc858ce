"""The sandbox as tests and the demo hold it: made in a folder, driven from any thread, without waiting for HTTP."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from bot.sandbox import branches, checks, issues, merging, payloads, payloads_git, pull_facts, pulls, registry
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.git import ZERO
from bot.sandbox.model import CheckRun, Delivery, Repository
from bot.sandbox.server import Callback, Request, Server
from bot.sandbox.world import World

JSON = dict[str, Any]
Role = Literal["none", "read", "triage", "write", "maintain", "admin"]

MANIFEST: Mapping[str, Any] = {
    "default_permissions": {
        "metadata": "read",
        "issues": "write",
        "contents": "write",
        "pull_requests": "write",
        "checks": "write",
    },
    "default_events": ["issues", "issue_comment", "pull_request", "push", "check_run", "check_suite"],
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


class SandboxRepository:
    """One repository, and what people do in it: each deed is told to the Apps, as GitHub would."""

    def __init__(self, world: World, repository: Repository) -> None:
        self._world = world
        self._repository = repository

    @property
    def id(self) -> int:
        """Its number, which stays when it is renamed."""
        return self._repository.id

    @property
    def full_name(self) -> str:
        """`owner/name`, as it is now."""
        return self._repository.full_name

    @property
    def git(self) -> Path:
        """The bare repository on disk."""
        return self._repository.git.path

    def set_role(self, login: str, role: Role) -> None:
        """Give somebody a role in this repository alone."""
        with self._world.lock:
            self._repository.roles[login.lower()] = role

    def fork(self, login: str) -> SandboxRepository:
        """Copy the repository to somebody's own; `open_pull` takes its branches as `LOGIN:BRANCH`."""
        with self._world.lock:
            return SandboxRepository(self._world, self._world.fork(self._repository, self._world.account(login)))

    def open_issue(self, login: str, title: str, body: str | None = None) -> int:
        """Open an issue; returns its number."""
        with self._world.lock:
            return issues.open_issue(self._world, self._repository, self._world.account(login), title, body).number

    def edit_issue(self, number: int, login: str, body: str, title: str | None = None) -> None:
        """Change the description, and if given the title, of an issue or pull request."""
        with self._world.lock:
            issue = self._world.issue(self._repository, number)
            issues.edit(self._world, issue, self._world.account(login), title or issue.title, body)

    def comment(self, number: int, login: str, body: str) -> int:
        """Comment on an issue or pull request; returns the comment's id."""
        with self._world.lock:
            issue = self._world.issue(self._repository, number)
            return issues.comment(self._world, issue, self._world.account(login), body).id

    def edit_comment(self, comment: int, login: str, body: str) -> None:
        """Change a comment, as its author or as somebody else who may."""
        with self._world.lock:
            found = self._world.comment(self._repository, comment)
            issues.edit_comment(self._world, found, self._world.account(login), body)

    def delete_comment(self, comment: int, login: str) -> None:
        """Take a comment away."""
        with self._world.lock:
            found = self._world.comment(self._repository, comment)
            issues.delete_comment(self._world, found, self._world.account(login))

    def close(self, number: int, login: str) -> None:
        """Close an issue or pull request."""
        self._set_state(number, login, "closed")

    def reopen(self, number: int, login: str) -> None:
        """Open an issue or pull request again."""
        self._set_state(number, login, "open")

    def _set_state(self, number: int, login: str, state: str) -> None:
        with self._world.lock:
            issue = self._world.issue(self._repository, number)
            issues.set_state(self._world, issue, self._world.account(login), state)

    def open_pull(self, login: str, head: str, base: str, title: str, body: str = "", *, draft: bool = False) -> int:
        """Open a pull request of a branch, or a fork's `LOGIN:BRANCH`, into another; returns its number."""
        with self._world.lock:
            who = self._world.account(login)
            made = pulls.open_pull(self._world, self._repository, who, title, body, head=head, base=base, draft=draft)
            return made.number

    def set_base(self, number: int, login: str, base: str) -> None:
        """Have a pull request go into another branch."""
        with self._world.lock:
            issue = self._world.issue(self._repository, number)
            pulls.set_base(self._world, issue, self._world.account(login), base)

    def make_ready(self, number: int, login: str) -> None:
        """Take a pull request for more than a draft."""
        with self._world.lock:
            issue = self._world.issue(self._repository, number)
            pulls.make_ready(self._world, issue, self._world.account(login))

    def merge(self, number: int, login: str) -> str:
        """Merge a pull request; returns the merge commit. Raises Refused where it conflicts."""
        with self._world.lock:
            issue = self._world.issue(self._repository, number)
            return merging.merge(self._world, issue, self._world.account(login))

    def push(self, login: str, branch: str, files: Mapping[str, bytes | None], message: str = "Change") -> str:
        """Commit files (None deletes one) on a branch and push; returns the commit."""
        with self._world.lock:
            who = self._world.account(login)
            return branches.push_files(self._world, self._repository, branch, files, message, who)

    def delete_branch(self, login: str, branch: str) -> None:
        """Delete a branch."""
        with self._world.lock:
            name = f"refs/heads/{branch}"
            branches.move(self._world, self._repository, name, ZERO, None, self._world.account(login))

    def issue(self, number: int) -> JSON:
        """Return an issue as the API shows it."""
        with self._world.lock:
            return payloads.issue(self._world, self._world.issue(self._repository, number))

    def comments(self, number: int) -> list[JSON]:
        """Return the comments on an issue or pull request, oldest first."""
        with self._world.lock:
            found = self._world.issue(self._repository, number).comments
            return [payloads.comment(self._world, one) for one in found]

    def reactions(self, number: int) -> list[tuple[str, str]]:
        """Return the (login, content) of the reactions to a comment, by its id, or to an issue, by its number."""
        with self._world.lock:
            issue = self._repository.issues.get(number)
            given = issue.reactions if issue else self._world.comment(self._repository, number).reactions
            return [(one.user.login, one.content) for one in given]

    def pulls(self, state: Literal["open", "closed", "all"] = "open") -> list[JSON]:
        """Return the pull requests as the API shows them, oldest first."""
        with self._world.lock:
            found = [one for one in self._repository.pulls() if state in {"all", one.state}]
            return [self._pull(one.number) for one in found]

    def pull(self, number: int) -> JSON:
        """Return a pull request as the API shows it."""
        with self._world.lock:
            return self._pull(number)

    def _pull(self, number: int) -> JSON:
        issue = self._world.issue(self._repository, number)
        return payloads_git.full_pull(self._world, issue, pull_facts.of(issue), pull_facts.facts(issue))

    def diff(self, number: int) -> str:
        """Return what a pull request changes as a unified diff."""
        with self._world.lock:
            return pull_facts.diff(self._world.issue(self._repository, number))

    @property
    def numbers(self) -> list[int]:
        """The numbers of all issues and pull requests, in the order in which they were opened."""
        with self._world.lock:
            return [*self._repository.issues]

    def check_runs(self, sha: str) -> list[JSON]:
        """Return the check runs of a commit, oldest first."""
        with self._world.lock:
            found = [one for one in self._repository.checks if one.head_sha == sha]
            return [payloads_git.check_run(self._world, self._repository, one) for one in found]

    def annotations(self, run: int) -> list[JSON]:
        """Return the annotations of a check run in the order in which they were sent."""
        with self._world.lock:
            return [dict(one) for one in self._run(run).annotations]

    def rerequest(self, run: int, login: str) -> None:
        """Ask for a check run to be run again."""
        with self._world.lock:
            checks.rerequest(self._world, self._repository, self._run(run), self._world.account(login))

    def rerequest_suite(self, run: int, login: str) -> None:
        """Ask for all checks of the App of a check run to be run again, on its commit."""
        with self._world.lock:
            suite = self._run(run).suite
            checks.rerequest_suite(self._world, self._repository, suite, self._world.account(login))

    def _run(self, run: int) -> CheckRun:
        return next(one for one in self._repository.checks if one.id == run)

    def head(self, branch: str) -> str | None:
        """Return the commit that a branch points to, or None."""
        return self._repository.git.ref(f"refs/heads/{branch}")

    def branches(self) -> dict[str, str]:
        """Return all branches and where they point."""
        found = self._repository.git.refs("refs/heads/")
        return {name.removeprefix("refs/heads/"): sha for name, sha in found.items()}

    def commit(self, ref: str) -> JSON:
        """Return a commit, by its id or a branch, as the API shows it."""
        git = self._repository.git
        found = git.read_commit(git.resolve(ref) or ref)
        with self._world.lock:
            return payloads_git.commit(self._world, self._repository, found)

    def file(self, ref: str, path: str) -> bytes | None:
        """Return the contents of a file at a branch or commit, or None."""
        return self._repository.git.file(ref, path)


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
        return Registered(app.id, app.slug, app.client_id, private_key, webhook_secret, installation.id, app.bot.login)

    def set_webhook(self, slug: str, url: str) -> None:
        """Send an App's events elsewhere from now on."""
        with self._world.lock:
            app = self._world.app(slug)
            if app is None:
                raise KeyError(slug)
            app.webhook_url = url

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
        """All installation tokens that were given out up to now: what nobody may find anywhere."""
        with self._world.lock:
            return list(self._world.tokens)

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
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        runner = asyncio.run_coroutine_threadsafe(_start(sandbox, port), loop).result()
        try:
            yield sandbox
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _start(sandbox: Sandbox, port: int) -> web.AppRunner:
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    application = sandbox.application(f"http://127.0.0.1:{listening.getsockname()[1]}")
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner
