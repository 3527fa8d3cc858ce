"""The App itself: who it is, tokens for its installations, repositories to work on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import gidgethub
from gidgethub.aiohttp import GitHubAPI
from gidgethub.apps import get_jwt
from jwt import PyJWTError

from bot.errors import TryLater
from bot.github.connection import API_VERSION, Connection, Identity
from bot.github.errors import FAILURES, Gone, NotAllowed, Unreachable, understood
from bot.github.repository import Repository
from bot.github.traffic import Traffic

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {"metadata": "read", "issues": "write", "contents": "write", "pull_requests": "write", "checks": "write"}
)
"""What a job's token may do; `members: read` comes on top where teams are asked about."""


def permissions(*, teams: bool) -> Mapping[str, str]:
    """Return what a job's token may do; `teams` says that the job asks who is in a team."""
    return {**PERMISSIONS, "members": "read"} if teams else PERMISSIONS


_EARLY = timedelta(minutes=5)
"""A token is not handed out when it ends sooner: a job has to get through with it, on a clock that may be off."""
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_HEADERS = {"X-GitHub-Api-Version": API_VERSION}

_T = TypeVar("_T")


class BadKey(TryLater):
    """The App's private key is none."""

    def __init__(self) -> None:
        super().__init__("the App's private key is no RSA key in PEM form", "download one from the App's settings page")


class UnknownApp(TryLater):
    """GitHub does not accept what the App's id and key sign."""

    def __init__(self, app_id: str) -> None:
        super().__init__(
            f"GitHub does not know App {app_id} by this private key",
            "compare the App id, the private key and the address of the API with the App's settings page",
        )


