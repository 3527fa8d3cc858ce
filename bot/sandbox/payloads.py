"""The JSON of accounts, Apps, repositories, issues, comments: as GitHub shapes them in answers and in webhooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.sandbox.clock import stamp
from bot.sandbox.model import (
    Account,
    App,
    Comment,
    Installation,
    Issue,
    Label,
    Reaction,
    Repository,
    Review,
    node_id,
)
from bot.sandbox.world import World

JSON = dict[str, Any]

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


def user(world: World, account: Account) -> JSON:
    """Return an account as it stands beside what it made."""
    url = f"{world.url}/users/{quote(account.login)}"
    page = account.login
    if account.type == "Bot":
        page = f"apps/{account.login.removesuffix('[bot]')}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("U", account.id),
        "avatar_url": f"{world.url}/avatars/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/{page}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(world: World, account: Account) -> JSON:
    """Return an account as its own address shows it."""
    created = stamp(account.created)
    unset = dict.fromkeys(("company", "location", "email", "hireable", "bio", "twitter_username"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    more = {"name": account.name, "blog": "", "created_at": created, "updated_at": created}
    return user(world, account) | unset | counts | more


def integration(world: World, app: App) -> JSON:
    """Return an App."""
    return {
        "id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "node_id": node_id("A", app.id),
        "owner": user(world, app.owner),
        "name": app.name,
        "description": "",
        "external_url": world.url,
        "html_url": f"{world.url}/apps/{app.slug}",
        "created_at": stamp(app.created),
        "updated_at": stamp(app.created),
        "permissions": dict(app.permissions),
        "events": list(app.events),
    }


def installation(world: World, one: Installation) -> JSON:
    """Return an App's installation on an account."""
    return {
        "id": one.id,
        "account": user(world, one.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{world.url}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{world.url}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "client_id": one.app.client_id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": dict(one.app.permissions),
        "events": list(one.app.events),
        "created_at": stamp(one.created),
        "updated_at": stamp(one.created),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }


_TEMPLATES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository_url(world: World, one: Repository) -> str:
    """Return the address of a repository in the API."""
    return f"{world.url}/repos/{one.full_name}"


def page_url(world: World, one: Repository) -> str:
    """Return the address of a repository's page."""
    return f"{world.url}/{one.full_name}"


def repository(world: World, one: Repository) -> JSON:
    """Return a repository as it stands beside other things."""
    url, page = repository_url(world, one), page_url(world, one)
    host = world.url.partition("://")[2]
    issues = sum(issue.state == "open" for issue in one.issues.values())
    nothing = dict.fromkeys(("forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count"), 0)
    unset = dict.fromkeys(("description", "homepage", "language", "mirror_url", "license"))
    has = dict.fromkeys(("has_downloads", "has_issues", "has_projects", "has_wiki"), True)
    has_not = dict.fromkeys(("has_pages", "has_discussions", "archived", "disabled", "is_template"), False)
    return {
        "id": one.id,
        "node_id": node_id("R", one.id),
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "visibility": "private" if one.private else "public",
        "owner": user(world, one.owner),
        "url": url,
        "html_url": page,
        **{name: url + path for name, path in _TEMPLATES.items()},
        "clone_url": f"{page}.git",
        "git_url": f"git://{host}/{one.full_name}.git",
        "ssh_url": f"git@{host}:{one.full_name}.git",
        "svn_url": page,
        "default_branch": one.default_branch,
        "fork": one.parent is not None,
        "open_issues": issues,
        "open_issues_count": issues,
        "created_at": stamp(one.created),
        "updated_at": stamp(one.pushed),
        "pushed_at": stamp(one.pushed),
        "topics": [],
        "allow_forking": True,
        "web_commit_signoff_required": False,
        **nothing,
        **unset,
        **has,
        **has_not,
    }


def full_repository(world: World, one: Repository) -> JSON:
    """Return a repository as its own address shows it."""
    more: JSON = {"network_count": 0, "subscribers_count": 0, "temp_clone_token": None, "custom_properties": {}}
    if one.owner.type == "Organization":
        more["organization"] = user(world, one.owner)
    if one.parent:
        more |= dict.fromkeys(("parent", "source"), repository(world, one.parent))
    merging = dict.fromkeys(("allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"), True)
    other = dict.fromkeys(("allow_auto_merge", "delete_branch_on_merge", "allow_update_branch"), False)
    return repository(world, one) | more | merging | other


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
