"""Files by commit, without a worktree: what a tree holds, what differs between two, and a new one made of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bot.checkout.failures import GitFailed, TooLarge, needing_room
from bot.checkout.git import Git, oid

FILE = "100644"
PROGRAM = "100755"
LINK = "120000"
SUBMODULE = "160000"

_LIMIT = 10 * 2**20
"""Bytes of one file; see `bot.checkout.files`."""

_TOGETHER = 64 * 2**20
"""Bytes of all files that are read at once: a change that people review is far smaller."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One entry of a tree: its bytes (a link's target, a submodule's commit id) and git's mode."""

    data: bytes
    mode: str = FILE


class Trees:
    """Trees of one repository. Commits and trees are named by their ids, paths are from the top with `/`."""

    def __init__(self, git: Git, scratch: Callable[[], AbstractContextManager[tuple[Path, int]]]) -> None:
        self._git = git
        self._scratch = scratch

    def file(self, commit: str, path: str) -> bytes | None:
        """Return the bytes of a file, or None where there is none (a link is none); raises TooLarge."""
        if not _is_path(path):
            return None
        listed = self._git.ask("ls-tree", "-z", "--full-tree", oid(commit), "--", path).output
        for entry in filter(None, listed.split(b"\0")):
            facts, _, name = entry.partition(b"\t")
            mode, _, blob = facts.decode().split(" ")
            if _text(name) == path and mode in {FILE, PROGRAM}:
                return self._contents({path: blob})[path]
        return None

    def mention(self, commit: str, pattern: str, paths: Sequence[str]) -> bool:
        """Whether a file at or below one of these paths has a line with an extended regular expression in any case."""
        asked = ("--quiet", "--ignore-case", "--extended-regexp", "-e", pattern, oid(commit), "--", *paths)
        return self._git.ask("grep", *asked, expect=(0, 1)).status == 0

    def changed(self, old: str, new: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits or trees, in order; a renamed file is two."""
        return tuple(path for path, _, _ in self._differences(old, new))

    def changes(self, old: str, new: str) -> dict[str, Blob | None]:
        """Return what makes the new commit or tree of the old one: what is new or other, and None for what is gone.

        Raises TooLarge.
        """
        found = {path: (mode, blob) for path, mode, blob in self._differences(old, new)}
        blobs = {path: blob for path, (mode, blob) in found.items() if mode in {FILE, PROGRAM, LINK}}
        data = self._contents(blobs)
        return {
            path: Blob(data.get(path, blob.encode()), mode) if int(mode) else None
            for path, (mode, blob) in found.items()
        }

    def write(self, commit: str, contents: Mapping[str, Blob | bytes | None]) -> str:
        """Return the id of a tree made of a commit's (or tree's) and these contents; None takes a file away.

        Plain bytes keep the mode of the file that they replace. No branch is touched.
        Raises ValueError for a path that no tree may hold.
        """
        for path in contents:
            if not _is_path(path):
                message = f"{path!r} is not the path of a file in a repository"
                raise ValueError(message)
        with self._scratch() as (place, lock):
            environment = {"GIT_INDEX_FILE": str(place / "index")}
            self._git.ask("read-tree", oid(commit), environment=environment, keep=(lock,))
            modes = self._modes(environment, contents)
            blobs = {path: _blob(one, modes.get(path)) for path, one in contents.items() if one is not None}
            entries = [(path, "0", "0" * len(commit)) for path, one in contents.items() if one is None]
            entries += [(path, blobs[path].mode, stored) for path, stored in self._stored(place, blobs).items()]
            lines = b"".join(f"{mode} {stored}\t".encode() + _bytes(path) + b"\0" for path, mode, stored in entries)
            done = self._git.ask("update-index", "-z", "--index-info", environment=environment, stdin=lines)
            if done.stderr:  # a path that git ignores with a warning would be a change that is lost
                message = f"git does not take one of these paths: {done.stderr.strip()[:300]}"
                raise ValueError(message)
            return self._git.ask("write-tree", environment=environment).stdout.strip()

    def _differences(self, old: str, new: str) -> Iterator[tuple[str, str, str]]:
        """Yield path, new mode and new id of everything that differs."""
        done = self._git.ask("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", oid(old), oid(new))
        fields = iter(done.output.split(b"\0")[:-1])
        for facts, path in zip(fields, fields, strict=True):
            _, mode, _, blob, _ = facts.decode().split(" ")
            yield _text(path), mode, blob

    def _contents(self, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """The bytes of these blobs by path; sizes are looked at before anything is read."""
        wanted = "".join(f"{blob}\n" for blob in blobs.values()).encode()
        sizes = self._git.ask("cat-file", "--batch-check=%(objectsize)", stdin=wanted).stdout.split("\n")
        for path, size in zip(blobs, sizes, strict=False):
            if not size.isdigit():
                self._git.distrust()
                raise GitFailed("cat-file", 0, f"{path}: {size}")
            if int(size) > _LIMIT:
                raise TooLarge(path, _LIMIT)
        if sum(map(int, sizes[: len(blobs)])) > _TOGETHER:
            raise TooLarge("this change", _TOGETHER)
        data = self._git.ask("cat-file", "--batch=%(objectsize)", stdin=wanted).output
        found, start = {}, 0
        for path, size in zip(blobs, sizes, strict=False):
            start += len(size) + 1
            found[path] = data[start : start + int(size)]
            start += int(size) + 1
        return found

    def _modes(self, environment: Mapping[str, str], contents: Mapping[str, object]) -> dict[str, str]:
        """The modes of the files that are replaced."""
        kept = [path for path, one in contents.items() if isinstance(one, bytes)]
        if not kept:
            return {}
        listed = self._git.ask("ls-files", "-z", "--stage", "--", *kept, environment=environment).output
        entries = [entry.partition(b"\t") for entry in listed.split(b"\0")[:-1]]
        return {_text(path): facts.split(b" ")[0].decode() for facts, _, path in entries}

    def _stored(self, place: Path, blobs: Mapping[str, Blob]) -> dict[str, str]:
        """Put the bytes into the repository; returns their ids by path."""
        ids = {path: one.data.decode() for path, one in blobs.items() if one.mode == SUBMODULE}
        paths = [path for path in blobs if path not in ids]
        with needing_room():
            for number, path in enumerate(paths):
                (place / str(number)).write_bytes(blobs[path].data)
        names = "".join(f"{place / str(number)}\n" for number in range(len(paths)))
        stored = self._git.ask("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names.encode()).stdout
        return {**ids, **dict(zip(paths, stored.split(), strict=True))}


def _blob(content: Blob | bytes, mode: str | None) -> Blob:
    if isinstance(content, Blob):
        return content
    return Blob(content, mode if mode == PROGRAM else FILE)


def _is_path(path: str) -> bool:
    return "\0" not in path and not {"", ".", ".."} & set(path.split("/"))


def _text(path: bytes) -> str:
    """Paths need not be UTF-8, and have to come back as they were."""
    return path.decode("utf-8", "surrogateescape")


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
