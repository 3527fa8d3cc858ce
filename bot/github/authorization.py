"""People who sign in with GitHub: where they are sent, and who somebody is that comes back with a code.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import aiohttp
from pydantic import ValidationError

from bot.errors import TryLater, UserError
from bot.github.connection import API_VERSION
from bot.github.errors import Unreachable, explained
from bot.github.events import Person
from bot.github.payloads import Account

_TIMEOUT = aiohttp.ClientTimeout(total=15)


class SpentCode(UserError):
    """A code works once, for ten minutes, and for whoever began."""

    def __init__(self) -> None:
        super().__init__("GitHub does not take the code: it was used already, or is too old", "begin again")


class WrongClient(TryLater):
    """The settings name another App's client, or an address that the App does not know."""

    def __init__(self) -> None:
        super().__init__(
            "GitHub does not accept how the bot signs people in",
            "whoever runs the bot has to compare KAFKA_ACCESS_CLIENT_ID, KAFKA_ACCESS_CLIENT_SECRET and "
            "KAFKA_ACCESS_PUBLIC_URL with the App's settings on GitHub",
        )


class Authorization:
    """The App as somebody whom people authorize to ask who they are; nothing is kept of what they hand over.

    `secret` is the App's client secret, `back` the address to which GitHub sends people back: one of its callback URLs.
    """

    def __init__(self, client_id: str, secret: str, *, web_url: str, api_url: str, back: str) -> None:
        self._client_id = client_id
        self._secret = secret
        self._web_url = web_url
        self._api_url = api_url
        self._back = back

    def address(self, state: str, verifier: str) -> str:
        """Return where a browser is sent. It comes back with the state, and its code is no good without the verifier.

        GitHub takes S256 alone: https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication
        """
        query = {
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "state": state,
            "code_challenge": _urlsafe(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "allow_signup": "false",
        }
        return f"{self._web_url}/login/oauth/authorize?{urlencode(query)}"

    async def person(self, code: str, verifier: str) -> Person:
        """Return who came back with a code. The token that it is exchanged for is used for this one question.

        Raises SpentCode, WrongClient and Unreachable.
        """
        with explained(""):
            async with aiohttp.ClientSession(timeout=_TIMEOUT, headers={"User-Agent": "kafka-access"}) as session:
                token = await self._exchanged(session, code, verifier)
                return await self._whose(session, token)

    async def _exchanged(self, session: aiohttp.ClientSession, code: str, verifier: str) -> str:
        url = f"{self._web_url}/login/oauth/access_token"
        # In the body: addresses end up in logs.
        form = {
            "client_id": self._client_id,
            "client_secret": self._secret,
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        async with session.post(url, data=form, headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                raise Unreachable(f"it answered {response.status}")
            answer: Any = await response.json()
        # Refusals have the status 200, too.
        match answer:
            case {"access_token": str(token)}:
                return token
            case {"error": "bad_verification_code"}:
                raise SpentCode
            case {"error": str()}:
                raise WrongClient
            case _:
                raise Unreachable("it made no sense")

    async def _whose(self, session: aiohttp.ClientSession, token: str) -> Person:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        async with session.get(f"{self._api_url}/user", headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                raise Unreachable(f"it answered {response.status}")
            try:
                found = Account.model_validate(await response.json())
            except ValidationError:
                raise Unreachable("it made no sense") from None
        return Person(found.id, found.login, found.type)


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
