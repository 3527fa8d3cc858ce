"""What goes wrong between us and GitHub, sorted into the kinds of `bot.errors`.

A failure is `TryLater` where the same call may succeed later, `UserError` where people have to change something on
GitHub, and stays what it was (a bug of ours) in all other cases. No text here holds what GitHub or a user wrote.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import gidgethub
import requests
from github import GithubException

from bot.errors import TryLater, UserError

_NO_WORD = 60.0
"""Seconds to wait where GitHub limits without saying for how long.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
"""
_LONGEST = 3700.0
"""Seconds; a limit is counted by the hour, so anything longer is a clock that is wrong."""


class Limited(TryLater):
    """A primary or secondary rate limit; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"GitHub asks to wait {wait:.0f} seconds")
        self.wait = wait


class Unreachable(TryLater):
    """No answer, or none that says whether it was done: 5xx, a timeout, a connection that was cut."""

    def __init__(self, what: str) -> None:
        super().__init__(f"GitHub could not be reached: {what}")


class Unauthorised(TryLater):
    """The token is not valid (any more); a new one may be."""

    def __init__(self) -> None:
        super().__init__("GitHub does not accept the App's token")


class Moved(TryLater):
    """The repository has another name or owner by now."""

    def __init__(self) -> None:
        super().__init__("the repository was renamed or transferred")


class Stale(TryLater):
    """A branch does not point to what was expected; `found` is its head, or empty where that is not known."""

    def __init__(self, branch: str, expected: str, found: str = "") -> None:
        super().__init__(f"the branch {branch} moved on from {expected[:12]}")
        self.branch, self.expected, self.found = branch, expected, found


class NotAllowed(UserError):
    """The App lacks a permission; `needs` is as GitHub's settings have it, such as `contents: write`."""

    def __init__(self, needs: str) -> None:
        super().__init__(
            f"GitHub does not let the App do this: it lacks the permission {needs}",
            "an owner of the App has to add the permission, and an owner of the repository to accept it",
        )
        self.needs = needs


class Archived(UserError):
    """The repository is read-only."""

    def __init__(self) -> None:
        super().__init__("the repository is archived, so nothing can be written to it", "unarchive it")


class Protected(UserError):
    """A rule of the repository forbids what the App wanted to do to a branch."""

    def __init__(self) -> None:
        super().__init__(
            "a branch protection or a ruleset of the repository keeps the App from writing to its branch",
            "let the App create and update branches that begin with kafka-access/",
        )


class Locked(UserError):
    """The conversation takes no comments."""

    def __init__(self) -> None:
        super().__init__("the conversation is locked", "unlock it, or ask in another issue")


class Empty(UserError):
    """The repository has no commit yet."""

    def __init__(self) -> None:
        super().__init__("the repository is empty")


class Gone(UserError):
    """It is not there, or the App is not allowed to see it: GitHub does not say which."""

    def __init__(self, needs: str) -> None:
        super().__init__(f"GitHub finds no such thing, or does not show it to the App (which needs {needs})")


class NothingToMerge(UserError):
    """A pull request would hold no commit."""

    def __init__(self, branch: str) -> None:
        super().__init__(f"the branch {branch} holds nothing that its base lacks")


class TooLong(ValueError):
    """A text is longer than GitHub takes; whoever wrote it has to shorten it, so this is a bug."""

    def __init__(self, what: str, length: int, limit: int) -> None:
        super().__init__(f"the {what} has {length} characters, and GitHub takes {limit}")


FAILURES = (
    GithubException,
    requests.RequestException,
    gidgethub.HTTPException,
    aiohttp.ClientError,
    TimeoutError,
    json.JSONDecodeError,
)
"""What the libraries raise where a call failed."""


@contextmanager
def explained(needs: str) -> Iterator[None]:
    """Raise what a library raised inside as one of the errors above; what is none of them stays as it is.

    `needs` names the permission of the call, for the sentence where GitHub does not say it itself.
    """
    try:
        yield
    except FAILURES as exc:
        problem = understood(exc, needs)
        if problem is None:
            raise
        raise problem from exc


