"""What git says of a pull request."""

from __future__ import annotations

from typing import Any

from bot.sandbox.git import FileDiff
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
    git, pull = issue.repository.git, of(issue)
    changed = files(issue)
    can = mergeable(issue)
    return {
        "commits": len(git.commits(pull.base_sha, pull.head_sha)),
        "changed_files": len(changed),
        "additions": sum(file.added for file in changed),
        "deletions": sum(file.removed for file in changed),
        "mergeable": can,
        "rebaseable": can,
        "mergeable_state": "unknown" if can is None else ("clean" if can else "dirty"),
    }


def files(issue: Issue) -> list[FileDiff]:
    """Return what a pull request changes."""
    git, pull = issue.repository.git, of(issue)
    return git.diff(git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha, pull.head_sha)


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
