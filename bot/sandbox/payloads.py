"""The JSON of accounts, Apps and repositories: as GitHub shapes them in answers and in webhooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.sandbox.clock import stamp
from bot.sandbox.model import Account, App, Installation, Repository, node_id
from bot.sandbox.world import World

JSON = dict[str, Any]


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
