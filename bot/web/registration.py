"""GitHub's manifest flow: a form to GitHub, a code back, the code for credentials, the credentials into files.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from pydantic import ValidationError

from bot.errors import TryLater, UserError
from bot.setting_types import address
from bot.settings import Basics
from bot.web.credentials import Place, Registered
from bot.web.manifest import manifest

_LIFETIME = 3600.0
"""Seconds. GitHub forgets a code after an hour; an older state is of no use."""

_PENDING = 100
"""Forms at a time; the oldest is forgotten first."""


class WrongName(UserError):
    """The form holds something that GitHub does not accept."""

    def __init__(self, what: str, rule: str) -> None:
        super().__init__(f"the {what} {rule}", f"correct the {what} and try again")


class UnknownState(UserError):
    """The way back from GitHub was not begun here, is used up or too old."""

    def __init__(self) -> None:
        super().__init__(
            "this answer does not belong to a registration that was begun here within the last hour",
            "begin again from the first page; if GitHub created an App in the meantime, delete it there",
        )


class CodeRefused(TryLater):
    """GitHub did not exchange the code."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"GitHub did not hand over the credentials: {why}",
            "delete the new App on GitHub and begin again: a code works once, and for an hour",
        )


@dataclass(frozen=True, slots=True)
class Form:
    """What a browser posts to GitHub: the address, and the manifest as JSON."""

    action: str
    manifest: str


@dataclass(frozen=True)
class GitHub:
    """Which GitHub: addresses for people and for programs, without a slash at the end."""

    web_url: str = "https://github.com"
    api_url: str = "https://api.github.com"

    @property
    def origin(self) -> str:
        """What a browser calls the origin of its pages."""
        return urlsplit(self.web_url)._replace(path="").geturl()


class Registration:
    """Registrations under way; a state is random, used once and forgotten after an hour."""

    def __init__(self, github: GitHub, place: Place) -> None:
        self.github = github
        self._place = place
        self._begun: dict[str, tuple[float, str | None]] = {}

    def begin(self, *, name: str, organisation: str, public_url: str | None, redirect_url: str) -> Form:
        """Return the form that sends the manifest to GitHub; an empty organisation means the person's own account.

        Raises WrongName, and AlreadyThere or CannotWrite where the credentials would have no place.
        """
        self._place.check()
        if not re.fullmatch(r"[\w .-]{1,34}", name):
            # https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app
            raise WrongName("name", "has 1 to 34 letters, digits, blanks, dots or hyphens")
        if not re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9-]{0,38})?", organisation):
            raise WrongName("organisation", "has up to 39 letters, digits and hyphens")
        try:
            public_url = address(public_url) if public_url else None
        except ValueError as exc:
            raise WrongName("public address", str(exc)) from None
        state = secrets.token_urlsafe(32)
        while len(self._begun) >= _PENDING:
            self._begun.pop(next(iter(self._begun)))
        self._begun[state] = (time.monotonic(), public_url)
        path = f"organizations/{organisation}/settings/apps/new" if organisation else "settings/apps/new"
        return Form(
            f"{self.github.web_url}/{path}?{urlencode({'state': state})}",
            json.dumps(manifest(name, public_url, redirect_url)),
        )

    async def finish(self, code: str, state: str) -> Registered:
        """Exchange the code for credentials and write them.

        Raises UnknownState, CodeRefused, AlreadyThere, CannotWrite.
        """
        public_url = self._used(state)
        app = await self._exchanged(code)
        self._place.write(app, self._further(public_url))
        return app

    def _used(self, state: str) -> str | None:
        """Take a state out and return the public address that belongs to it."""
        found = [known for known in self._begun if secrets.compare_digest(known.encode(), state.encode())]
        if not found:
            raise UnknownState
        began, public_url = self._begun.pop(found[0])
        if time.monotonic() - began > _LIFETIME:
            raise UnknownState
        return public_url

    def _further(self, public_url: str | None) -> Mapping[str, str]:
        usual = GitHub()
        further = {"public_url": public_url or ""}
        if self.github != usual:
            further |= {"web_url": self.github.web_url, "api_url": self.github.api_url}
        return {name: value for name, value in further.items() if value}

    async def _exchanged(self, code: str) -> Registered:
        url = f"{self.github.api_url}/app-manifests/{quote(code, safe='')}/conversions"
        headers = {"Accept": "application/vnd.github+json", "User-Agent": "kafka-access"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
                session.post(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 201:
                    why = "the code is used up, too old or wrong" if response.status in {404, 422} else "it answered"
                    raise CodeRefused(f"{why} ({response.status})")
                return Registered.model_validate_json(await response.read())
        except ValidationError:
            raise CodeRefused("its answer is not what its documentation says") from None
        except (aiohttp.ClientError, TimeoutError) as exc:
            # Not the exception's own text: it holds the address, and that holds the code.
            raise CodeRefused(f"{urlsplit(url).hostname} could not be asked ({type(exc).__name__})") from None


def github_at(web_url: str) -> GitHub:
    """Return the GitHub whose pages are at this address; GitHub's own products say where their API is.

    https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
    """
    url = web_url.rstrip("/")
    host = urlsplit(url).hostname or ""
    if host == "github.com":
        return GitHub()
    if host.endswith(".ghe.com"):
        return GitHub(url, url.replace("://", "://api.", 1))
    return GitHub(url, f"{url}/api/v3")


def from_settings(basics: Basics) -> GitHub:
    """Return the GitHub of the settings."""
    return GitHub(basics.web_url, basics.api_url)
