"""Who may command, who may read, and who is in a team: yes, no, or could not tell."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable
from typing import Any
from urllib.parse import quote

import structlog
from github import GithubException

from bot.errors import TryLater, UserError
from bot.github.connection import METADATA, Connection
from bot.github.errors import Gone
from bot.github.events import Person

_log = structlog.get_logger(__name__)


class Permission(enum.Enum):
    """Three values, as a lookup that failed must not read as a refusal, and even less as consent."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class People:
    """Questions about accounts in the repository and its organisation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def permission(self, login: str, roles: Collection[str], teams: Iterable[str] = ()) -> Permission:
        """Return whether an account has one of the roles in the repository, or is in one of the teams.

        Roles are GitHub's (`write`, `maintain`, `admin`, or a custom role's name); teams are `slug` or
        `organisation/slug`. Everyone reads a public repository, so the role `read` lets everyone in.
        """
        answers = [self._has_role(login, frozenset(roles))]
        for team in teams:
            if answers[-1] is Permission.YES:
                break
            answers.append(self.member(login, team))
        return next((one for one in (Permission.YES, Permission.UNKNOWN) if one in answers), Permission.NO)

    def reads(self, person: Person) -> Permission:
        """Return whether an account may read the repository; everyone may read a public one.

        No where the login belongs to somebody else by now: logins can be given up and taken.
        """
        return self._judged(
            lambda: self._connection.call("GET", _permission(person.login)),
            lambda found: bool(found["user"]["id"] == person.id and found["permission"] != "none"),
            METADATA,
        )

    def _has_role(self, login: str, roles: frozenset[str]) -> Permission:
        # `permission` knows four levels and puts custom roles under them; `role_name` is the exact one.
        return self._judged(
            lambda: self._connection.call("GET", _permission(login)),
            lambda found: bool(roles & {found["permission"], found.get("role_name")}),
            METADATA,
        )

    def member(self, login: str, team: str) -> Permission:
        """Return whether an account is in a team, `slug` or `organisation/slug`."""
        organisation, _, slug = team.rpartition("/")
        organisation = organisation or self._connection.full_name.partition("/")[0]
        path = f"/orgs/{quote(organisation, safe='')}/teams/{quote(slug, safe='')}/memberships/{quote(login, safe='')}"
        return self._judged(
            lambda: self._connection.get(path), lambda found: bool(found["state"] == "active"), "members: read"
        )

    def _judged(self, ask: Callable[[], Any], judge: Callable[[Any], bool], needs: str) -> Permission:
        try:
            return Permission.YES if judge(self._connection.read(ask, needs=needs)) else Permission.NO
        except Gone:
            return Permission.NO
        except (TryLater, UserError, GithubException, LookupError, TypeError) as exc:
            _log.warning("permission could not be looked up", needs=needs, why=type(exc).__name__)
            return Permission.UNKNOWN


def _permission(login: str) -> str:
    return f"/collaborators/{quote(login, safe='')}/permission"
