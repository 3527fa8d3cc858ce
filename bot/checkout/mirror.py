"""A bare mirror per repository: fetched incrementally, never half made, made anew where it is broken."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bot.checkout.failures import GitFailed, NoBranch, needing_room
from bot.checkout.git import Git, oid
from bot.checkout.history import History
from bot.checkout.lock import locked
from bot.checkout.remote import Remote, full_ref
from bot.checkout.scratch import scratch, sweep
from bot.checkout.trees import Trees

_ATTRIBUTES = "* -text !crlf !eol !ident !filter !working-tree-encoding !merge !diff\n"
"""Stronger than any .gitattributes: files are the bytes of their blobs, and no filter or merge driver is looked up.

https://git-scm.com/docs/gitattributes: `$GIT_DIR/info/attributes` has the highest precedence.
"""

_GC = 1800.0
"""Seconds for packing a mirror anew."""


class Mirror:
    """One repository's mirror and the worktrees made from it, below the bot's `state` folder.

    The mirror is kept under the `repository`'s number, which stays where its name and so its `url` change.
    `token` gives the password for `url` each time it is needed; `timeout` and `stall` are seconds for one fetch.
    Any number of these objects, in any number of threads and processes, may work on one mirror.
    """

    def __init__(
        self,
        state: Path,
        repository: int,
        url: str,
        token: Callable[[], str] | None = None,
        *,
        timeout: float = 600.0,
        stall: float = 20.0,
    ) -> None:
        self.folder = state.resolve() / "mirrors" / f"{repository}.git"
        self._worktrees = state.resolve() / "worktrees"
        self._lock = self.folder.with_suffix(".lock")
        self._remote = Remote(url, token, timeout, stall)
        self._git = Git(self.folder)
        self.history = History(self._git)
        self.trees = Trees(self._git, self._scratch)

    def fetch(self, *refs: str) -> None:
        """Bring branches, or refs by their whole names, up to date; without any, all branches.

        What the server does not have is not here afterwards either, and is no error. Raises TryLater with what to do.
        """
        for name in refs:
            full_ref(name)
        with needing_room():
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone() as lock:
            if not (self.folder / "HEAD").is_file() or self._git.doubt.exists():
                self._make(refs, lock)
                return
            try:
                self._fetch(self._git, refs, lock)
            except GitFailed:
                tidy(self.folder)
                try:
                    self._fetch(self._git, refs, lock)
                except GitFailed:
                    self._make(refs, lock)

    def head(self, branch: str) -> str | None:
        """Return the commit that a branch, or a ref by its whole name, had at the last fetch, or None."""
        ref = full_ref(branch)
        if not self.folder.exists():
            return None
        listed = self._git.ask("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", ref).stdout
        found = {name: commit for _, commit, name in (line.split(" ", 2) for line in listed.splitlines())}
        return found.get(ref)

    def newest(self, branch: str) -> str:
        """Fetch one branch and return its commit; raises NoBranch, also for a repository without commits."""
        self.fetch(branch)
        commit = self.head(branch)
        if commit is None:
            raise NoBranch(self._remote.url, branch)
        return commit

    @contextmanager
    def worktree(self, commit: str) -> Iterator[Path]:
        """Yield a folder with the files of a commit, byte for byte; it is gone afterwards.

        It holds no `.git`, so what runs in it has no repository to find. Links stay links; submodules are empty.
        Raises CannotCheckOut for names that must not become files.
        """
        with self._scratch() as (place, lock):
            tree = place / "tree"
            tree.mkdir()
            environment = {"GIT_INDEX_FILE": str(place / "index"), "GIT_WORK_TREE": str(tree)}
            self._git.ask("read-tree", oid(commit), environment=environment, keep=(lock,))
            self._git.ask("checkout-index", "--all", environment=environment, keep=(lock,))
            yield tree

    def clean(self) -> None:
        """Remove what dead jobs left and pack the mirror where that is due: at start, and every few hours.

        Living jobs go on; their next fetch waits until this is done. A mirror that cannot be packed is broken, and the
        next fetch makes it anew.
        """
        sweep(self._worktrees)
        if not self.folder.is_dir():
            return
        with self._alone() as lock:
            for old in (self._beside("new"), self._beside("old")):
                shutil.rmtree(old, ignore_errors=True)
            tidy(self.folder)
            try:
                self._git.run("gc", "--auto", "--quiet", settings={"gc.auto": "6700"}, timeout=_GC, keep=(lock,))
            except GitFailed:
                self._git.distrust()

    def _make(self, refs: tuple[str, ...], lock: int) -> None:
        """Make the mirror beside its place and move it there: what stands there is always whole."""
        fresh, old = self._beside("new"), self._beside("old")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        git = Git(fresh)
        git.run("init", "--bare", "--quiet", "--template=", keep=(lock,))
        self._fetch(git, refs, lock)
        if self.folder.exists():
            self.folder.rename(old)
        fresh.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def _fetch(self, git: Git, refs: tuple[str, ...], lock: int) -> None:
        attributes = git.folder / "info" / "attributes"
        if not attributes.is_file() or attributes.read_text() != _ATTRIBUTES:
            attributes.parent.mkdir(exist_ok=True)
            attributes.with_suffix(".new").write_text(_ATTRIBUTES)
            attributes.with_suffix(".new").replace(attributes)
        self._remote.fetch(git, refs, lock)

    def _beside(self, suffix: str) -> Path:
        return self.folder.with_suffix(f".{suffix}")

    def _alone(self) -> AbstractContextManager[int]:
        return locked(self._lock, self._remote.timeout + self._remote.stall)

    def _scratch(self) -> AbstractContextManager[tuple[Path, int]]:
        return scratch(self._worktrees, self.folder.stem)


def tidy(folder: Path) -> None:
    """Remove the locks and half-received packs of a git that was killed; only who holds the mirror's lock may."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".lock") or name.startswith("tmp_pack_") or name == "gc.pid":
                Path(place, name).unlink(missing_ok=True)
