"""What GitHub gives for a new App, and how it is kept: a settings file and a key file that only their owner reads."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.errors import TryLater, UserError
from bot.setting_sources import PREFIX
from bot.settings import REGISTERED


class Registered(BaseModel):
    """GitHub's answer to the exchange of a code, as far as the bot needs it.

    https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: int
    slug: str = Field(pattern=r"^[\w-]+$")
    html_url: str = Field(pattern=r"^https?://\S+$")
    pem: SecretStr
    webhook_secret: SecretStr = Field(min_length=20)
    client_id: str = Field(pattern=r"^[\w.-]+$")
    client_secret: SecretStr = Field(min_length=20)

    @property
    def install_url(self) -> str:
        """Where a person chooses the repositories that the App may use."""
        return f"{self.html_url}/installations/new"


class AlreadyThere(UserError):
    """The files hold the credentials of an App."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already, and nothing was changed",
            "name another file with --settings, or overwrite it with --force: the old App's key is lost then",
        )


class CannotWrite(TryLater):
    """The place for the files is missing, or not ours to write."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}", "choose a folder that this user may write to")


@dataclass(frozen=True)
class Place:
    """Where credentials go: the settings file, and the key beside it. `force` allows to replace an App's."""

    settings: Path
    force: bool = False

    @property
    def key(self) -> Path:
        """The file of the private key."""
        return self.settings.with_suffix(".pem")

    def check(self) -> None:
        """Raise AlreadyThere or CannotWrite now, rather than when GitHub has given what it gives once."""
        folder = self.settings.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            self._others()
        except OSError as exc:
            raise CannotWrite(self.settings, exc.strerror or str(exc)) from exc
        if self.key.exists() and not self.force:
            raise AlreadyThere(self.key)

    def write(self, app: Registered, further: Mapping[str, str]) -> None:
        """Write both files with mode 600, each whole or not at all; other settings in the file stay.

        `further` are settings by name (`public_url`). Raises AlreadyThere or CannotWrite.
        """
        self.check()
        written = {
            "app_id": str(app.id),
            "private_key_file": str(self.key.absolute()),
            "webhook_secrets": app.webhook_secret.get_secret_value(),
            "client_id": app.client_id,
            "client_secret": app.client_secret.get_secret_value(),
            **further,
        }
        lines = [f"{PREFIX}{name.upper()}={_quoted(value)}\n" for name, value in written.items()]
        try:
            others = self._others(without=written)
            # The key first: settings that name a key that is not there would be worse than a key that nobody names.
            _put(self.key, app.pem.get_secret_value())
            _put(self.settings, "".join([others, *lines]))
        except OSError as exc:
            raise CannotWrite(self.settings, exc.strerror or str(exc)) from exc

    def _others(self, without: Mapping[str, str] | None = None) -> str:
        """Return the text of the settings that stay; raises AlreadyThere where an App's would have to go."""
        try:
            text = self.settings.read_text()
        except FileNotFoundError:
            return ""
        credentials = {*REGISTERED, *(f"{name}_file" for name in REGISTERED)}
        kept = []
        for binding in parse_stream(io.StringIO(text)):
            name = (binding.key or "").removeprefix(PREFIX).lower()
            if name in credentials and not self.force:
                raise AlreadyThere(self.settings)
            if name not in credentials and name not in (without or {}):
                kept.append(binding.original.string)
        others = "".join(kept)
        return others if not others or others.endswith("\n") else f"{others}\n"


def _quoted(value: str) -> str:
    """Most values need no quotes, and `docker run --env-file` would take them for part of the value."""
    if re.fullmatch(r"[\w@%+=:,./-]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _put(path: Path, text: str) -> None:
    """Make a file appear under its name whole, readable by its owner only (that is how mkstemp creates files)."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
