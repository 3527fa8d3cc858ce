"""Renders in parallel, each distinct one once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from bot import helm
from bot.helm import Release, Rendered
from bot.phalanx import argocd
from bot.phalanx.argocd import ArgoApplication
from bot.proof.stage import Staged


class Renderer:
    """Runs Helm on staged charts; `scratch` is a folder of its own, `renders` counts how often Helm ran."""

    def __init__(self, program: Path, scratch: Path, pool: ThreadPoolExecutor) -> None:
        self.program, self.scratch, self.pool = program, scratch, pool
        self.renders = 0
        self._home = scratch / "helm"
        self._home.mkdir()
        self._known: dict[tuple[object, ...], Future[Rendered]] = {}
        self._lock = threading.Lock()

    def environment(self, chart: Path, environment: str, enable: Sequence[str] = ()) -> Rendered:
        """Render a staged `environments` chart, and wait for it."""
        with self._lock:
            self.renders += 1
        return argocd.render(self.program, chart, environment, self._home, enable)

    def chart(self, staged: Staged, application: ArgoApplication, over: str = "") -> Future[Rendered]:
        """Begin to render a chart as an Application asks for; `over` are values, as YAML, that win over its own."""
        values = []
        for name in application.value_files:
            path = staged.folder / name
            if not PurePosixPath(name).is_absolute() and path.resolve().is_relative_to(staged.folder.resolve()):
                values.append(path)
            else:
                failed: Future[Rendered] = Future()
                failed.set_result(Rendered("", f"the values file {name} is outside the chart"))
                return failed
        values += map(self.written, filter(None, (application.inline, over)))
        return self.values(staged, application.release, values)

    def written(self, values: str) -> Path:
        """Return a file that holds these values."""
        path = self.scratch / f"inline-{hashlib.sha256(values.encode()).hexdigest()}.yaml"
        path.write_text(values, encoding="utf-8")
        return path

    def values(self, staged: Staged, release: Release, values: Sequence[Path]) -> Future[Rendered]:
        """Begin to render a chart with these values files."""
        contents = tuple(path.read_bytes() if path.is_file() else path.name for path in values)
        key = (staged.digest, release, contents)
        with self._lock:
            if key not in self._known:
                self.renders += 1
                self._known[key] = self.pool.submit(
                    helm.template, self.program, staged.folder, release, values, home=self._home
                )
            return self._known[key]
