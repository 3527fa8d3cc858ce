"""Where settings come from: variables of the process, a settings file, and files that hold one secret each.

A variable wins over the settings file. Every secret may instead be in a file whose path is in the variable with
`_FILE` at its end.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from bot.errors import TryLater

PREFIX = "KAFKA_ACCESS_"
LOCATION = f"{PREFIX}SETTINGS"
"""The variable that names the settings file."""

SECRETS = ("private_key", "webhook_secrets", "database_url", "setup_token", "pages_token", "client_secret")

_DEFAULT_FILES = ("kafka-access.env", "/etc/kafka-access/kafka-access.env")
_LARGEST_FILE = 64 * 1024
_SERVICE_LINK = re.compile(r"(PORT|PORT_\d+_(TCP|UDP)(_.*)?|SERVICE_HOST|SERVICE_PORT(_.*)?)")
"""Kubernetes gives every container such variables for each Service, and one of them may be called kafka-access.

https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
"""


class WrongSettings(TryLater):
    """Settings are missing or wrong: each is named by its variable, none by its value."""

    def __init__(self, problems: Iterable[str], hint: str) -> None:
        lines = [f"  {problem}" for problem in problems]
        super().__init__("\n".join(["these settings have to be put right:", *lines]), hint)


def settings_file() -> Path:
    """Return the settings file: the one that is named, else the first there is, else where one would be written."""
    named = os.environ.get(LOCATION)
    candidates = [Path(named)] if named else [Path(name) for name in _DEFAULT_FILES]
    return next((path for path in candidates if path.is_file()), candidates[0]).absolute()


def variable(name: str) -> str:
    """Return the variable of a setting."""
    return PREFIX + name.upper()


def given() -> Iterator[tuple[str, str, str]]:
    """Yield (name without the prefix, value, where it is said) of all that is set, service links left out."""
    file = settings_file()
    named = dotenv_values(file) if file.is_file() else {}
    for variables, where in ((os.environ, "the environment"), (named, str(file))):
        for name, value in variables.items():
            short = name.upper().removeprefix(PREFIX)
            if name.upper().startswith(PREFIX) and short != "SETTINGS" and not _SERVICE_LINK.fullmatch(short):
                yield short.lower(), value or "", where


class Environment(EnvSettingsSource):
    """The variables of the process, with secrets read from the files that they name."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return _resolved(super()._load_env_vars())


class File(DotEnvSettingsSource):
    """The settings file, with secrets read from the files that it names."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return _resolved(super()._load_env_vars())


def _resolved(variables: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Return the variables (names in lower case) without service links and with the contents of secret files."""
    prefix = PREFIX.lower()
    found = dict(variables)
    if (found.get(f"{prefix}port") or "").startswith("tcp://"):
        del found[f"{prefix}port"]
    for name in SECRETS:
        path = found.get(f"{prefix}{name}_file")
        if path and found.get(f"{prefix}{name}"):
            raise WrongSettings([f"{variable(name)} and {variable(name)}_FILE are both set"], "set one of them")
        if path:
            found[f"{prefix}{name}"] = _content(f"{variable(name)}_FILE: {path}", Path(path))
    return found


def _content(said: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise WrongSettings([f"{said} is too large"], "name the file that holds the secret")
        return data.decode().strip()
    except OSError as exc:
        raise WrongSettings(
            [f"{said} cannot be read: {exc.strerror}"], "check the path, its owner and its mode"
        ) from exc
    except UnicodeDecodeError:
        raise WrongSettings([f"{said} is not text"], "name the file that holds the secret") from None
