"""GraphQL: `createCommitOnBranch`, and who is asking. Errors come with status 200, as from GitHub."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox import branches, payloads_git
from bot.sandbox.auth import Caller
from bot.sandbox.git import StaleRef
from bot.sandbox.graphql_query import Field, NotGraphQL, parse
from bot.sandbox.model import Repository, node_id
from bot.sandbox.payloads import page_url
from bot.sandbox.problems import BadCredentials, Refused
from bot.sandbox.routes import Answer, Call, endpoint

Resolver = Callable[[Call, Mapping[str, Any]], Any]


class Wrong(Exception):
    """One field failed: GitHub's word for the kind of error, and the sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@endpoint("POST /graphql")
def _graphql(call: Call) -> Answer:
    if call.caller == Caller():
        raise BadCredentials
    try:
        kind, fields = parse(call.text("query"), call.get("variables") or {})
    except NotGraphQL as exc:
        return Answer(200, {"errors": [{"message": f"Parse error: {exc}"}]})
    data: dict[str, Any] = {}
    errors = []
    for field in fields:
        try:
            data[field.alias] = _selected(field, _known(kind, field)(call, field.arguments))
        except Wrong as exc:
            data[field.alias] = None
            errors.append({"type": exc.kind, "path": [field.alias], "message": str(exc)})
    return Answer(200, {"data": data} | ({"errors": errors} if errors else {}))


def _known(kind: str, field: Field) -> Resolver:
    if (found := _FIELDS.get((kind, field.name))) is None:
        message = f"Field '{field.name}' doesn't exist on type '{kind.title()}'"
        raise Wrong("undefinedField", message)
    return found


def _selected(field: Field, value: Any) -> Any:  # noqa: ANN401 JSON is
    """Return of an answer what was asked for."""
    if value is None or not field.fields:
        return value
    if isinstance(value, list):
        return [_selected(field, one) for one in value]
    found = {}
    for one in field.fields:
        if one.name not in value:
            message = f"Field '{one.name}' doesn't exist"
            raise Wrong("undefinedField", message)
        found[one.alias] = _selected(one, value[one.name])
    return found


def _viewer(call: Call, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    account = call.account
    return {"login": account.login, "id": node_id("BOT", account.id), "__typename": account.type}


def _create_commit(call: Call, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Commit on a branch if it is where the caller thinks it is; GitHub signs."""
    given = arguments.get("input") or {}
    branch, message = given.get("branch") or {}, given.get("message") or {}
    repository = _repository(call, str(branch.get("repositoryNameWithOwner")))
    name = f"refs/heads/{str(branch.get('branchName')).removeprefix('refs/heads/')}"
    expected, git = given.get("expectedHeadOid"), repository.git
    head = git.ref(name)
    if head is None:
        raise Wrong("NOT_FOUND", f"No commit exists with specified expectedHeadOid '{expected}'.")
    if head != expected:
        raise Wrong("STALE_DATA", _stale(expected))
    files = _changes(repository, head, given.get("fileChanges") or {})
    text = message.get("headline") or ""
    if not text:
        raise Wrong("UNPROCESSABLE", "A commit message headline is required")
    if message.get("body"):
        text = f"{text}\n\n{message['body']}"
    tree = branches.changed_tree(git, head, files)
    author, web = branches.signature(call.world, call.account), branches.web_signature(call.world)
    sha = git.commit(tree, [head], text, author, web)
    repository.verified[sha] = call.world.clock.now()
    try:
        branches.move(call.world, repository, name, sha, head, call.account)
    except StaleRef as exc:
        raise Wrong("STALE_DATA", _stale(expected)) from exc
    commit = _commit(call, repository, sha)
    ref = {"id": node_id("REF", repository.id), "name": name.removeprefix("refs/heads/"), "target": commit}
    return {"clientMutationId": given.get("clientMutationId"), "commit": commit, "ref": ref}


def _stale(expected: object) -> str:
    return f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'


def _repository(call: Call, full_name: str) -> Repository:
    """Return the repository, by its old name too; raises Wrong where the caller may not write to it."""
    known = {one.full_name.lower(): one for one in call.world.repositories} | call.world.moved
    found = known.get(full_name.lower())
    if found is None or not call.caller.sees(call.world, found):
        raise Wrong("NOT_FOUND", f"Could not resolve to a Repository with the name '{full_name}'.")
    try:
        call.caller.check(call.world, found, ("contents:write",))
    except Refused as exc:
        raise Wrong("FORBIDDEN", "Resource not accessible by integration") from exc
    return found


def _changes(repository: Repository, head: str, given: Mapping[str, Any]) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {}
    for one in given.get("deletions") or []:
        entry = repository.git.entry(head, one["path"])
        if entry is None:
            raise Wrong("UNPROCESSABLE", f"A path was requested for deletion which does not exist: {one['path']}")
        files[one["path"]] = None
    for one in given.get("additions") or []:
        path = one["path"]
        if path in files:
            raise Wrong("UNPROCESSABLE", f"Path is not unique: {path}")
        if path.startswith("/") or ".git" in path.split("/") or not path or ".." in path.split("/"):
            raise Wrong("UNPROCESSABLE", f"A path is invalid: {path}")
        try:
            files[path] = base64.b64decode(one["contents"], validate=True)
        except binascii.Error as exc:
            raise Wrong("UNPROCESSABLE", f"The contents of {path} are not valid Base64") from exc
    return files


def _commit(call: Call, repository: Repository, sha: str) -> dict[str, Any]:
    commit = repository.git.read_commit(sha)
    proof = payloads_git.verification(repository, commit)
    signature = {
        "isValid": proof["verified"],
        "state": "VALID",
        "wasSignedByGitHub": True,
        "signature": proof["signature"],
    }
    page = f"{page_url(call.world, repository)}/commit/{sha}"
    who = {
        part: {"name": one.name, "email": one.email, "date": one.when}
        for part, one in (("author", commit.author), ("committer", commit.committer))
    }
    return {
        "id": node_id("C", repository.id) + sha,
        "oid": sha,
        "abbreviatedOid": sha[:7],
        "url": page,
        "message": commit.message,
        "messageHeadline": commit.message.partition("\n")[0],
        "committedDate": commit.committer.when,
        "signature": signature,
        **who,
    }


_FIELDS: Mapping[tuple[str, str], Resolver] = {
    ("query", "viewer"): _viewer,
    ("mutation", "createCommitOnBranch"): _create_commit,
}
