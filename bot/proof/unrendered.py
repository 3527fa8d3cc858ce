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
from bot.helm import Release, Rendered
from bot.phalanx.argocd import ArgoApplication
from bot.proof.compare import Announced, by_identity, compare, named
from bot.proof.objects import difference, printed
from bot.proof.render import Renderer
from bot.proof.stage import Staged

_CONDITION = re.compile(r"\{\{-?\s*(?:else\s+)?(?:if|with)\b([^}]*)\}\}")
_REQUIRED = re.compile(r"\brequired\s+\"[^\"]*\"\s+\$?\.Values\.([\w.]+)")
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
class Situation:
    """An environment's Application, and the values, as YAML, that are announced to change there."""

    argo: ArgoApplication
    over: str = ""


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
    situations: Sequence[Situation],
    announced: Announced,
    edited: Edited,
) -> Graded:
    """Prove an edited template in the first way in which it prints anything.

    `situations` are the environments whose values may matter; each is tried besides the chart's own.
    """
    last = "nothing makes it print anything"
    for way, flags, sides in _ways(renderer.scratch, charts, edited):
        asked = tuple((flag, "true", not flag.endswith("nabled")) for flag in flags)
        printing = False
        for release, values, over in _values(application, situations, edited.switches, way):
            on = replace(release, parameters=(*release.parameters, *asked))
            old, new = _both(renderer, sides, on, values, over)
            if old.error and (required := _required(charts[0].folder)):
                on = replace(on, parameters=(*required, *on.parameters))
                old, new = _both(renderer, sides, on, values, over)
            if old.error:
                last = old.error
                continue
            if new.error:
                return Graded(Grade.WRONG, (f"{application} no longer renders: {new.error}",))
            found = compare(old.text, new.text, _printed(announced, old.text, new.text))
            if found.problems:
                return Graded(Grade.WRONG, found.problems)
            texts = printed(old.text) | printed(new.text)
            printing |= edited.origin in found.wired if edited.origin is not None else bool(edited.sources & texts)
        if printing:
            return Graded(way)
    return Graded(Grade.NONE, (last,))


def _printed(announced: Announced, old: str, new: str) -> Announced:
    """Leave out the new objects that these values do not print: whether they have to be there, environments say."""
    found = by_identity(difference(old, new).after, announced.namespace)
    return replace(
        announced, objects=tuple(one for one in announced.objects if named(one.manifest, announced.namespace) in found)
    )


def _values(
    application: str, situations: Sequence[Situation], switches: Sequence[str], way: Grade
) -> Iterator[tuple[Release, Sequence[str], str]]:
    """Yield what Helm is told besides the chart: its own values with the switches on, then those of each environment.

    An environment's own values have to turn the switches on where something is announced for it. Last come the values
    that before has to be told besides.
    """
    stubs = tuple((f"global.{name}", f"{name}.example.org", True) for name in _STUBS)
    bare = situations[0].argo.release if situations else Release(application, application, stubs)
    on = tuple((name, "true", False) for name in switches)
    yield replace(bare, parameters=(*bare.parameters, *on)), ("values.yaml",), ""
    if way is not Grade.VALUES:
        yield from ((one.argo.release, one.argo.value_files, one.over) for one in situations)


def _both(
    renderer: Renderer, sides: tuple[Staged, Staged], release: Release, values: Sequence[str], over: str
) -> tuple[Rendered, Rendered]:
    """Render both; before with the values that are announced to change, as what they make is judged elsewhere."""
    files = [[side.folder / name for name in values] for side in sides]
    files[0] += [renderer.written(over)] if over else []
    pending = [renderer.values(side, release, own) for side, own in zip(sides, files, strict=True)]
    before, after = (future.result() for future in pending)
    return before, after


def _required(folder: Path) -> tuple[tuple[str, str, bool], ...]:
    """Return something for each value without which the chart's own templates refuse to render."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((folder / "templates").rglob("*.yaml")))
    names = dict.fromkeys(name for text in texts for name in _REQUIRED.findall(text))
    return tuple((name, "example", True) for name in names)


def _ways(
    scratch: Path, charts: tuple[Staged, Staged], edited: Edited
) -> Iterator[tuple[Grade, Sequence[str], tuple[Staged, Staged]]]:
    yield Grade.VALUES, (), charts
    source = edited.path.split("/", 2)[2]
    # What the change itself asks for stays off: the old template says what may turn it on.
    old = charts[0].folder / source
    flags = _flags(charts[0 if old.exists() else 1].folder, source, edited.sources)
    sets = [flags, *([flag] for flag in flags[:_SINGLE_FLAGS] if len(flags) > 1)]
    yield from ((Grade.FLAGS, chosen, charts) for chosen in sets if chosen)
    opened = tuple(_opened(scratch, staged, source) for staged in charts)
    yield from ((Grade.OPENED, chosen, (opened[0], opened[1])) for chosen in ([], flags))


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
