"""Helm on charts that want more than there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import helm
from tests.support.tree import put

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="memory of others can be bounded on Linux alone")


def rendered(folder: Path, template: str) -> helm.Rendered:
    put(folder, "Chart.yaml", "apiVersion: v2\nname: hungry\nversion: 1.0.0\n")
    put(folder, "templates/all.yaml", template)
    return helm.template(helm.find(), folder, helm.Release("hungry", "hungry"), (), home=folder)


def test_a_chart_of_usual_size(tmp_path: Path) -> None:
    assert rendered(tmp_path, "a: {{ len (until 10) }}\n").text.endswith("a: 10\n")


def test_a_chart_that_takes_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "MEMORY", 128 * 2**20)
    found = rendered(tmp_path, "a: {{ len (until 20000000) }}\n")
    assert found == helm.Rendered("", "it takes more than 134,217,728 bytes of memory to render")


def test_a_chart_that_prints_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "OUTPUT", 1_000)
    found = rendered(tmp_path, 'a: "{{ repeat 2000 "x" }}"\n')
    assert found.text == ""
    assert found.error.endswith("more than 1,000")
