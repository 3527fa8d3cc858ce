"""What the operator of the bot sets: `KAFKA_ACCESS_*` variables, a settings file, and files that hold one secret each.

A variable wins over the settings file. Every secret may instead be in a file whose path is in the variable with
`_FILE` at its end.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import TryLater
from bot.setting_types import Database, Folder, Key, Networks, Secrets, Token, Url

PREFIX = "KAFKA_ACCESS_"
LOCATION = f"{PREFIX}SETTINGS"
"""The variable that names the settings file."""

SECRETS = ("private_key", "webhook_secrets", "database_url", "setup_token", "pages_token", "client_secret")
CREDENTIALS = ("app_id", "private_key", "webhook_secrets")
"""What nothing works without."""
REGISTERED = (*CREDENTIALS, "client_id", "client_secret")
"""What registration gives."""

_DEFAULT_FILES = ("kafka-access.env", "/etc/kafka-access/kafka-access.env")
_NUMBERS = {"int_parsing": "a whole number", "int_from_float": "a whole number", "float_parsing": "a number"}
_LARGEST_FILE = 64 * 1024
_FILE_NAMES = tuple(f"{name}_file" for name in SECRETS)
_SERVICE_LINK = re.compile(r"(PORT|PORT_\d+_(TCP|UDP)(_.*)?|SERVICE_HOST|SERVICE_PORT(_.*)?)")
"""Kubernetes gives every container such variables for each Service, and one of them may be called kafka-access.

https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
"""

S = TypeVar("S", bound="Basics")


class WrongSettings(TryLater):
    """Settings are missing or wrong: each is named by its variable, none by its value."""

    def __init__(self, problems: Iterable[str], hint: str) -> None:
        lines = [f"  {problem}" for problem in problems]
        super().__init__("\n".join(["these settings have to be put right:", *lines]), hint)


class NotRegistered(WrongSettings):
    """Everything is in order, but there is no GitHub App yet."""


def settings_file() -> Path:
    """Return the settings file: the one that is named, else the first there is, else where one would be written."""
    named = os.environ.get(LOCATION)
    candidates = [Path(named)] if named else [Path(name) for name in _DEFAULT_FILES]
    return next((path for path in candidates if path.is_file()), candidates[0]).absolute()


def load() -> Settings:
    """Return all settings; raises WrongSettings, or NotRegistered where only the credentials are missing."""
    return _load(Settings)


def load_basics() -> Basics:
    """Return the settings that a bot without an App has; raises WrongSettings."""
    return _load(Basics)


def graphql_url(api_url: str) -> str:
    """Return where GraphQL is answered, given where REST is: GitHub Enterprise Server has its own rule.

    https://docs.github.com/en/enterprise-server@3.17/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
    """
    return f"{api_url.removesuffix('/v3')}/graphql"


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

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is answered."""
        return graphql_url(self.api_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read variables first, then the settings file; nothing else."""
        del env_settings, dotenv_settings, file_secret_settings
        return init_settings, _Environment(settings_cls), _File(settings_cls, settings_file(), "utf-8")


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


class _Environment(EnvSettingsSource):
    """The variables of the process, with secrets read from the files that they name."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return _resolved(super()._load_env_vars())


class _File(DotEnvSettingsSource):
    """The settings file, with secrets read from the files that it names."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return _resolved(super()._load_env_vars())


def _resolved(given: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Return the variables (names in lower case) without service links and with the contents of secret files."""
    prefix = PREFIX.lower()
    found = dict(given)
    if (found.get(f"{prefix}port") or "").startswith("tcp://"):
        del found[f"{prefix}port"]
    for name in SECRETS:
        path = found.get(f"{prefix}{name}_file")
        if path and found.get(f"{prefix}{name}"):
            raise WrongSettings([f"{_variable(name)} and {_variable(name)}_FILE are both set"], "set one of them")
        if path:
            found[f"{prefix}{name}"] = _content(name, Path(path))
    return found


def _content(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise WrongSettings([f"{_variable(name)}_FILE: {path} is too large"], "name the file that holds the secret")
        return data.decode().strip()
    except OSError as exc:
        raise WrongSettings(
            [f"{_variable(name)}_FILE: {path} cannot be read: {exc.strerror}"], "check the path, its owner and its mode"
        ) from exc
    except UnicodeDecodeError:
        raise WrongSettings(
            [f"{_variable(name)}_FILE: {path} is not text"], "name the file that holds the secret"
        ) from None


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
        return f"{_variable(name)} is missing" + (f" (or {_variable(name)}_FILE)" if name in SECRETS else "")
    if kind in _NUMBERS:
        return f"{_variable(name)} has to be {_NUMBERS[kind]}"
    if kind == "string_pattern_mismatch":
        number = "number or its " if name == "app_id" else ""
        return f"{_variable(name)} has to be the App's {number}client id"
    text = message.removeprefix("Value error, ").replace("Input should be", "has to be", 1)
    return f"{_variable(name)} {text}"


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _given() -> Iterator[tuple[str, str, str]]:
    """Yield (name without the prefix, value, where it is said) of all that is set, service links left out."""
    file = settings_file()
    named = dotenv_values(file) if file.is_file() else {}
    for variables, where in ((os.environ, "the environment"), (named, str(file))):
        for name, value in variables.items():
            short = name.upper().removeprefix(PREFIX)
            if name.upper().startswith(PREFIX) and short != "SETTINGS" and not _SERVICE_LINK.fullmatch(short):
                yield short.lower(), value or "", where


def _unknown() -> Iterator[str]:
    known = [*Settings.model_fields, *_FILE_NAMES]
    for name, _, where in _given():
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean {_variable(close[0])}?" if close else ""
            yield f"{_variable(name)} in {where} is not a setting{meant}"


def warnings() -> list[str]:
    """Return what is odd and does not keep the bot from starting: unknown names, files that others may read."""
    named = [Path(value) for name, value, _ in _given() if name in _FILE_NAMES]
    modes = [(path, stat.S_IMODE(path.stat().st_mode)) for path in [settings_file(), *named] if path.is_file()]
    # The group may read: this is how Kubernetes hands secrets to a user that is not root.
    is_open = [f"{path} is open to others (mode {mode:o}): chmod 600 {path}" for path, mode in modes if mode & 0o027]
    return [*_unknown(), *is_open]


def describe(settings: Basics) -> str:
    """Return every setting with its variable, a line each, secrets masked."""
    width = max(len(_variable(name)) for name in type(settings).model_fields)
    return "\n".join(
        f"{_variable(name):<{width}}  {_shown(name, getattr(settings, name))}" for name in type(settings).model_fields
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
