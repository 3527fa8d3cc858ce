"""What happens in the sandbox's repository, found as a reader of its pages would: by looking again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody opened an issue (it has a title) or commented; `place` is the number of the one, the id of the other."""

    number: int
    place: int
    who: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody reacted to what `to` said at a place."""

    number: int
    place: int
    who: str
    content: str
    to: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A pull request, new or brought up to date: its description, the commit at its head, and what it changes."""

    number: int
    who: str
    title: str
    text: str
    address: str
    head: str
    diff: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A check run ended."""

    number: int
    name: str
    conclusion: str
    title: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A pull request was merged or closed."""

    number: int
    merged: bool


Event = Said | Reacted | Proposed | Checked | Closed


class Watch:
    """Remembers what was seen, so that each look gives only what is new."""

    def __init__(self, stage: Stage) -> None:
        self._home = stage.home
        self._seen: set[Event] = set()

    def look(self) -> Iterator[Event]:
        """Yield what is new, in the order in which it makes sense: heard, proposed, checked, answered."""
        found = [event for number in self._home.numbers for event in self._about(number)]
        for event in sorted(found, key=_rank):
            if event not in self._seen:
                self._seen.add(event)
                yield event

    def _about(self, number: int) -> Iterator[Event]:
        issue = self._home.issue(number)
        author = issue["user"]["login"]
        if "pull_request" in issue:
            yield from self._pull(number)
        else:
            yield Said(number, number, author, issue["body"] or "", issue["title"])
        for login, content in self._home.reactions(number):
            yield Reacted(number, number, login, content, author)
        for comment in self._home.comments(number):
            yield Said(number, comment["id"], comment["user"]["login"], comment["body"])
            for login, content in self._home.reactions(comment["id"]):
                yield Reacted(number, comment["id"], login, content, comment["user"]["login"])

    def _pull(self, number: int) -> Iterator[Event]:
        pull = self._home.pull(number)
        head = pull["head"]["sha"]
        yield Proposed(
            number,
            pull["user"]["login"],
            pull["title"],
            pull["body"] or "",
            pull["html_url"],
            head,
            # Once merged it is no news any more, and git has nothing left to compare.
            self._home.diff(number) if pull["state"] == "open" else "",
        )
        for run in self._home.check_runs(head):
            if run["status"] == "completed":
                yield Checked(number, run["name"], run["conclusion"], run["output"]["title"] or "")
        if pull["state"] == "closed":
            yield Closed(number, pull["merged"])


def _rank(event: Event) -> int:
    match event:
        case Said(title="", who=who):
            return 6 if who.endswith("[bot]") else 1
        case Reacted(content="eyes"):
            return 2
        case Reacted():
            return 7
        case _:
            return {Said: 0, Proposed: 3, Checked: 4, Closed: 5}[type(event)]
