"""Real repositories for tests: a working copy that commits, and a bare one that it pushes to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "Ada Lovelace" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *arguments: str, stdin: bytes = b"", fails: bool = False) -> str:
    """Run git as a person would, and return what it prints; with `fails`, whether it does or not."""
    argv = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(argv, cwd=folder, env=_ENVIRONMENT, input=stdin, capture_output=True, check=False)
    assert fails or done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").strip()


class Repository:
    """A bare repository at `bare`, and a working copy of it at `work` that keeps its objects there."""

    def __init__(self, bare: Path, work: Path) -> None:
        self.bare = bare
        self.work = work
        bare.mkdir(parents=True)
        work.mkdir(parents=True)
        git(bare, "init", "--bare", "--quiet", "--template=")
        git(work, "init", "--quiet", "--template=")
        shutil.rmtree(work / ".git" / "objects")
        (work / ".git" / "objects").symlink_to(bare / "objects")  # so that pushing is naming
        (work / ".git" / "info").mkdir()
        (work / ".git" / "info" / "attributes").write_text("* -text !filter !ident !working-tree-encoding\n")

    def commit(self, files: Mapping[str, bytes | None], message: str = "Change", branch: str = "main") -> str:
        """Commit files (None deletes), push that as a branch, and return the commit; filters take no part."""
        for path, data in files.items():
            place = self.work / path
            if data is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        git(self.work, "add", "--all", "--force")
        git(self.work, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.push(branch)

    def push(self, branch: str = "main") -> str:
        """Push what is checked out as a branch, whatever was there; returns the commit."""
        commit = git(self.work, "rev-parse", "HEAD")
        git(self.bare, "update-ref", f"refs/heads/{branch}", commit)
        return commit

    def tree(self, entries: Mapping[str, tuple[str, bytes]], branch: str = "main") -> str:
        """Push a commit whose top folder has exactly these entries (mode, bytes), whatever git thinks of them."""
        lines = []
        for name, (mode, data) in entries.items():
            kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
            stored = data.decode() if kind != "blob" else git(self.bare, "hash-object", "-w", "--stdin", stdin=data)
            lines.append(f"{mode} {kind} {stored}\t".encode() + name.encode("utf-8", "surrogateescape") + b"\0")
        tree = git(self.bare, "mktree", "-z", "--missing", stdin=b"".join(lines))
        commit = git(self.bare, "commit-tree", tree, "-m", "Made by hand")
        git(self.bare, "update-ref", f"refs/heads/{branch}", commit)
        return commit
