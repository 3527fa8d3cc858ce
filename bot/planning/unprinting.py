"""Entries of named templates that a revocation takes out: of all that include them, or of none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from bot.phalanx.charts import Chart
from bot.phalanx.printed import PrintedList, printed_lists
from bot.phalanx.templates import template
from bot.phalanx.workloads import FoundWorkload, application_workloads
from bot.planning.connected import Connected, StillUsed
from bot.planning.sketch import Sketch
from bot.planning.wiring import CannotWire
from bot.roundtrip.includes import exclude, undefine
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.regions import joined
from bot.roundtrip.removal import Named, prints_only, unprint
from bot.roundtrip.splice import Splice


def unprint_all(sketch: Sketch, clients: Sequence[Connected], secrets: frozenset[str]) -> None:
    """Take what clients include out of the named templates that print it, before anything else of their files changes.

    Raises StillUsed where something other than a container or a pod includes such a template.
    """
    owners = {client.found.chart.path: client for client in clients if client.printed}
    for owner in owners.values():
        edits: dict[str, list[Splice]] = {}
        named = Named()
        for client in clients:
            named |= client.printed if client.found.chart.path == owner.found.chart.path else Named()
        whole: set[str] = set()
        for one in _including(sketch, owner.found.chart):
            try:
                if prints_only(one.template, one.items, named):
                    whole.add(one.name)
                    splices: Sequence[Splice] = (undefine(template(sketch.files, one.file), one.block),)
                else:
                    splices = unprint(one.template, one.items, named)
            except CannotEdit as error:
                raise CannotWire(owner.found, error, one.file) from error
            if splices:
                _check_included(sketch, owner.found.chart, one, min(secrets))
                edits.setdefault(one.file, []).extend(splices)
        for path, splices in _excluding(sketch, owner.found.chart, whole):
            edits.setdefault(path, []).extend(splices)
        for path, found in edits.items():
            sketch.workspace.edit(path, joined(template(sketch.files, path), found))


def _excluding(sketch: Sketch, owner: Chart, names: Collection[str]) -> Iterator[tuple[str, Sequence[Splice]]]:
    """Yield the removals of all that includes named templates which go, by file."""
    for found in application_workloads(sketch.files, sketch.application):
        if names and found.chart == owner:
            try:
                yield found.file, exclude(found.template, found.workload, names)
            except CannotEdit as error:
                raise CannotWire(found, error) from error


def _including(sketch: Sketch, owner: Chart) -> Iterator[PrintedList]:
    """Yield the lists that workloads of a chart include."""
    workloads = [one for one in application_workloads(sketch.files, sketch.application) if one.chart == owner]
    names = {name for found in workloads for name in _included(found)}
    yield from (one for name, one in printed_lists(sketch.files, owner).items() if name in names)


def _included(found: FoundWorkload) -> list[str]:
    """Return the named templates that the lists of a pod and of its containers print, once for each of these."""
    containers = [name for container in found.workload.containers for name in container.includes]
    return [*found.workload.includes, *containers]


def _check_included(sketch: Sketch, owner: Chart, one: PrintedList, secret: str) -> None:
    """Raise StillUsed where a template includes the list elsewhere than in the lists of a container or a pod."""
    files = sketch.files
    known: dict[str, int] = {}
    for found in application_workloads(files, sketch.application):
        known[found.file] = known.get(found.file, 0) + _included(found).count(one.name)
    said = re.compile(rf"\b(?:include|template)\s+\"{re.escape(one.name)}\"")
    for path in files.below(f"{owner.path}/templates", ".yaml", ".yml", ".tpl"):
        text = files.text(path) or ""
        found_here = list(said.finditer(text))
        if len(found_here) > known.get(path, 0):
            raise StillUsed(secret, path, text.count("\n", 0, found_here[-1].start()) + 1)
