"""Reads that never leave the checkout, and writes that happen all or not at all."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from bot.errors import TryLater, UserError

T = TypeVar("T")

_SUFFIX = ".kafka-access"
_LIMIT = 10 * 2**20
"""Bytes. No file of a GitOps repository that a person edits is larger; what is, is not read."""


class LeavesCheckout(UserError):
    """A path, or a symbolic link on the way, points out of the checkout."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} leads out of the repository, and nothing outside is read or written",
            "replace the symbolic link by the file itself",
        )


class WritesThroughLink(UserError):
    """A file that has to be written is a symbolic link, or lies behind one: it may be another application's."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is or lies behind a symbolic link, and nothing is written through one",
            "replace the symbolic link by what it leads to",
        )


class NotText(UserError):
    """A file that has to be read is not UTF-8 text of a sensible size."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} {why}", "mend the file on the main branch first")


class NotPhalanx(TryLater):
    """The folder holds no Phalanx tree."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not a Phalanx checkout: it has no environments/ and applications/",
            "name its top folder with --repo",
        )


class Files:
    """The files below one folder, by their path from it with `/`; nothing is read twice.

    `contents` are files as they would be: replaced, added, or (None) taken away.
    """

    def __init__(self, root: Path, contents: Mapping[str, bytes | None] | None = None) -> None:
        self.root = root.resolve()
        if not self.root.is_dir():
            message = f"{root} is not a folder"
            raise TryLater(message, "name the folder of a Phalanx checkout")
        self._contents = dict(contents or {})
        self._read = dict(self._contents)
        self._known: dict[object, Any] = {}

    @property
    def overlaid(self) -> bool:
        """Whether these are other files than those on disk."""
        return bool(self._contents)

    @property
    def seen(self) -> frozenset[str]:
        """The paths that were read, or looked for, so far."""
        return frozenset(self._read)

    def once(self, question: object, find: Callable[[], T]) -> T:
        """Return the answer to a question about these files, found once: they are a snapshot."""
        if question not in self._known:
            self._known[question] = find()
        found: T = self._known[question]
        return found

    def locate(self, path: str) -> Path:
        """Return the place of `path`; raises LeavesCheckout where it, or a link on the way, leads out."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or "\0" in path:
            raise LeavesCheckout(path)
        place = self.root / pure
        try:
            inside = place.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a loop of links; Python before 3.13 has a RuntimeError for it
            inside = False
        if not inside:
            raise LeavesCheckout(path)
        return place

    def data(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None where there is none."""
        if path not in self._read:
            place = self.locate(path)
            try:
                found = place.read_bytes() if place.stat().st_size <= _LIMIT else None
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self._read[path] = None
                return None
            except OSError as exc:
                message = f"{path} cannot be read: {exc.strerror}"
                raise TryLater(message) from exc
            if found is None:
                raise NotText(path, f"is larger than {_LIMIT // 2**20} MiB")
            self._read[path] = found
        return self._read[path]

    def text(self, path: str) -> str | None:
        """Return the text of a file with its line ends as they are, or None; raises NotText for other encodings."""
        data = self.data(path)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError as exc:
            raise NotText(path, f"is not UTF-8 at byte {exc.start}") from exc

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder in order; empty where there is no such folder."""
        try:
            found = {entry.name for entry in os.scandir(self.locate(folder))}
        except (FileNotFoundError, NotADirectoryError):
            found = set()
        except OSError as exc:
            message = f"{folder} cannot be read: {exc.strerror}"
            raise TryLater(message) from exc
        for path, data in self._contents.items():
            if path.startswith(f"{folder}/"):
                name, slash, _ = path.removeprefix(f"{folder}/").partition("/")
                if data is not None:
                    found.add(name)
                elif not slash:
                    found.discard(name)
        return tuple(sorted(found))

    def below(self, folder: str, *suffixes: str) -> Iterator[str]:
        """Yield the paths of the files below a folder in order; with `suffixes`, of those that end in one of them.

        Raises LeavesCheckout for a linked folder that leads out; one that does not is not entered.
        """
        top = self.locate(folder)
        endings = suffixes or ("",)
        found = set()
        for place, folders, names in os.walk(top):
            inside = Path(place).relative_to(self.root)
            for name in folders:
                if Path(place, name).is_symlink():
                    self.locate((inside / name).as_posix())
            found |= {(inside / name).as_posix() for name in names if name.endswith(endings)}
        for path, data in self._contents.items():
            if path.startswith(f"{folder}/") and path.endswith(endings):
                (found.discard if data is None else found.add)(path)
        yield from sorted(found)

    @cached_property
    def is_phalanx(self) -> bool:
        """Whether this looks like a Phalanx checkout at all."""
        return bool(self.names("environments")) and bool(self.names("applications"))


def phalanx(folder: Path) -> Files:
    """Return the files of a Phalanx checkout; raises NotPhalanx for any other folder."""
    files = Files(folder)
    if not files.is_phalanx:
        raise NotPhalanx(folder)
    return files


def write_all(root: Path, contents: Mapping[str, bytes | None]) -> None:
    """Write, or for None delete, all files, or none where anything fails: what was there comes back.

    All new contents are on disk before the first file changes, and what was there is kept until the last one has, so
    that neither going on nor going back needs room. Each file appears whole under its name and keeps its mode.
    """
    files = Files(root)
    places = {files.locate(path): data for path, data in contents.items()}
    for path, place in zip(contents, places, strict=True):
        if place.resolve() != place:
            raise WritesThroughLink(path)
    undo: list[Callable[[], object]] = []
    kept: list[Path] = []
    try:
        staged = {place: _stage(place, data, undo) for place, data in places.items()}
        for place, temporary in staged.items():
            _swap(place, temporary, undo, kept)
    except BaseException as exc:
        for step in reversed(undo):
            step()
        if isinstance(exc, OSError):
            message = f"writing {_shown(exc.filename, files.root)} failed: {exc.strerror}; nothing was changed"
            raise TryLater(message) from exc
        raise
    for backup in kept:
        backup.unlink()
    for place in (place for place, data in places.items() if data is None):
        _drop_empty(place.parent, files.root)


def _drop_empty(folder: Path, root: Path) -> None:
    """Take folders away that hold nothing any more: git knows no empty ones."""
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _stage(place: Path, data: bytes | None, undo: list[Callable[[], object]]) -> Path | None:
    """Write the new contents beside the file; returns where, or None for a file that is to go."""
    if data is None:
        return None
    folder = place.parent
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        undo.append(one.rmdir)
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=_SUFFIX, dir=folder)
    undo.append(partial(Path(name).unlink, missing_ok=True))
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, name) from exc
    Path(name).chmod(mode)
    return Path(name)


def _swap(place: Path, temporary: Path | None, undo: list[Callable[[], object]], kept: list[Path]) -> None:
    """Put the new contents in place, and the old ones aside."""
    if place.exists():
        backup = Path(tempfile.mktemp(prefix=f".{place.name}.", suffix=_SUFFIX, dir=place.parent))  # noqa: S306
        os.link(place, backup)  # raises where somebody was quicker, so the name needs no reservation
        kept.append(backup)
        undo.append(partial(backup.replace, place))
    else:
        undo.append(partial(place.unlink, missing_ok=True))
    if temporary is None:
        place.unlink(missing_ok=True)
    else:
        temporary.replace(place)


def _shown(name: object, root: Path) -> str:
    """The file that was meant, by its path in the checkout: the temporary ones are called after it."""
    path = str(name).removeprefix(f"{root}/")
    shown = re.sub(rf"(^|/)\.([^/]*)\.[^./]*{re.escape(_SUFFIX)}$", r"\1\2", path)
    return shown or "the checkout"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
