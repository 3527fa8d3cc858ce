"""Entries of named templates that a revocation takes out: of all that include them, or of none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.phalanx.charts import Chart, chart
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

_COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_READ = (".yaml", ".yml", ".tpl", ".txt")


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
            with _named(owner.found, one.file):
                if prints_only(one.template, one.items, named):
                    whole.add(one.name)
                    splices: Sequence[Splice] = (undefine(template(sketch.files, one.file), one.block),)
                else:
                    splices = unprint(one.template, one.items, named)
            if splices:
                _check_included(sketch, owner.found.chart, one, min(secrets))
                edits.setdefault(one.file, []).extend(splices)
        for found in application_workloads(sketch.files, sketch.application):
            if whole and found.chart == owner.found.chart:
                with _named(found):
                    edits.setdefault(found.file, []).extend(exclude(found.template, found.workload, whole))
        for path, each in edits.items():
            with _named(owner.found, path):
                sketch.workspace.edit(path, joined(template(sketch.files, path), each))


@contextmanager
def _named(found: FoundWorkload, path: str = "") -> Iterator[None]:
    """Say of what cannot be edited which workload it is about; raises CannotWire."""
    try:
        yield
    except CannotEdit as error:
        raise CannotWire(found, error, path) from error


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
    """Raise StillUsed where anything includes the list elsewhere than in the lists of the chart's containers and pods.

    Named templates are known in all charts of a release.
    https://helm.sh/docs/chart_template_guide/named_templates/
    """
    files = sketch.files
    known: dict[str, int] = {}
    for found in application_workloads(files, sketch.application):
        if found.chart == owner:
            known[found.file] = known.get(found.file, 0) + _included(found).count(one.name)
    said = re.compile(rf"\b(?:include|template)\s+[\"`]{re.escape(one.name)}[\"`]")
    for path in [path for folder in _charts(sketch) for path in files.below(f"{folder}/templates", *_READ)]:
        text = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), files.text(path) or "")
        found_here = list(said.finditer(text))
        if len(found_here) > known.get(path, 0):
            raise StillUsed(secret, path, text.count("\n", 0, found_here[-1].start()) + 1)


def _charts(sketch: Sketch) -> list[str]:
    """Return the folders of the application's chart and of its local subcharts."""
    top = chart(sketch.files, sketch.path)
    return list(dict.fromkeys([sketch.path, *(one.path for one in (top.dependencies if top else ()) if one.path)]))
