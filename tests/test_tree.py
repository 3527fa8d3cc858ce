"""The tree of our own under `tests/phalanx` is one that Helm, yamllint and helm-docs would accept."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

TREE = Path(__file__).parent / "phalanx"
ENVIRONMENTS = ("alpha", "beta", "gamma", "delta", "epsilon")
PARAMETERS = "global.host=x,global.baseUrl=https://x,global.vaultSecretsPath=x"
CHARTS = sorted(path.parent.relative_to(TREE).as_posix() for path in TREE.rglob("Chart.yaml"))


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_bytes())


def run(*arguments: str | Path) -> str:
    """What a program prints that is on PATH or beside this Python."""
    program = shutil.which(str(arguments[0]), path=str(Path(sys.executable).parent)) or str(arguments[0])
    done = subprocess.run([program, *arguments[1:]], cwd=TREE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def enabled() -> list[tuple[str, str]]:
    """Each environment with each application that its values turn on."""
    defaults = load(TREE / "environments/values.yaml")["applications"]
    return [
        (environment, name)
        for environment in ENVIRONMENTS
        for name, on in (defaults | load(TREE / f"environments/values-{environment}.yaml")["applications"]).items()
        if on
    ]


def without_downloads(name: str, folder: Path) -> Path:
    """A copy of an application whose shared charts are inside and whose remote ones are gone from Chart.yaml."""
    chart = Path(shutil.copytree(TREE / "applications" / name, folder / name))
    about = load(chart / "Chart.yaml")
    kept = []
    for dependency in about.get("dependencies", []):
        kind, _, place = dependency.get("repository", "file://").partition("://")
        if kind != "file":
            continue
        if place:
            shutil.copytree(TREE / "applications" / name / place, chart / "charts" / dependency["name"])
        kept.append(dependency)
    about["dependencies"] = kept
    with (chart / "Chart.yaml").open("w") as out:
        YAML(typ="safe").dump(about, out)
    return chart


@pytest.mark.parametrize(("environment", "name"), enabled(), ids="-".join)
def test_renders(environment: str, name: str, tmp_path: Path) -> None:
    chart = without_downloads(name, tmp_path)
    values = [f"--values={chart}/{file}" for file in ("values.yaml", f"values-{environment}.yaml")]
    rendered = run("helm", "template", name, chart, *values, f"--set={PARAMETERS}")
    # Loading fails where a mapping has a key twice.
    kinds = {document["kind"] for document in YAML(typ="safe").load_all(rendered) if document}
    workloads = kinds & {"Deployment", "StatefulSet", "Job", "CronJob"}
    assert bool(workloads) == (name not in {"external", "hidden", "sasquatch"})


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_argo_cd_gets_what_the_environment_enables(environment: str) -> None:
    chart = TREE / "environments"
    rendered = run("helm", "template", "environments", chart, f"--values={chart}/values-{environment}.yaml")
    documents = list(YAML(typ="safe").load_all(rendered))
    applications = [document for document in documents if document["kind"] == "Application"]
    names = sorted(name for on, name in enabled() if on == environment)
    assert sorted(application["metadata"]["name"] for application in applications) == names
    assert sorted(document["metadata"]["name"] for document in documents if document["kind"] == "Namespace") == names
    for application in applications:
        source = application["spec"]["source"]
        assert source["path"] == f"applications/{application['metadata']['name']}"
        for file in source["helm"]["valueFiles"]:
            assert (TREE / source["path"] / file).is_file()


def test_yamllint_has_nothing_to_say() -> None:
    assert run("yamllint", "--strict", "--config-file=.yamllint.yml", ".") == ""


def documented(values: str) -> list[str]:
    """The paths of the keys that have a `# --` comment, as helm-docs writes them."""
    found, path, comment = [], list[tuple[int, str]](), False
    for line in values.splitlines():
        text = line.lstrip()
        if text.startswith("#"):
            comment |= text.startswith("# --")
        elif key := re.match(r"([\w-]+):", text):
            indent = len(line) - len(text)
            path = [*(level for level in path if level[0] < indent), (indent, key[1])]
            if comment:
                found.append(".".join(name for _, name in path))
            comment = False
    return found


@pytest.mark.parametrize("chart", CHARTS)
def test_readme_lists_each_value(chart: str) -> None:
    values = TREE / chart / "values.yaml"
    rows = re.findall(r"^\| (\S+) \|", (TREE / chart / "README.md").read_text(), re.MULTILINE)
    assert set(documented(values.read_text())) <= set(rows)
