"""Issues that the bot opens by itself, found again by a hidden marker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import urlencode

from bot.github.comments import fits, marker
from bot.github.connection import Connection

_NEEDS = "issues: write"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue of the bot."""

    number: int
    url: str


class Issues:
    """The bot's own issues in one repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: str) -> Issue | None:
        """Return the bot's issue, open or closed, whose description begins with the marker; the first of several."""
        begin, bot = marker(key), self._connection.bot.id

        def look() -> Issue | None:
            mine = (one for one in self._own() if one["user"]["id"] == bot and (one["body"] or "").startswith(begin))
            return next(map(_converted, mine), None)

        return self._connection.read(look, needs=_NEEDS)

    def _own(self) -> Iterator[Mapping[str, Any]]:
        """Yield the bot's issues and pull requests, oldest first; PyGithub would have its whole account for its name.

        https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        asked = {"state": "all", "creator": self._connection.bot.login, "direction": "asc", "per_page": _PAGE}
        for page in count(1):
            found = self._connection.call("GET", f"/issues?{urlencode({**asked, 'page': page})}")
            yield from found
            if len(found) < _PAGE:
                return

    def open(self, key: str, title: str, body: str) -> Issue:
        """Open an issue for this key, or return the one that was opened, as it is; raises TooLong."""
        text = fits("issue", f"{marker(key)}\n{body}")
        find = partial(self.find, key)
        data = {"title": title, "body": text}
        return find() or self._connection.write(
            lambda: _converted(self._connection.call("POST", "/issues", data)), needs=_NEEDS, done=find
        )


def _converted(issue: Mapping[str, Any]) -> Issue:
    return Issue(int(issue["number"]), str(issue["html_url"]))
