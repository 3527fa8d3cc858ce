"""The JSON of commits, trees, pull requests, checks: as GitHub shapes what it finds in git."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from bot.sandbox import payloads, payloads_issues
from bot.sandbox.clock import stamp
from bot.sandbox.git import Commit, Entry, FileDiff, Signature
from bot.sandbox.model import BaseChange, CheckRun, Issue, Pull, Repository, node_id
from bot.sandbox.payloads import JSON, page_url, repository_url, user
from bot.sandbox.payloads_issues import issue_page
from bot.sandbox.world import World

_SIGNED = "-----BEGIN PGP SIGNATURE-----\n\n(the sandbox signs nothing)\n-----END PGP SIGNATURE-----\n"


def ref(world: World, one: Repository, name: str, sha: str) -> JSON:
    """Return a ref by its full name."""
    url = repository_url(world, one)
    kind = "commit" if name.startswith("refs/heads/") else one.git.kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": node_id("REF", one.id) + base64.urlsafe_b64encode(name.encode()).decode(),
        "url": f"{url}/git/{quote(name)}",
        "object": {"type": kind, "sha": sha, "url": f"{url}/git/{kind}s/{sha}"},
    }


def _signature(one: Signature) -> JSON:
    return {"name": one.name, "email": one.email, "date": one.when}


def verification(one: Repository, commit: Commit) -> JSON:
    """Return whether GitHub signed a commit: only those that it made itself."""
    when = one.verified.get(commit.sha)
    if when is None:
        nothing = dict.fromkeys(("signature", "payload", "verified_at"))
        return {"verified": False, "reason": "unsigned", **nothing}
    signed = {"signature": _SIGNED, "payload": commit.raw, "verified_at": stamp(when)}
    return {"verified": True, "reason": "valid", **signed}


def git_commit(world: World, one: Repository, commit: Commit) -> JSON:
    """Return a commit as the git data API shows it."""
    url, page = repository_url(world, one), page_url(world, one)
    return {
        "sha": commit.sha,
        "node_id": node_id("C", one.id) + commit.sha,
        "url": f"{url}/git/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "author": _signature(commit.author),
        "committer": _signature(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {"sha": sha, "url": f"{url}/git/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
            for sha in commit.parents
        ],
        "verification": verification(one, commit),
    }


def commit(world: World, one: Repository, item: Commit, files: list[FileDiff] | None = None) -> JSON:
    """Return a commit as the commits API shows it; with `files`, what it changed as well."""
    url, page = repository_url(world, one), page_url(world, one)
    found: JSON = {
        "sha": item.sha,
        "node_id": node_id("C", one.id) + item.sha,
        "commit": {
            "author": _signature(item.author),
            "committer": _signature(item.committer),
            "message": item.message,
            "tree": {"sha": item.tree, "url": f"{url}/git/trees/{item.tree}"},
            "url": f"{url}/git/commits/{item.sha}",
            "comment_count": 0,
            "verification": verification(one, item),
        },
        "url": f"{url}/commits/{item.sha}",
        "html_url": f"{page}/commit/{item.sha}",
        "comments_url": f"{url}/commits/{item.sha}/comments",
        "author": _account(world, item.author),
        "committer": _account(world, item.committer),
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in item.parents
        ],
    }
    if files is not None:
        added, removed = sum(file.added for file in files), sum(file.removed for file in files)
        found["stats"] = {"total": added + removed, "additions": added, "deletions": removed}
        found["files"] = [diff_entry(world, one, item.sha, file) for file in files]
    return found


def _account(world: World, who: Signature) -> JSON | None:
    """Return the account that an address belongs to: `ID+LOGIN@users.noreply.github.com`, or none."""
    login = who.email.removesuffix("@users.noreply.github.com").rpartition("+")[2]
    found = world.accounts.get(login.lower())
    return user(world, found) if found else None


def base_change(world: World, one: Repository, change: BaseChange) -> JSON:
    """Return a change of a pull request's base, as an issue event."""
    return {
        "id": change.id,
        "node_id": node_id("BRCE", change.id),
        "url": f"{repository_url(world, one)}/issues/events/{change.id}",
        "actor": user(world, change.actor),
        "event": "base_ref_changed",
        "commit_id": None,
        "commit_url": None,
        "created_at": stamp(change.created),
    }


def diff_entry(world: World, one: Repository, sha: str, file: FileDiff) -> JSON:
    """Return how a file changed; `sha` is the commit that it is shown at."""
    page, path = page_url(world, one), quote(file.path)
    found: JSON = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.added,
        "deletions": file.removed,
        "changes": file.added + file.removed,
        "blob_url": f"{page}/blob/{sha}/{path}",
        "raw_url": f"{page}/raw/{sha}/{path}",
        "contents_url": f"{repository_url(world, one)}/contents/{path}?ref={sha}",
    }
    if file.patch is not None:
        found["patch"] = file.patch
    if file.status == "renamed":
        found["previous_filename"] = file.before
    return found


