"""What was found before, on disk: one file for each key, each of them expendable."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

import bot

T = TypeVar("T")

LIMIT = 64 * 2**20
"""Bytes that a cache folder keeps; what has not been used for longest goes first."""

_SUFFIX = ".json"
_DECIDING = ("kafka", "landscape", "phalanx", "proof", "roundtrip", "checkout/files.py", "helm.py", "yaml.py")
"""The code that decides what is kept: a new version of it has entries of its own."""


def default_folder() -> Path | None:
    """Return where caches of this user are, or None where the user has no place for them.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "kafka-access"


def digest(*parts: str | bytes) -> str:
    """Return a key of parts; where one ends and the next begins counts."""
    found = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape")
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


@lru_cache(maxsize=1)
def own_code() -> str:
    """Return a digest of the code that decides what is kept."""
    root = Path(bot.__file__).parent
    found: list[bytes] = []
    for name in _DECIDING:
        place = root / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            found += [path.relative_to(root).as_posix().encode(), path.read_bytes()]
    return digest(*found)


class Cache:
    """A folder of entries, or none at all. Nothing that goes wrong with it is an error: then there is no entry."""

    def __init__(self, folder: Path | None, limit: int = LIMIT) -> None:
        self.folder, self._limit = folder, limit
        self._written = False

    def get(self, key: str) -> bytes | None:
        """Return an entry, or None."""
        if self.folder is None:
            return None
        place = self.folder / f"{key}{_SUFFIX}"
        try:
            data = place.read_bytes()
            os.utime(place)
        except OSError:
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry; it appears whole or not at all."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder)
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            Path(name).replace(self.folder / f"{key}{_SUFFIX}")
        except OSError:
            Path(name).unlink(missing_ok=True)
        self._written = True

    def prune(self) -> None:
        """Remove the entries that have not been used for longest, if any were written and there are too many."""
        if self.folder is None or not self._written:
            return
        self._written = False
        try:
            # Somebody else's pruning may take one away under this, and then the folder has to be closed all the same.
            with os.scandir(self.folder) as found:
                entries = [(entry.stat(), Path(entry.path)) for entry in found if entry.is_file()]
        except OSError:
            return
        for path in _beyond(self._limit, entries):
            try:
                path.unlink(missing_ok=True)
            except OSError:
                return


class Kept(Generic[T]):
    """Values of one type in a cache, as JSON; what does not fit the type was never there."""

    def __init__(self, cache: Cache, adapter: TypeAdapter[T], base: str) -> None:
        self._cache, self._adapter, self._base = cache, adapter, base

    def get(self, *parts: str) -> T | None:
        """Return the value of a key, or None."""
        data = self._cache.get(digest(self._base, *parts))
        try:
            return None if data is None else self._adapter.validate_json(data)
        except ValidationError:
            return None

    def put(self, value: T, *parts: str) -> T:
        """Keep a value and return it as it will be read."""
        data = self._adapter.dump_json(value)
        self._cache.put(digest(self._base, *parts), data)
        return self._adapter.validate_json(data)


def _beyond(limit: int, entries: Iterable[tuple[os.stat_result, Path]]) -> list[Path]:
    """Return what is over the limit; the leftovers of processes that died grow old like everything else."""
    room, over = limit, []
    for stat, path in sorted(entries, key=lambda one: (-one[0].st_mtime_ns, one[1].name)):
        room -= stat.st_size
        if room < 0:
            over.append(path)
    return over
