"""Repositories that try to run something, to change bytes, or to write where they must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.failures import CannotCheckOut
from bot.checkout.files import Files, LeavesCheckout
from bot.checkout.mirror import Mirror
from bot.checkout.trees import Blob
from tests.support.repository import Repository, git

CONTENT = b"# $Id$ caf\xc3\xa9\nlines\r\nof both kinds\n$Id: old $\n"

ATTRIBUTES = {
    "a filter": "* filter=evil\n",
    "a filter in a macro": "[attr]helpful filter=evil\n* helpful\n",
    "large files": "* filter=lfs diff=lfs merge=lfs -text\n",
    "ident": "* ident\n",
    "line ends": "* text eol=crlf\n",
    "line ends, guessed": "* text=auto eol=crlf\n",
    "line ends, the old way": "* crlf\n* eol=crlf\n",
    "an encoding": "* text working-tree-encoding=UTF-16\n",
    "an encoding that is none": "* working-tree-encoding\n",
    "textconv": "* diff=evil\n",
}


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that would run something in every way that git knows, in all places where git looks; the mark of it."""
    mark = tmp_path / "was-here"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "post-merge"):
        (hooks / name).symlink_to(program)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(settings(program, hooks))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor'='{program}'")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    return mark


def settings(program: Path, hooks: Path) -> str:
    sections: dict[str, dict[str, object]] = {
        'filter "evil"': {"smudge": program, "clean": program, "required": "true"},
        'filter "lfs"': {"smudge": program, "clean": program, "process": program, "required": "true"},
        'diff "evil"': {"textconv": program, "command": program},
        'merge "evil"': {"driver": program},
        "core": {"hooksPath": hooks, "fsmonitor": program, "autocrlf": "true", "pager": program, "askPass": program},
        "diff": {"external": program},
        "credential": {"helper": program},
    }
    lines = [
        f"[{section}]\n" + "".join(f"\t{key} = {value}\n" for key, value in values.items())
        for section, values in sections.items()
    ]
    return "".join(lines)


@pytest.mark.parametrize("attributes", ATTRIBUTES.values(), ids=ATTRIBUTES.keys())
def test_a_worktree_is_the_bytes_of_the_repository(
    mirror: Mirror, upstream: Repository, trap: Path, tmp_path: Path, attributes: str
) -> None:
    files = {"a.yaml": CONTENT, "sub/b.yaml": CONTENT, "sub/.gitattributes": attributes.encode()}
    files[".gitattributes"] = attributes.encode()
    commit = upstream.commit({**files, ".gitconfig": b"[core]\n\tfsmonitor = touch /tmp/evil\n"})
    mirror.fetch("main")
    # Even where somebody got at the mirror's own settings and hooks.
    with (mirror.folder / "config").open("a") as config:
        config.write((tmp_path / "home" / ".gitconfig").read_text())
    (mirror.folder / "hooks").symlink_to(tmp_path / "hooks")
    mirror.fetch("main")
    with mirror.worktree(commit) as place:
        assert {path: (place / path).read_bytes() for path in files} == files
    tree = mirror.trees.write(commit, {"c.yaml": CONTENT})
    assert mirror.trees.file(tree, "c.yaml") == CONTENT
    assert mirror.trees.changes(commit, tree) == {"c.yaml": Blob(CONTENT)}
    assert mirror.history.merge(commit, mirror.history.commit(tree, commit)).tree == tree
    mirror.clean()
    assert not trap.exists()


def test_merge_drivers_are_not_run(mirror: Mirror, upstream: Repository, trap: Path, tmp_path: Path) -> None:
    base = upstream.commit({"a.yaml": b"one\n", ".gitattributes": b"* merge=evil\n"})
    ours = upstream.commit({"a.yaml": b"two\n"}, branch="ours")
    git(upstream.work, "reset", "--hard", "--quiet", base)
    theirs = upstream.commit({"a.yaml": b"three\n"}, branch="theirs")
    mirror.fetch()
    (mirror.folder / "config").write_text((tmp_path / "home" / ".gitconfig").read_text())
    assert mirror.history.merge(ours, theirs).conflicts == ("a.yaml",)
    assert not trap.exists()