def tree_entry(world: World, one: Repository, entry: Entry) -> JSON:
    """Return one line of a tree."""
    kind = "commits" if entry.kind == "commit" else f"{entry.kind}s"
    found: JSON = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    if entry.size is not None:
        found["size"] = entry.size
    return found | {"url": f"{repository_url(world, one)}/git/{kind}/{entry.sha}"}


def content(world: World, one: Repository, entry: Entry, ref_name: str, data: bytes | None = None) -> JSON:
    """Return what is at a path; with `data`, its contents as well."""
    url, page, path = repository_url(world, one), page_url(world, one), quote(entry.path)
    here = f"{url}/contents/{path}?ref={quote(ref_name, safe='')}"
    kinds = {"tree": ("dir", "trees", "tree"), "commit": ("submodule", "trees", "tree")}
    kind, objects, shown = kinds.get(entry.kind, ("file", "blobs", "blob"))
    git, html = f"{url}/git/{objects}/{entry.sha}", f"{page}/{shown}/{quote(ref_name)}/{path}"
    found: JSON = {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": here,
        "html_url": html,
        "git_url": git,
        "download_url": f"{page}/raw/{quote(ref_name)}/{path}" if kind == "file" else None,
        "type": kind,
        "_links": {"self": here, "git": git, "html": html},
    }
    if data is not None:
        found |= {"encoding": "base64", "content": base64.encodebytes(data).decode()}
    return found


def pull(world: World, one: Issue, pull: Pull) -> JSON:
    """Return a pull request as lists show it."""
    repository = one.repository
    url = f"{repository_url(world, repository)}/pulls/{one.number}"
    as_issue = f"{repository_url(world, repository)}/issues/{one.number}"
    statuses = f"{repository_url(world, repository)}/statuses/{pull.head_sha}"
    page = issue_page(world, one)
    shared = payloads_issues.issue(world, one)
    kept = (
        *("id", "node_id", "number", "state", "locked", "title", "user", "body", "labels", "milestone", "html_url"),
        *("active_lock_reason", "created_at", "updated_at", "closed_at", "assignee", "assignees", "draft"),
        *("author_association",),
    )
    links = {
        "self": url,
        "html": page,
        "issue": as_issue,
        "comments": f"{as_issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{repository_url(world, repository)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {name: shared[name] for name in kept} | {
        "url": url,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": as_issue,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": statuses,
        "merged_at": stamp(pull.merged) if pull.merged else None,
        "merge_commit_sha": pull.merge_commit,
        "requested_reviewers": [user(world, account) for account in pull.reviewers],
        "requested_teams": [team(world, repository.owner.login, name) for name in pull.team_reviewers],
        "head": _side(world, pull.source, pull.head, pull.head_sha),
        "base": _side(world, repository, pull.base, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "auto_merge": None,
    }


def _side(world: World, one: Repository, branch: str, sha: str) -> JSON:
    return {
        "label": f"{one.owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(world, one.owner),
        "repo": payloads.repository(world, one),
    }


def team(world: World, org: str, slug: str) -> JSON:
    """Return a team by its name."""
    number = sum(map(ord, f"{org}/{slug}"))
    url = f"{world.url}/organizations/{org}/team/{slug}"
    return {
        "id": number,
        "node_id": node_id("T", number),
        "name": slug,
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "url": url,
        "html_url": f"{world.url}/orgs/{org}/teams/{slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
        "type": "organization",
        "organization_id": number,
    }


def full_pull(world: World, one: Issue, pull_request: Pull, facts: JSON) -> JSON:
    """Return a pull request as its own address shows it; `facts` are what git says of it."""
    merged_by = pull_request.merged_by
    return pull(world, one, pull_request) | {
        "merged": pull_request.merged is not None,
        "merged_by": user(world, merged_by) if merged_by else None,
        "comments": len(one.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        **facts,
    }


def check_run(world: World, one: Repository, run: CheckRun) -> JSON:
    """Return a check run."""
    url = f"{repository_url(world, one)}/check-runs/{run.id}"
    page = f"{page_url(world, one)}/runs/{run.id}"
    output: dict[str, Any] = {name: run.output.get(name) for name in ("title", "summary", "text")}
    output |= {"annotations_count": len(run.annotations), "annotations_url": f"{url}/annotations"}
    return {
        "id": run.id,
        "node_id": node_id("CR", run.id),
        "head_sha": run.head_sha,
        "name": run.name,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started,
        "completed_at": run.completed,
        "output": output,
        "check_suite": {"id": run.suite},
        "app": payloads.integration(world, run.app),
        "pull_requests": [
            _minimal_pull(world, issue, issue.pull)
            for issue in one.pulls()
            if issue.pull and issue.state == "open" and (issue.pull.source, issue.pull.head_sha) == (one, run.head_sha)
        ],
    }


def _minimal_pull(world: World, issue: Issue, pull: Pull) -> JSON:
    repository = issue.repository
    url = repository_url(world, repository)
    repo = {"id": repository.id, "url": url, "name": repository.name}
    return {
        "id": pull.id,
        "number": issue.number,
        "url": f"{url}/pulls/{issue.number}",
        "head": {"ref": pull.head, "sha": pull.head_sha, "repo": repo},
        "base": {"ref": pull.base, "sha": pull.base_sha, "repo": repo},
    }
