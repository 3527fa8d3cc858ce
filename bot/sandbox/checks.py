"""What people do to check runs, and what Apps are told of them."""

from __future__ import annotations

from typing import Any

from bot.sandbox import payloads_git
from bot.sandbox.clock import stamp
from bot.sandbox.events import tell
from bot.sandbox.model import Account, CheckRun, Repository
from bot.sandbox.payloads import JSON, integration, repository_url
from bot.sandbox.problems import NotFound
from bot.sandbox.world import World


def run_happened(world: World, repository: Repository, run: CheckRun, action: str, by: Account) -> None:
    """Tell that a check run was created or completed."""
    parts = {"action": action, "check_run": _shown(world, repository, run)}
    tell(world, repository, "check_run", by, parts)


def rerequest(world: World, repository: Repository, run: CheckRun, by: Account) -> None:
    """Ask the App of a check run to run it again; the check run stays as it is, and the suite waits again.

    https://docs.github.com/rest/checks/runs#rerequest-a-check-run
    """
    shown = _shown(world, repository, run)
    shown["check_suite"] |= {"status": "queued", "conclusion": None}
    tell(world, repository, "check_run", by, {"action": "rerequested", "check_run": shown}, only=run.app)


def rerequest_suite(world: World, repository: Repository, suite: int, by: Account) -> None:
    """Ask the App of a suite to run all of its checks again; raises NotFound."""
    runs = [one for one in repository.checks if one.suite == suite]
    if not runs:
        raise NotFound
    parts = {"action": "rerequested", "check_suite": _suite(world, repository, runs)}
    tell(world, repository, "check_suite", by, parts, only=runs[0].app)


def _shown(world: World, repository: Repository, run: CheckRun) -> JSON:
    shown = payloads_git.check_run(world, repository, run)
    suite = {"id": run.suite, "head_sha": run.head_sha, "status": run.status, "conclusion": run.conclusion}
    shown["check_suite"] = suite | {"app": shown["app"], "pull_requests": shown["pull_requests"]}
    return shown


def _suite(world: World, repository: Repository, runs: list[CheckRun]) -> dict[str, Any]:
    first, commit = runs[0], repository.git.read_commit(runs[0].head_sha)
    url = f"{repository_url(world, repository)}/check-suites/{first.suite}"
    pulls = payloads_git.check_run(world, repository, first)["pull_requests"]
    when = commit.author.when
    return {
        "id": first.suite,
        "node_id": f"CS_{first.suite}",
        "head_branch": pulls[0]["head"]["ref"] if pulls else None,
        "head_sha": first.head_sha,
        "status": "queued",
        "conclusion": None,
        "url": url,
        "before": commit.parents[0] if commit.parents else None,
        "after": first.head_sha,
        "pull_requests": pulls,
        "app": integration(world, first.app),
        "created_at": first.started,
        "updated_at": stamp(world.clock.now()),
        "latest_check_runs_count": len({one.name for one in runs}),
        "check_runs_url": f"{url}/check-runs",
        "head_commit": {
            "id": first.head_sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": when,
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committer": {"name": commit.committer.name, "email": commit.committer.email},
        },
    }