ODD_NAMES = (
    "-rf",
    "--help",
    "a\nb",
    "a\tb",
    "q\"uo'te",
    "$(touch x)",
    "caf\u00e9",
    "cafe\u0301",
    "\udcff\udcfe",
    " ",
    ":(top)x",
    "*",
    "a\\b",
    "!x",
)


def test_odd_names_are_names(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.tree({name: ("100644", name.encode("utf-8", "surrogateescape")) for name in ODD_NAMES})
    empty = upstream.tree({}, branch="empty")
    mirror.fetch()
    assert set(mirror.trees.changed(empty, commit)) == set(ODD_NAMES)
    for name in ODD_NAMES:
        data = name.encode("utf-8", "surrogateescape")
        assert mirror.trees.file(commit, name) == data
    with mirror.worktree(commit) as place:
        assert {path.name: path.read_bytes() for path in place.iterdir()} == {
            name: name.encode("utf-8", "surrogateescape") for name in ODD_NAMES
        }
    changes = mirror.trees.changes(empty, commit)
    assert mirror.trees.write(empty, changes) == mirror.history.tree(commit)
    assert mirror.trees.write(commit, dict.fromkeys(ODD_NAMES)) == mirror.history.tree(empty)


@pytest.mark.parametrize("name", [".git", ".GIT", "git~1", "..", "."])
def test_names_that_would_be_a_repository_or_lead_out(mirror: Mirror, upstream: Repository, name: str) -> None:
    good = upstream.commit({"config": b"[core]\n"}, branch="good")
    commit = upstream.tree({name: ("040000", git(upstream.work, "rev-parse", f"{good}^{{tree}}").encode())})
    mirror.fetch()
    with pytest.raises(CannotCheckOut, match=r"invalid path") as caught, mirror.worktree(commit):
        pass
    assert "rename" in caught.value.hint
    with pytest.raises(CannotCheckOut):
        mirror.trees.write(commit, {"a": b""})
    mirror.fetch()
    assert mirror.head("main") == commit


def test_a_name_that_is_too_long(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.tree({"x" * 300: ("100644", b"")})
    mirror.fetch()
    with pytest.raises(CannotCheckOut, match="File name too long"), mirror.worktree(commit):
        pass


def test_links_stay_links_and_lead_nowhere(mirror: Mirror, upstream: Repository, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    links = {"out": str(secret), "up": "../..", ".gitattributes": str(secret), "self": "self"}
    commit = upstream.tree({name: ("120000", target.encode()) for name, target in links.items()})
    mirror.fetch()
    with mirror.worktree(commit) as place:
        assert {path.name: str(path.readlink()) for path in place.iterdir()} == links
        with pytest.raises(LeavesCheckout):
            Files(place).text("out")
    assert mirror.trees.file(commit, "out") is None
    assert secret.read_text() == "secret\n"


def test_a_link_and_a_folder_of_one_name_write_nothing_outside(
    mirror: Mirror, upstream: Repository, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    inner = upstream.tree({"stolen": ("100644", b"x")}, branch="inner")
    tree = git(upstream.bare, "rev-parse", f"{inner}^{{tree}}")
    link = git(upstream.bare, "hash-object", "-w", "--stdin", stdin=str(outside).encode())
    raw = b"120000 a\0" + bytes.fromhex(link) + b"40000 a\0" + bytes.fromhex(tree)
    doubled = git(upstream.bare, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)
    commit = git(upstream.bare, "commit-tree", doubled, "-m", "Twice")
    git(upstream.bare, "update-ref", "refs/heads/main", commit)
    mirror.fetch("main")
    try:
        with mirror.worktree(commit) as place:
            assert len(list(place.iterdir())) == 1
    except CannotCheckOut:
        pass
    assert not any(outside.iterdir())


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", ".git/config", "a/.GIT/x", "a\0b"]
)
def test_no_tree_is_written_with_such_a_path(mirror: Mirror, upstream: Repository, path: str) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    with pytest.raises(ValueError, match="path"):
        mirror.trees.write(commit, {path: b"x"})
