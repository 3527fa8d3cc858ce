"""A bare repository on disk, by the git program: what is read, written and compared in it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from bot.sandbox.clock import stamp

ZERO = "0" * 40
"""The object id that stands for "none" where a ref begins or ends."""

_TIMEOUT = 120.0

_CONFIG = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "http.receivepack": "true",
    "receive.hideRefs": "refs/pull",  # "deny updating a hidden ref", as GitHub says to pushes there
    "gc.auto": "0",
    "core.logAllRefUpdates": "false",
}

_POST_RECEIVE = '#!/bin/sh\nif [ -n "$SANDBOX_PUSHED" ]; then cat >"$SANDBOX_PUSHED"; else cat >/dev/null; fi\n'
"""Tells which refs a push moved: comparing them before and after would take in what others moved meanwhile."""


class GitFailed(Exception):
    """Git refused what was asked of it."""

    def __init__(self, argument: str, complaint: str) -> None:
        super().__init__(f"git {argument}: {complaint.strip()}")


class StaleRef(Exception):
    """A ref was not where it was expected."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who wrote or committed, and when."""

    name: str
    email: str
    when: str

    @classmethod
    def now(cls, name: str, email: str, when: datetime) -> Signature:
        """Return the signature of a commit that is made now."""
        return cls(name, email, stamp(when))


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git has it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree; `size` in bytes, of files only."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


@dataclass(frozen=True, slots=True)
class FileDiff:
    """How one file differs between two trees; `patch` is None for binary ones."""

    path: str
    before: str
    status: str
    sha: str
    added: int
    removed: int
    patch: str | None


