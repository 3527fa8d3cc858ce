"""A key of a whole tree from its files' stats, so that nothing has to be read to know that nothing has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.checkout.files import Files
from bot.landscape.cache import digest

TOPS = ("applications", "charts", "environments")
"""The folders that decide what is rendered."""

_SETTLED = 2 * 10**9
"""Nanoseconds. A file that has just changed may change again within the same tick of its file system, unseen."""


class TreeKey:
    """The stats of a tree as they are now; `key` is None where they do not tell all that is read."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._newest = 0
        self._began = time.time_ns()
        self.key = None if files.overlaid else self._find()

    def _find(self) -> str | None:
        lines: list[str] = []
        for top in TOPS:
            for path, stat in _walk(self._files.root / top):
                # A link leads to what these stats say nothing of.
                if stat is None:
                    return None
                self._newest = max(self._newest, stat.st_mtime_ns, stat.st_ctime_ns)
                lines.append(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ctime_ns}\0{stat.st_ino}")
        return digest(str(self._files.root), *sorted(lines))

    def holds(self) -> bool:
        """Whether what was read since belongs to this key: nothing has changed, and nothing else was read."""
        return (
            self.key is not None
            and self._began - self._newest > _SETTLED
            and _all_below(self._files.seen)
            and TreeKey(self._files).key == self.key
        )


def _all_below(paths: Iterable[str]) -> bool:
    return all(path.split("/", 1)[0] in TOPS for path in paths)


def _walk(folder: Path) -> Iterator[tuple[str, os.stat_result | None]]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_symlink():
            yield entry.path, None
        elif entry.is_dir():
            yield entry.path, entry.stat()
            yield from _walk(Path(entry.path))
        else:
            yield entry.path, entry.stat()
