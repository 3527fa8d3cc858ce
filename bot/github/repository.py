"""One job's view of one repository on GitHub."""

from __future__ import annotations

from typing import Self

from bot.github.branches import Branches
from bot.github.checks import Checks
from bot.github.comments import Comments
from bot.github.commits import Commits
from bot.github.connection import Connection, Identity
from bot.github.issues import Issues
from bot.github.labels import Labels
from bot.github.people import People
from bot.github.pulls import Pulls
from bot.github.reviews import Reviews


class Repository:
    """For one job and one thread at a time; close it, or use it as a context manager.

    Opening it asks GitHub nothing. Every write may be made again, by this job or by the next one: it is looked for
    first or cannot be doubled, also where GitHub's answer was lost.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.people = People(connection)
        self.comments = Comments(connection)
        self.issues = Issues(connection)
        self.branches = Branches(connection)
        self.commits = Commits(connection, self.branches)
        self.pulls = Pulls(connection)
        self.reviews = Reviews(connection)
        self.labels = Labels(connection)
        self.checks = Checks(connection)

    @property
    def full_name(self) -> str:
        """What the repository is called: the new name as soon as a rename was noticed."""
        return self._connection.full_name

    @property
    def bot(self) -> Identity:
        """Who the bot is."""
        return self._connection.bot

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        self._connection.close()
