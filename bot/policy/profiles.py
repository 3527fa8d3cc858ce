"""Profiles: under which names and where each kind of client finds what the Secret of a KafkaAccess holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.kafka.binding import KEYS
from bot.policy.strict import Strict, template

_SECRET = template("secret")
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Variable(Strict):
    """One environment variable: a key of the Secret, or a fixed value."""

    name: VariableName
    secret_key: str | None = None
    value: Annotated[str, Field(pattern=r"^[\w:./{}-]+$"), _SECRET] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.secret_key is None) == (self.value is None):
            message = "a variable has either secret_key or value"
            raise ValueError(message)
        return self


class Mount(Strict):
    """One file of the client."""

    path: Annotated[str, Field(pattern=r"^(/[\w{-][\w.{}-]*)+$"), _SECRET]
    secret_key: str
    read_only: bool = False


class Profile(Strict):
    """The variables and files of one kind of client."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    env: Annotated[tuple[Variable, ...], Field(min_length=1)]
    mounts: tuple[Mount, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables: a container that has all of them is such a client."""
        return tuple(one.name for one in self.env)

    @property
    def from_secret(self) -> tuple[str, ...]:
        """The names of those that come from the Secret."""
        return tuple(one.name for one in self.env if one.secret_key is not None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        paths = [one.path for one in self.mounts]
        _refuse("the variable {} is there twice", _twice(self.variables))
        _refuse("something else is mounted at {}", _twice(paths))
        _refuse("nothing is mounted at {}", (path for one in self.env if (path := _path(one)) and path not in paths))
        keys = [*(one.secret_key for one in self.env if one.secret_key), *(one.secret_key for one in self.mounts)]
        _refuse("the Secret has no key {}", (key for key in keys if key not in KEYS["tls"]))
        return self


class Profiles(Strict):
    """`profiles.yaml`; the first profile is meant where a command names none."""

    profiles: Annotated[tuple[Profile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        _refuse("the profile {} is there twice", _twice(one.name for one in self.profiles))
        _refuse(
            "{} has the variables of another profile", _twice(" ".join(sorted(one.variables)) for one in self.profiles)
        )
        return self


def _path(variable: Variable) -> str | None:
    """Return the path that a fixed value names, also as a `file:` URL."""
    text = (variable.value or "").removeprefix("file:")
    return text if text.startswith("/") else None


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _refuse(sentence: str, wrong: Iterable[str]) -> None:
    """Raise ValueError, which pydantic reports with its place, for the first name that is wrong."""
    for name in wrong:
        raise ValueError(sentence.format(name))
