"""Repositories, who may what in them, branches, commits, contents."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

from bot.sandbox import branches, payloads, payloads_git
from bot.sandbox.git import Signature
from bot.sandbox.model import Account, Repository
from bot.sandbox.problems import NotFound, Refused, Unprocessable
from bot.sandbox.routes import Answer, Call, endpoint

_REPO = "/repos/{owner}/{repo}"
_COARSE = {"maintain": "write", "triage": "read"}


@endpoint(f"GET {_REPO}")
def _repository(call: Call) -> Answer:
    return Answer(200, payloads.full_repository(call.world, call.repository))


def _collaborator(call: Call, account: Account) -> dict[str, Any]:
    role = call.world.role(call.repository, account)
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    may = {name: call.world.may(call.repository, account, wanted) for name, wanted in names.items()}
    return payloads.user(call.world, account) | {"permissions": may, "role_name": role}


@endpoint(f"GET {_REPO}/collaborators")
def _collaborators(call: Call) -> Answer:
    people = [one for one in call.world.accounts.values() if one.type == "User" and one.role != "none"]
    return call.page(people, lambda one: _collaborator(call, one))


@endpoint(f"GET {_REPO}/collaborators/{{username}}/permission")
def _permission(call: Call) -> Answer:
    account = call.world.accounts.get(call.params["username"].lower())
    if account is None or account.type == "Organization":
        raise NotFound(f"{call.params['username']} is not a user")
    role = call.world.role(call.repository, account)
    shown = _collaborator(call, account)
    return Answer(200, {"permission": _COARSE.get(role, role), "role_name": role, "user": shown})


@endpoint(f"GET {_REPO}/branches")
def _branches(call: Call) -> Answer:
    def shape(item: tuple[str, str]) -> dict[str, Any]:
        url = f"{payloads.repository_url(call.world, call.repository)}/commits/{item[1]}"
        return {"name": item[0], "commit": {"sha": item[1], "url": url}, "protected": False}

    refs = call.repository.git.refs("refs/heads/")
    return call.page([(name.removeprefix("refs/heads/"), sha) for name, sha in refs.items()], shape)


@endpoint(f"GET {_REPO}/branches/{{branch+}}")
def _branch(call: Call) -> Answer:
    repository, name = call.repository, call.params["branch"]
    sha = repository.git.ref(f"refs/heads/{name}")
    if sha is None:
        raise NotFound("Branch not found")
    url = f"{payloads.repository_url(call.world, repository)}/branches/{name}"
    body = {
        "name": name,
        "commit": payloads_git.commit(call.world, repository, repository.git.read_commit(sha)),
        "_links": {"self": url, "html": f"{payloads.page_url(call.world, repository)}/tree/{name}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }
    return Answer(200, body)


def resolved(repository: Repository, name: str) -> str:
    """Return the commit that a name means; raises Refused as the commits API does."""
    found = repository.git.resolve(name)
    if found is None:
        message = f"No commit found for SHA: {name}"
        raise Unprocessable(message)
    return found


@endpoint(f"GET {_REPO}/commits")
def _commits(call: Call) -> Answer:
    repository = call.repository
    head = resolved(repository, call.query.get("sha", repository.default_branch))
    shas = repository.git.commits(None, head)[::-1]
    return call.page(shas, lambda sha: payloads_git.commit(call.world, repository, repository.git.read_commit(sha)))


@endpoint(f"GET {_REPO}/commits/{{ref+}}")
def _commit(call: Call) -> Answer:
    git = call.repository.git
    commit = git.read_commit(resolved(call.repository, call.params["ref"]))
    files = git.diff(commit.parents[0], commit.sha) if commit.parents else []
    return Answer(200, payloads_git.commit(call.world, call.repository, commit, files))


@endpoint(f"GET {_REPO}/compare/{{basehead+}}")
def _compare(call: Call) -> Answer:
    repository, git = call.repository, call.repository.git
    names = call.params["basehead"].split("...")
    shas = [git.resolve(name.rpartition(":")[2]) for name in names]
    if len(shas) != 2 or shas[0] is None or shas[1] is None:
        raise NotFound
    base, head = shas[0], shas[1]
    start = git.merge_base(base, head)
    if start is None:
        raise NotFound(f"No common ancestor between {names[0]} and {names[1]}.")
    ahead, behind = git.commits(base, head), git.commits(head, base)
    url = f"{payloads.repository_url(call.world, repository)}/compare/{call.params['basehead']}"
    page = f"{payloads.page_url(call.world, repository)}/compare/{call.params['basehead']}"

    def shown(sha: str) -> dict[str, Any]:
        return payloads_git.commit(call.world, repository, git.read_commit(sha))

    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind", (False, False): "identical"}
    body = {
        "url": url,
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": shown(base),
        "merge_base_commit": shown(start),
        "status": status[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [shown(sha) for sha in ahead],
        "files": [payloads_git.diff_entry(call.world, repository, head, file) for file in git.diff(start, head)],
    }
    return Answer(200, body)


@endpoint(f"GET {_REPO}/contents", f"GET {_REPO}/contents/{{path+}}")
def _contents(call: Call) -> Answer:
    repository, git = call.repository, call.repository.git
    name = call.query.get("ref", repository.default_branch)
    path = call.params.get("path", "").strip("/")
    sha = git.resolve(name)
    if sha is None:
        raise NotFound(f"No commit found for the ref {name}")
    entry = git.entry(sha, path) if path else None
    if path and entry is None:
        raise NotFound
    if entry is None or entry.kind == "tree":
        above = f"{path}/" if path else ""
        inside = [replace(one, path=above + one.path) for one in git.entries(f"{sha}:{path}")]
        return Answer(200, [payloads_git.content(call.world, repository, one, name) for one in inside])
    data = git.blob(entry.sha) if entry.kind == "blob" else b""
    return Answer(200, payloads_git.content(call.world, repository, entry, name, data))


@endpoint(f"PUT {_REPO}/contents/{{path+}}", f"DELETE {_REPO}/contents/{{path+}}")
def _write(call: Call) -> Answer:
    repository, git, path = call.repository, call.repository.git, call.params["path"]
    branch = call.get("branch") or repository.default_branch
    head = git.ref(f"refs/heads/{branch}")
    if head is None:
        raise NotFound(f"Branch {branch} not found")
    old = git.entry(head, path)
    _check_blob(call, path, old.sha if old else None)
    content = None if call.method == "DELETE" else decoded(call.text("content"))
    tree = branches.changed_tree(git, head, {path: content})
    author, committer, signed = authors(call)
    sha = git.commit(tree, [head], call.text("message"), author, committer)
    if signed:
        repository.verified[sha] = call.world.clock.now()
    branches.move(call.world, repository, f"refs/heads/{branch}", sha, head, call.account)
    new = git.entry(sha, path)
    body = {
        "content": payloads_git.content(call.world, repository, new, branch) if new else None,
        "commit": payloads_git.git_commit(call.world, repository, git.read_commit(sha)),
    }
    return Answer(200 if old else 201, body)


def _check_blob(call: Call, path: str, old: str | None) -> None:
    """Raise Refused unless the caller knows what is at the path now."""
    known = call.get("sha")
    if call.method == "DELETE" and old is None:
        raise NotFound
    if old is not None and known is None:
        message = 'Invalid request.\n\n"sha" wasn\'t supplied.'
        raise Unprocessable(message)
    if known is not None and known != old:
        raise Refused(409, f"{path} does not match {known}")


def decoded(text: str) -> bytes:
    """Return what base64 stands for; raises Unprocessable."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as exc:
        raise Unprocessable("content is not valid Base64") from exc


def authors(call: Call) -> tuple[Signature, Signature, bool]:
    """Return the author and committer of a commit, and whether GitHub signs it: for an App that names neither."""
    given = [_given(call, call.get(part)) for part in ("author", "committer")]
    if given == [None, None]:
        return branches.signature(call.world, call.account), branches.web_signature(call.world), bool(call.caller.token)
    author = given[0] or branches.signature(call.world, call.account)
    return author, given[1] or author, False


def _given(call: Call, who: object) -> Signature | None:
    if who is None:
        return None
    if not isinstance(who, dict) or not {"name", "email"} <= who.keys():
        message = 'Invalid request.\n\n"name" and "email" weren\'t supplied.'
        raise Unprocessable(message)
    now = Signature.now(who["name"], who["email"], call.world.clock.now())
    return Signature(now.name, now.email, who.get("date") or now.when)