def understood(exc: Exception, needs: str) -> TryLater | UserError | None:
    """Return the error that an exception of a library stands for, or None for a bug."""
    if isinstance(exc, GithubException):
        return _graphql(exc) or by_status(exc.status, exc.headers or {}, _message(exc), needs)
    if isinstance(exc, gidgethub.HTTPException):
        return by_status(int(exc.status_code), exc.headers, str(exc), needs)
    if isinstance(exc, requests.RequestException):
        # The request holds the token among its headers; an error tracker that prints attributes would show it.
        exc.request = exc.response = None
    if isinstance(exc, requests.Timeout | TimeoutError):
        return Unreachable("no answer in time")
    if isinstance(exc, requests.RequestException | aiohttp.ClientError):
        return Unreachable("the connection failed")
    return Unreachable("the answer was cut off") if isinstance(exc, json.JSONDecodeError) else None


def by_status(status: int, headers: Mapping[str, str], message: str, needs: str) -> TryLater | UserError | None:
    """Return the error that an HTTP status of 400 and above stands for, or None for a bug."""
    message = message.lower()
    if status >= 500:
        return Unreachable(f"it answered {status}")
    if status in {403, 429}:
        wait = _wait(status, headers, message)
        return _forbidden(headers, message, needs) if wait is None else Limited(wait)
    if status in {409, 422}:
        return _conflict(message)
    if status in {404, 410, 451}:
        return Gone(needs)
    return Unauthorised() if status == 401 else None


def _conflict(message: str) -> UserError | None:
    if "repository is empty" in message:
        return Empty()
    return Protected() if _is_protected(message) else None


def _is_protected(message: str) -> bool:
    return "protected" in message or "rule violations" in message


def _forbidden(headers: Mapping[str, str], message: str, needs: str) -> UserError:
    if "archived" in message:
        return Archived()
    if "locked" in message:
        return Locked()
    if _is_protected(message):
        return Protected()
    # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#about-authentication
    lowered = {name.lower(): value for name, value in headers.items()}
    return NotAllowed(lowered.get("x-accepted-github-permissions", "").replace("=", ": ") or needs)


def _wait(status: int, headers: Mapping[str, str], message: str) -> float | None:
    """Seconds that GitHub wants us to wait, or None where a 403 is no limit."""
    lowered = {name.lower(): value for name, value in headers.items()}
    after = lowered.get("retry-after", "")
    if after.isdigit():
        return min(float(after), _LONGEST)
    if "not accessible" in message:
        return None
    if lowered.get("x-ratelimit-remaining") == "0":
        try:
            # One more second, as nobody says when within its second the limit ends.
            return min(max(float(lowered.get("x-ratelimit-reset", "")) - time.time() + 1, 1), _LONGEST)
        except ValueError:
            return _NO_WORD
    return _NO_WORD if status == 429 or "rate limit" in message else None


def _message(exc: GithubException) -> str:
    said = exc.data.get("message") if isinstance(exc.data, dict) else None
    return said if isinstance(said, str) else exc.message or ""


def graphql_kinds(exc: GithubException) -> frozenset[str]:
    """Return the kinds of a GraphQL answer's errors, such as STALE_DATA; GitHub gives them with a status of 200."""
    errors = exc.data.get("errors") if isinstance(exc.data, dict) else None
    if not isinstance(errors, list):
        return frozenset()
    return frozenset(str(one.get("type", "")) for one in errors if isinstance(one, dict))


def _graphql(exc: GithubException) -> TryLater | UserError | None:
    kinds = graphql_kinds(exc)
    if "RATE_LIMITED" in kinds:
        return Limited(_wait(429, exc.headers or {}, "") or _NO_WORD)
    if kinds & {"INTERNAL", "SERVICE_UNAVAILABLE"}:
        return Unreachable("it failed inside")
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        return NotAllowed("contents: write")
    return None
