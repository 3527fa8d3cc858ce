"""Exceptions to data and back: they have to survive the database, where only JSON is kept."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import asdict
from typing import TypeVar

from bot.errors import TryLater, UserError
from bot.jobs.model import Cause, Failure, Json

E = TypeVar("E", UserError, TryLater)


class Unreachable(TryLater):
    """A connection did not come about or was lost, in all attempts."""

    def __init__(self, why: str) -> None:
        super().__init__(f"something that is needed could not be reached: {why}")


class StepFailed(Exception):
    """A step failed with an exception that is neither for the user nor for later: a bug. Its traceback is kept."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.name}: {failure.text}")
        self.failure = failure


def describe(error: Exception) -> Failure:
    """Return an exception as data."""
    match error:
        case UserError():
            return Failure(Cause.REFUSED, _name(error), error.text, error.hint)
        case TryLater():
            return Failure(Cause.SURROUNDINGS, _name(error), error.text, error.hint)
        case ConnectionError() | TimeoutError():
            return describe(Unreachable(str(error) or type(error).__name__))
        case StepFailed():
            return error.failure
        case _:
            trace = "".join(traceback.format_exception(error))
            return Failure(Cause.BUG, type(error).__name__, str(error), traceback=trace)


def revive(failure: Failure) -> Exception:
    """Return the exception that `describe` was given, with class, text and hint.

    Only classes that this process knows as UserError or TryLater come back, so that whoever can write to the database
    chooses no code; a class that is gone comes back as the nearest of the two.
    """
    if failure.cause not in {Cause.REFUSED, Cause.SURROUNDINGS}:
        return StepFailed(failure)
    if failure.cause is Cause.REFUSED:
        return _again(UserError, failure)
    return _again(TryLater, failure)


def to_json(failure: Failure) -> Json:
    """Return a failure as it is stored."""
    return asdict(failure)


def from_json(data: object) -> Failure | None:
    """Return a stored failure, or None where this is not one."""
    if not isinstance(data, dict):
        return None
    try:
        return Failure(**{**data, "cause": Cause(data["cause"])})
    except (TypeError, KeyError, ValueError):
        return None


def _again(base: type[E], failure: Failure) -> E:
    found = next((one for one in _subclasses(base) if _qualified(one) == failure.name), base)
    error = found.__new__(found)
    # A subclass takes facts in its constructor, and these are not kept: only what it made of them.
    base.__init__(error, failure.text, failure.hint)
    return error


def _name(error: Exception) -> str:
    return _qualified(type(error))


def _qualified(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _subclasses(cls: type[E]) -> Iterator[type[E]]:
    for one in cls.__subclasses__():
        yield one
        yield from _subclasses(one)
