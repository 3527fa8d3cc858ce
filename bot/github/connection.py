"""One job's line to GitHub about one repository: reads that wait, and writes that happen once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import github
from github.Repository import Repository as Lazy
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from bot.github.errors import Limited, Moved, Unauthorised, Unreachable, explained
from bot.github.traffic import Traffic

API_VERSION = "2022-11-28"
"""The next one drops fields that are read here; https://docs.github.com/en/rest/about-the-rest-api/breaking-changes"""
METADATA = "metadata: read"

_TIMEOUT = 30
"""Seconds for one answer; GitHub gives up on its side after ten."""
_REDIRECTS = frozenset({301, 302, 307, 308})

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is on GitHub: the App's slug, and its account's login (`slug[bot]`) and number."""

    slug: str
    login: str
    id: int


class _Retry(Retry):
    """Repeats reads after failures. Limits are left to Connection, and no redirect passes for an answer.

    PyGithub takes 307 for success, so that a comment to a renamed repository is lost without a word; after 301 it
    forgets the query. Its own GithubRetry repeats writes, and sleeps for as long as GitHub says.
    """

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return status_code in _REDIRECTS or super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if response is not None and response.status in _REDIRECTS:
            response.drain_conn()
            raise Moved
        return super().increment(method, url, response, error, _pool, _stacktrace)


class Connection:
    """For one job and one thread at a time: PyGithub mixes up requests of several threads.

    `repo` is PyGithub's lazy repository; ask for it anew inside each call, as it changes after a rename.
    `expired` is called where the token is no longer accepted. Close it, or use it as a context manager.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        installation: int,
        repository: int,
        full_name: str,
        bot: Identity,
        traffic: Traffic,
        expired: Callable[[], None] = lambda: None,
    ) -> None:
        self.bot = bot
        self.repository = repository
        self.full_name = full_name
        self._installation = installation
        self._traffic = traffic
        self._expired = expired
        self._github = github.Github(
            auth=github.Auth.Token(token),
            base_url=api_url,
            lazy=True,
            timeout=_TIMEOUT,
            per_page=100,
            user_agent="kafka-access",
            api_version=API_VERSION,
            seconds_between_requests=None,
            seconds_between_writes=None,
            retry=_Retry(
                total=3,
                allowed_methods=("GET", "HEAD"),
                status_forcelist=range(500, 600),
                backoff_factor=traffic.settle / 4,
                respect_retry_after_header=False,
                raise_on_status=False,
            ),
        )
        self.repo: Lazy = self._github.get_repo(full_name)

    @property
    def settle(self) -> float:
        """Seconds that GitHub is given to make up its mind."""
        return self._traffic.settle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        self._github.close()

    def read(self, ask: Callable[[], _T], *, needs: str = METADATA) -> _T:
        """Return what `ask` returns, asking again after a rename, and after a limit that is worth waiting for.

        `needs` is the permission that it takes. Raises the errors of `bot.github.errors`.
        """
        for _ in range(3):
            try:
                return self._once(ask, needs)
            except Limited as limited:
                self._traffic.hold(self._installation, limited.wait)
                if limited.wait > self._traffic.patience:
                    raise
                time.sleep(limited.wait)
            except Moved:
                if not self.resolve():
                    raise
        return self._once(ask, needs)

    def write(self, do: Callable[[], _T], *, needs: str, done: Callable[[], _T | None] | None = None) -> _T:
        """Do something once, even where GitHub does it and the answer is lost.

        `done` says what `do` would have returned where it was done already, else None; without it `do` has to be
        such that doing it again changes nothing. Raises as `read` does.
        """
        for pause in (1, 2, 4):
            try:
                return self._turn(do, needs)
            except Unreachable:
                time.sleep(pause * self._traffic.settle)
                if done is not None and (found := done()) is not None:
                    return found
        return self._turn(do, needs)

    def call(self, verb: str, path: str, data: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Send one request about the repository (`path` is below it) where PyGithub has no fitting method.

        For use inside `write` or `read`.
        """
        _, answer = self.repo.requester.requestJsonAndCheck(verb, f"{self.repo.url}{path}", input=data)
        return answer

    def delete(self, path: str) -> None:
        """Delete what is at a path below the repository, or was; for use inside `write`."""
        with suppress(github.UnknownObjectException):
            self.call("DELETE", path)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what GitHub has at a path of the whole API, not of the repository; for use inside `read`."""
        return self._github.requester.requestJsonAndCheck("GET", path)[1]

    def resolve(self) -> bool:
        """Ask by number what the repository is called now, and return whether that is news."""
        before = self.full_name
        with explained(METADATA):
            found = self._github.get_repo(self.repository)
            self.full_name = found.full_name
        self.repo = self._github.get_repo(self.full_name)
        return self.full_name != before

    def _turn(self, do: Callable[[], _T], needs: str) -> _T:
        def paced() -> _T:
            self._traffic.turn(self._installation)
            return do()

        return self.read(paced, needs=needs)

    def _once(self, ask: Callable[[], _T], needs: str) -> _T:
        try:
            with explained(needs):
                return ask()
        except Unauthorised:
            self._expired()
            raise
        finally:
            # Not from Github itself, which would ask for it where there was no answer yet.
            remaining, limit = self._github.requester.rate_limiting
            if limit > 0:
                self._traffic.note(self._installation, limit, remaining)
