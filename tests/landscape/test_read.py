"""What is read, what is kept of it, and what does not render."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.landscape import stats
from bot.landscape.cache import Cache, default_folder
from bot.landscape.extract import installed
from bot.landscape.model import Landscape, Origin
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS, MENTIONS_KAFKA, Selection
from bot.phalanx.unknown import UnknownEnvironment
from bot.proof.render import Renderer
from tests.support.tree import TREE, digests, put, replace

SQUARE = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"


@pytest.fixture
def renders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often Helm was asked for, by each reading that asked at all."""
    found: list[int] = []
    end = Renderer.values

    def counted(self: Renderer, *given: object) -> object:
        found.append(1)
        return end(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Renderer, "values", counted)
    return found


def look(root: Path, cache: Path, selection: Selection = HOLDS_KAFKA_OBJECTS) -> Landscape:
    return read(Files(root), ["beta"], selection, cache=Cache(cache))


def test_which_applications_are_looked_at() -> None:
    few = read(Files(TREE), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"].installed
    more = read(Files(TREE), ["alpha"], MENTIONS_KAFKA)["alpha"].installed
    everything = read(Files(TREE), ["alpha"], Selection(""))["alpha"]
    assert {"sasquatch", "reader", "metrics-only"} <= few.keys() < more.keys() < everything.installed.keys()
    assert everything.installed.keys() == everything.enabled


USER = '{"apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaUser", "metadata": {"name": "x"}}'
ODD = {
    "on one line": USER,
    "in a List": f"apiVersion: v1\nkind: List\nitems:\n  - {USER}",
    "in a List of Lists": f"kind: List\nitems:\n  - kind: KafkaUserList\n    items: [{USER}]",
    "its kind twice": "kind: ConfigMap\nmetadata: {name: x}\nkind: KafkaUser",
    "its kind with an anchor": "kind: &a KafkaUser\nmetadata: {name: x}",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_however_an_object_is_written(text: str) -> None:
    """As Argo CD takes it: Lists are applied one by one, and of equal keys the later wins."""
    found = installed(f"---\n# Source: x/templates/y.yaml\n{text}\n", "x", "x", lambda one: Origin("x", one.source))
    assert [(one.name, one.origin.file) for one in found.users] == [("x", "x/templates/y.yaml")]


def test_an_unknown_environment() -> None:
    with pytest.raises(UnknownEnvironment):
        read(Files(TREE), ["alhpa"])


def test_a_second_reading_renders_nothing(tree: Path, tmp_path: Path, renders: list[int]) -> None:
    first = look(tree, tmp_path / "cache")
    assert renders
    renders.clear()
    assert look(tree, tmp_path / "cache") == first
    assert not renders


def test_reading_writes_nothing_into_the_checkout(tree: Path, tmp_path: Path) -> None:
    before = digests(tree)
    look(tree, tmp_path / "cache")
    assert digests(tree) == before


def test_without_a_cache_nothing_is_kept(tree: Path, renders: list[int]) -> None:
    first = read(Files(tree), ["alpha"], HOLDS_KAFKA_OBJECTS)
    renders.clear()
    assert read(Files(tree), ["alpha"], HOLDS_KAFKA_OBJECTS) == first
    assert renders


CHANGES = {
    "a template": (SQUARE, "name: reader\n", "name: writer\n"),
    "values of an environment": ("applications/sasquatch/values-beta.yaml", "squareEvents:", "squareEvents2:"),
    "values of a chart": ("applications/sasquatch/values.yaml", "  replicas: 3", "  replicas: 4"),
    "an Application": ("environments/values-beta.yaml", "  reader: true\n", ""),
}


@pytest.mark.parametrize(("path", "old", "new"), CHANGES.values(), ids=CHANGES.keys())
def test_what_changes_is_read_anew(tree: Path, tmp_path: Path, path: str, old: str, new: str) -> None:
    look(tree, tmp_path / "cache")
    text = (tree / path).read_text()
    (tree / path).write_text(text.replace(old, new, 1))
    assert look(tree, tmp_path / "cache") == read(Files(tree), ["beta"], HOLDS_KAFKA_OBJECTS)


def test_files_as_they_would_be(tree: Path, tmp_path: Path) -> None:
    look(tree, tmp_path / "cache")
    planned = Files(tree, {SQUARE: None})
    found = read(planned, ["alpha"], HOLDS_KAFKA_OBJECTS, cache=Cache(tmp_path / "cache"))
    assert "reader" not in {one.name for one in found["alpha"].users}


DAMAGE = {
    "nothing": b"",
    "no JSON": b"{",
    "of another shape": b'{"name": 1}',
    "not text": b"\xff\xfe",
}


@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_entries_were_never_there(tree: Path, tmp_path: Path, data: bytes) -> None:
    first = look(tree, tmp_path / "cache")
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(data)
    assert look(tree, tmp_path / "cache") == first


def test_a_folder_that_cannot_be_written(tree: Path, tmp_path: Path) -> None:
    put(tmp_path, "file", "in the way")
    assert look(tree, tmp_path / "file" / "cache") == look(tree, tmp_path / "cache")


def test_old_entries_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=250)
    for number in range(4):
        cache.put(str(number), b"x" * 100)
        os.utime(tmp_path / f"{number}.json", (number, number))
    assert cache.get("0")  # used again
    cache.prune()
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["0", "3"]


def test_a_whole_tree_is_known_by_its_stats(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read of a tree that has not changed, but for which environments there are."""
    monkeypatch.setattr(stats, "_SETTLED", -1)
    first = look(tree, tmp_path / "cache")
    files = Files(tree)
    assert read(files, ["beta"], HOLDS_KAFKA_OBJECTS, cache=Cache(tmp_path / "cache")) == first
    assert {path.split("/")[0] for path in files.seen} == {"environments"}
    replace(tree, SQUARE, "name: reader\n", "name: reades\n")
    assert "reades" in {one.name for one in look(tree, tmp_path / "cache")["beta"].users}


def test_a_tree_that_has_just_changed_is_not_trusted(tree: Path) -> None:
    assert not stats.TreeKey(Files(tree)).holds()


def test_links_are_not_trusted(tree: Path) -> None:
    (tree / "applications" / "linked").symlink_to("myapp")
    assert stats.TreeKey(Files(tree)).key is None


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "kafka-access"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "kafka-access"


def test_an_application_that_does_not_render(tree: Path) -> None:
    put(tree, "applications/reader/templates/broken.yaml", '{{ fail "out of order" }}\n')
    alpha = read(Files(tree), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]
    assert "out of order" in alpha.installed["reader"].error
    assert "reader" in {one.name for one in alpha.users}


def test_a_chart_that_cannot_be_read(tree: Path) -> None:
    put(tree, "applications/reader/Chart.yaml", "name: [\n")
    alpha = read(Files(tree), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]
    assert "applications/reader/Chart.yaml is not YAML" in alpha.installed["reader"].error


def test_an_environment_whose_applications_do_not_render(tree: Path) -> None:
    broken = '# path: applications/{{ .x }}\n{{ if eq .Values.name "alpha" }}{{ fail "no" }}{{ end }}\n'
    put(tree, "environments/templates/broken.yaml", broken)
    found = read(Files(tree), ["alpha", "beta"], HOLDS_KAFKA_OBJECTS)
    assert "broken.yaml" in found["alpha"].error
    assert not found["alpha"].installed
    assert found["beta"].users


def test_who_gives_up_does_not_wait_for_the_rest(tmp_path: Path) -> None:
    rendered: list[str] = []

    def stop(_done: int, _total: int, what: str) -> None:
        rendered.append(what)
        raise KeyboardInterrupt

    cache = Cache(tmp_path / "cache")
    with pytest.raises(KeyboardInterrupt):
        read(Files(TREE), cache=cache, jobs=1, progress=stop)
    stopped = len(list((tmp_path / "cache").iterdir()))
    read(Files(TREE), cache=cache, jobs=1)
    assert len(rendered) == 1
    assert len(list((tmp_path / "cache").iterdir())) > stopped + 3
