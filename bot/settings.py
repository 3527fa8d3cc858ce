"""What the operator of the bot sets, and what is said where it is missing or wrong."""

from __future__ import annotations

import difflib
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.setting_sources import (
    LOCATION,
    PREFIX,
    SECRETS,
    Environment,
    File,
    WrongSettings,
    given,
    settings_file,
    variable,
)
from bot.setting_types import Database, Folder, Key, Networks, Secrets, Token, Url

CREDENTIALS = ("app_id", "private_key", "webhook_secrets")
"""What nothing works without."""
REGISTERED = (*CREDENTIALS, "client_id", "client_secret")
"""What registration gives."""

_NUMBERS = {"int_parsing": "a whole number", "int_from_float": "a whole number", "float_parsing": "a number"}
_FILE_NAMES = tuple(f"{name}_file" for name in SECRETS)
S = TypeVar("S", bound="Basics")


class NotRegistered(WrongSettings):
    """Everything is in order, but there is no GitHub App yet."""


def load() -> Settings:
    """Return all settings; raises WrongSettings, or NotRegistered where only the credentials are missing."""
    return _load(Settings)


def load_basics() -> Basics:
    """Return the settings that a bot without an App has; raises WrongSettings."""
    return _load(Basics)


def _state_dir() -> Path:
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "kafka-access"


def _jobs_file(given: dict[str, Any]) -> SecretStr:
    return SecretStr(f"sqlite:///{given.get('state_dir', _state_dir())}/jobs.sqlite")


def _format() -> Literal["json", "text"]:
    return "text" if sys.stderr.isatty() else "json"


class Basics(BaseSettings):
    """What can be set before there is an App, each with a default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # Else the message would quote the secret that is wrong.
        hide_input_in_errors=True,
    )

    api_url: Url = "https://api.github.com"
    web_url: Url = "https://github.com"
    state_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(default_factory=_state_dir)
    database_url: Database = Field(default_factory=_jobs_file)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Url | None = None
    trusted_proxies: Networks = ()
    rules: Folder | None = None
    workers: int = Field(default=4, ge=1, le=64)
    redeliver_every: float = Field(default=300, ge=1)
    grace: float = Field(default=5, ge=0)
    drain: float = Field(default=60, ge=0)
    write_pause: float = Field(default=1, ge=0)
    log_format: Literal["json", "text"] = Field(default_factory=_format)
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = "info"
    setup_token: Token | None = None
    pages_token: Token | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **_others: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read variables first, then the settings file; nothing else."""
        return init_settings, Environment(settings_cls), File(settings_cls, settings_file(), "utf-8")


class Settings(Basics):
    """Everything the bot needs."""

    app_id: str = Field(pattern=r"^(\d+|Iv[\w.]+)$")
    private_key: Key
    webhook_secrets: Secrets
    client_id: str | None = Field(default=None, pattern=r"^[\w.-]+$")
    client_secret: Token | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be seen anywhere, for the log to leave out."""
        password = urlsplit(self.database_url.get_secret_value()).password or ""
        single = (self.setup_token, self.pages_token, self.client_secret)
        tokens = [one.get_secret_value() for one in single if one]
        known = [self.private_key.get_secret_value(), *(one.get_secret_value() for one in self.webhook_secrets)]
        return tuple(one for one in (*known, password, unquote(password), *tokens) if one)


def _load(kind: type[S]) -> S:
    if settings_file().is_dir():
        raise WrongSettings([f"{LOCATION}: {settings_file()} is a folder"], "name a file in it")
    try:
        return kind()
    except ValidationError as exc:
        found = exc.errors(include_input=False, include_url=False, include_context=False)
        # A default that depends on another setting is not a second problem.
        problems = [one for one in found if one["type"] != "default_factory_not_called"]
    except UnicodeDecodeError:
        raise WrongSettings([f"{settings_file()} is not text"], "write it as UTF-8") from None
    except OSError as exc:
        raise WrongSettings(
            [f"{settings_file()} cannot be read: {exc.strerror}"], "check its owner and its mode"
        ) from exc
    missing = [str(one["loc"][0]) for one in problems if one["type"] == "missing"]
    texts = [_problem(str(one["loc"][0]), one["type"], one["msg"]) for one in problems]
    where = settings_file()
    hint = f"`kafka-access register` creates the App and writes {where}; docs/operators.md explains every setting"
    if sorted(missing) == sorted(CREDENTIALS) and len(problems) == len(missing):
        raise NotRegistered([*texts, *_unknown()], hint)
    raise WrongSettings([*texts, *_unknown()], hint)


def _problem(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        return f"{variable(name)} is missing" + (f" (or {variable(name)}_FILE)" if name in SECRETS else "")
    if kind in _NUMBERS:
        return f"{variable(name)} has to be {_NUMBERS[kind]}"
    if kind == "string_pattern_mismatch":
        number = "number or its " if name == "app_id" else ""
        return f"{variable(name)} has to be the App's {number}client id"
    text = message.removeprefix("Value error, ").replace("Input should be", "has to be", 1)
    return f"{variable(name)} {text}"


def _unknown() -> Iterator[str]:
    known = [*Settings.model_fields, *_FILE_NAMES]
    for name, _, where in given():
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean {variable(close[0])}?" if close else ""
            yield f"{variable(name)} in {where} is not a setting{meant}"


def warnings() -> list[str]:
    """Return what is odd and does not keep the bot from starting: unknown names, files that others may read."""
    named = [Path(value) for name, value, _ in given() if name in _FILE_NAMES]
    modes = [(path, stat.S_IMODE(path.stat().st_mode)) for path in [settings_file(), *named] if path.is_file()]
    # The group may read: this is how Kubernetes hands secrets to a user that is not root.
    is_open = [f"{path} is open to others (mode {mode:o}): chmod 600 {path}" for path, mode in modes if mode & 0o027]
    return [*_unknown(), *is_open]


def describe(settings: Basics) -> str:
    """Return every setting with its variable, a line each, secrets masked."""
    width = max(len(variable(name)) for name in type(settings).model_fields)
    return "\n".join(
        f"{variable(name):<{width}}  {_shown(name, getattr(settings, name))}" for name in type(settings).model_fields
    )


def _shown(name: str, value: object) -> str:
    if value is None:
        return "-"
    if name == "database_url" and isinstance(value, SecretStr):
        return re.sub(r"//[^/]*@", "//***@", re.sub(r"\?.*", "?***", value.get_secret_value()))
    if name == "webhook_secrets" and isinstance(value, tuple):
        return f"{len(value)} x ***"
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "-"
    return "***" if isinstance(value, SecretStr) else str(value)
