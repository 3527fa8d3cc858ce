"""Check runs, found again by what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from github.CheckRun import CheckRun

from bot.github.connection import Connection
from bot.github.errors import TooLong

LONGEST_TEXT = 65_535
"""Characters of a summary and of a text."""
_ANNOTATIONS = 50
"""How many one request takes; https://docs.github.com/en/rest/checks/runs#update-a-check-run"""

_NEEDS = "checks: write"

Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
Level = Literal["notice", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on lines of a file."""

    path: str
    start_line: int
    end_line: int
    level: Level
    message: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """What a check run says; without a conclusion it is in progress.

    `external_id` names one outcome: the same id always comes with the same annotations, as GitHub can only add to them.
    """

    name: str
    external_id: str
    title: str
    summary: str
    text: str = ""
    conclusion: Conclusion | None = None
    annotations: Sequence[Annotation] = ()
    details_url: str = ""


class Checks:
    """The check runs of one repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, sha: str, check: Check) -> int:
        """Make the check run of this name and external id say this about a commit, and return its number.

        It is updated where it is there, else created. Raises TooLong before anything is sent.
        """
        _measure(check)
        found = self._find(sha, check)
        if found is not None:
            self.update(sha, found[0], check)
            return found[0]
        data = {"head_sha": sha, **_fields(check, check.annotations[:_ANNOTATIONS])}
        number, annotated = self._connection.write(
            lambda: _shown(self._connection.call("POST", "/check-runs", data)),
            needs=_NEEDS,
            done=lambda: self._find(sha, check),
        )
        self._annotate(sha, number, check, annotated)
        return number

    def update(self, sha: str, number: int, check: Check) -> None:
        """Make the check run of this number say this about its commit; raises TooLong before anything is sent.

        The answer says how many annotations there are, so that none is added twice.
        """
        _measure(check)
        data = _fields(check, ())
        _, annotated = self._connection.write(
            lambda: _shown(self._connection.call("PATCH", f"/check-runs/{number}", data)), needs=_NEEDS
        )
        self._annotate(sha, number, check, annotated)

    def external_ids(self, sha: str, name: str) -> list[str]:
        """Return what the bot's check runs of this name on a commit are about, the newest first."""

        def look() -> list[str]:
            return [one.external_id for one in sorted(self._own(sha, name), key=lambda one: one.id, reverse=True)]

        return self._connection.read(look, needs=_NEEDS)

    def _own(self, sha: str, name: str) -> Iterator[CheckRun]:
        runs = self._connection.repo.get_commit(sha).get_check_runs(check_name=name, filter="all")
        return (one for one in runs if one.name == name and one.app.slug == self._connection.bot.slug)

    def _annotate(self, sha: str, number: int, check: Check, there: int) -> None:
        """Add the annotations after the first `there`, in as many requests as it takes."""
        for start in range(there, len(check.annotations), _ANNOTATIONS):
            self._append(sha, number, check, start)

    def _append(self, sha: str, number: int, check: Check, start: int) -> None:
        """Add annotations from `start` on. Where the answer is lost, their count says whether they were added."""
        wanted = check.annotations[start : start + _ANNOTATIONS]

        def done() -> bool | None:
            there = self._find(sha, check)
            return True if there is not None and there[1] >= start + len(wanted) else None

        data = _fields(check, wanted)
        path = f"/check-runs/{number}"
        self._connection.write(lambda: bool(self._connection.call("PATCH", path, data)), needs=_NEEDS, done=done)

    def _find(self, sha: str, check: Check) -> tuple[int, int] | None:
        """The number of the check run and how many annotations it has."""

        def look() -> tuple[int, int] | None:
            same = (one for one in self._own(sha, check.name) if one.external_id == check.external_id)
            return next(((one.id, one.output.annotations_count) for one in same), None)

        return self._connection.read(look, needs=_NEEDS)


def _measure(check: Check) -> None:
    for what, text in (("summary", check.summary), ("text", check.text)):
        if len(text) > LONGEST_TEXT:
            raise TooLong(f"check run's {what}", len(text), LONGEST_TEXT)


def _shown(data: Mapping[str, Any]) -> tuple[int, int]:
    return int(data["id"]), int(data["output"]["annotations_count"])


def _fields(check: Check, annotations: Sequence[Annotation]) -> dict[str, Any]:
    output = {"title": check.title, "summary": check.summary, "annotations": [_annotation(one) for one in annotations]}
    fields: dict[str, Any] = {
        "name": check.name,
        "external_id": check.external_id,
        "status": "completed" if check.conclusion else "in_progress",
        "output": output | {"text": check.text} if check.text else output,
    }
    if check.conclusion:
        fields["conclusion"] = check.conclusion
    if check.details_url:
        fields["details_url"] = check.details_url
    return fields


def _annotation(one: Annotation) -> dict[str, str | int]:
    fields: dict[str, str | int] = {
        "path": one.path,
        "start_line": one.start_line,
        "end_line": one.end_line,
        "annotation_level": one.level,
        "message": one.message,
    }
    return fields | {"title": one.title} if one.title else fields
