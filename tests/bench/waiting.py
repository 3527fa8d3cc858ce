"""Waiting for a bot in another process."""

from __future__ import annotations

import time
from pathlib import Path

from bot.jobs.store import Store
from bot.sandbox.local import Sandbox


def settle(sandbox: Sandbox, state: Path, within: float = 300.0) -> None:
    """Return when everything was delivered and every job has ended; raises TimeoutError after so many seconds."""
    store = Store(f"sqlite:///{state}/jobs.sqlite")
    end = time.monotonic() + within
    try:
        while True:
            sandbox.wait_for_deliveries(60)
            if store.depth()[0] == 0:
                return
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.1)
    finally:
        store.close()
