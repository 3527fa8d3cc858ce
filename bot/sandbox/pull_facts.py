"""What git says of a pull request."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bot.sandbox.git import FileDiff, Git
from bot.sandbox.model import Issue, Pull


def of(issue: Issue) -> Pull:
    """Return what makes the issue a pull request."""
    assert issue.pull is not None  # noqa: S101
    return issue.pull


def mergeable(issue: Issue) -> bool | None:
    """Whether git merges it without conflict; None for what is closed."""
    pull = of(issue)
    if issue.state == "closed":
        return None
    return issue.repository.git.merged_tree(pull.base_sha, pull.head_sha) is not None


def facts(issue: Issue) -> dict[str, Any]:
    """Return what git says of a pull request, by the names of the API."""
    commits, changed = _changes(issue)
    can = mergeable(issue)
    return {
        "commits": commits,
        "changed_files": len(changed),
        "additions": sum(file.added for file in changed),
        "deletions": sum(file.removed for file in changed),
        "mergeable": can,
        "rebaseable": can,
        "mergeable_state": "unknown" if can is None else ("clean" if can else "dirty"),
    }


def files(issue: Issue) -> list[FileDiff]:
    """Return what a pull request changes."""
    return [*_changes(issue)[1]]


def _changes(issue: Issue) -> tuple[int, tuple[FileDiff, ...]]:
    pull = of(issue)
    return _between(issue.repository.git, pull.base_sha, pull.head_sha)


@lru_cache(maxsize=256)
def _between(git: Git, base: str, head: str) -> tuple[int, tuple[FileDiff, ...]]:
    """Return how many commits `head` has on top of `base`, and what they change: a demonstration keeps asking."""
    return len(git.commits(base, head)), tuple(git.diff(git.merge_base(base, head) or base, head))


def diff(issue: Issue) -> str:
    """Return what a pull request changes as a unified diff."""
    return "".join(map(_as_text, files(issue)))


def _as_text(file: FileDiff) -> str:
    before = "/dev/null" if file.status == "added" else f"a/{file.before}"
    after = "/dev/null" if file.status == "removed" else f"b/{file.path}"
    head = f"diff --git a/{file.before} b/{file.path}\n"
    if file.patch is None:
        return f"{head}Binary files {before} and {after} differ\n"
    return f"{head}--- {before}\n+++ {after}\n{file.patch}\n"
