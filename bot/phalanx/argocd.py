"""The Argo CD Application of each application and environment, rendered from the `environments` chart.

They hold what Helm is told there: release name, namespace, parameters and values files, which no chart says itself.
https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import yaml
from bot.checkout.files import Files
from bot.helm import Release, Rendered, template

CHART = "environments"


@dataclass(frozen=True, slots=True)
class ArgoApplication:
    """One Application: the chart's folder, and how it is installed; `inline` are values that it spells out itself."""

    name: str
    path: str
    release: Release
    value_files: tuple[str, ...]
    inline: str = ""


def chart_files(files: Files, paths: Collection[str]) -> Iterator[str]:
    """Yield the files of the `environments` chart that are needed to render the Applications of these chart folders.

    There are as many templates as applications, and rendering only a few of them is several times faster.
    """
    wanted = re.compile(rf"path:[ \"']*(?:{'|'.join(map(re.escape, sorted(paths)))}|applications/\{{\{{)")
    for path in files.below(CHART):
        text = files.text(path) if path.startswith(f"{CHART}/templates/") and not path.endswith(".tpl") else None
        if text is None or wanted.search(text):
            yield path


def render(helm: Path, chart: Path, environment: str, home: Path, enable: Collection[str] = ()) -> Rendered:
    """Render a staged `environments` chart; applications to `enable` are on, whatever the values say."""
    switches = tuple((f"applications.{name}", "true", False) for name in sorted(enable))
    values = (chart / "values.yaml", chart / f"values-{environment}.yaml")
    return template(helm, chart, Release(CHART, "argocd", switches), values, home=home)


def applications(rendered: str) -> dict[str, ArgoApplication]:
    """Return the Applications of a rendered `environments` chart by the folder of their charts."""
    found = {}
    for text in re.split(r"^---\s*$", rendered, flags=re.MULTILINE):
        if re.search(r"^kind: Application\s*$", text, re.MULTILINE):
            application = _application(yaml.load(text))
            found[application.path] = application
    return found


def _application(data: Mapping[str, Any]) -> ArgoApplication:
    name, spec = str(data["metadata"]["name"]), data["spec"]
    source = spec["source"]
    helm = source.get("helm") or {}
    parameters = tuple(
        (str(one["name"]), str(one.get("value", "")), bool(one.get("forceString")))
        for one in helm.get("parameters") or ()
    )
    namespace = str(spec["destination"].get("namespace", "default"))
    inline = json.dumps(helm["valuesObject"]) if helm.get("valuesObject") else str(helm.get("values") or "")
    return ArgoApplication(
        name,
        str(source["path"]),
        Release(str(helm.get("releaseName") or name), namespace, parameters),
        tuple(map(str, helm.get("valueFiles") or ())),
        inline,
    )
