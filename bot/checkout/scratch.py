"""Folders that live as long as a job: each has a lock beside it, so that those of dead jobs can be told and removed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.checkout.failures import needing_room
from bot.checkout.lock import acquire, locked


@contextmanager
def scratch(root: Path, name: str) -> Iterator[tuple[Path, int]]:
    """Yield an empty folder of one's own below `root`, and the handle of its lock; it is gone afterwards."""
    with needing_room():
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = root / f"{name}-{secrets.token_hex(6)}"
    lock = _lock(root, folder.name)
    with locked(lock, patience=10) as handle:
        with needing_room():
            folder.mkdir(mode=0o700)
        try:
            yield folder, handle
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)


def sweep(root: Path) -> None:
    """Remove the folders whose jobs have died; those of living jobs, here or in other processes, stay."""
    if not root.is_dir():
        return
    for name in {path.name.removesuffix(".lock") for path in root.iterdir()}:
        handle = acquire(_lock(root, name))
        if handle is None:
            continue
        shutil.rmtree(root / name, ignore_errors=True)
        _lock(root, name).unlink(missing_ok=True)
        os.close(handle)


def _lock(root: Path, name: str) -> Path:
    return root / f"{name}.lock"
