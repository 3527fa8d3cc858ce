"""What all jobs of the bot share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

from bot.checkout.failures import Moved, NoBranch
from bot.checkout.mirror import Mirror
from bot.errors import TryLater
from bot.github.app import App, permissions
from bot.github.errors import NotAllowed as NotGranted
from bot.github.events import Person, Place
from bot.github.people import Permission
from bot.github.repository import Repository
from bot.pipeline import Prover, today_in_utc
from bot.policy.rules import Rules


class CouldNotTell(TryLater):
    """GitHub did not say what somebody may do: neither a yes nor a no."""

    def __init__(self) -> None:
        super().__init__("GitHub did not say whether you may command the bot here")


def _unobserved(_outcome: str, _seconds: float) -> None:
    return None


@dataclass(frozen=True)
class Bot:
    """The App, its rules, where its mirrors lie (`state`), and what judges its plans.

    `secret` seals what the bot writes into pull requests for itself; `observe` is told of each command's outcome and
    the seconds from its delivery to its end. `today` is the day in UTC.
    """

    app: App
    rules: Rules
    state: Path
    prove: Prover
    secret: bytes
    observe: Callable[[str, float], None] = _unobserved
    today: Callable[[], date] = today_in_utc

    @property
    def landscapes(self) -> Path:
        """The folder of what is rendered for questions, checks and pages: what one has rendered, the others know."""
        return self.state / "landscape"

    @property
    def key(self) -> bytes:
        """What pull requests are sealed with."""
        return hashlib.sha256(b"pull request state:" + self.secret).digest()


class Session:
    """One job's line to one repository: opened when it is first used, closed with the job."""

    def __init__(self, bot: Bot, installation: int, place: Place) -> None:
        self.bot = bot
        self.place = place
        self._installation = installation

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "github" in self.__dict__:
            self.github.close()

    @cached_property
    def github(self) -> Repository:
        """The repository on GitHub."""
        return self.bot.app.repository(self._installation, self.place.id, self.place.full_name, teams=self._asks_teams)

    def mirror(self) -> Mirror:
        """Return the repository's mirror under the name that the repository has now."""
        base = self.place.clone_url.removesuffix(f"/{self.place.full_name}.git")
        url = f"{base}/{self.github.full_name}.git"
        return Mirror(self.bot.state, self.place.id, url, self._token)

    def fetch(self, *branches: str) -> Mirror:
        """Return the mirror with these branches up to date."""
        mirror = self.mirror()
        try:
            mirror.fetch(*branches)
        except Moved:
            self.github.people.permission(self.github.bot.login, ())  # any call finds out the new name
            mirror = self.mirror()
            mirror.fetch(*branches)
        return mirror

    def main(self, *others: str) -> tuple[Mirror, str]:
        """Return the mirror with the main branch and these up to date, and main's newest commit; raises NoBranch."""
        name = self.place.default_branch
        mirror = self.fetch(name, *others)
        head = mirror.head(name)
        if head is None:
            raise NoBranch(self.place.full_name, name)
        return mirror, head

    def may(self, person: Person) -> bool:
        """Return whether somebody may command the bot; raises CouldNotTell."""
        github = self.bot.rules.github
        found = self.github.people.permission(person.login, github.roles, github.teams)
        if found is Permission.UNKNOWN:
            raise CouldNotTell
        return found is Permission.YES

    def member(self, login: str, team: str) -> Permission:
        """Return whether somebody is in a team; UNKNOWN also where the App may not ask that."""
        bot, place = self.bot, self.place
        try:
            with bot.app.repository(self._installation, place.id, place.full_name, teams=True) as github:
                return github.people.member(login, team)
        except NotGranted:
            return Permission.UNKNOWN

    def _token(self) -> str:
        return self.bot.app.token(self._installation, self.place.id, permissions(teams=self._asks_teams)).value

    @property
    def _asks_teams(self) -> bool:
        return bool(self.bot.rules.github.teams)
