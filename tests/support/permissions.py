"""Which permission of a GitHub App each call needs.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

NONE: Mapping[str, str] = {}
"""For calls that need no permission of the installation: they are signed as the App, or public."""

# A call that any one of several permissions allows names the one that is asked for anyway.
CALLS: Mapping[str, Mapping[str, str]] = {
    "GET /app": NONE,
    "GET /app/hook/deliveries": NONE,
    "GET /app/hook/deliveries/{id}": NONE,
    "POST /app/hook/deliveries/{id}/attempts": NONE,
    "GET /app/installations": NONE,
    "GET /app/installations/{id}": NONE,
    "POST /app/installations/{id}/access_tokens": NONE,
    "GET /repos/{owner}/{repo}/installation": NONE,
    "POST /app-manifests/{code}/conversions": NONE,
    "GET /rate_limit": NONE,
    "GET /users/{username}": NONE,
    # In the name of a person who signs in: who that is needs no permission.
    "GET /user": NONE,
    "GET /installation/repositories": {"metadata": "read"},
    "GET /repos/{owner}/{repo}": {"metadata": "read"},
    "GET /repositories/{id}": {"metadata": "read"},
    "GET /repos/{owner}/{repo}/collaborators/{username}/permission": {"metadata": "read"},
    "GET /orgs/{org}/teams/{team}/memberships/{username}": {"members": "read"},
    "GET /orgs/{org}/memberships/{username}": {"members": "read"},
    "GET /repos/{owner}/{repo}/issues": {"issues": "read"},
    "POST /repos/{owner}/{repo}/issues": {"issues": "write"},
    "GET /repos/{owner}/{repo}/issues/{number}": {"issues": "read"},
    "PATCH /repos/{owner}/{repo}/issues/{number}": {"issues": "write"},
    "GET /repos/{owner}/{repo}/issues/{number}/comments": {"issues": "read"},
    "POST /repos/{owner}/{repo}/issues/{number}/comments": {"issues": "write"},
    "GET /repos/{owner}/{repo}/issues/{number}/events": {"issues": "read"},
    "GET /repos/{owner}/{repo}/issues/comments/{id}": {"issues": "read"},
    "PATCH /repos/{owner}/{repo}/issues/comments/{id}": {"issues": "write"},
    "DELETE /repos/{owner}/{repo}/issues/comments/{id}": {"issues": "write"},
    "GET /repos/{owner}/{repo}/issues/{number}/reactions": {"issues": "read"},
    "POST /repos/{owner}/{repo}/issues/{number}/reactions": {"issues": "write"},
    "DELETE /repos/{owner}/{repo}/issues/{number}/reactions/{id}": {"issues": "write"},
    "GET /repos/{owner}/{repo}/issues/comments/{id}/reactions": {"issues": "read"},
    "POST /repos/{owner}/{repo}/issues/comments/{id}/reactions": {"issues": "write"},
    "DELETE /repos/{owner}/{repo}/issues/comments/{id}/reactions/{reaction}": {"issues": "write"},
    "GET /repos/{owner}/{repo}/issues/{number}/labels": {"issues": "read"},
    "POST /repos/{owner}/{repo}/issues/{number}/labels": {"issues": "write"},
    "DELETE /repos/{owner}/{repo}/issues/{number}/labels/{label}": {"issues": "write"},
    "GET /repos/{owner}/{repo}/labels": {"issues": "read"},
    "GET /repos/{owner}/{repo}/labels/{label}": {"issues": "read"},
    "PATCH /repos/{owner}/{repo}/labels/{label}": {"issues": "write"},
    "POST /repos/{owner}/{repo}/labels": {"issues": "write"},
    "GET /repos/{owner}/{repo}/git/ref/{ref}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/git/refs/{ref}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/git/matching-refs/{ref}": {"contents": "read"},
    "POST /repos/{owner}/{repo}/git/refs": {"contents": "write"},
    "PATCH /repos/{owner}/{repo}/git/refs/{ref}": {"contents": "write"},
    "DELETE /repos/{owner}/{repo}/git/refs/{ref}": {"contents": "write"},
    "POST /repos/{owner}/{repo}/git/blobs": {"contents": "write"},
    "POST /repos/{owner}/{repo}/git/trees": {"contents": "write"},
    "POST /repos/{owner}/{repo}/git/commits": {"contents": "write"},
    "GET /repos/{owner}/{repo}/git/commits/{sha}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/git/trees/{sha}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/contents/{path}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/branches/{branch}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/commits": {"contents": "read"},
    "GET /repos/{owner}/{repo}/commits/{ref}": {"contents": "read"},
    "GET /repos/{owner}/{repo}/compare/{basehead}": {"contents": "read"},
    # The one mutation that is sent: createCommitOnBranch.
    "POST /graphql": {"contents": "write"},
    "GET /{owner}/{repo}.git/info/refs": {"contents": "read"},
    "POST /{owner}/{repo}.git/git-upload-pack": {"contents": "read"},
    "POST /{owner}/{repo}.git/git-receive-pack": {"contents": "write"},
    "GET /repos/{owner}/{repo}/pulls": {"pull_requests": "read"},
    "POST /repos/{owner}/{repo}/pulls": {"pull_requests": "write"},
    "GET /repos/{owner}/{repo}/pulls/{number}": {"pull_requests": "read"},
    "PATCH /repos/{owner}/{repo}/pulls/{number}": {"pull_requests": "write"},
    "GET /repos/{owner}/{repo}/pulls/{number}/files": {"pull_requests": "read"},
    "GET /repos/{owner}/{repo}/pulls/{number}/commits": {"pull_requests": "read"},
    "GET /repos/{owner}/{repo}/pulls/{number}/reviews": {"pull_requests": "read"},
    "POST /repos/{owner}/{repo}/pulls/{number}/requested_reviewers": {"pull_requests": "write"},
    "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": {"checks": "read"},
    "GET /repos/{owner}/{repo}/check-runs/{id}": {"checks": "read"},
    "POST /repos/{owner}/{repo}/check-runs": {"checks": "write"},
    "PATCH /repos/{owner}/{repo}/check-runs/{id}": {"checks": "write"},
}

_SEVERAL_SEGMENTS = {"ref", "path", "branch", "basehead", "label"}


def needed(calls: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return permission -> level that these calls (method, path) need together; raises LookupError for an unknown one.

    A path is what the client asked for, with or without its query, without the prefix of an Enterprise Server's API.
    """
    levels: dict[str, str] = {}
    for method, path in calls:
        for permission, level in CALLS[endpoint(method, path)].items():
            if levels.get(permission) != "write":
                levels[permission] = level
    return levels


def endpoint(method: str, path: str) -> str:
    """Return the entry of the table that a call belongs to: the one with the fewest parameters."""
    plain = path.partition("?")[0].rstrip("/") or "/"
    found = [call for call in CALLS if _pattern(call).fullmatch(f"{method.upper()} {plain}")]
    if not found:
        raise LookupError(f"no permission is known for {method} {plain}")
    return min(found, key=lambda call: (call.count("{"), -len(call)))


def _pattern(call: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", call)
    texts = [re.escape(part) for part in parts[::2]]
    names = [r".+" if name in _SEVERAL_SEGMENTS else r"[^/]+?" for name in parts[1::2]]
    return re.compile("".join(text + name for text, name in zip(texts, [*names, ""], strict=True)))
