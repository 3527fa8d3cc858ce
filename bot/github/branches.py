"""Branches: looked at, created, moved forward and deleted, never forced."""

from __future__ import annotations

from urllib.parse import quote

from github import GithubException, UnknownObjectException

from bot.github.connection import Connection
from bot.github.errors import Stale

CONTENTS = "contents: write"


class Branches:
    """The branches of one repository, by name without `refs/heads/`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self, name: str) -> str | None:
        """Return the commit that a branch points to, or None where there is no such branch."""

        def look() -> str | None:
            try:
                found = self._connection.call("GET", f"/git/ref/heads/{quote(name)}")
            except UnknownObjectException:
                return None
            return str(found["object"]["sha"])

        return self._connection.read(look, needs=CONTENTS)

    def create(self, name: str, sha: str) -> str:
        """Create a branch at a commit unless there is one of that name; returns its head, which the caller compares."""

        def do() -> str:
            try:
                self._connection.call("POST", "/git/refs", {"ref": f"refs/heads/{name}", "sha": sha})
            except GithubException as exc:
                # "Reference already exists": GitHub says so with the status that it has for everything malformed.
                if exc.status != 422 or (found := self.head(name)) is None:
                    raise
                return found
            return sha

        return self._connection.write(do, needs=CONTENTS, done=lambda: self.head(name))

    def forward(self, name: str, expected: str, sha: str) -> None:
        """Move a branch from `expected` to a descendant of it; raises Stale where it points elsewhere."""

        def do() -> None:
            try:
                self._connection.call("PATCH", f"/git/refs/heads/{quote(name)}", {"sha": sha, "force": False})
            except GithubException as exc:
                if exc.status != 422 or "fast forward" not in str(exc.data).lower():
                    raise
                raise Stale(name, expected) from exc

        self._connection.write(do, needs=CONTENTS)

    def delete(self, name: str, expected: str) -> None:
        """Delete a branch that points to `expected`; one that is gone is fine; raises Stale for any other head."""
        head = self.head(name)
        if head is None:
            return
        if head != expected:
            raise Stale(name, expected, head)

        def do() -> None:
            try:
                self._connection.call("DELETE", f"/git/refs/heads/{quote(name)}")
            except GithubException as exc:
                # "Reference does not exist" comes as 422.
                if exc.status not in {404, 422} or self.head(name) is not None:
                    raise

        self._connection.write(do, needs=CONTENTS)