class Git:
    """One bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, tree: Path | None, author: Signature) -> Git:
        """Initialise `path`, with the files below `tree` as the first commit, byte for byte."""
        path.mkdir(parents=True)
        git = cls(path)
        git.run("init", "--quiet", "--bare", "--initial-branch=main", ".")
        for key, value in _CONFIG.items():
            git.run("config", key, value)
        hook = path / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_POST_RECEIVE)
        hook.chmod(0o755)
        if tree is not None:
            with tempfile.TemporaryDirectory() as scratch:
                # Neither ignored files nor line ends of the tree are for the sandbox to judge.
                index = {"GIT_INDEX_FILE": str(Path(scratch, "index")), "GIT_WORK_TREE": str(tree.resolve())}
                git.run("-c", "core.autocrlf=false", "add", "--all", "--force", ".", cwd=tree, environment=index)
                sha = git.run("write-tree", environment=index).decode().strip()
            git.update_ref("refs/heads/main", git.commit(sha, [], "Begin", author, author), ZERO)
        return git

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        expected: Sequence[int] = (0,),
    ) -> bytes:
        """Run git here and return what it printed; raises GitFailed. Nobody's own configuration takes part."""
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 PATH is ours
            cwd=cwd or self.path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.path),
                "GIT_DIR": str(self.path),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "LC_ALL": "C",
                **(environment or {}),
            },
            input=given,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
        if done.returncode not in expected:
            raise GitFailed(arguments[0], done.stderr.decode("utf-8", "replace"))
        return done.stdout

    # Refs

    def ref(self, name: str) -> str | None:
        """Return the object that a full ref name points to, or None."""
        found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", name, expected=(0, 1, 128))
        return found.decode().strip() or None

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Return the refs whose name begins with `prefix`, sorted, and where they point."""
        listed = self.run("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in listed)
        return {name: sha for name, sha in pairs if name.startswith(prefix)}

    def update_ref(self, name: str, new: str, old: str | None = None) -> None:
        """Point a ref at `new` (ZERO deletes it) if it points at `old`; raises StaleRef."""
        arguments = ("-d", name) if new == ZERO else (name, new)
        try:
            self.run("update-ref", *arguments, *([] if old is None else [old]))
        except GitFailed as exc:
            raise StaleRef(name) from exc

    def is_branch_name(self, name: str) -> bool:
        """Whether git takes it as the name of a branch."""
        return bool(self.run("check-ref-format", "--branch", name, expected=(0, 1, 128)))

    def resolve(self, name: str) -> str | None:
        """Return the commit that a branch, tag, full ref or object id means, or None."""
        for one in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if found := self.ref(f"{one}^{{commit}}"):
                return found
        return None

    # Objects

    def kind(self, sha: str) -> str | None:
        """Return `commit`, `tree`, `blob` or `tag`, or None where there is no such object."""
        found = self.run("cat-file", "-t", sha, expected=(0, 1, 128))
        return found.decode().strip() or None

    def blob(self, sha: str) -> bytes:
        """Return the contents of a blob."""
        return self.run("cat-file", "blob", sha)

    def file(self, ref: str, path: str) -> bytes | None:
        """Return the contents of a file at a branch or commit, or None."""
        entry = self.entry(ref, path)
        return self.blob(entry.sha) if entry and entry.kind == "blob" else None

    def entry(self, ref: str, path: str) -> Entry | None:
        """Return what is at a path, or None."""
        found = [one for one in self._entries(ref, path) if one.path == path]
        return found[0] if found else None

    def entries(self, tree: str, *, recursive: bool = False) -> list[Entry]:
        """Return the lines of a tree; recursively with the folders themselves, as GitHub does."""
        return self._entries(tree, *(["-r", "-t"] if recursive else []))

    def _entries(self, tree: str, *more: str) -> list[Entry]:
        options = [one for one in more if one.startswith("-")]
        paths = [f":(literal){one}" for one in more if not one.startswith("-")]
        listed = self.run("ls-tree", "-z", "--long", "--full-tree", *options, tree, "--", *paths)
        entries = []
        for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            facts, path = line.split("\t", 1)
            mode, kind, sha, size = facts.split()
            entries.append(Entry(mode, kind, sha, None if size == "-" else int(size), path))
        return entries

    def write_blob(self, content: bytes) -> str:
        """Store a blob and return its id."""
        return self.run("hash-object", "-w", "--stdin", given=content).decode().strip()

    def write_tree(self, base: str | None, changes: Mapping[str, tuple[str, str] | None]) -> str:
        """Store `base` with the paths changed to (mode, blob) or, for None, taken away; returns the tree."""
        lines = []
        for path, entry in changes.items():
            mode, sha = entry or ("0", ZERO)
            lines.append(f"{mode} {sha}\t{path}\0")
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
            if base:
                self.run("read-tree", base, environment=index)
            given = "".join(lines).encode()
            self.run("update-index", "-z", "--replace", "--index-info", given=given, environment=index)
            return self.run("write-tree", environment=index).decode().strip()

    def commit(self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature) -> str:
        """Store a commit and return its id."""
        who: dict[str, str] = {}
        for part, signature in (("AUTHOR", author), ("COMMITTER", committer)):
            who |= {f"GIT_{part}_NAME": signature.name, f"GIT_{part}_EMAIL": signature.email}
            who[f"GIT_{part}_DATE"] = signature.when
        above = [word for parent in parents for word in ("-p", parent)]
        made = self.run("commit-tree", tree, *above, "-F", "-", given=message.encode(), environment=who)
        return made.decode().strip()

    def read_commit(self, sha: str) -> Commit:
        """Return a commit by its full id."""
        return _read_commit(self, sha)

    # Comparing

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the newest commit that both have, or None."""
        return self.run("merge-base", one, other, expected=(0, 1)).decode().strip() or None

    def commits(self, since: str | None, until: str) -> list[str]:
        """Return the commits of `until` that `since` lacks, oldest first."""
        spec = [until] if since is None else [until, f"^{since}"]
        return self.run("rev-list", "--reverse", "--topo-order", *spec).decode().split()

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `other` has `one` in its history."""
        return one == other or self.merge_base(one, other) == one

    def merged_tree(self, base: str, head: str) -> str | None:
        """Return the tree that merging both gives, or None where they conflict."""
        return _merged_tree(self, base, head)

    def diff(self, before: str, after: str) -> list[FileDiff]:
        """Return how the files of two commits or trees differ, by path."""
        return list(_diff(self, before, after))


@lru_cache(maxsize=4096)
def _read_commit(git: Git, sha: str) -> Commit:
    raw = git.run("cat-file", "commit", sha).decode("utf-8", "replace")
    head, _, message = raw.partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.splitlines():
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    author, committer = (_signature(fields[key][0]) for key in ("author", "committer"))
    parents = tuple(fields.get("parent", ()))
    return Commit(sha, fields["tree"][0], parents, author, committer, message.rstrip("\n"), raw)


def _signature(line: str) -> Signature:
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    seconds = int(when.split()[0])
    return Signature(name, email, stamp(datetime.fromtimestamp(seconds, UTC)))


@lru_cache(maxsize=1024)
def _merged_tree(git: Git, base: str, head: str) -> str | None:
    if git.merge_base(base, head) is None:
        return None
    merged = git.run("merge-tree", "--write-tree", base, head, expected=(0, 1)).decode().splitlines()
    conflict = len(merged) > 1
    return None if conflict else merged[0]


_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@lru_cache(maxsize=256)
def _diff(git: Git, before: str, after: str) -> tuple[FileDiff, ...]:
    options = ("-r", "-z", "--find-renames", "--full-index", "--no-ext-diff", "--no-textconv")
    raw = git.run("diff-tree", *options, "--raw", before, after).decode("utf-8", "surrogateescape").split("\0")
    found = []
    place = 0
    while place < len(raw) - 1:
        *_, old, new, letter = raw[place].split()
        width = 2 if letter[0] in "RC" else 1
        first, last = raw[place + 1], raw[place + width]
        place += 1 + width
        sha = old if letter == "D" else new
        patch = _patch(git, before, after, first, last)
        lines = (patch or "").splitlines()
        added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
        found.append(FileDiff(last, first, _STATUS[letter[0]], sha, added, removed, patch))
    return tuple(found)


def _patch(git: Git, before: str, after: str, first: str, last: str) -> str | None:
    """Return the hunks of one file, without the lines that name it."""
    paths = [f":(literal){path}" for path in dict.fromkeys((first, last))]
    text = git.run("diff-tree", "-p", "--find-renames", "--no-ext-diff", "--no-textconv", before, after, "--", *paths)
    _, mark, hunks = text.decode("utf-8", "replace").partition("\n@@ ")
    if not mark:
        return None if b"\nBinary files " in text else ""
    return f"@@ {hunks}".removesuffix("\n")
