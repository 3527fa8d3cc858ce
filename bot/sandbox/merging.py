"""Merging a pull request, as the button and the API do it."""

from __future__ import annotations

from bot.sandbox import branches
from bot.sandbox.model import Account, Issue
from bot.sandbox.problems import Refused
from bot.sandbox.pull_facts import of
from bot.sandbox.world import World


def merge(world: World, issue: Issue, by: Account, *, sha: str | None = None, title: str = "") -> str:
    """Merge a pull request by a merge commit and return that; raises Refused (405 or 409) as GitHub does."""
    repository, pull = issue.repository, of(issue)
    if sha is not None and sha != pull.head_sha:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    tree = repository.git.merged_tree(pull.base_sha, pull.head_sha)
    if issue.state == "closed" or pull.draft or tree is None:
        raise Refused(405, "Pull Request is not mergeable")
    message = title or f"Merge pull request #{issue.number} from {pull.source.owner.login}/{pull.head}"
    who, web = branches.signature(world, by), branches.web_signature(world)
    base = pull.base_sha
    commit = repository.git.commit(tree, [base, pull.head_sha], f"{message}\n\n{issue.title}", who, web)
    repository.verified[commit] = world.clock.now()
    branches.move(world, repository, f"refs/heads/{pull.base}", commit, base, by)
    return commit
