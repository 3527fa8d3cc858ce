"""The one door for subprocesses: argument lists, a timeout, captured output, a clean environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import TryLater

_INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
"""Nothing else of the bot's environment (tokens, keys) reaches a child process."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished process left: its exit status and its output as text."""

    status: int
    stdout: str
    stderr: str


def run(argv: Sequence[str], *, cwd: Path, timeout: float, environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program to its end and return its output, whatever its exit status.

    `timeout` is in seconds. Raises TryLater where the program is missing or does not end in time.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    program = Path(argv[0]).name
    try:
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            env={**inherited, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as exc:
        raise TryLater(f"{program} is not installed here", f"install {program} and put it on PATH") from exc
    except subprocess.TimeoutExpired as exc:
        raise TryLater(f"{program} did not end within {timeout:.0f} seconds") from exc
    return Finished(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
