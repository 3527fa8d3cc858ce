"""Real git against the sandbox."""

from __future__ import annotations

import base64
import os
import random
import subprocess
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.sandbox.conftest import REPO, Api, mint, signed


def git(
    where: Path, *arguments: str, url: str = "", token: str = "", fails: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run git; a token goes in by the environment, as the bot does it."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(where),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }
    if token:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{url}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    done = subprocess.run(
        ["git", *arguments], cwd=where, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done


@pytest.fixture
def clone(tmp_path: Path, sandbox: Sandbox, repo: SandboxRepository) -> Path:
    git(tmp_path, "clone", "--quiet", f"{sandbox.url}/{REPO}.git", "clone")
    return tmp_path / "clone"


def change(clone: Path, name: str, content: bytes = b"x\n") -> str:
    (clone / name).write_bytes(content)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "-m", f"Change {name}")
    return git(clone, "rev-parse", "HEAD").stdout.strip()


def test_a_clone_is_the_tree(clone: Path, files: Path) -> None:
    for path in files.rglob("*"):
        copy = clone / path.relative_to(files)
        if path.is_symlink():
            assert copy.readlink() == path.readlink()
        elif path.is_file():
            assert copy.read_bytes() == path.read_bytes()
            assert os.access(copy, os.X_OK) == os.access(path, os.X_OK)


def test_push_and_fetch(
    clone: Path, sandbox: Sandbox, repo: SandboxRepository, as_app: Api, app: Registered, tmp_path: Path
) -> None:
    sha = change(clone, "new")
    token = mint(as_app, app)
    seen: list[tuple[str, str | None]] = []
    stop = sandbox.on_request(lambda moment, request: seen.append((moment, repo.head("topic"))))
    git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/topic", url=sandbox.url, token=token)
    stop()
    assert {seen[0], seen[-1]} == {("before", None), ("after", sha)}
    assert repo.head("topic") == sha
    assert not repo.commit(sha)["commit"]["verification"]["verified"]
    sandbox.wait_for_deliveries()
    pushed = [one for one in sandbox.deliveries if one.event == "push"]
    assert [(one.payload["after"], one.payload["sender"]["login"]) for one in pushed] == [(sha, "kafka-access[bot]")]
    assert [one.payload["ref"] for one in sandbox.deliveries if one.event == "create"] == ["topic"]
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=topic", f"{sandbox.url}/{REPO}", "shallow")
    assert (tmp_path / "shallow" / "new").exists()
    git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow")
    assert len(git(tmp_path / "shallow", "rev-list", "HEAD").stdout.split()) == 2


def test_many_branches_and_large_files_at_once(
    clone: Path, sandbox: Sandbox, repo: SandboxRepository, as_app: Api, app: Registered
) -> None:
    change(clone, "large", random.Random(1).randbytes(5_000_000))
    names = [f"HEAD:refs/heads/b{number}" for number in range(60)]
    git(clone, "push", "--quiet", "origin", *names, url=sandbox.url, token=mint(as_app, app))
    assert len(repo.branches()) == 61
    sandbox.wait_for_deliveries(30)
    assert sum(one.event == "push" for one in sandbox.deliveries) == 60


def test_a_push_moves_the_pull_request(
    clone: Path, sandbox: Sandbox, repo: SandboxRepository, as_app: Api, app: Registered
) -> None:
    repo.push("alice", "topic", {"x": b"1"})
    number = repo.open_pull("alice", "topic", "main", "T")
    git(clone, "fetch", "--quiet")
    git(clone, "checkout", "--quiet", "topic")
    sha = change(clone, "more")
    git(clone, "push", "--quiet", url=sandbox.url, token=sandbox.user("alice", role="write"))
    assert repo.pull(number)["head"]["sha"] == sha
    assert git(clone, "ls-remote", "origin", f"refs/pull/{number}/head").stdout.split()[0] == sha
    sandbox.wait_for_deliveries()
    (moved,) = [one.payload for one in sandbox.deliveries if one.action == "synchronize"]
    assert (moved["after"], moved["sender"]["login"]) == (sha, "alice")


def test_what_is_refused(clone: Path, sandbox: Sandbox, repo: SandboxRepository, as_app: Api, app: Registered) -> None:
    change(clone, "new")
    reads = mint(as_app, app, permissions={"contents": "read"})
    push = ("push", "origin", "HEAD:main")
    assert "403" in git(clone, *push, url=sandbox.url, token=reads, fails=True).stderr
    assert "could not read Username" in git(clone, *push, fails=True).stderr
    assert "could not read Username" in git(clone, *push, url=sandbox.url, token="ghs_wrong", fails=True).stderr
    assert "403" in git(clone, *push, url=sandbox.url, token=sandbox.user("rita", role="read"), fails=True).stderr
    token = mint(as_app, app)
    repo.push("alice", "main", {"other": b"1"})
    assert "fetch first" in git(clone, *push, url=sandbox.url, token=token, fails=True).stderr
    hidden = git(clone, "push", "origin", "HEAD:refs/pull/1/head", url=sandbox.url, token=token, fails=True)
    assert "deny updating a hidden ref" in hidden.stderr
    sandbox.clock.advance(3601)
    assert "could not read Username" in git(clone, *push, url=sandbox.url, token=token, fails=True).stderr


def test_a_private_repository(tmp_path: Path, sandbox: Sandbox, files: Path, as_app: Api, app: Registered) -> None:
    hidden = sandbox.repository("lsst-sqre/hidden", files, private=True)
    address = f"{sandbox.url}/lsst-sqre/hidden.git"
    git(tmp_path, "ls-remote", address, fails=True)
    other = git(tmp_path, "ls-remote", address, url=sandbox.url, token=mint(as_app, app), fails=True)
    assert "not found" in other.stderr
    second = sandbox.app("second", repositories=[hidden])
    with Api(sandbox.url, signed(second)) as second_app:
        token = mint(second_app, second, permissions={"contents": "read"})
        blind = mint(second_app, second, permissions={"issues": "write"})
    git(tmp_path, "ls-remote", address, url=sandbox.url, token=token)
    assert "403" in git(tmp_path, "ls-remote", address, url=sandbox.url, token=blind, fails=True).stderr


def test_old_name_and_partial_clone(tmp_path: Path, sandbox: Sandbox, repo: SandboxRepository) -> None:
    sandbox.rename(REPO, "lsst-sqre/new")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--bare", f"{sandbox.url}/{REPO}.git", "bare")
    assert "?" in git(tmp_path / "bare", "rev-list", "--objects", "--missing=print", "HEAD").stdout


def test_faults_and_the_log(tmp_path: Path, clone: Path, sandbox: Sandbox, as_app: Api, app: Registered) -> None:
    sandbox.faults.add(Fault("GET", r".*/info/refs"))
    assert "502" in git(clone, "fetch", fails=True).stderr
    git(clone, "fetch")
    sha = change(clone, "new")
    sandbox.faults.add(Fault("POST", r".*/git-receive-pack", when="after"))
    git(clone, "push", "origin", "HEAD:topic", url=sandbox.url, token=mint(as_app, app), fails=True)
    assert git(clone, "ls-remote", "origin", "refs/heads/topic").stdout.split()[0] == sha
    assert not [one for one in sandbox.requests if ".git" in one.path]
    assert 502 in [one.status for one in sandbox.git_requests]


def test_twenty_megabytes(tmp_path: Path, sandbox: Sandbox) -> None:
    tree = tmp_path / "big"
    tree.mkdir()
    source = random.Random(2)
    for number in range(200):
        (tree / f"f{number}").write_bytes(source.randbytes(100_000))
    sandbox.repository("o/big", tree)
    git(tmp_path, "clone", "--quiet", f"{sandbox.url}/o/big.git", "copy")
    assert sum(path.stat().st_size for path in (tmp_path / "copy").glob("f*")) == 20_000_000
