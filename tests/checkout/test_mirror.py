from __future__ import annotations

import fcntl
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.checkout.failures import GitFailed, GitTooOld, NoBranch, NoRoom, TooLarge, UnknownObject
from bot.checkout.lock import acquire
from bot.checkout.mirror import Mirror
from bot.errors import TryLater
from tests.support.git_server import GitServer
from tests.support.repository import Repository, git


def test_a_mirror_follows_its_branches(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    assert mirror.head("main") is None
    mirror.fetch()
    assert mirror.head("main") == first
    second = upstream.commit({"a.yaml": b"two\n"})
    upstream.push("people/fix")
    mirror.fetch("main")
    assert mirror.head("main") == second
    assert mirror.head("people/fix") is None
    assert mirror.newest("people/fix") == second


def test_a_branch_that_was_forced_back_or_removed_is_followed(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    upstream.commit({"a.yaml": b"two\n"})
    for branch in ("topic", "gone"):
        upstream.push(branch)
    mirror.fetch("main", "topic", "gone")
    inode = mirror.folder.stat().st_ino
    git(upstream.work, "reset", "--hard", "--quiet", first)
    upstream.push()
    for branch in ("topic", "gone"):
        git(upstream.bare, "update-ref", "-d", f"refs/heads/{branch}")
    git(upstream.bare, "update-ref", "refs/heads/topic/deeper", first)
    mirror.fetch("main", "topic", "gone")
    heads = {branch: mirror.head(branch) for branch in ("main", "topic", "topic/deeper", "gone")}
    assert heads == {"main": first, "topic": None, "topic/deeper": first, "gone": None}
    assert mirror.folder.stat().st_ino == inode, "the mirror need not be made anew"


def test_a_branch_where_a_folder_of_branches_was(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    git(upstream.bare, "update-ref", "refs/heads/a", first)
    mirror.fetch("a")
    git(upstream.bare, "update-ref", "-d", "refs/heads/a")
    git(upstream.bare, "update-ref", "refs/heads/a/b", first)
    mirror.fetch("a/b")
    assert (mirror.head("a"), mirror.head("a/b")) == (None, first)


def test_a_branch_that_is_not_there_is_no_error_for_the_others(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch("kafka-access/app-1", "main")
    assert (mirror.head("kafka-access/app-1"), mirror.head("main")) == (None, first)
    with pytest.raises(NoBranch, match="has no branch trunk"):
        mirror.newest("trunk")


def test_the_head_of_a_fork_is_fetched_by_its_whole_name(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    git(upstream.bare, "update-ref", "refs/pull/7/head", first)
    assert mirror.newest("refs/pull/7/head") == first
    assert mirror.head("main") is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "--upload-pack=touch /tmp/x",
        "a b",
        "a:refs/heads/main",
        "a*",
        "a..b",
        "@{-1}",
        "/a",
        "a/",
        "a.lock",
        "a\n",
    ],
)
def test_what_cannot_be_a_branch_never_reaches_git(mirror: Mirror, name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a branch"):
        mirror.fetch(name)
    with pytest.raises(ValueError, match="is not the name of a branch"):
        mirror.head(name)
    assert not mirror.folder.exists()


@pytest.mark.parametrize("name", ["main", "--all", "HEAD", "a" * 39, "A" * 40, f"{'a' * 40}\n"])
def test_what_is_no_object_id_never_reaches_git(mirror: Mirror, upstream: Repository, name: str) -> None:
    mirror.fetch()
    for question in (
        mirror.history.tree,
        lambda one: mirror.trees.file(one, "a"),
        lambda one: mirror.trees.write(one, {}),
    ):
        with pytest.raises(ValueError, match="is not the id of a commit"):
            question(name)


def test_branches_that_look_like_something_else(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    names = ("-f", "--all", "HEAD", "refs/deep", "caf\u00e9", "a" * 40, "x'$(y)")
    for name in names:
        git(upstream.bare, "update-ref", f"refs/heads/{name}", commit)
    mirror.fetch("-f", "--all", "HEAD", "refs/heads/refs/deep", "caf\u00e9", "a" * 40, "x'$(y)")
    assert {mirror.head(f"refs/heads/{name}") for name in names} == {commit}


def test_a_state_folder_that_cannot_be_written(upstream: Repository, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    mirror = Mirror(tmp_path / "file" / "state", 7, str(upstream.bare))
    with pytest.raises(NoRoom, match="the folder for mirrors cannot be written: Not a directory"):
        mirror.fetch()
    with pytest.raises(NoRoom), mirror.worktree("1" * 40):
        pass


@pytest.mark.parametrize(
    ("says", "status", "kind"),
    [
        ("fatal: write error: No space left on device", 128, NoRoom),
        ("error: unknown option `write-tree'", 129, GitTooOld),
        ("fatal: something new", 128, GitFailed),
    ],
)
def test_what_git_itself_says(
    mirror: Mirror,
    upstream: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    says: str,
    status: int,
    kind: type[TryLater],
) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\n[ $1 != cat-file ] || exit 0\necho "{says.replace("`", "")}" >&2\nexit {status}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    with pytest.raises(kind) as caught:
        mirror.history.merge(commit, commit)
    assert type(caught.value) is kind
    assert (mirror.folder / "doubt").exists() is (kind is GitFailed)


def test_an_empty_repository_has_no_branch(over_http: Mirror, upstream: Repository) -> None:
    with pytest.raises(NoBranch, match=r"has no branch main") as caught:
        over_http.newest("main")
    assert "push a first commit" in caught.value.hint
    first = upstream.commit({"a.yaml": b"one\n"})
    assert over_http.newest("main") == first


def test_a_renamed_repository_keeps_its_mirror(
    state: Path, mirror: Mirror, upstream: Repository, tmp_path: Path
) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    inode = mirror.folder.stat().st_ino
    moved = upstream.bare.rename(tmp_path / "served" / "renamed.git")
    again = Mirror(state, 7, str(moved))
    again.fetch()
    assert again.head("main") == first
    assert again.folder.stat().st_ino == inode


def test_a_shallow_repository_is_mirrored_as_it_is(state: Path, upstream: Repository, tmp_path: Path) -> None:
    for text in (b"one\n", b"two\n", b"three\n"):
        last = upstream.commit({"a.yaml": text})
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=1", f"file://{upstream.bare}", "shallow.git")
    mirror = Mirror(state, 8, str(tmp_path / "shallow.git"))
    assert mirror.newest("main") == last
    mirror.fetch()
    assert mirror.trees.file(last, "a.yaml") == b"three\n"
    with mirror.worktree(last) as place:
        assert (place / "a.yaml").read_bytes() == b"three\n"


def test_submodules_are_not_fetched(mirror: Mirror, upstream: Repository) -> None:
    modules = b'[submodule "evil"]\n\tpath = evil\n\turl = ext::touch /tmp/kafka-access-evil\n'
    commit = upstream.tree({".gitmodules": ("100644", modules), "evil": ("160000", b"1" * 40)})
    mirror.fetch("main")
    with mirror.worktree(commit) as place:
        assert sorted(path.name for path in place.iterdir()) == [".gitmodules", "evil"]
        assert not any((place / "evil").iterdir())


def test_a_very_large_file_is_checked_out_and_only_refused_when_it_is_read(
    mirror: Mirror, upstream: Repository
) -> None:
    data = bytes(range(256)) * 2**16
    commit = upstream.commit({"huge.bin": data, "a.yaml": b"one\n"})
    mirror.fetch("main")
    with mirror.worktree(commit) as place:
        assert (place / "huge.bin").read_bytes() == data
    assert mirror.trees.file(commit, "a.yaml") == b"one\n"
    with pytest.raises(TooLarge, match=r"huge\.bin is larger than 10 MiB"):
        mirror.trees.file(commit, "huge.bin")


def test_worktrees_stand_side_by_side_and_go(state: Path, mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n", "sub/b.yaml": b"b\n"})
    second = upstream.commit({"a.yaml": b"two\n"})
    mirror.fetch()
    with mirror.worktree(first) as one, mirror.worktree(first) as other, mirror.worktree(second) as newer:
        assert one != other
        (one / "a.yaml").write_bytes(b"edited")
        assert [(place / "a.yaml").read_bytes() for place in (one, other, newer)] == [b"edited", b"one\n", b"two\n"]
        assert (one / "sub" / "b.yaml").read_bytes() == b"b\n"
        assert not (one / ".git").exists()
    assert not any((state / "worktrees").iterdir())


def test_a_worktree_goes_when_its_job_fails(state: Path, mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    with pytest.raises(ZeroDivisionError), mirror.worktree(commit):
        _ = 1 / 0
    assert not any((state / "worktrees").iterdir())


def test_a_commit_that_was_never_fetched_is_said_and_doubts_nothing(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    unknown = "1" * 40
    with pytest.raises(UnknownObject, match="111111111111 is not in the mirror"), mirror.worktree(unknown):
        pass
    for question in (
        lambda: mirror.history.merge(commit, unknown),
        lambda: mirror.history.log(unknown, commit),
        lambda: mirror.trees.changes(unknown, commit),
        lambda: mirror.trees.file(unknown, "a.yaml"),
        lambda: mirror.trees.write(unknown, {}),
    ):
        with pytest.raises(UnknownObject):
            question()
    assert not (mirror.folder / "doubt").exists()


def test_a_fetch_of_nothing_new_is_two_short_requests_on_one_connection(
    over_http: Mirror, upstream: Repository, server: GitServer
) -> None:
    upstream.commit({"a.yaml": b"one\n"})
    over_http.fetch("main")
    server.requests.clear()
    over_http.fetch("main", "kafka-access/app-1")
    assert [request.line.split("?")[0] for request in server.requests] == [
        "GET /org/phalanx.git/info/refs",
        "POST /org/phalanx.git/git-upload-pack HTTP/1.1",
    ]


def test_many_threads_on_one_mirror(over_http: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})

    def job(number: int) -> tuple[str, bytes]:
        commit = over_http.newest("main")
        with over_http.worktree(commit) as place:
            tree = over_http.trees.write(commit, {"b.yaml": b"%d" % number})
            assert over_http.trees.file(tree, "b.yaml") == b"%d" % number
            return commit, (place / "a.yaml").read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(job, range(16))) == [(first, b"one\n")] * 16


def test_cleaning_spares_the_living_and_packs(state: Path, mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    dead = state / "worktrees" / "7-dead"
    (dead / "tree").mkdir(parents=True)
    (dead / "tree" / "a.yaml").write_text("left\n")
    with mirror.worktree(commit) as place:
        mirror.clean()
        assert (place / "a.yaml").read_bytes() == b"one\n"
        assert not dead.exists()
        assert len(list((state / "worktrees").iterdir())) == 2
    assert mirror.head("main") == commit


def test_cleaning_before_there_is_anything(mirror: Mirror, state: Path) -> None:
    mirror.clean()
    assert not state.exists()


def test_a_lock_that_its_holder_removes_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.lock"
    flock = fcntl.flock
    opened = []

    def late(handle: int, operation: int) -> None:
        opened.append(handle)
        if len(opened) == 1:
            path.unlink()
        flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    handle = acquire(path)
    assert handle is not None
    assert acquire(path) is None, "the file that the path names is the one that is locked"
    os.close(handle)


def test_folders_are_for_their_owner_alone(state: Path, mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    with mirror.worktree(commit) as place:
        modes = {path: path.stat().st_mode & 0o777 for path in (mirror.folder.parent, place.parent)}
    assert set(modes.values()) == {0o700}


def test_git_of_a_foreign_owner_is_read(mirror: Mirror, upstream: Repository) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    mirror.fetch()
    done = subprocess.run(["chown", "-R", "nobody", str(mirror.folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("only root may give files away")
    mirror.fetch()
    assert mirror.trees.file(commit, "a.yaml") == b"one\n"
