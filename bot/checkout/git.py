"""The one way git is run: nothing that a repository contains is ever run, and no settings but these count."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.checkout.failures import CannotCheckOut, GitFailed, GitTooOld, NoRoom, UnknownObject
from bot.process import Finished, run

_TIMEOUT = 120.0
"""Seconds for what needs no network; a worktree of Phalanx takes less than one."""

_USAGE = 129
"""Git's exit status for options that it does not know."""

_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.symlinks": "true",
    "credential.helper": "",
    # A job never waits for a clean-up that it did not ask for: `Mirror.clean` does that.
    "gc.auto": "0",
    "gc.autoDetach": "false",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "protocol.version": "2",
    # git sends its extra headers, and so the token, to wherever it is redirected.
    "http.followRedirects": "false",
}
_ENVIRONMENT = {
    "LC_ALL": "C",  # complaints are told apart by their words
    "HOME": "/dev/null",  # curl would read ~/.netrc
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",  # only a fetch names one
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|Read-only file system|Permission denied")
_NO_FILE = re.compile(r"invalid path .*|unable to create (?:file|symlink) .*|cannot create directory at .*")
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def oid(name: str) -> str:
    """Return a full object id as it is; raises ValueError for anything else, which git could take for an option."""
    if not _OID.fullmatch(name):
        message = f"{name!r} is not the id of a commit or tree"
        raise ValueError(message)
    return name


class Git:
    """Git on one bare repository, which need not be there yet.

    It is named by GIT_DIR and not looked for, so it may belong to another user, as mounted volumes do.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def doubt(self) -> Path:
        """A file in the repository that says: something in here is broken, make it anew before the next use."""
        return self.folder / "doubt"

    def run(
        self,
        command: str,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        hide: Sequence[str] = (),
        expect: Sequence[int] = (0,),
        stdin: bytes = b"",
        timeout: float = _TIMEOUT,
        keep: Sequence[int] = (),
    ) -> Finished:
        """Run a git command; `settings` are git's own, by environment, where no other user can read them.

        Raises GitFailed for an exit status that is not expected; `hide` are texts that its complaint must not hold.
        NoRoom, GitTooOld and what `bot.process.run` raises have their own classes.
        """
        every = {**_ENVIRONMENT, "GIT_DIR": str(self.folder), **(environment or {})}
        for number, (key, value) in enumerate({**_SETTINGS, **(settings or {})}.items()):
            every |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
            every["GIT_CONFIG_COUNT"] = str(number + 1)
        argv = ["git", command, *arguments]
        done = run(argv, cwd=self.folder.parent, timeout=timeout, environment=every, stdin=stdin, keep=keep)
        if done.status in expect:
            return done
        complaint = self._harmless(done.stderr, hide)
        if done.status == _USAGE:
            raise GitTooOld(command)
        if reason := _NO_ROOM.search(complaint):
            raise NoRoom(reason[0])
        raise GitFailed(command, done.status, complaint)

    def ask(
        self,
        command: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        expect: Sequence[int] = (0,),
        stdin: bytes = b"",
        keep: Sequence[int] = (),
    ) -> Finished:
        """Run a command on what is in the repository.

        Raises UnknownObject for an id that is not there, CannotCheckOut for names that must not become files. Any other
        refusal puts the repository in doubt, so that the next fetch makes it anew.
        """
        try:
            return self.run(command, *arguments, environment=environment, expect=expect, stdin=stdin, keep=keep)
        except GitFailed as exc:
            if reason := _NO_FILE.search(exc.complaint):
                raise CannotCheckOut(reason[0]) from exc
            for one in _OID.findall(" ".join(arguments)):
                if self.run("cat-file", "-e", one, expect=(0, 1, 128)).status:
                    raise UnknownObject(one) from exc
            self.distrust()
            raise

    def distrust(self) -> None:
        """Put the repository in doubt."""
        if self.folder.is_dir():
            self.doubt.touch()

    def _harmless(self, complaint: str, hide: Sequence[str]) -> str:
        """What git said, without secrets and without where the mirrors lie."""
        for secret in filter(None, hide):
            complaint = complaint.replace(secret, "***")
        complaint = re.sub(r"(?<=://)[^/@\s]+@", "", complaint)
        return complaint.replace(f"{self.folder.parent}/", "")
