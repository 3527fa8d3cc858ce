"""A checkout -> what each environment holds: every application that may matter, rendered as Argo CD would."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from bot import helm
from bot.checkout.files import Files
from bot.errors import TryLater
from bot.landscape.cache import Cache, Kept, digest, own_code
from bot.landscape.charts import Chart, select
from bot.landscape.extract import installed
from bot.landscape.model import Environment, Installed, Landscape
from bot.landscape.selection import MENTIONS_KAFKA, Selection
from bot.landscape.stats import TreeKey
from bot.phalanx import argocd
from bot.phalanx.argocd import ArgoApplication
from bot.phalanx.environments import environments as known_environments
from bot.phalanx.unknown import check_environments
from bot.proof.model import Progress
from bot.proof.render import Renderer
from bot.proof.stage import stage_files

Applications = Mapping[str, ArgoApplication]
Finish = Callable[[], Installed]


def read(
    files: Files,
    environments: Collection[str] | None = None,
    applications: Selection = MENTIONS_KAFKA,
    *,
    only: Collection[str] | None = None,
    cache: Cache | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Landscape:
    """Return what these environments (all of them) hold, as far as these applications go, or `only` some of them.

    Renders `jobs` at a time (all processors). What does not render is an `error` of its environment or application.
    Raises UnknownEnvironment, HelmMissing, and NotYamlFile where an environment's own values cannot be read.
    """
    store, program = cache or Cache(None), helm.find()
    names = _names(files, environments)
    tree = TreeKey(files)
    whose = "" if only is None else "\0".join(("only", *sorted(only)))
    base = digest(own_code(), _stat(program), applications.pattern, whose, tree.key or "")
    whole = Kept(store, TypeAdapter(Environment), base)
    found = {name: one for name in names if tree.key and (one := whole.get(name))}
    missing = [name for name in names if name not in found]
    if missing:
        reading = _Reading(files, applications, only, store, program)
        fresh = reading.environments(missing, jobs, progress or (lambda _done, _total, _what: None))
        if tree.key and reading.is_certain and tree.holds():
            for name, one in fresh.items():
                whole.put(one, name)
        found |= fresh
        store.prune()
    return {name: found[name] for name in names}


def _names(files: Files, environments: Collection[str] | None) -> list[str]:
    known = known_environments(files)
    check_environments(environments or (), known)
    return sorted(known if environments is None else set(environments))


def _stat(program: Path) -> str:
    """What tells one Helm from another without asking it."""
    place = program.resolve()
    stat = place.stat()
    return f"{place}\0{stat.st_size}\0{stat.st_mtime_ns}"


class _Reading:
    """One reading of a checkout; `is_certain` unless something failed that may work the next time."""

    def __init__(
        self, files: Files, selection: Selection, only: Collection[str] | None, cache: Cache, program: Path
    ) -> None:
        self._files, self._selection, self._only, self._program = files, selection, only, program
        base = digest(own_code(), _stat(program))
        self._applications = Kept(cache, TypeAdapter(dict[str, ArgoApplication]), base)
        self._installed = Kept(cache, TypeAdapter(Installed), base)
        self.is_certain = True

    def environments(self, names: Collection[str], jobs: int | None, progress: Progress) -> dict[str, Environment]:
        """Return these environments."""
        with (
            tempfile.TemporaryDirectory(prefix="kafka-access-landscape-") as scratch,
            _pool(jobs or os.cpu_count() or 2) as pool,
        ):
            renderer = Renderer(self._program, Path(scratch), pool)
            charts, broken = select(self._files, self._selection, Path(scratch), self._only)
            argo = self._argo(renderer, names, {*charts, *broken})
            started = {
                (name, application): finish
                for name, found in argo.items()
                if not isinstance(found, str)
                for application, finish in self._start(renderer, charts, found)
            }
            finished = {}
            for done, (place, finish) in enumerate(started.items(), 1):
                finished[place] = finish()
                progress(done, len(started), f"{place[1]} in {place[0]}")
        known = known_environments(self._files)
        found: dict[str, Environment] = {}
        for name in names:
            said = argo[name]
            here = {application: one for (there, application), one in finished.items() if there == name}
            expected = known[name].enabled & ({*broken} if isinstance(said, str) else {*charts, *broken})
            error = said if isinstance(said, str) else ""
            found[name] = Environment(name, known[name].enabled, _complete(here, expected, broken), error)
        return found

    def _argo(
        self, renderer: Renderer, names: Collection[str], wanted: Collection[str]
    ) -> dict[str, Applications | str]:
        """Return each environment's Applications by chart folder, or why they do not render."""
        paths = list(argocd.chart_files(self._files, {f"applications/{name}" for name in wanted}))
        shared = [path for path in paths if not path.startswith(f"{argocd.CHART}/values-")]
        keys = {
            name: digest(*(part for path in (*shared, _values(name)) for part in (path, self._files.data(path) or b"")))
            for name in names
        }
        found: dict[str, Applications | str | None] = {name: self._applications.get(keys[name]) for name in names}
        missing = [name for name, one in found.items() if one is None]
        if missing:
            chart = stage_files(self._files, paths, renderer.scratch / "argo") / argocd.CHART
            fresh = renderer.pool.map(partial(self._render_applications, renderer, chart), missing)
            for name, one in zip(missing, fresh, strict=True):
                found[name] = one if isinstance(one, str) else self._applications.put(one, keys[name])
        return {name: one for name, one in found.items() if one is not None}

    def _render_applications(self, renderer: Renderer, chart: Path, name: str) -> dict[str, ArgoApplication] | str:
        try:
            rendered = renderer.environment(chart, name)
            return rendered.error or argocd.applications(rendered.text)
        except TryLater as error:
            self.is_certain = False
            return error.text
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return f"an Application is not as Argo CD has it: {error}"

    def _start(
        self, renderer: Renderer, charts: Mapping[str, Chart], argo: Applications
    ) -> Iterator[tuple[str, Finish]]:
        """Begin to render what is not known yet; what each yields waits for it."""
        for name, chart in charts.items():
            application = argo.get(f"applications/{name}")
            if application is None:
                continue
            key = chart.key(application)
            known = self._installed.get(key)
            if known is None:
                rendering = renderer.chart(chart.staged, application)
                yield name, partial(self._extract, chart, application, rendering, key)
            else:
                yield name, partial(_same, known)

    def _extract(
        self, chart: Chart, application: ArgoApplication, rendering: Future[helm.Rendered], key: str
    ) -> Installed:
        namespace, remote = application.release.namespace, chart.packed.remote
        try:
            rendered = rendering.result()
        except TryLater as error:
            self.is_certain = False
            return Installed(chart.application, namespace, remote=remote, error=error.text)
        if rendered.error:
            found = Installed(chart.application, namespace, remote=remote, error=rendered.error)
        else:
            places = chart.places
            found = installed(rendered.text, chart.application, namespace, places.origin, remote, places.line_of)
        return self._installed.put(found, key)


@contextmanager
def _pool(size: int) -> Iterator[ThreadPoolExecutor]:
    """Yield threads; what they have not begun when the block is left in whatever way, they never do."""
    pool = ThreadPoolExecutor(max_workers=size)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _values(environment: str) -> str:
    return f"{argocd.CHART}/values-{environment}.yaml"


def _same(found: Installed) -> Installed:
    return found


def _complete(
    found: Mapping[str, Installed], expected: Collection[str], broken: Mapping[str, str]
) -> dict[str, Installed]:
    """Return what was found with an error for each enabled application of which nothing was."""
    absent = {
        name: Installed(name, name, error=broken.get(name, "no Argo CD Application has its chart"))
        for name in expected
        if name not in found
    }
    return dict(sorted({**found, **absent}.items()))
