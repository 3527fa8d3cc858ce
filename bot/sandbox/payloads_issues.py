"""The JSON of issues and of what people say on them: as GitHub shapes it in answers and in webhooks."""

from __future__ import annotations

from urllib.parse import quote

from bot.sandbox.clock import stamp
from bot.sandbox.model import Account, Comment, Issue, Label, Reaction, Repository, Review, node_id
from bot.sandbox.payloads import JSON, integration, page_url, repository_url, user
from bot.sandbox.world import World

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}
"""The reactions that there are, and how they look."""


def label(world: World, one: Repository, item: Label) -> JSON:
    """Return a label."""
    return {
        "id": item.id,
        "node_id": node_id("LA", item.id),
        "url": f"{repository_url(world, one)}/labels/{quote(item.name, safe='')}",
        "name": item.name,
        "color": item.color,
        "default": False,
        "description": item.description,
        "archived_at": None,
        "archived_by": None,
    }


def reactions(url: str, given: list[Reaction]) -> JSON:
    """Return how many there are of each emoji; `url` is what they are reactions to."""
    counts = {content: sum(one.content == content for one in given) for content in EMOJI}
    return {"url": f"{url}/reactions", "total_count": len(given), **counts}


def reaction(world: World, one: Reaction) -> JSON:
    """Return one emoji of one account."""
    return {
        "id": one.id,
        "node_id": node_id("REA", one.id),
        "user": user(world, one.user),
        "content": one.content,
        "created_at": stamp(one.created),
    }


_ASSOCIATIONS = {"admin": "OWNER", "maintain": "MEMBER", "write": "MEMBER", "triage": "COLLABORATOR"}


def association(world: World, one: Repository, account: Account) -> str:
    """Return what GitHub shows as an account's tie to a repository; no ground to allow anything on."""
    return _ASSOCIATIONS.get(world.role(one, account), "NONE")


def issue_page(world: World, issue: Issue) -> str:
    """Return the address of an issue's or pull request's page."""
    return f"{page_url(world, issue.repository)}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def issue(world: World, one: Issue) -> JSON:
    """Return an issue, or a pull request as the issues API shows it."""
    repo = repository_url(world, one.repository)
    url = f"{repo}/issues/{one.number}"
    page = issue_page(world, one)
    found: JSON = {
        "id": one.id,
        "node_id": node_id("PR" if one.pull else "I", one.id),
        "url": url,
        "repository_url": repo,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": page,
        "number": one.number,
        "state": one.state,
        "state_reason": one.reason,
        "title": one.title,
        "body": one.body,
        "user": user(world, one.user),
        "labels": [label(world, one.repository, item) for item in one.labels],
        "assignee": user(world, one.assignees[0]) if one.assignees else None,
        "assignees": [user(world, account) for account in one.assignees],
        "milestone": None,
        "locked": one.locked,
        "active_lock_reason": None,
        "comments": len(one.comments),
        "closed_at": stamp(one.closed) if one.closed else None,
        "closed_by": user(world, one.closed_by) if one.closed_by else None,
        "created_at": stamp(one.created),
        "updated_at": stamp(one.updated),
        "author_association": association(world, one.repository, one.user),
        "reactions": reactions(url, one.reactions),
        "performed_via_github_app": integration(world, one.app) if one.app else None,
    }
    if one.pull:
        found["draft"] = one.pull.draft
        found["pull_request"] = {
            "url": f"{repo}/pulls/{one.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": stamp(one.pull.merged) if one.pull.merged else None,
        }
    return found


def comment_page(world: World, one: Comment) -> str:
    """Return the address at which a comment is shown."""
    return f"{issue_page(world, one.issue)}#issuecomment-{one.id}"


def comment(world: World, one: Comment) -> JSON:
    """Return a comment on an issue or pull request."""
    repository = one.issue.repository
    url = f"{repository_url(world, repository)}/issues/comments/{one.id}"
    return {
        "id": one.id,
        "node_id": node_id("IC", one.id),
        "url": url,
        "html_url": comment_page(world, one),
        "issue_url": f"{repository_url(world, repository)}/issues/{one.issue.number}",
        "user": user(world, one.user),
        "body": one.body,
        "created_at": stamp(one.created),
        "updated_at": stamp(one.updated),
        "author_association": association(world, repository, one.user),
        "reactions": reactions(url, one.reactions),
        "performed_via_github_app": integration(world, one.app) if one.app else None,
    }


def review(world: World, one: Issue, given: Review) -> JSON:
    """Return a review of a pull request."""
    url = f"{repository_url(world, one.repository)}/pulls/{one.number}"
    page = f"{issue_page(world, one)}#pullrequestreview-{given.id}"
    return {
        "id": given.id,
        "node_id": node_id("PRR", given.id),
        "user": user(world, given.user),
        "body": given.body,
        "state": given.state,
        "html_url": page,
        "pull_request_url": url,
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": stamp(given.submitted),
        "commit_id": given.commit,
        "author_association": association(world, one.repository, given.user),
    }
