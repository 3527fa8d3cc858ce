"""What happens when a ref moves, whoever moves it: push events, and what follows for pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.events import tell
from bot.sandbox.git import ZERO, Commit, Git, Signature
from bot.sandbox.model import Account, Repository
from bot.sandbox.payloads import page_url
from bot.sandbox.pulls import branch_moved
from bot.sandbox.world import World

_HEADS = "refs/heads/"
GITHUB = ("GitHub", "noreply@github.com")
"""The committer of what is made through the API and the pages."""

_MOST_COMMITS = 2048
"""GitHub lists no more commits in one push event."""


def signature(world: World, account: Account) -> Signature:
    """Return how a commit names an account."""
    email = f"{account.id}+{account.login}@users.noreply.github.com"
    return Signature.now(account.name or account.login, email, world.clock.now())


def web_signature(world: World) -> Signature:
    """Return how a commit names GitHub as its committer."""
    return Signature.now(*GITHUB, world.clock.now())


def move(world: World, repository: Repository, name: str, new: str, old: str | None, by: Account) -> None:
    """Point a full ref name at `new` (ZERO deletes it), if it is at `old` or that is None; raises StaleRef.

    Everything that follows is done and told.
    """
    before = repository.git.ref(name) or ZERO
    repository.git.update_ref(name, new, before if old is None else old)
    moved(world, repository, name, before, new, by)


def moved(world: World, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
    """Tell of a ref that was moved already."""
    if before == after or not name.startswith((_HEADS, "refs/tags/")):
        return
    repository.pushed = world.clock.now()
    _made_or_deleted(world, repository, name, before, after, by)
    tell(world, repository, "push", by, _push(world, repository, name, before, after, by))
    if name.startswith(_HEADS):
        branch_moved(world, repository, name.removeprefix(_HEADS), before, after, by)


def _made_or_deleted(world: World, repository: Repository, name: str, before: str, after: str, by: Account) -> None:
    if ZERO not in {before, after}:
        return
    _, kind, short = name.split("/", 2)
    parts: dict[str, Any] = {
        "ref": short,
        "ref_type": {"heads": "branch", "tags": "tag"}[kind],
        "pusher_type": "user",
    }
    if before == ZERO:
        parts |= {"master_branch": repository.default_branch, "description": None}
    tell(world, repository, "create" if before == ZERO else "delete", by, parts)


def _push(world: World, repository: Repository, name: str, before: str, after: str, by: Account) -> Mapping[str, Any]:
    git, page = repository.git, page_url(world, repository)
    commits: list[str] = []
    head = git.ref(f"{after}^{{commit}}") if after != ZERO else None
    if head:
        since = before if before != ZERO else git.ref(_HEADS + repository.default_branch)
        commits = [] if since == head else git.commits(since, head)[-_MOST_COMMITS:]
    return {
        "ref": name,
        "before": before,
        "after": after,
        "created": before == ZERO,
        "deleted": after == ZERO,
        "forced": ZERO not in {before, after} and not git.is_ancestor(before, after),
        "base_ref": None,
        "compare": f"{page}/compare/{before[:12]}...{after[:12]}",
        "commits": [_pushed_commit(world, repository, git.read_commit(sha)) for sha in commits],
        "head_commit": _pushed_commit(world, repository, git.read_commit(head)) if head else None,
        "pusher": {"name": by.login, "email": signature(world, by).email},
    }


def _pushed_commit(world: World, repository: Repository, commit: Commit) -> Mapping[str, Any]:
    files = repository.git.diff(commit.parents[0], commit.sha) if commit.parents else []
    names = {"added": "added", "removed": "removed", "modified": "modified", "changed": "modified"}
    lists: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for file in files:
        if file.status == "renamed":
            lists["removed"].append(file.before)
        lists[names.get(file.status, "added")].append(file.path)
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.committer.when,
        "url": f"{page_url(world, repository)}/commit/{commit.sha}",
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
        **lists,
    }


def push_files(
    world: World, repository: Repository, branch: str, files: Mapping[str, bytes | None], message: str, by: Account
) -> str:
    """Commit changed files (None deletes one) on a branch, as somebody who pushes it; returns the commit.

    A branch that does not exist begins at the default one.
    """
    git = repository.git
    head = git.ref(_HEADS + branch) or git.ref(_HEADS + repository.default_branch)
    who = signature(world, by)
    tree = changed_tree(git, head, files)
    sha = git.commit(tree, [head] if head else [], message, who, who)
    move(world, repository, _HEADS + branch, sha, None, by)
    return sha


def changed_tree(git: Git, base: str | None, files: Mapping[str, bytes | None]) -> str:
    """Store the tree of a commit with some files changed; each keeps the mode that it has."""
    changes: dict[str, tuple[str, str] | None] = {}
    for path, content in files.items():
        entry = git.entry(base, path) if base else None
        mode = entry.mode if entry and entry.kind == "blob" else "100644"
        changes[path] = None if content is None else (mode, git.write_blob(content))
    return git.write_tree(base, changes)
