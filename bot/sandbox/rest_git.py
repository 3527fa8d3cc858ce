"""The git data API: refs, blobs, trees, commits."""

from __future__ import annotations

import base64
from typing import Any

from bot.sandbox import branches, payloads, payloads_git
from bot.sandbox.git import ZERO
from bot.sandbox.model import node_id
from bot.sandbox.problems import NotFound, Unprocessable, there
from bot.sandbox.rest_repository import authors, decoded
from bot.sandbox.routes import Answer, Call, endpoint

_GIT = "/repos/{owner}/{repo}/git"


def _shown(call: Call, name: str, sha: str) -> dict[str, Any]:
    return payloads_git.ref(call.world, call.repository, name, sha)


@endpoint(f"GET {_GIT}/ref/{{ref+}}")
def _ref(call: Call) -> Answer:
    name = f"refs/{call.params['ref']}"
    return Answer(200, _shown(call, name, there(call.repository.git.ref(name))))


@endpoint(f"GET {_GIT}/matching-refs/{{ref+}}")
def _matching(call: Call) -> Answer:
    found = call.repository.git.refs(f"refs/{call.params['ref']}")
    return Answer(200, [_shown(call, name, sha) for name, sha in found.items()])


@endpoint(f"POST {_GIT}/refs")
def _create_ref(call: Call) -> Answer:
    name, sha, git = call.text("ref"), call.text("sha"), call.repository.git
    if not name.startswith("refs/") or name.count("/") < 2 or not git.is_branch_name(name.split("/", 2)[2]):
        message = f"{name} is not a valid ref name."
        raise Unprocessable(message)
    if git.kind(sha) is None or len(sha) != len(ZERO):
        raise Unprocessable("Object does not exist")
    if git.ref(name) is not None:
        raise Unprocessable("Reference already exists")
    branches.move(call.world, call.repository, name, sha, ZERO, call.account)
    return Answer(201, _shown(call, name, sha), {"Location": _shown(call, name, sha)["url"]})


@endpoint(f"PATCH {_GIT}/refs/{{ref+}}")
def _update_ref(call: Call) -> Answer:
    name, sha, git = f"refs/{call.params['ref']}", call.text("sha"), call.repository.git
    before = git.ref(name)
    if before is None:
        raise Unprocessable("Reference does not exist")
    if git.kind(sha) is None:
        raise Unprocessable("Object does not exist")
    if not call.get("force") and not git.is_ancestor(before, sha):
        raise Unprocessable("Update is not a fast forward")
    branches.move(call.world, call.repository, name, sha, before, call.account)
    return Answer(200, _shown(call, name, sha))


@endpoint(f"DELETE {_GIT}/refs/{{ref+}}")
def _delete_ref(call: Call) -> Answer:
    name = f"refs/{call.params['ref']}"
    before = call.repository.git.ref(name)
    if before is None:
        raise Unprocessable("Reference does not exist")
    if name == f"refs/heads/{call.repository.default_branch}":
        raise Unprocessable("Cannot delete the default branch")
    branches.move(call.world, call.repository, name, ZERO, before, call.account)
    return Answer(204)


@endpoint(f"POST {_GIT}/blobs")
def _create_blob(call: Call) -> Answer:
    content = call.text("content")
    data = decoded(content) if call.get("encoding") == "base64" else content.encode()
    sha = call.repository.git.write_blob(data)
    url = f"{payloads.repository_url(call.world, call.repository)}/git/blobs/{sha}"
    return Answer(201, {"sha": sha, "url": url}, {"Location": url})


@endpoint(f"GET {_GIT}/blobs/{{sha}}")
def _blob(call: Call) -> Answer:
    sha, git = call.params["sha"], call.repository.git
    if git.kind(sha) != "blob":
        raise NotFound
    data = git.blob(sha)
    body = {
        "sha": sha,
        "node_id": node_id("B", call.repository.id) + sha,
        "size": len(data),
        "url": f"{payloads.repository_url(call.world, call.repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }
    return Answer(200, body)


@endpoint(f"GET {_GIT}/trees/{{sha}}")
def _tree(call: Call) -> Answer:
    git = call.repository.git
    sha = there(git.ref(f"{git.resolve(call.params['sha']) or call.params['sha']}^{{tree}}"))
    return Answer(200, _shown_tree(call, sha, recursive="recursive" in call.query))


def _shown_tree(call: Call, sha: str, *, recursive: bool) -> dict[str, Any]:
    entries = call.repository.git.entries(sha, recursive=recursive)
    return {
        "sha": sha,
        "url": f"{payloads.repository_url(call.world, call.repository)}/git/trees/{sha}",
        "tree": [payloads_git.tree_entry(call.world, call.repository, one) for one in entries],
        "truncated": False,
    }


@endpoint(f"POST {_GIT}/trees")
def _create_tree(call: Call) -> Answer:
    git, base = call.repository.git, call.get("base_tree")
    if base is not None and (base := git.ref(f"{base}^{{tree}}")) is None:
        raise NotFound("base_tree is not a valid tree oid")
    changes: dict[str, tuple[str, str] | None] = {}
    for entry in call.get("tree", []):
        changes[entry["path"]] = _changed(call, entry)
    return Answer(201, _shown_tree(call, git.write_tree(base, changes), recursive=False))


def _changed(call: Call, entry: dict[str, Any]) -> tuple[str, str] | None:
    """Return what an entry of a new tree stands for: inline content, an object, or with a null sha nothing."""
    if "content" in entry:
        return entry.get("mode", "100644"), call.repository.git.write_blob(entry["content"].encode())
    if "sha" not in entry:
        raise Unprocessable("Must supply either tree.sha or tree.content")
    if entry["sha"] is None:
        return None
    if call.repository.git.kind(entry["sha"]) is None:
        raise Unprocessable("tree.sha is not a valid blob")
    return entry.get("mode", "100644"), entry["sha"]


@endpoint(f"POST {_GIT}/commits")
def _create_commit(call: Call) -> Answer:
    git, tree = call.repository.git, call.text("tree")
    if git.kind(tree) != "tree":
        raise Unprocessable("Tree SHA does not exist")
    parents = call.get("parents") or []
    if any(git.kind(sha) != "commit" for sha in parents):
        raise Unprocessable("Parent SHA does not exist or is not a commit object")
    author, committer, signed = authors(call)
    sha = git.commit(tree, parents, call.text("message"), author, committer)
    if signed:
        call.repository.verified[sha] = call.world.clock.now()
    return Answer(201, payloads_git.git_commit(call.world, call.repository, git.read_commit(sha)))


@endpoint(f"GET {_GIT}/commits/{{sha}}")
def _commit(call: Call) -> Answer:
    git, sha = call.repository.git, call.params["sha"]
    if len(sha) != len(ZERO) or git.kind(sha) != "commit":
        raise NotFound
    return Answer(200, payloads_git.git_commit(call.world, call.repository, git.read_commit(sha)))
