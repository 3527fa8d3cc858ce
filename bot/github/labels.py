"""Labels of issues and pull requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from github import GithubException

from bot.github.connection import Connection

_NEEDS = "issues: write"
_DEFAULT_COLOUR = "ededed"
"""What GitHub gives to a label that it made because an issue was to have it."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label; `colour` is six hexadecimal digits."""

    name: str
    colour: str
    description: str = ""


class Labels:
    """The labels of one repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, number: int, labels: Iterable[Label]) -> None:
        """Add labels to an issue or pull request. Those that the repository lacks are made, with their colour."""
        wanted = {one.name.lower(): one for one in labels}
        if not wanted:
            return
        add = partial(self._added, number, [one.name for one in wanted.values()])
        shown = self._connection.write(add, needs=_NEEDS)
        if shown is None:
            for label in wanted.values():
                self._make(label)
            shown = self._connection.write(add, needs=_NEEDS) or {}
        for name, colour in shown.items():
            if name in wanted and colour == _DEFAULT_COLOUR != wanted[name].colour:
                self._paint(wanted[name])

    def _added(self, number: int, names: list[str]) -> dict[str, str] | None:
        """The colours of the issue's labels by name, or None where GitHub did not make the missing ones by itself."""
        try:
            answer = self._connection.call("POST", f"/issues/{number}/labels", {"labels": names})
        except GithubException as exc:
            if exc.status != 422:
                raise
            return None
        return {str(one["name"]).lower(): str(one["color"]) for one in answer}

    def _make(self, label: Label) -> None:
        def do() -> None:
            try:
                self._connection.repo.create_label(label.name, label.colour, label.description)
            except GithubException as exc:
                if exc.status != 422 or "already_exists" not in str(exc.data):
                    raise

        self._connection.write(do, needs=_NEEDS)

    def _paint(self, label: Label) -> None:
        path = f"/labels/{quote(label.name, safe='')}"
        data = {"color": label.colour, "description": label.description}
        self._connection.write(lambda: self._connection.call("PATCH", path, data), needs=_NEEDS)
