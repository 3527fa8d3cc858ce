"""Commits that GitHub signs, so that they are Verified: made through the API, with no author or committer of ours.

https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from github import GithubException, UnknownObjectException

from bot.github.branches import CONTENTS, Branches
from bot.github.connection import Connection
from bot.github.errors import Stale, graphql_kinds


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes and git's mode: ordinary, executable, or a symbolic link whose target the bytes are."""

    data: bytes
    mode: str = "100644"


class Commits:
    """Commits on branches of one repository."""

    def __init__(self, connection: Connection, branches: Branches) -> None:
        self._connection = connection
        self._branches = branches

    def commit(self, branch: str, expected: str, headline: str, body: str, changes: Mapping[str, bytes | None]) -> str:
        """Commit files (None deletes) on top of `expected`, and return the commit's sha.

        Existing modes stay and new files are ordinary ones: the mutation has no modes, see `merge` for those.
        Where the branch holds this very commit already, that is returned. Raises Stale where it holds anything else.
        https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
        """
        if not changes:
            return expected
        message = f"{headline}\n\n{body}" if body else headline
        variables = {
            "expectedHeadOid": expected,
            "message": {"headline": headline, "body": body},
            "fileChanges": {
                "additions": [
                    {"path": path, "contents": b64encode(data).decode()}
                    for path, data in sorted(changes.items())
                    if data is not None
                ],
                "deletions": [{"path": path} for path, data in sorted(changes.items()) if data is None],
            },
        }
        try:
            # Where an answer was lost, doing it again finds the branch moved on: by this very commit, perhaps.
            return self._connection.write(lambda: self._mutate(branch, expected, variables), needs=CONTENTS)
        except Stale:
            found = self._made(branch, expected, message, changes)
            if found is None:
                raise
            return found

    def _mutate(self, branch: str, expected: str, variables: Mapping[str, Any]) -> str:
        place = {"repositoryNameWithOwner": self._connection.full_name, "branchName": branch}
        requester = self._connection.repo.requester
        try:
            _, answer = requester.graphql_named_mutation(
                "createCommitOnBranch", {"branch": place, **variables}, "commit { oid }"
            )
        except UnknownObjectException:
            if self._connection.resolve():
                return self._mutate(branch, expected, variables)
            if self._branches.head(branch) is None:
                raise Stale(branch, expected) from None
            raise
        except GithubException as exc:
            if "STALE_DATA" in graphql_kinds(exc):
                raise Stale(branch, expected) from exc
            raise
        return str(answer["commit"]["oid"])

    def _made(self, branch: str, expected: str, message: str, changes: Mapping[str, bytes | None]) -> str | None:
        """Return the head where it is this commit, None where nothing was done yet; raises Stale for all else."""
        head = self._branches.head(branch)
        if head == expected:
            return None
        if head is None or not self._is(head, [expected], message):
            raise Stale(branch, expected, head or "")
        tree = self._read(f"/git/trees/{head}?recursive=1")
        blobs = {one["path"]: one["sha"] for one in tree["tree"] if one["type"] == "blob"}
        if any(blobs.get(path) != (None if data is None else _blob(data)) for path, data in changes.items()):
            raise Stale(branch, expected, head)
        return head

    def merge(
        self,
        branch: str,
        parents: Sequence[str],
        base_tree: str,
        changes: Mapping[str, File | None],
        message: str,
    ) -> str:
        """Commit `base_tree` with changes (None deletes) and several parents, the first being the branch's head.

        `base_tree` is the sha of a tree, not of a commit.
        Returns the commit's sha. Where the branch holds this very commit already, that is returned. Raises Stale
        where its head is neither.
        """
        tree = self._tree(base_tree, changes)
        head = self._branches.head(branch)
        if head is not None and head != parents[0] and self._is(head, parents, message, tree):
            return head
        if head != parents[0]:
            raise Stale(branch, parents[0], head or "")
        made = self._post("/git/commits", {"message": message, "tree": tree, "parents": list(parents)})
        self._branches.forward(branch, parents[0], made)
        return made

    def _tree(self, base: str, changes: Mapping[str, File | None]) -> str:
        if not changes:
            return base
        entries = [
            {"path": path, "mode": file.mode if file else "100644", "type": "blob", **self._content(file)}
            for path, file in sorted(changes.items())
        ]
        return self._post("/git/trees", {"base_tree": base, "tree": entries})

    def _content(self, file: File | None) -> dict[str, str | None]:
        if file is None:
            return {"sha": None}
        try:
            return {"content": file.data.decode()}
        except UnicodeDecodeError:
            return {"sha": self._post("/git/blobs", {"content": b64encode(file.data).decode(), "encoding": "base64"})}

    def _post(self, path: str, data: Mapping[str, Any]) -> str:
        """Make an object of git. Doing it twice leaves at worst a commit that nothing points to."""
        return str(self._connection.write(lambda: self._connection.call("POST", path, data), needs=CONTENTS)["sha"])

    def _is(self, sha: str, parents: Sequence[str], message: str, tree: str | None = None) -> bool:
        found = self._read(f"/git/commits/{sha}")
        return (
            [one["sha"] for one in found["parents"]] == list(parents)
            and found["message"].strip() == message.strip()
            and tree in {None, found["tree"]["sha"]}
        )

    def _read(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return self._connection.read(lambda: self._connection.call("GET", path), needs=CONTENTS)


def _blob(data: bytes) -> str:
    """The name that git gives to these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
