"""Reactions, and replies that are found again by a hidden marker."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from github.GithubObject import NotSet
from github.Issue import Issue
from github.IssueComment import IssueComment

from bot.github.connection import Connection
from bot.github.errors import TooLong

LONGEST_BODY = 65_536
"""Characters of a comment, an issue or a pull request; more are answered with 422."""

_NEEDS = "issues: write"
_KEY = re.compile(r"[A-Za-z0-9._:/@+=]+(-[A-Za-z0-9._:/@+=]+)*")


@dataclass(frozen=True, slots=True)
class Target:
    """What a reaction goes to: a comment by its id, or where that is None the issue or pull request itself."""

    number: int
    comment: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A comment of the bot."""

    id: int
    url: str
    body: str


def marker(key: str) -> str:
    """Return the hidden line by which a text of the bot is found again; raises ValueError for a key that would show."""
    if not _KEY.fullmatch(key):
        message = f"{key!r} is no key for a marker"
        raise ValueError(message)
    return f"<!-- kafka-access:{key} -->"


def fits(what: str, text: str) -> str:
    """Return the text; raises TooLong where GitHub would not take it."""
    if len(text) > LONGEST_BODY:
        raise TooLong(what, len(text), LONGEST_BODY)
    return text


def is_same(there: str, wanted: str) -> bool:
    """Whether a text is what was written: GitHub may give back other line ends."""
    return there.replace("\r\n", "\n").rstrip() == wanted.rstrip()


def written_by(user: object, account: int) -> bool:
    """Whether PyGithub's user is this account; it has None for deleted ones, whatever its types say."""
    return getattr(user, "id", None) == account


class Comments:
    """Reactions and replies in one repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def react(self, target: Target, content: str) -> None:
        """Add a reaction (`eyes`, `rocket`, `confused`, …) unless it is there: GitHub looks for it itself."""
        self._connection.write(lambda: self._lazy(target).create_reaction(content), needs=_NEEDS)

    def unreact(self, target: Target, content: str) -> None:
        """Take back a reaction of the bot, if there is one."""
        bot = self._connection.bot.id
        found = self._connection.read(
            lambda: [
                one.id
                for one in self._lazy(target).get_reactions()
                if one.content == content and written_by(one.user, bot)
            ],
            needs=_NEEDS,
        )
        kind = f"comments/{target.comment}" if target.comment else str(target.number)
        for reaction in found:
            path = f"/issues/{kind}/reactions/{reaction}"
            self._connection.write(partial(self._connection.delete, path), needs=_NEEDS)

    def find_reply(self, number: int, key: str, since: datetime | None = None) -> Reply | None:
        """Return the bot's own comment that begins with the marker, the first if there are several.

        `since` leaves out what was not touched after that time, and so saves pages in long conversations.
        """
        begin, bot = marker(key), self._connection.bot.id

        def look() -> Reply | None:
            comments: Iterable[IssueComment] = self._connection.repo.get_issue(number).get_comments(since or NotSet)
            return next(
                (_reply(one) for one in comments if written_by(one.user, bot) and one.body.startswith(begin)), None
            )

        return self._connection.read(look, needs=_NEEDS)

    def reply(self, number: int, key: str, body: str, since: datetime | None = None) -> Reply:
        """Make the bot's one comment for this key say `body`: it is edited where it is there, else written.

        Raises TooLong before anything is sent.
        """
        text = fits("reply", f"{marker(key)}\n{body}")
        found = self.find_reply(number, key, since)
        if found is not None:
            return self._edit(found, text)
        return self._connection.write(
            lambda: _reply(self._connection.repo.get_issue(number).create_comment(text)),
            needs=_NEEDS,
            done=lambda: self.find_reply(number, key, since),
        )

    def _edit(self, found: Reply, text: str) -> Reply:
        if not is_same(found.body, text):
            path = f"/issues/comments/{found.id}"
            self._connection.write(lambda: self._connection.call("PATCH", path, {"body": text}), needs=_NEEDS)
        return Reply(found.id, found.url, text)

    def _lazy(self, target: Target) -> Issue | IssueComment:
        issue = self._connection.repo.get_issue(target.number)
        return issue if target.comment is None else issue.get_comment(target.comment)


def _reply(comment: IssueComment) -> Reply:
    return Reply(comment.id, comment.html_url, comment.body)
