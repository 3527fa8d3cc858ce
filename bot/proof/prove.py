"""The proof: render every touched application before and after, as Argo CD would, and judge each environment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from bot.checkout.files import Files
from bot.helm import Rendered, find
from bot.phalanx import argocd
from bot.phalanx.argocd import ArgoApplication
from bot.phalanx.environments import environments
from bot.proof import bytes as byte_check
from bot.proof.compare import Announced, Comparison
from bot.proof.findings import Findings
from bot.proof.model import Change, Expected, Outcome, Printed, Problem, Progress, Proof
from bot.proof.objects import Rendered as RenderedObject
from bot.proof.objects import difference, printed
from bot.proof.origins import is_edited, origins, sources_of, sources_of_all
from bot.proof.pair import Pair, Side
from bot.proof.reach import announced_places, reached
from bot.proof.render import Renderer
from bot.proof.schemas import Schema, Schemas
from bot.proof.stage import stage_chart, stage_files
from bot.proof.unrendered import Edited, Grade, Situation, grade
from bot.proof.valued import as_yaml
from bot.proof.workloads import Origin


def prove(
    root: Path,
    changes: Sequence[Change],
    expected: Expected,
    *,
    schemas: Mapping[str, Schema] | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Proof:
    """Judge `changes` of the checkout at `root`, which is left as it is; renders `jobs` at a time (all processors).

    Raises HelmMissing, and UserError for a checkout that cannot be read.
    """
    helm = find()
    before, after = Files(root), Files(root, {change.path: change.after for change in changes})
    with (
        tempfile.TemporaryDirectory(prefix="kafka-access-proof-") as scratch,
        ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 2) as pool,
    ):
        renderer = Renderer(helm, Path(scratch), pool)
        judge = _Judge(before, after, expected, Schemas(after, schemas or {}), renderer)
        judge.findings.refute("", [text for change in changes for text in byte_check.check(change, expected)])
        judge.run([change.path for change in changes], progress or (lambda _done, _total, _what: None))
    return judge.findings.proof(renderer.renders)


class _Judge:
    """Renders both sides of everything that the change reaches, and hands on what every comparison says."""

    def __init__(self, before: Files, after: Files, expected: Expected, schemas: Schemas, renderer: Renderer) -> None:
        self.expected, self.schemas, self.renderer = expected, schemas, renderer
        scratch = renderer.scratch
        self.before = Side(before, scratch / "before", environments(before))
        self.after = Side(after, scratch / "after", environments(after))
        self.findings = Findings()
        self.origins: dict[str, tuple[Origin, ...]] = {}
        self.printed: dict[str, frozenset[str]] = {}
        self.wired: dict[tuple[str, int], set[str]] = {}
        self.argo: dict[str, dict[str, ArgoApplication]] = {}
        self._checked: dict[str, list[str]] = {}

    def run(self, paths: Sequence[str], progress: Progress) -> None:
        """Render and compare everything that the changed files can reach."""
        announced = announced_places(self.expected)
        wanted = dict(reached(self.before.files, self.after.files, paths, announced))
        for application in wanted:
            self.origins[application] = origins(
                self.before.files, application, (*self.expected.wired, *self.expected.unwired)
            )
            for side in (self.before, self.after):
                folder = side.folder / "applications" / application
                side.charts[application] = stage_chart(side.files, f"applications/{application}", folder)
            remote = self.after.charts[application].remote
            if remote:
                self.findings.notes.append(f"{application} was rendered without its remote charts {', '.join(remote)}")
        touched = [path for path in paths if path.startswith("environments/") and not path.endswith(".md")]
        pairs = list(self._pairs(wanted, touched))
        for done, pair in enumerate(pairs, 1):
            self._judge(pair)
            progress(done, len(pairs), f"{pair.application} in {pair.environment}")
        self._miss(announced, {(pair.application, pair.environment) for pair in pairs})
        self._grade(paths)

    def _pairs(self, wanted: Mapping[str, frozenset[str]], touched: Sequence[str]) -> Iterator[Pair]:
        """Start every render, the Applications of an environment first, as they say how; yield them as they come."""
        places = sorted({environment for found in wanted.values() for environment in found} | self._configured(touched))
        charts = {
            side.folder: stage_files(side.files, self._argo_files(side, wanted, touched), side.folder) / argocd.CHART
            for side in (self.before, self.after)
        }
        waiting = {
            self.renderer.pool.submit(self._render_applications, charts, environment, touched): environment
            for environment in places
        }
        pairs = []
        for future in as_completed(waiting):
            environment = waiting[future]
            sides = self._applications(environment, *future.result())
            if sides is not None:
                self.argo[environment] = sides[1]
                started = [name for name, found in wanted.items() if environment in found]
                pairs += [self._start(name, environment, sides) for name in started]
        yield from pairs

    def _configured(self, touched: Sequence[str]) -> set[str]:
        """Return the environments whose configuration the changed files can reach."""
        known = {one.path: name for side in (self.before, self.after) for name, one in side.known.items()}
        return {name for path, name in known.items() if path in touched or not known.keys() >= set(touched)}

    def _argo_files(self, side: Side, wanted: Mapping[str, frozenset[str]], touched: Sequence[str]) -> Iterator[str]:
        if touched:
            return side.files.below(argocd.CHART)
        return argocd.chart_files(side.files, {f"applications/{application}" for application in wanted})

    def _render_applications(
        self, charts: Mapping[Path, Path], environment: str, touched: Sequence[str]
    ) -> tuple[Rendered, Rendered]:
        sides = (self.before, self.after) if touched else (self.before,)
        found = [
            self.renderer.environment(charts[side.folder], environment) if environment in side.known else Rendered("")
            for side in sides
        ]
        return found[0], found[-1]

    def _applications(
        self, environment: str, old: Rendered, new: Rendered
    ) -> tuple[dict[str, ArgoApplication], dict[str, ArgoApplication]] | None:
        """Return an environment's Applications before and after, by chart folder; None where they do not render."""
        if old.error or new.error:
            why = f"its Applications do not render: {old.error or new.error}"
            if old.error:
                self.findings.cannot_render(environment, why)
            else:
                self.findings.refute(environment, [why])
            return None
        self.findings.outcome(environment, Outcome.PROVED)
        self._compare_applications(environment, old.text, new.text)
        return argocd.applications(old.text), argocd.applications(new.text)

    def _compare_applications(self, environment: str, old: str, new: str) -> None:
        if old == new:
            return
        found = difference(old, new)
        allowed = {name for name, where in self.expected.enabled_applications.items() if environment in where}
        problems = [f"{document} changed or is gone" for document in found.before]
        problems += [
            f"{document} appears or changed, which nobody asked for"
            for document in found.after
            if document.kind not in {"Application", "Namespace"} or document.metadata.get("name") not in allowed
        ]
        self.findings.refute(environment, problems)

    def _start(
        self, application: str, environment: str, sides: tuple[dict[str, ArgoApplication], dict[str, ArgoApplication]]
    ) -> Pair:
        path = f"applications/{application}"
        namespace = next((one[path].release.namespace for one in reversed(sides) if path in one), application)
        futures = [
            self.renderer.chart(side.charts[application], argo[path]) if path in argo else None
            for side, argo in zip((self.before, self.after), sides, strict=True)
        ]
        values = self.expected.changed_in(application, environment)
        between = None
        if values and path in sides[0]:
            between = self.renderer.chart(self.before.charts[application], sides[0][path], as_yaml(values))
        return Pair(application, environment, namespace, (futures[0], futures[1]), values, between)

    def _judge(self, pair: Pair) -> None:
        environment, application = pair.environment, pair.application
        self.findings.outcome(environment, Outcome.PROVED)
        old, new = (None if future is None else future.result() for future in pair.sides)
        if not any(one is not None and one.error for one in (old, new)):
            texts = ["" if one is None else one.text for one in (old, new)]
            self.findings.compared.append(Printed(application, environment, pair.namespace, texts[0], texts[1]))
        if old is None and new is None:
            self.findings.cannot_render(environment, f"no Argo CD Application has the chart of {application}")
        elif new is None:
            self.findings.refute(environment, [f"{application} is no longer deployed"])
        elif old is not None and old.error:
            self.findings.cannot_render(environment, f"{application} did not render before either: {old.error}")
        elif new.error:
            self.findings.refute(environment, [f"{application} no longer renders: {new.error}"])
        elif old is None:
            if environment not in self.expected.enabled_applications.get(application, frozenset()):
                self.findings.refute(environment, [f"{application} is deployed, which nobody asked for"])
        else:
            here = printed(old.text) | printed(new.text)
            self.printed[application] = self.printed.get(application, frozenset()) | here
            self._take(pair, pair.compare(old.text, new.text, self._announced(pair)))

    def _miss(self, announced: Mapping[str, frozenset[str]], judged: set[tuple[str, str]]) -> None:
        """Refute what was announced for an application where it does not run."""
        for application, places in announced.items():
            for environment in places:
                rendered = self.findings.outcomes.get(environment) is not Outcome.NOT_RENDERED
                if rendered and (application, environment) not in judged:
                    self.findings.refute(environment, [f"{application} should change and does not run"])

    def _announced(self, pair: Pair) -> Announced:
        def here(one: object) -> bool:
            places = (getattr(one, "application", ""), pair.environment in getattr(one, "environments", ()))
            return places == (pair.application, True)

        found = tuple(
            replace(one, wired=tuple(filter(here, one.wired)), unwired=tuple(filter(here, one.unwired)))
            for one in self.origins[pair.application]
        )
        return Announced(
            pair.namespace,
            tuple(filter(here, self.expected.new_objects)),
            tuple(filter(here, self.expected.added_rules)),
            found if any(one.announced for one in found) else (),
            tuple(filter(here, self.expected.removed_objects)),
            tuple(filter(here, self.expected.removed_rules)),
            tuple(filter(here, self.expected.changed_quotas)),
            sources_of_all(self.before.files, filter(here, self.expected.migrated)),
        )

    def _take(self, pair: Pair, comparison: Comparison) -> None:
        invalid = []
        for old, new in comparison.kafka:
            before = [] if old is None else self._invalid(old)
            invalid += [text for text in self._invalid(new) if text not in before]
            self.findings.notes += [f"not of this change: {text}" for text in before]
        self.findings.take(pair.environment, comparison, invalid)
        for number in comparison.wired:
            self.wired.setdefault((pair.application, number), set()).add(pair.environment)

    def _invalid(self, document: RenderedObject) -> list[str]:
        if document.text not in self._checked:
            self._checked[document.text] = list(self.schemas.problems(document))
        return self._checked[document.text]

    def _grade(self, paths: Sequence[str]) -> None:
        """Say how far templates that nothing renders were proved."""
        for application, found in self.origins.items():
            # Whichever template is looked at, others that print get their entries too: all switches are on.
            switches = tuple(sorted({name for origin in found for one in origin.announced for name in one.switches}))
            for number, origin in enumerate(found):
                source = next((one.source for one in origin.announced), "")
                seen = self.wired.get((application, number), set())
                targets = {name for one in origin.announced for name in one.environments}
                if origin.announced and not seen and is_edited(source, paths):
                    edited = Edited(source, origin.sources, switches, number)
                    self._take_grade(application, edited, sorted(targets))
                elif targets - seen:
                    where = ", ".join(sorted(targets - seen))
                    self.findings.notes.append(f"{source} prints no {origin.kind} in {where}")
            announced = {one.source for origin in found for one in origin.announced}
            for path in _templates(application, paths, announced):
                sides = (self.before.files, self.after.files)
                sources = frozenset[str]().union(*(sources_of(files, application, path) for files in sides))
                if not sources & self.printed.get(application, frozenset()):
                    changed = [name for name in sorted(self.after.known) if _values_of(application, name) in paths]
                    self._take_grade(application, Edited(path, sources), changed or sorted(self.after.known)[:1])

    def _take_grade(self, application: str, edited: Edited, targets: Sequence[str]) -> None:
        """Grade a template with the values of these environments, as far as the application runs there."""
        if self.findings.refuted:
            return
        path = f"applications/{application}"
        here = [name for name in targets if path in self.argo.get(name, {})]
        situations = [
            Situation(self.argo[name][path], as_yaml(self.expected.changed_in(application, name))) for name in here
        ]
        charts = self.before.charts[application], self.after.charts[application]
        namespace = situations[0].argo.release.namespace if situations else application
        objects = tuple(one for one in self.expected.new_objects if one.application == application)
        gone = tuple(one for one in self.expected.removed_objects if one.application == application)
        moving = (one for one in self.expected.migrated if one.application == application)
        migrated = sources_of_all(self.before.files, moving)
        announced = Announced(namespace, objects, (), self.origins[application], gone, migrated=migrated)
        found = grade(self.renderer, application, charts, situations, announced, edited)
        if found.grade is Grade.WRONG:
            self.findings.refute("", found.problems)
        elif found.grade is Grade.NONE:
            self.findings.problems += [Problem("", f"{edited.path} is rendered nowhere: {found.problems[0]}")]
        else:
            printing = edited.sources & self.printed.get(application, frozenset())
            what = "prints nothing of this in any environment" if printing else "is rendered in no environment"
            self.findings.notes.append(f"{edited.path} {what}; proved {found.grade}")


def _values_of(application: str, environment: str) -> str:
    return f"applications/{application}/values-{environment}.yaml"


def _templates(application: str, paths: Sequence[str], announced: Collection[str]) -> Iterator[str]:
    """Yield the changed templates of an application in which no workload was announced to change."""
    for path in paths:
        inside = path.startswith(f"applications/{application}/") and "/templates/" in path
        if inside and path.endswith((".yaml", ".yml")) and path not in announced:
            yield path
