"""Environments, and which applications each of them enables."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot import yaml
from bot.checkout.files import Files
from bot.errors import UserError

_BLOCK = re.compile(r"^applications:[ ]*\r?\n((?:[ #\r].*\n|\n|[ ].*\Z)*)", re.MULTILINE)
_DOMAIN = re.compile(r"^fqdn: *[\"']?([a-z0-9.-]+)", re.MULTILINE)
_FLAG = re.compile(r"^  ([a-z0-9][a-z0-9-]*): (true|false)[ \r]*$", re.MULTILINE)


class NotYamlFile(UserError):
    """A file of the checkout that has to be read is not YAML."""

    def __init__(self, path: str, problem: object) -> None:
        super().__init__(f"{path} is not YAML: {problem}", "mend the file on the main branch first")


@dataclass(frozen=True, slots=True)
class Environment:
    """One cluster's configuration: `environments/values-<name>.yaml` over `environments/values.yaml`."""

    name: str
    enabled: frozenset[str]

    @property
    def path(self) -> str:
        """The values file that describes this environment."""
        return f"environments/values-{self.name}.yaml"


def environments(files: Files) -> dict[str, Environment]:
    """Return all environments by name; raises NotYamlFile where one cannot be read."""
    defaults = _flags(files, "environments/values.yaml")
    found = {}
    for name in files.names("environments"):
        if name.startswith("values-") and name.endswith(".yaml"):
            flags = {**defaults, **_flags(files, f"environments/{name}")}
            environment = name.removeprefix("values-").removesuffix(".yaml")
            found[environment] = Environment(environment, frozenset(app for app, on in flags.items() if on))
    return found


def domain(files: Files, environment: str) -> str:
    """Return the domain name under which an environment is reached (`fqdn`), or nothing where it is not said."""
    match = _DOMAIN.search(files.text(f"environments/values-{environment}.yaml") or "")
    return match.group(1) if match else ""


def _flags(files: Files, path: str) -> dict[str, bool]:
    """Read the `applications` mapping.

    Plain `  name: true` lines, which is how everybody writes them, are read without a YAML parser: there are
    applications times environments of them, and this is asked for by every command.
    """
    text = files.text(path) or ""
    block = _BLOCK.search(text)
    if block is not None:
        body = block.group(1)
        rest = _FLAG.sub("", body)
        if not re.search(r"^[ ]*[^#\s]", rest, re.MULTILINE):
            return {name: value == "true" for name, value in _FLAG.findall(body)}
    try:
        data = yaml.load(text)
    except yaml.NotYaml as exc:
        raise NotYamlFile(path, exc) from exc
    flags = data.get("applications") if isinstance(data, dict) else None
    return {str(name): value is True for name, value in flags.items()} if isinstance(flags, dict) else {}