class WrongClock(TryLater):
    """This machine's clock is off, so that GitHub takes what the App signs for outdated or premature."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the clock of this machine is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} "
            "GitHub's, which therefore does not accept the App",
            "synchronise the clock",
        )


class NotInstalled(TryLater):
    """The App is not installed there (any more)."""

    def __init__(self) -> None:
        super().__init__("the App is not installed on the repository")


class Suspended(TryLater):
    """Whoever installed the App has suspended it."""

    def __init__(self) -> None:
        super().__init__("the installation of the App is suspended")


@dataclass(frozen=True, slots=True)
class Token:
    """A token for one repository; `value` is the secret, and not shown."""

    value: str = field(repr=False)
    expires: datetime


@dataclass(frozen=True, slots=True)
class _Kind:
    installation: int
    repository: int
    permissions: tuple[tuple[str, str], ...]


class App:
    """One for the process; all methods may be called from any thread.

    `app_id` is the number or the client id, `key` the private key (PEM), `api_url` such as https://api.github.com.
    Methods without `async` ask GitHub on an event loop of their own, so call them where none is running.
    Raises BadKey. The methods raise UnknownApp, WrongClock, Limited and Unreachable besides what they name.
    """

    def __init__(self, app_id: str | int, key: str, api_url: str, *, traffic: Traffic | None = None) -> None:
        self.id = str(app_id)
        self.api_url = api_url.rstrip("/")
        self.traffic = traffic or Traffic()
        # Variables of the environment cannot always hold line ends.
        self._key = key.replace("\\n", "\n")
        self._lock = threading.Lock()
        self._identifying = threading.Lock()
        self._identity: Identity | None = None
        self._tokens: dict[_Kind, Token] = {}
        self._minting: dict[_Kind, threading.Lock] = {}
        try:
            get_jwt(app_id=self.id, private_key=self._key)
        except (PyJWTError, ValueError) as exc:
            raise BadKey from exc

    def repository(self, installation: int, repository: int, full_name: str, *, teams: bool = False) -> Repository:
        """Return a repository for one job to work on; `teams` says that it will ask who is in a team.

        Raises as `token` and `identity` do.
        """
        token = self.token(installation, repository, permissions(teams=teams))
        return Repository(
            Connection(
                token.value,
                api_url=self.api_url,
                installation=installation,
                repository=repository,
                full_name=full_name,
                bot=self.identity(token),
                traffic=self.traffic,
                expired=lambda: self._forget(token),
            )
        )

    def identity(self, token: Token) -> Identity:
        """Return who the bot is; GitHub is asked once, with any token, as what it says about users is not for Apps."""
        with self._identifying:
            if self._identity is None:
                self._identity = asyncio.run(self._identify(token))
            return self._identity

    def token(self, installation: int, repository: int, permissions: Mapping[str, str] = PERMISSIONS) -> Token:
        """Return a token that is good for one repository and these permissions, and for five minutes at least.

        Raises NotInstalled, Suspended, and NotAllowed where the installation was not granted the permissions.
        """
        kind = _Kind(installation, repository, tuple(sorted(permissions.items())))
        with self._lock:
            lock = self._minting.setdefault(kind, threading.Lock())
        with lock:
            found = self._tokens.get(kind)
            if found is None or found.expires - datetime.now(UTC) < _EARLY:
                found = self._tokens[kind] = asyncio.run(self._mint(kind))
            return found

    def installation_of(self, full_name: str) -> int:
        """Return the installation that covers a repository; raises NotInstalled."""
        owner, _, name = full_name.partition("/")
        path = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}/installation"
        return int(asyncio.run(self.ask(lambda gh: gh.getitem(path, extra_headers=_HEADERS)))["id"])

    @asynccontextmanager
    async def api(self) -> AsyncIterator[GitHubAPI]:
        """Yield gidgethub's client with the App's credentials."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            yield GitHubAPI(session, "kafka-access", app_id=self.id, private_key=self._key, base_url=self.api_url)

    async def _identify(self, token: Token) -> Identity:
        app = await self.ask(lambda gh: gh.getitem("/app", extra_headers=_HEADERS))
        login = f"{app['slug']}[bot]"
        path = f"/users/{quote(login, safe='')}"
        user = await self.ask(lambda gh: gh.getitem(path, oauth_token=token.value, extra_headers=_HEADERS))
        return Identity(app["slug"], login, int(user["id"]))

    async def _mint(self, kind: _Kind) -> Token:
        """Ask for a token. One more of them does no harm, so an answer that was lost is asked for again."""
        data = {"repository_ids": [kind.repository], "permissions": dict(kind.permissions)}
        path = f"/app/installations/{kind.installation}/access_tokens"
        try:
            answer = await self.ask(lambda gh: gh.post(path, data=data, extra_headers=_HEADERS))
        except (gidgethub.InvalidField, gidgethub.ValidationError) as exc:
            if "permission" not in str(exc).lower():
                # The repository is not among those of the installation.
                raise NotInstalled from exc
            raise NotAllowed(", ".join(f"{name}: {level}" for name, level in kind.permissions)) from exc
        return Token(answer["token"], datetime.fromisoformat(answer["expires_at"]))

    async def ask(self, call: Callable[[GitHubAPI], Awaitable[_T]]) -> _T:
        """Return what a call with the App's credentials answers; made up to three times where no answer comes."""
        for pause in (1, 2, 0):
            try:
                async with self.api() as gh:
                    return await call(gh)
            except (*FAILURES, ValueError) as exc:
                problem = self._problem(exc)
                if problem is exc:
                    raise
                if not isinstance(problem, Unreachable) or not pause:
                    raise problem from exc
            await asyncio.sleep(pause * self.traffic.settle)
        raise AssertionError

    def _problem(self, exc: Exception) -> Exception:
        """Return the error that a failed call of the App stands for, or the exception itself where it is a bug."""
        if not isinstance(exc, gidgethub.HTTPException):
            # gidgethub knows no status such as 599.
            return understood(exc, "") or (Unreachable("it made no sense") if isinstance(exc, ValueError) else exc)
        status, message = int(exc.status_code), str(exc).lower()
        if status == 401:
            clock = _clock(exc.headers) if "'iat'" in message or "'exp'" in message or "expiration" in message else 0
            return WrongClock(clock) if abs(clock) >= 1 else UnknownApp(self.id)
        if status == 404 and "integration" in message:
            return UnknownApp(self.id)
        if status == 403 and "suspended" in message:
            return Suspended()
        found = understood(exc, "")
        return NotInstalled() if isinstance(found, Gone) else found or exc

    def _forget(self, token: Token) -> None:
        """Drop a token that GitHub no longer accepts."""
        with self._lock:
            self._tokens = {kind: one for kind, one in self._tokens.items() if one is not token}


def _clock(headers: Mapping[str, str]) -> float:
    """Seconds by which this machine's clock is ahead of GitHub's, as far as the answer tells."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return 0
    return (datetime.now(UTC) - theirs).total_seconds()
