from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.files import Files, LeavesCheckout, NotText, write_all
from bot.errors import TryLater


@pytest.fixture
def root(tmp_path: Path) -> Path:
    top = tmp_path / "checkout"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "one.yaml").write_bytes(b"one\r\n")
    (top / "a" / "b" / "two.yaml").write_text("two\n")
    (tmp_path / "secret").write_text("secret\n")
    return top


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_text_keeps_line_ends(root: Path) -> None:
    assert Files(root).text("a/one.yaml") == "one\r\n"
    assert Files(root).text("a/none.yaml") is None
    assert Files(root).text("a/one.yaml/x") is None
    assert Files(root).text("a") is None


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../secret", "a/b\0"])
def test_paths_do_not_leave(root: Path, path: str) -> None:
    with pytest.raises(LeavesCheckout):
        Files(root).text(path)


def test_links_out_are_refused_and_links_inside_are_read(root: Path) -> None:
    (root / "out.yaml").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    (root / "in.yaml").symlink_to("a/b/two.yaml")
    files = Files(root)
    for path in ("out.yaml", "folder/secret"):
        with pytest.raises(LeavesCheckout, match="leads out of the repository"):
            files.text(path)
    assert files.text("in.yaml") == "two\n"


def test_not_utf8_and_too_large_are_said(root: Path) -> None:
    (root / "latin.yaml").write_bytes(b"caf\xe9")
    with (root / "huge.yaml").open("wb") as huge:
        huge.truncate(11 * 2**20)
    with pytest.raises(NotText, match="not UTF-8 at byte 3"):
        Files(root).text("latin.yaml")
    with pytest.raises(NotText, match="larger than 10 MiB"):
        Files(root).text("huge.yaml")


def test_below_lists_in_order_and_by_ending(root: Path) -> None:
    assert list(Files(root).below("a", ".yaml")) == ["a/b/two.yaml", "a/one.yaml"]
    assert list(Files(root).below("a", ".tpl")) == []
    assert Files(root).names("a") == ("b", "one.yaml")
    assert Files(root).names("nowhere") == ()


def test_root_must_be_a_folder(root: Path) -> None:
    with pytest.raises(TryLater, match="is not a folder"):
        Files(root / "a" / "one.yaml")


def test_write_all_writes_creates_and_deletes(root: Path) -> None:
    (root / "a" / "one.yaml").chmod(0o640)
    write_all(root, {"a/one.yaml": b"new", "c/d/three.yaml": b"three", "a/b/two.yaml": None})
    assert snapshot(root) == {"a/one.yaml": b"new", "c/d/three.yaml": b"three"}
    assert (root / "a" / "one.yaml").stat().st_mode & 0o777 == 0o640


def test_a_failure_in_the_middle_leaves_the_tree_as_it_was(root: Path) -> None:
    before = snapshot(root)
    (root / "z.yaml").mkdir()
    with pytest.raises(TryLater, match="nothing was changed"):
        write_all(root, {"a/one.yaml": b"new", "c/d/three.yaml": b"three", "a/b/two.yaml": None, "z.yaml": b"x"})
    assert snapshot(root) == before
    assert not (root / "c").exists()


def test_nothing_is_written_when_one_path_leads_out(root: Path) -> None:
    before = snapshot(root)
    (root / "out").symlink_to("..")
    with pytest.raises(LeavesCheckout):
        write_all(root, {"a/one.yaml": b"new", "out/stolen": b"x"})
    assert snapshot(root) == before
