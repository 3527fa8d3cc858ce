"""Who is told what: each event goes to the Apps on the repository that asked for its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox import payloads, payloads_git, payloads_issues
from bot.sandbox.model import Account, App, Comment, Installation, Issue, Repository, node_id
from bot.sandbox.pull_facts import facts
from bot.sandbox.world import World


def tell(
    world: World,
    repository: Repository,
    event: str,
    sender: Account,
    parts: Mapping[str, Any],
    *,
    only: App | None = None,
) -> None:
    """Send an event about a repository to everybody who asked for it, or to one App; `parts` are its own fields."""
    for installation in world.installations_on(repository):
        if event not in installation.app.events or only not in {None, installation.app}:
            continue
        payload = {**parts, "repository": payloads.repository(world, repository)}
        if repository.owner.type == "Organization":
            payload["organization"] = organization(world, repository.owner)
        payload["sender"] = payloads.user(world, sender)
        payload["installation"] = {"id": installation.id, "node_id": node_id("MDIz", installation.id)}
        world.emit(installation.app, event, payload, repository)


def organization(world: World, account: Account) -> dict[str, Any]:
    """Return an organisation as it stands in an event."""
    url = f"{world.url}/orgs/{account.login}"
    parts = ("hooks", "issues", "repos", "events")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("O", account.id),
        "url": url,
        **{f"{part}_url": f"{url}/{part}" for part in parts},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/{account.id}",
        "description": None,
    }


def happened(world: World, issue: Issue, action: str, sender: Account, more: Mapping[str, Any] | None = None) -> None:
    """Tell that an issue or pull request was opened, edited, closed, labelled ...; each has events of its own."""
    if issue.pull is None:
        parts = {"action": action, "issue": payloads_issues.issue(world, issue), **(more or {})}
        tell(world, issue.repository, "issues", sender, parts)
        return
    shown = payloads_git.full_pull(world, issue, issue.pull, facts(issue))
    parts = {"action": action, "number": issue.number, "pull_request": shown, **(more or {})}
    tell(world, issue.repository, "pull_request", sender, parts)


def comment_happened(
    world: World, comment: Comment, action: str, sender: Account, more: Mapping[str, Any] | None = None
) -> None:
    """Tell that a comment was created, edited or deleted; those on pull requests are no different."""
    issue = payloads_issues.issue(world, comment.issue)
    parts = {"action": action, **(more or {}), "issue": issue, "comment": payloads_issues.comment(world, comment)}
    tell(world, comment.issue.repository, "issue_comment", sender, parts)


def installed(world: World, installation: Installation, sender: Account) -> None:
    """Tell an App that it was installed."""
    repositories = [
        {
            "id": one.id,
            "node_id": node_id("R", one.id),
            "name": one.name,
            "full_name": one.full_name,
            "private": one.private,
        }
        for one in installation.repositories
    ]
    payload = {
        "action": "created",
        "installation": payloads.installation(world, installation),
        "repositories": repositories,
        "requester": None,
        "sender": payloads.user(world, sender),
    }
    world.emit(installation.app, "installation", payload, None)
