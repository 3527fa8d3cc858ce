"""Which permission of an App opens which endpoint: one table, alternatives in one entry.

https://docs.github.com/rest/authentication/permissions-required-for-github-apps
"""

from __future__ import annotations

from collections.abc import Mapping

METADATA = "metadata:read"

NEEDS: Mapping[str, tuple[str, ...]] = {
    "GET /installation/repositories": (METADATA,),
    "GET /orgs/{org}/memberships/{username}": ("members:read",),
    "GET /orgs/{org}/teams/{team}/memberships/{username}": ("members:read",),
    "GET /orgs/{org}/teams/{team}/members": ("members:read",),
    "GET /repos/{owner}/{repo}": (METADATA,),
    "GET /repos/{owner}/{repo}/collaborators": (METADATA,),
    "GET /repos/{owner}/{repo}/collaborators/{username}/permission": (METADATA,),
    # Issues and comments; pull requests have them too.
    "GET /repos/{owner}/{repo}/issues": ("issues:read",),
    "POST /repos/{owner}/{repo}/issues": ("issues:write",),
    "GET /repos/{owner}/{repo}/issues/{number}": ("issues:read",),
    "PATCH /repos/{owner}/{repo}/issues/{number}": ("issues:write", "pull_requests:write"),
    "GET /repos/{owner}/{repo}/issues/comments": ("issues:read", "pull_requests:read"),
    "GET /repos/{owner}/{repo}/issues/comments/{id}": ("issues:read", "pull_requests:read"),
    "PATCH /repos/{owner}/{repo}/issues/comments/{id}": ("issues:write", "pull_requests:write"),
    "DELETE /repos/{owner}/{repo}/issues/comments/{id}": ("issues:write", "pull_requests:write"),
    "GET /repos/{owner}/{repo}/issues/{number}/comments": ("issues:read", "pull_requests:read"),
    "GET /repos/{owner}/{repo}/issues/{number}/events": ("issues:read", "pull_requests:read"),
    "POST /repos/{owner}/{repo}/issues/{number}/comments": ("issues:write", "pull_requests:write"),
    "GET /repos/{owner}/{repo}/issues/comments/{id}/reactions": ("issues:read",),
    "POST /repos/{owner}/{repo}/issues/comments/{id}/reactions": ("issues:write",),
    "DELETE /repos/{owner}/{repo}/issues/comments/{id}/reactions/{reaction}": ("issues:write",),
    "GET /repos/{owner}/{repo}/issues/{number}/reactions": ("issues:read",),
    "POST /repos/{owner}/{repo}/issues/{number}/reactions": ("issues:write",),
    "DELETE /repos/{owner}/{repo}/issues/{number}/reactions/{reaction}": ("issues:write",),
    "GET /repos/{owner}/{repo}/issues/{number}/labels": ("issues:read", "pull_requests:read"),
    "POST /repos/{owner}/{repo}/issues/{number}/labels": ("issues:write", "pull_requests:write"),
    "PUT /repos/{owner}/{repo}/issues/{number}/labels": ("issues:write", "pull_requests:write"),
    "DELETE /repos/{owner}/{repo}/issues/{number}/labels/{name}": ("issues:write", "pull_requests:write"),
    "POST /repos/{owner}/{repo}/issues/{number}/assignees": ("issues:write", "pull_requests:write"),
    "GET /repos/{owner}/{repo}/labels": ("issues:read", "pull_requests:read"),
    "POST /repos/{owner}/{repo}/labels": ("issues:write", "pull_requests:write"),
    "GET /repos/{owner}/{repo}/labels/{name}": ("issues:read", "pull_requests:read"),
    "PATCH /repos/{owner}/{repo}/labels/{name}": ("issues:write", "pull_requests:write"),
    # Git and contents.
    "GET /repos/{owner}/{repo}/branches": ("contents:read",),
    "GET /repos/{owner}/{repo}/branches/{branch+}": ("contents:read",),
    "GET /repos/{owner}/{repo}/commits": ("contents:read",),
    "GET /repos/{owner}/{repo}/commits/{ref+}": ("contents:read",),
    "GET /repos/{owner}/{repo}/commits/{sha}/pulls": ("pull_requests:read",),
    "GET /repos/{owner}/{repo}/compare/{basehead+}": ("contents:read",),
    "GET /repos/{owner}/{repo}/contents": ("contents:read",),
    "GET /repos/{owner}/{repo}/contents/{path+}": ("contents:read",),
    "PUT /repos/{owner}/{repo}/contents/{path+}": ("contents:write",),
    "DELETE /repos/{owner}/{repo}/contents/{path+}": ("contents:write",),
    "GET /repos/{owner}/{repo}/git/ref/{ref+}": ("contents:read",),
    "GET /repos/{owner}/{repo}/git/matching-refs/{ref+}": ("contents:read",),
    "POST /repos/{owner}/{repo}/git/refs": ("contents:write",),
    "PATCH /repos/{owner}/{repo}/git/refs/{ref+}": ("contents:write",),
    "DELETE /repos/{owner}/{repo}/git/refs/{ref+}": ("contents:write",),
    "POST /repos/{owner}/{repo}/git/blobs": ("contents:write",),
    "GET /repos/{owner}/{repo}/git/blobs/{sha}": ("contents:read",),
    "POST /repos/{owner}/{repo}/git/trees": ("contents:write",),
    "GET /repos/{owner}/{repo}/git/trees/{sha}": ("contents:read",),
    "POST /repos/{owner}/{repo}/git/commits": ("contents:write",),
    "GET /repos/{owner}/{repo}/git/commits/{sha}": ("contents:read",),
    # Pull requests.
    "GET /repos/{owner}/{repo}/pulls": ("pull_requests:read",),
    "POST /repos/{owner}/{repo}/pulls": ("pull_requests:write",),
    "GET /repos/{owner}/{repo}/pulls/{number}": ("pull_requests:read",),
    "PATCH /repos/{owner}/{repo}/pulls/{number}": ("pull_requests:write",),
    "GET /repos/{owner}/{repo}/pulls/{number}/commits": ("pull_requests:read",),
    "GET /repos/{owner}/{repo}/pulls/{number}/files": ("pull_requests:read",),
    "GET /repos/{owner}/{repo}/pulls/{number}/merge": ("pull_requests:read",),
    "PUT /repos/{owner}/{repo}/pulls/{number}/merge": ("contents:write",),
    "PUT /repos/{owner}/{repo}/pulls/{number}/update-branch": ("pull_requests:write",),
    "GET /repos/{owner}/{repo}/pulls/{number}/requested_reviewers": ("pull_requests:read",),
    "POST /repos/{owner}/{repo}/pulls/{number}/requested_reviewers": ("pull_requests:write",),
    "GET /repos/{owner}/{repo}/pulls/{number}/reviews": ("pull_requests:read",),
    "POST /repos/{owner}/{repo}/pulls/{number}/reviews": ("pull_requests:write",),
    "GET /repos/{owner}/{repo}/pulls/{number}/reviews/{id}": ("pull_requests:read",),
    "PUT /repos/{owner}/{repo}/pulls/{number}/reviews/{id}/dismissals": ("pull_requests:write",),
    # Checks.
    "POST /repos/{owner}/{repo}/check-runs": ("checks:write",),
    "GET /repos/{owner}/{repo}/check-runs/{id}": ("checks:read",),
    "PATCH /repos/{owner}/{repo}/check-runs/{id}": ("checks:write",),
    "GET /repos/{owner}/{repo}/check-runs/{id}/annotations": ("checks:read",),
    "GET /repos/{owner}/{repo}/commits/{ref+}/check-runs": ("checks:read",),
}
"""Endpoint to the permissions of which one is enough. What is not here needs none, or the App's own JWT."""

_LEVELS = ("read", "write", "admin")


def allows(granted: Mapping[str, str], needed: str) -> bool:
    """Whether granted permissions include `name:level`; everybody has metadata."""
    name, _, level = needed.partition(":")
    has = "read" if name == "metadata" else granted.get(name)
    return has in _LEVELS and _LEVELS.index(has) >= _LEVELS.index(level)


def within(asked: Mapping[str, str], granted: Mapping[str, str]) -> bool:
    """Whether a token may have the permissions that are asked for."""
    return all(allows(granted, f"{name}:{level}") for name, level in asked.items())
