"""Commits and how they join: ancestors, merges that touch nothing, and who wrote what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.checkout.failures import Unrelated
from bot.checkout.git import Git, oid

_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "kafka-access"), ("EMAIL", "kafka-access@invalid"), ("DATE", "@0 +0000"))
}
"""Who commits what never leaves the mirror; always the same, so that the same commit has the same id."""

_FIELDS = ("%H", "%P", "%an", "%ae", "%s", "%(trailers:only,unfold)")


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging gives: the id of the `tree`, or None and the paths in conflict.

    `contained` says that there was nothing to merge: all of theirs is in ours already, and the tree is ours.
    """

    tree: str | None
    conflicts: tuple[str, ...] = ()
    contained: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `trailers` are the (name, value) lines at the end of its message."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    subject: str
    trailers: tuple[tuple[str, str], ...]


class History:
    """The commits of one repository, named by their full ids."""

    def __init__(self, git: Git) -> None:
        self._git = git

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the newest commit that both have in their history, or None."""
        done = self._git.ask("merge-base", oid(one), oid(other), expect=(0, 1))
        return done.stdout.strip() or None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` has `older` in its history; a commit has itself."""
        return self._git.ask("merge-base", "--is-ancestor", oid(older), oid(newer), expect=(0, 1)).status == 0

    def merge(self, ours: str, theirs: str) -> Merged:
        """Merge two commits as `git merge` would, without a worktree; raises Unrelated.

        Merge drivers of .gitattributes do not count, as they do not on GitHub.
        """
        base = self.merge_base(ours, theirs)
        if base is None:
            raise Unrelated(ours, theirs)
        if base == theirs:
            return Merged(self.tree(ours), contained=True)
        arguments = ("--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        done = self._git.ask("merge-tree", *arguments, expect=(0, 1))
        tree, *paths = [field.decode("utf-8", "surrogateescape") for field in done.output.split(b"\0") if field]
        return Merged(None, tuple(paths)) if done.status else Merged(tree)

    def tree(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        return self._git.ask("rev-parse", "--verify", "--end-of-options", f"{oid(commit)}^{{tree}}").stdout.strip()

    def commit(self, tree: str, *parents: str) -> str:
        """Return the id of a commit that only this mirror knows and no branch holds: something to merge with."""
        before = [argument for parent in parents for argument in ("-p", oid(parent))]
        return self._git.ask("commit-tree", oid(tree), *before, "-m", "local", environment=_NOBODY).stdout.strip()

    def log(self, base: str, head: str) -> tuple[Commit, ...]:
        """Return the commits that `head` has and `base` does not, newest first."""
        pretty = "--format=tformat:" + "%x00".join(_FIELDS)
        done = self._git.ask("log", "-z", "--topo-order", "--no-color", pretty, f"{oid(base)}..{oid(head)}")
        return tuple(_commits(done.stdout))


def _commits(printed: str) -> Iterator[Commit]:
    fields = printed.split("\0")[:-1]
    for start in range(0, len(fields), len(_FIELDS)):
        commit, parents, author, email, subject, trailers = fields[start : start + len(_FIELDS)]
        pairs = [line.partition(":") for line in trailers.split("\n") if line]
        yield Commit(
            commit,
            tuple(parents.split()),
            author,
            email,
            subject,
            tuple((name.strip(), value.strip()) for name, _, value in pairs),
        )
