"""Templates that no target environment renders: how far they can be proved all the same.

Tried in this order: the chart's bare values, values that conditions ask for, and at last the conditions themselves
opened in both copies.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot import yaml
from bot.helm import Release
from bot.phalanx.argocd import ArgoApplication
from bot.proof.compare import Announced, compare
from bot.proof.objects import printed
from bot.proof.render import Renderer
from bot.proof.stage import Staged

_CONDITION = re.compile(r"\{\{-?\s*(?:else\s+)?(?:if|with)\b([^}]*)\}\}")
_VARIABLE = re.compile(r"\{\{-?\s*(\$\w+)\s*:=\s*(\$?\.Values(?:\.\w+)+)\s*-?\}\}")
_VALUE = re.compile(r"\$?\.Values((?:\.\w+)+)")
_CONTROL = re.compile(r"\{\{-?\s*(if|with|range|define|block|end)\b([^}]*?)-?\}\}|^apiVersion:", re.MULTILINE)
_OPEN = {"if": "true", "with": '(dict "name" "x")', "range": '(dict "x" (dict "name" "x"))'}
_STUBS = ("host", "baseUrl", "vaultSecretsPath", "vaultSecretsPathPrefix", "environmentName", "repertoireUrl")
_SINGLE_FLAGS = 8


class Grade(StrEnum):
    """What was proved, in words that end a sentence."""

    VALUES = "with the chart's own values"
    FLAGS = "with the values that its conditions ask for"
    OPENED = "with its conditions opened"
    NONE = "not at all"
    WRONG = "to be wrong"


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade, and for the last two what was seen."""

    grade: Grade
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """A template to be graded: its path in the checkout, the names that Helm prints for it, and what turns it on.

    `origin` is the position of the workload in it that is to be wired; None where nothing in it was announced.
    """

    path: str
    sources: frozenset[str]
    switches: tuple[str, ...] = ()
    origin: int | None = None


def grade(
    renderer: Renderer,
    application: str,
    charts: tuple[Staged, Staged],
    argo: ArgoApplication | None,
    announced: Announced,
    edited: Edited,
) -> Graded:
    """Prove an edited template in the first way in which it prints anything."""
    switches = tuple((name, "true", False) for name in edited.switches)
    stubs = tuple((f"global.{name}", f"{name}.example.org", True) for name in _STUBS)
    release = argo.release if argo is not None else Release(application, application, stubs)
    last = "nothing makes it print anything"
    for way, flags, values, sides in _ways(renderer.scratch, charts, argo, edited):
        asked = tuple((flag, "true", not flag.endswith("nabled")) for flag in flags)
        on = replace(release, parameters=(*release.parameters, *asked, *switches))
        pending = [renderer.values(side, on, [side.folder / name for name in values]) for side in sides]
        old, new = (future.result() for future in pending)
        if old.error:
            last = old.error
        elif new.error:
            return Graded(Grade.WRONG, (f"{application} no longer renders: {new.error}",))
        else:
            found = compare(old.text, new.text, announced)
            if found.problems:
                return Graded(Grade.WRONG, found.problems)
            if edited.origin in found.wired if edited.origin is not None else edited.sources & printed(new.text):
                return Graded(way)
    return Graded(Grade.NONE, (last,))


def _ways(
    scratch: Path, charts: tuple[Staged, Staged], argo: ArgoApplication | None, edited: Edited
) -> Iterator[tuple[Grade, Sequence[str], Sequence[str], tuple[Staged, Staged]]]:
    bare = ("values.yaml",)
    values = [bare, argo.value_files] if argo is not None else [bare]
    yield Grade.VALUES, (), bare, charts
    source = edited.path.split("/", 2)[2]
    flags = _flags(charts[1].folder, source, edited.sources)
    sets = [flags, *([flag] for flag in flags[:_SINGLE_FLAGS] if len(flags) > 1)]
    yield from ((Grade.FLAGS, chosen, files, charts) for chosen in sets for files in values if chosen)
    opened = tuple(_opened(scratch, staged, source) for staged in charts)
    for chosen in ([], flags):
        yield from ((Grade.OPENED, chosen, files, (opened[0], opened[1])) for files in values)


def _flags(folder: Path, source: str, sources: frozenset[str]) -> list[str]:
    """Return the values that conditions of the template ask for, and those that enable the subcharts that it is in."""
    found: list[str] = []
    for name in sorted(sources):
        scopes = name.split("/templates/")[0].split("/charts/")[1:]
        found += _conditions(folder, scopes)
        prefix = "".join(f"{scope}." for scope in scopes)
        text = (folder / source).read_text(encoding="utf-8")
        for variable, path in _VARIABLE.findall(text):
            text = text.replace(f"{variable}.", f"{path}.")
        asked = [path[1:] for condition in _CONDITION.findall(text) for path in _VALUE.findall(condition)]
        found += [f"{prefix}{path}" for path in asked]
    # A value cannot be true and a mapping at the same time.
    return [path for path in dict.fromkeys(found) if not any(other.startswith(f"{path}.") for other in found)]


def _conditions(folder: Path, scopes: Sequence[str]) -> Iterator[str]:
    """Yield what enables each subchart on the way, in values of the top chart."""
    prefix = ""
    for scope in scopes:
        data: Any = yaml.load((folder / "Chart.yaml").read_text(encoding="utf-8"))
        entry: Any = next((one for one in data["dependencies"] if scope in (one.get("alias"), one["name"])), {})
        yield from (f"{prefix}{path.strip()}" for path in str(entry.get("condition", "")).split(",") if path)
        folder, prefix = folder / "charts" / str(entry.get("name", scope)), f"{prefix}{scope}."


def _opened(scratch: Path, staged: Staged, source: str) -> Staged:
    """Copy a chart with the conditions that stand round each object of a template always true."""
    if not (staged.folder / source).exists():
        return staged
    text = (staged.folder / source).read_text(encoding="utf-8")
    waiting: list[re.Match[str]] = []
    found: set[re.Match[str]] = set()
    for match in _CONTROL.finditer(text):
        if match.group(1) is None:
            found |= {one for one in waiting if one.group(1) in _OPEN}
        elif match.group(1) != "end":
            waiting.append(match)
        elif waiting:
            waiting.pop()
    for match in sorted(found, key=lambda one: one.start(), reverse=True):
        variables, assigned, _ = match.group(2).rpartition(":=")
        opened = f"{variables}{assigned} {_OPEN[match.group(1)]} "
        text = f"{text[: match.start(2)]}{opened}{text[match.end(2) :]}"
    digest = hashlib.sha256(f"{staged.digest}{text}".encode()).hexdigest()
    folder = scratch / "opened" / digest / staged.folder.name
    if not folder.exists():
        shutil.copytree(staged.folder, folder)
        (folder / source).write_text(text, encoding="utf-8")
    return Staged(folder, digest, staged.remote)
