"""What people and Apps do to pull requests, and what moving branches means for them."""

from __future__ import annotations

from bot.sandbox import issues
from bot.sandbox.events import happened
from bot.sandbox.git import ZERO
from bot.sandbox.model import Account, Issue, Pull, Repository
from bot.sandbox.problems import Invalid
from bot.sandbox.pull_facts import of
from bot.sandbox.world import World

_HEADS = "refs/heads/"


def open_pull(
    world: World, repository: Repository, by: Account, title: str, body: str | None, head: str, base: str, draft: bool
) -> Issue:
    """Open a pull request of the branch `head` into `base`, both of this repository."""
    git = repository.git
    head = head.removeprefix(f"{repository.owner.login}:")
    head_sha, base_sha = (git.ref(_HEADS + branch) for branch in (head, base))
    if base_sha is None:
        raise Invalid("PullRequest", "base", "invalid")
    if head_sha is None:
        raise Invalid("PullRequest", "head", "invalid")
    label = f"{repository.owner.login}:{head}"
    if any(one.state == "open" and of(one).head == head and of(one).base == base for one in repository.pulls()):
        raise Invalid("PullRequest", "", "custom", f"A pull request already exists for {label}.")
    if git.is_ancestor(head_sha, base_sha):
        raise Invalid("PullRequest", "", "custom", f"No commits between {base} and {head}")
    issue = issues.number_next(world, repository, by, title, body)
    issue.pull = Pull(world.next_id(), head, base, head_sha, base_sha, draft)
    git.update_ref(f"refs/pull/{issue.number}/head", head_sha)
    happened(world, issue, "opened", by)
    return issue


def head_moved(world: World, repository: Repository, branch: str, before: str, after: str, by: Account) -> None:
    """Do to the open pull requests what the move of a branch means for them."""
    for issue in repository.pulls():
        pull = of(issue)
        if issue.state == "closed":
            continue
        if pull.base == branch and after != ZERO and repository.git.is_ancestor(pull.head_sha, after):
            pull.merged, pull.merged_by, pull.merge_commit = world.clock.now(), by, after
            issues.set_state(world, issue, by, "closed")
        elif pull.base == branch and after != ZERO:
            pull.base_sha = after
        elif pull.head == branch and after == ZERO:
            issues.set_state(world, issue, by, "closed")
        elif pull.head == branch:
            pull.head_sha = after
            issue.updated = world.clock.now()
            repository.git.update_ref(f"refs/pull/{issue.number}/head", after)
            happened(world, issue, "synchronize", by, {"before": before, "after": after})
