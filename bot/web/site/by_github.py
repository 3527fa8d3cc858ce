"""Another way in: GitHub says who somebody is, and the session that follows says it again, signed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

from bot.errors import UserError
from bot.github.authorization import Authorization, WrongClient
from bot.github.events import Person
from bot.web.site.seal import Seal

FLOW = 600
"""Seconds that somebody may take on GitHub's pages; its codes end after as many."""


class NotBegun(UserError):
    """Somebody brings a code and was not sent: it may be another person's, who would then be signed in here."""

    def __init__(self) -> None:
        super().__init__(
            "this answer of GitHub's belongs to no sign-in that was begun in this browser within the last ten minutes",
            "begin again",
        )


class Declined(UserError):
    """Somebody pressed the other button."""

    def __init__(self) -> None:
        super().__init__("on GitHub you did not agree that the bot learns who you are", "begin again if you want to")


class ByGitHub:
    """Sends people to GitHub and learns who comes back; `secret` is what sessions are signed with.

    What is begun is in the browser alone, in a cookie of its own, so that any replica can end it.
    """

    def __init__(self, authorization: Authorization, secret: str) -> None:
        self._authorization = authorization
        self._begun = Seal(secret, "begun")
        self._proof = Seal(secret, "proof")
        self._session = Seal(secret, "person")

    def begin(self, target: str) -> tuple[str, str]:
        """Return the address at GitHub, and the cookie that the browser has to bring back; `target` is a path here."""
        state = secrets.token_urlsafe(32)
        cookie = self._begun.close({"state": state, "target": target}, time.time() + FLOW)
        return self._authorization.address(state, self._proof.code(state)), cookie

    async def end(self, query: Mapping[str, str], cookie: str) -> tuple[Person, str]:
        """Return who came back from GitHub, and where they wanted to go.

        Raises NotBegun, Declined, and as Authorization.person does.
        """
        begun = self._begun.open(cookie, time.time())
        given = query.get("state", "").encode("utf-8", "surrogatepass")
        if begun is None or not secrets.compare_digest(given, begun["state"].encode()):
            raise NotBegun
        if "code" not in query:
            raise Declined if query.get("error") == "access_denied" else WrongClient
        return await self._authorization.person(query["code"], self._proof.code(begun["state"])), begun["target"]

    def session(self, person: Person, seconds: int) -> str:
        """Return the cookie of somebody who is signed in."""
        return self._session.close({"id": person.id, "login": person.login}, time.time() + seconds)

    def knows(self, cookie: str) -> Person | None:
        """Return who is signed in."""
        found = self._session.open(cookie, time.time())
        return Person(found["id"], found["login"], "User") if found else None
