from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.checkout.blame import since
from bot.checkout.files import Files
from tests.support.repository import git
from tests.support.tree import put


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with two commits: the second one changed line 2 of `a file.yaml`."""
    root = tmp_path / "checkout"
    put(root, "a file.yaml", "one\ntwo\nthree\n")
    git(root, "init", "--quiet", "--template=")
    for number in range(2):
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", f"Commit {number}")
        put(root, "a file.yaml", "one\nzwei\nthree\n")
    return root


def commits(root: Path, *numbers: int, path: str = "a file.yaml") -> dict[int, str]:
    found = since(Files(root), {path: numbers})
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one.date) for one in found.values())
    return {number: one.commit for (_, number), one in found.items()}


def test_each_line_has_its_commit(checkout: Path) -> None:
    new, old = git(checkout, "rev-parse", "HEAD"), git(checkout, "rev-parse", "HEAD^")
    assert commits(checkout, 1, 2, 3) == {1: old, 2: new, 3: old}


def test_lines_that_are_not_there(checkout: Path) -> None:
    assert commits(checkout, 0, 4, 99) == {}
    assert commits(checkout, 1, path="no file.yaml") == {}


def test_what_is_not_committed(checkout: Path) -> None:
    put(checkout, "a file.yaml", "one\ndeux\nthree\nfour\n")
    put(checkout, "new.yaml", "one\n")
    assert set(commits(checkout, 1, 2, 3)) == {1, 3}
    assert commits(checkout, 1, path="new.yaml") == {}


def test_not_a_checkout(tmp_path: Path) -> None:
    put(tmp_path, "a file.yaml", "one\n")
    assert commits(tmp_path, 1) == {}
    put(tmp_path, ".git", "gitdir: nowhere\n")
    assert commits(tmp_path, 1) == {}


def test_a_further_worktree(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "--quiet", str(tmp_path / "other"))
    assert commits(tmp_path / "other", 1, 2) == commits(checkout, 1, 2)


def test_where_the_history_is_cut_off(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{checkout}", "shallow")
    assert commits(tmp_path / "shallow", 1, 2, 3) == {}


def test_nothing_of_the_repository_runs(checkout: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    put(checkout, ".gitattributes", "* filter=mine diff=mine\n")
    for name in ("filter.mine.clean", "filter.mine.smudge", "diff.mine.textconv", "core.fsmonitor", "core.pager"):
        git(checkout, "config", name, f"touch {ran}; cat")
    assert set(commits(checkout, 1, 2, 3)) == {1, 2, 3}
    assert not ran.exists()
