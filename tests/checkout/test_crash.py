"""Kills between any two commands and in the middle of them, and mirrors that are broken: a fresh start works."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.checkout.failures import Busy, GitFailed, UnknownObject
from bot.checkout.mirror import Mirror
from bot.errors import TryLater
from tests.support.git_server import TOKEN, GitServer, Request
from tests.support.repository import Repository, git

ROOT = Path(__file__).parent.parent.parent

JOB = f"""
import sys
from pathlib import Path
from bot.checkout.mirror import Mirror
mirror = Mirror(Path(sys.argv[1]), 7, sys.argv[2], lambda: {TOKEN!r}, timeout=20, stall=5)
commit = mirror.newest("main")
with mirror.worktree(commit) as place:
    print((place / "a.yaml").read_text(), flush=True)
    if "stay" in sys.argv:
        sys.stdin.read()
"""


def job(state: Path, url: str, *words: str, path: str | None = None) -> subprocess.Popen[str]:
    """Start a job in a process of its own."""
    environment = {"PATH": path or os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", JOB, str(state), url, *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killer(place: Path, command: str, then: str) -> str:
    """Return a PATH whose git kills the process that starts it with this command, and then goes on, or dies too."""
    place.mkdir()
    script = place / "git"
    script.write_text(f'#!/bin/sh\n[ "$1" = {command} ] && kill -9 $PPID && {then}\nexec {shutil.which("git")} "$@"\n')
    script.chmod(0o755)
    return f"{place}:{os.environ['PATH']}"


def assert_all_is_well(state: Path, url: str, commit: str) -> None:
    mirror = Mirror(state, 7, url, lambda: TOKEN, timeout=20, stall=5)
    mirror.clean()
    assert mirror.newest("main") == commit
    with mirror.worktree(commit) as place:
        assert (place / "a.yaml").read_text() == "one\n"
    mirror.clean()
    assert not any((state / "worktrees").iterdir())
    assert sorted(path.name for path in (state / "mirrors").iterdir()) == ["7.git", "7.lock"]
    assert "error" not in git(mirror.folder, "fsck", "--full")


@pytest.mark.parametrize("then", ["true", "exit 1"], ids=["git goes on", "git dies too"])
@pytest.mark.parametrize("command", ["init", "fetch", "for-each-ref", "read-tree", "checkout-index"])
def test_killed_at_each_command(
    state: Path, upstream: Repository, server: GitServer, tmp_path: Path, command: str, then: str
) -> None:
    commit = upstream.commit({"a.yaml": b"one\n", "b/c.yaml": b"c\n" * 10_000})
    url = server.url("org/phalanx.git")
    with job(state, url, path=killer(tmp_path / "bin", command, then)) as victim:
        _, complaints = victim.communicate(timeout=30)
    assert victim.returncode == -signal.SIGKILL, complaints
    assert_all_is_well(state, url, commit)


@pytest.mark.parametrize("first", [True, False], ids=["first fetch", "later fetch"])
def test_killed_while_the_server_is_sending(state: Path, upstream: Repository, server: GitServer, first: bool) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    url = server.url("org/phalanx.git")
    if not first:
        Mirror(state, 7, url, lambda: TOKEN).fetch("main")
        commit = upstream.commit({"b.bin": os.urandom(2**20)})
    asked, answer = threading.Event(), threading.Event()

    def wait(request: Request) -> None:
        if "command=fetch" in request.body and not answer.is_set():
            asked.set()
            answer.wait(20)

    server.interfere = wait
    with job(state, url) as victim:
        assert asked.wait(20)
        victim.kill()
    with pytest.raises(Busy, match="the mirror 7 was in use"):
        Mirror(state, 7, url, lambda: TOKEN, timeout=0.1, stall=0.1).fetch("main")
    answer.set()  # the git that outlived its bot ends, and only then is the mirror free
    assert_all_is_well(state, url, commit)


def test_killed_in_a_worktree_that_others_must_not_remove_before(
    state: Path, upstream: Repository, server: GitServer
) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    url = server.url("org/phalanx.git")
    with job(state, url, "stay") as living, job(state, url, "stay") as dead:
        assert living.stdout
        assert dead.stdout
        assert [living.stdout.readline(), dead.stdout.readline()] == ["one\n", "one\n"]
        dead.kill()
        dead.wait()
        assert len([path for path in (state / "worktrees").iterdir() if path.is_dir()]) == 2
        Mirror(state, 7, url, lambda: TOKEN).clean()
        assert len([path for path in (state / "worktrees").iterdir() if path.is_dir()]) == 1
        living.communicate(timeout=20)
    assert living.returncode == 0
    assert_all_is_well(state, url, commit)


def test_processes_that_fetch_at_once(state: Path, upstream: Repository, server: GitServer) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    url = server.url("org/phalanx.git")
    jobs = [job(state, url) for _ in range(4)]
    assert [one.communicate(timeout=60) for one in jobs] == [("one\n\n", "")] * 4
    assert_all_is_well(state, url, commit)


LEFTOVERS = (
    "packed-refs.lock",
    "HEAD.lock",
    "shallow.lock",
    "refs/heads/main.lock",
    "gc.pid",
    "objects/pack/tmp_pack_x",
)


def test_what_a_killed_git_leaves_is_no_obstacle(mirror: Mirror, upstream: Repository) -> None:
    upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch("main")
    inode = mirror.folder.stat().st_ino
    for name in LEFTOVERS:
        (mirror.folder / name).parent.mkdir(exist_ok=True, parents=True)
        (mirror.folder / name).write_text("")
    commit = upstream.commit({"a.yaml": b"two\n"})
    assert mirror.newest("main") == commit
    mirror.clean()
    assert not [name for name in LEFTOVERS if (mirror.folder / name).exists()]
    assert mirror.folder.stat().st_ino == inode, "the mirror need not be made anew"


def _spoil(suffix: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for path in _packs(folder, suffix):
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:60] + b"garbage")

    return spoil


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _packs(folder: Path, suffix: str) -> list[Path]:
    return list((folder / "objects" / "pack").glob(f"*.{suffix}"))


BREAKS: dict[str, Callable[[Path], object]] = {
    "no objects": lambda folder: shutil.rmtree(folder / "objects"),
    "no packs": lambda folder: _packs(folder, "pack")[0].unlink(),
    "a broken pack": _spoil("pack"),
    "a broken index": _spoil("idx"),
    "broken refs": lambda folder: (folder / "packed-refs").write_text("garbage\n"),
    "an empty ref": lambda folder: (folder / "refs" / "heads" / "main").write_text(""),
    "a ref to nothing": lambda folder: (folder / "refs" / "heads" / "main").write_text("1" * 40 + "\n"),
    "no HEAD": lambda folder: (folder / "HEAD").unlink(),
    "a broken HEAD": lambda folder: (folder / "HEAD").write_text("garbage\n"),
    "a broken config": lambda folder: (folder / "config").write_text("garbage\n"),
    "no refs": lambda folder: shutil.rmtree(folder / "refs"),
    "nothing": _empty,
    "a broken shallow": lambda folder: (folder / "shallow").write_text("garbage\n"),
}


@pytest.mark.parametrize("harm", BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_mirror_is_made_anew(mirror: Mirror, upstream: Repository, harm: Callable[[Path], object]) -> None:
    upstream.commit({"a.yaml": b"zero\n"})
    commit = upstream.commit({"a.yaml": b"one\n", "b.yaml": b"b\n" * 1000})
    mirror.fetch("main")
    git(mirror.folder, "gc", "--quiet")
    harm(mirror.folder)
    # Not all harm is seen by a fetch: what a job then stumbles over is made anew at its next try.
    for _ in range(2):
        assert mirror.newest("main") == commit
        try:
            with mirror.worktree(commit) as place:
                assert (place / "a.yaml").read_bytes() == b"one\n"
                break
        except TryLater as exc:
            assert isinstance(exc, GitFailed | UnknownObject)  # noqa: PT017
    else:
        pytest.fail("the mirror stays broken")
    newer = upstream.commit({"a.yaml": b"two\n"})
    assert mirror.newest("main") == newer
    assert mirror.trees.file(newer, "b.yaml") == b"b\n" * 1000


def _seem_untidy(folder: Path) -> None:
    """Let git guess from one folder that there are thousands of loose objects, as it does."""
    (folder / "objects" / "17").mkdir(exist_ok=True)
    for number in range(30):
        (folder / "objects" / "17" / f"{number:038x}").write_bytes(b"")


def test_cleaning_packs(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch("main")
    mirror.clean()
    assert not _packs(mirror.folder, "pack"), "nothing was due"
    _seem_untidy(mirror.folder)
    mirror.clean()
    assert len(_packs(mirror.folder, "pack")) == 1
    assert mirror.newest("main") == commit
    assert not (mirror.folder / "doubt").exists()


def test_cleaning_finds_a_broken_mirror(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch("main")
    git(mirror.folder, "gc", "--quiet")
    BREAKS["a broken pack"](mirror.folder)
    _seem_untidy(mirror.folder)
    mirror.clean()
    assert mirror.newest("main") == commit
    git(mirror.folder, "fsck", "--full", "--strict")


def test_a_server_that_is_broken_itself_is_said_and_the_old_mirror_stays(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch("main")
    upstream.commit({"a.yaml": b"two\n"})
    git(upstream.bare, "repack", "-adq")
    BREAKS["a broken pack"](upstream.bare)
    with pytest.raises(TryLater):
        mirror.fetch("main")
    assert mirror.head("main") == commit
    with mirror.worktree(commit) as place:
        assert (place / "a.yaml").read_bytes() == b"one\n"
