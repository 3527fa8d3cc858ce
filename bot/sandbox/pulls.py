"""What people and Apps do to pull requests, and what moving branches means for them."""

from __future__ import annotations

from bot.sandbox import issues
from bot.sandbox.events import happened
from bot.sandbox.model import Account, BaseChange, Issue, Pull, Repository
from bot.sandbox.problems import Invalid
from bot.sandbox.pull_facts import of
from bot.sandbox.world import World

_HEADS = "refs/heads/"


def open_pull(
    world: World, repository: Repository, by: Account, title: str, body: str | None, head: str, base: str, draft: bool
) -> Issue:
    """Open a pull request of `branch`, or `owner:branch` for one of a fork, into `base`."""
    source, head = _source(world, repository, head)
    head_sha, base_sha = source.git.ref(_HEADS + head), repository.git.ref(_HEADS + base)
    if base_sha is None:
        raise Invalid("PullRequest", "base", "invalid")
    if head_sha is None:
        raise Invalid("PullRequest", "head", "invalid")
    for one in repository.pulls():
        pull = of(one)
        if one.state == "open" and (pull.source, pull.head, pull.base) == (source, head, base):
            message = f"A pull request already exists for {source.owner.login}:{head}."
            raise Invalid("PullRequest", "", "custom", message)
    _take_over(repository, source, head_sha)
    if repository.git.is_ancestor(head_sha, base_sha):
        raise Invalid("PullRequest", "", "custom", f"No commits between {base} and {head}")
    issue = issues.number_next(world, repository, by, title, body)
    issue.pull = Pull(world.next_id(), source, head, base, head_sha, base_sha, draft)
    repository.git.update_ref(f"refs/pull/{issue.number}/head", head_sha)
    happened(world, issue, "opened", by)
    return issue


def set_base(world: World, issue: Issue, by: Account, base: str) -> None:
    """Have a pull request go into another branch; raises Invalid where there is none."""
    pull = of(issue)
    sha = issue.repository.git.ref(_HEADS + base)
    if sha is None:
        raise Invalid("PullRequest", "base", "invalid")
    before = {"ref": {"from": pull.base}, "sha": {"from": pull.base_sha}}
    pull.base, pull.base_sha, issue.updated = base, sha, world.clock.now()
    pull.base_changes.append(BaseChange(world.next_id(), by, issue.updated))
    happened(world, issue, "edited", by, {"changes": {"base": before}})


def make_ready(world: World, issue: Issue, by: Account) -> None:
    """Take a pull request for more than a draft."""
    of(issue).draft, issue.updated = False, world.clock.now()
    happened(world, issue, "ready_for_review", by)


def _source(world: World, repository: Repository, head: str) -> tuple[Repository, str]:
    """Return the repository and the branch that `owner:branch` means."""
    owner, _, branch = head.rpartition(":")
    if owner.lower() in {"", repository.owner.login.lower()}:
        return repository, branch
    for one in world.repositories:
        if one.parent is repository and one.owner.login.lower() == owner.lower():
            return one, branch
    raise Invalid("PullRequest", "head", "invalid")


def _take_over(repository: Repository, source: Repository, sha: str) -> None:
    """Have a commit of a fork in the repository that it is to be merged into."""
    if source is not repository:
        repository.git.run("fetch", "--quiet", "--no-write-fetch-head", str(source.git.path), sha)


def branch_moved(world: World, repository: Repository, branch: str, before: str, after: str, by: Account) -> None:
    """Do to the open pull requests what the move of a branch means for them.

    They go by where the branch is now: when a push is told of, another may have moved it again.
    """
    now = repository.git.ref(_HEADS + branch)
    for issue in [*repository.pulls(), *(repository.parent.pulls() if repository.parent else [])]:
        pull = of(issue)
        if issue.state == "closed":
            continue
        if issue.repository is repository and pull.base == branch and now:
            _base_moved(world, issue, now, by)
        elif pull.source is repository and pull.head == branch:
            _head_moved(world, issue, now, {"before": before, "after": after}, by)


def _base_moved(world: World, issue: Issue, now: str, by: Account) -> None:
    pull = of(issue)
    if issue.repository.git.is_ancestor(pull.head_sha, now):
        pull.merged, pull.merged_by, pull.merge_commit = world.clock.now(), by, now
        issues.set_state(world, issue, by, "closed")
    else:
        pull.base_sha = now


def _head_moved(world: World, issue: Issue, now: str | None, move: dict[str, str], by: Account) -> None:
    pull = of(issue)
    if now is None:
        issues.set_state(world, issue, by, "closed")
        return
    _take_over(issue.repository, pull.source, now)
    pull.head_sha, issue.updated = now, world.clock.now()
    issue.repository.git.update_ref(f"refs/pull/{issue.number}/head", now)
    happened(world, issue, "synchronize", by, move)
