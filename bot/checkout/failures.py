"""What goes wrong with git, told so that somebody can do something about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import TryLater, UserError


class GitFailed(TryLater):
    """Git refused for a reason that has no name here; `complaint` is what it said, without secrets."""

    def __init__(self, command: str, status: int, complaint: str) -> None:
        last = complaint.strip().splitlines()[-1:] or ["without a word"]
        super().__init__(f"git {command} failed with status {status}: {last[0][:300]}")
        self.command = command
        self.complaint = complaint


class GitTooOld(TryLater):
    """Git does not know an option that it is given."""

    def __init__(self, command: str) -> None:
        super().__init__(f"git {command} is too old here", "install git 2.38 or newer")


class NoRoom(TryLater):
    """The folder for mirrors and worktrees cannot be written."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the folder for mirrors cannot be written: {why}", "free or mount room for the state folder")


@contextmanager
def needing_room() -> Iterator[None]:
    """Tell what the file system refuses as NoRoom."""
    try:
        yield
    except OSError as exc:
        raise NoRoom(exc.strerror or "it does not say why") from exc


class Busy(TryLater):
    """Somebody else has held the lock of a mirror all the time."""

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(f"the mirror {name} was in use for more than {seconds:.0f} seconds")


class Unreachable(TryLater):
    """The network, or the server at its end, failed."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url} cannot be fetched now: {why}", "try again when the server answers")


class NoAccess(TryLater):
    """There is no such repository, or it may not be read: servers do not tell which. Both can change at once."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} is not there, or may not be read",
            "install the App on this repository with read access to its contents, and see that its address is right",
        )


class Moved(TryLater):
    """The server sends to another address; a token goes nowhere but where it was meant for."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} has moved to another address", "ask the server for the repository's new name")


class NotOurs(TryLater):
    """A repository on this machine belongs to somebody else, and git does not trust it."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} belongs to another user, so git does not read it", "change its owner, or fetch it over HTTP"
        )


class UnknownObject(TryLater):
    """The mirror does not have a commit or a tree: it was never fetched, or was thrown away on the server."""

    def __init__(self, oid: str) -> None:
        super().__init__(f"{oid[:12]} is not in the mirror", "fetch the branch that it is on")


class NoBranch(UserError):
    """The repository has no such branch; one without any commit has none at all."""

    def __init__(self, url: str, branch: str) -> None:
        super().__init__(f"{url} has no branch {branch}", "push a first commit, or name another branch")


class CannotCheckOut(UserError):
    """A tree holds a name that must not, or cannot, become a file here."""

    def __init__(self, why: str) -> None:
        shown = why if len(why) <= 200 else f"{why[:100]} … {why[-99:]}"
        super().__init__(f"the files of this commit cannot be written: {shown}", "rename that file on its branch")


class TooLarge(UserError):
    """A file is larger than anything that a person edits."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__(f"{path} is larger than {limit // 2**20} MiB", "keep large files out of this repository")


class Unrelated(UserError):
    """Two commits have no common history."""

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__(
            f"{ours[:12]} and {theirs[:12]} have no commit in common, so they cannot be merged",
            "begin the branch anew from the main branch",
        )
