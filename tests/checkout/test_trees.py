from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checkout.failures import TooLarge
from bot.checkout.mirror import Mirror
from bot.checkout.trees import FILE, LINK, PROGRAM, SUBMODULE, Blob
from tests.support.repository import Repository, git


def test_a_file_by_its_commit(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a/b.yaml": b"one\r\n\0\xff", "empty": b""})
    second = upstream.commit({"a/b.yaml": b"two\n"})
    mirror.fetch()
    assert mirror.trees.file(first, "a/b.yaml") == b"one\r\n\0\xff"
    assert mirror.trees.file(second, "a/b.yaml") == b"two\n"
    assert mirror.trees.file(second, "empty") == b""
    for path in (
        "a",
        "a/",
        "a/b.yaml/",
        "none",
        "",
        "./empty",
        "*",
        ":(top)empty",
        "a/b.yaml/x",
        "x\0y",
        "../x",
        "/etc/passwd",
    ):
        assert mirror.trees.file(second, path) is None, path


def test_what_a_folder_mentions(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a/x": b"one\nA Kafka!\n", "ab/x": b"kafka", "b/x": b"\0kafka", "c/x": b"none"})
    second = upstream.commit({"a/x": b"one\n"})
    mirror.fetch()
    mention = mirror.trees.mention
    assert mention(first, "kafka|strimzi", ["a"])
    assert mention(mirror.history.tree(first), "kafka", ["c", "a/x"])
    assert mention(first, "kafka", ["b"])
    assert not mention(first, "kafka", ["c", "nowhere", "*", ":(top)a"])
    assert not mention(second, "kafka", ["a"])
    assert mention(first, "--|kafka", ["a"])


def test_plain_bytes_keep_the_mode_of_a_program_and_replace_a_link(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.tree({"run": ("100755", b"old"), "link": ("120000", b"run"), "file": ("100644", b"old")})
    mirror.fetch()
    tree = mirror.trees.write(commit, {"run": b"new", "link": b"new", "file": b"new", "fresh": b"new"})
    modes = {"run": PROGRAM, "link": FILE, "file": FILE, "fresh": FILE}
    assert mirror.trees.changes(commit, tree) == {path: Blob(b"new", mode) for path, mode in modes.items()}


def test_modes_links_and_submodules_come_back(mirror: Mirror, upstream: Repository) -> None:
    old = upstream.tree({"run": ("100644", b"x"), "gone": ("160000", b"3" * 40)}, branch="old")
    new = upstream.tree(
        {"run": ("100755", b"x"), "link": ("120000", b"/etc/passwd"), "module": ("160000", b"4" * 40)}, branch="new"
    )
    mirror.fetch()
    changes = mirror.trees.changes(old, new)
    assert changes == {
        "gone": None,
        "link": Blob(b"/etc/passwd", LINK),
        "module": Blob(b"4" * 40, SUBMODULE),
        "run": Blob(b"x", PROGRAM),
    }
    assert mirror.trees.write(old, changes) == mirror.history.tree(new)


def test_a_tree_that_is_written_is_what_git_would_commit(mirror: Mirror, upstream: Repository) -> None:
    before = upstream.commit({"a.yaml": b"a\n", "b/c.yaml": b"c\n", "b/d.yaml": b"d\n"})
    mirror.fetch()
    tree = mirror.trees.write(
        before, {"a.yaml": b"A\r\n", "b/c.yaml": None, "b/d.yaml": None, "e/f/g": b"", "none": None}
    )
    git(upstream.work, "config", "core.autocrlf", "false")
    after = upstream.commit({"a.yaml": b"A\r\n", "b/c.yaml": None, "b/d.yaml": None, "e/f/g": b""})
    assert tree == git(upstream.work, "rev-parse", f"{after}^{{tree}}")
    assert mirror.trees.write(tree, {}) == tree
    assert mirror.head("main") == before


def test_a_file_becomes_a_folder_and_back(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a": b"file\n"})
    mirror.fetch()
    folder = mirror.trees.write(commit, {"a": None, "a/b": b"in it\n"})
    assert mirror.trees.changes(commit, folder) == {"a": None, "a/b": Blob(b"in it\n")}
    assert mirror.trees.write(folder, {"a/b": None, "a": b"file\n"}) == mirror.history.tree(commit)


def test_large_changes_are_refused_before_they_are_read(mirror: Mirror, upstream: Repository) -> None:
    old = upstream.commit({"a.yaml": b"a\n"})
    new = upstream.commit({"huge.bin": b"\0" * (10 * 2**20 + 1)})
    mirror.fetch()
    with pytest.raises(TooLarge, match=r"huge\.bin is larger than 10 MiB"):
        mirror.trees.changes(old, new)
    assert mirror.trees.changed(old, new) == ("huge.bin",)


def test_many_changes_are_refused_together(
    mirror: Mirror, upstream: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = upstream.commit({"a.yaml": b"a\n"})
    new = upstream.commit({f"{number}.bin": b"\0" * 2**19 for number in range(3)})
    mirror.fetch()
    assert len(mirror.trees.changes(old, new)) == 3
    monkeypatch.setattr("bot.checkout.trees._TOGETHER", 2**20)
    with pytest.raises(TooLarge, match="this change is larger than 1 MiB"):
        mirror.trees.changes(old, new)


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: name not in {".", ".."} and not name.lower().startswith((".git", "git~")) and name.isprintable()
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
BLOBS = st.builds(Blob, st.binary(max_size=40), st.sampled_from([FILE, PROGRAM, LINK]))


def _no_file_is_a_folder(tree: dict[str, Blob]) -> bool:
    return not any(other.startswith(f"{path}/") for path in tree for other in tree)


TREES = st.dictionaries(PATHS, BLOBS, max_size=6).filter(_no_file_is_a_folder)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    place: Path = tmp_path_factory.mktemp("trees")
    upstream = Repository(place / "served.git", place / "work")
    commit = upstream.commit({})
    mirror = Mirror(place / "state", 7, str(upstream.bare))
    mirror.fetch()
    return SimpleNamespace(trees=mirror.trees, commit=commit)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(old=TREES, new=TREES)
def test_changes_make_the_new_tree_of_the_old_one(
    empty: SimpleNamespace, old: dict[str, Blob], new: dict[str, Blob]
) -> None:
    trees = empty.trees
    before, after = trees.write(empty.commit, old), trees.write(empty.commit, new)
    assert trees.changes(empty.commit, after) == new
    changes = trees.changes(before, after)
    assert set(changes) == {path for path in {*old, *new} if old.get(path) != new.get(path)}
    assert trees.write(before, changes) == after
