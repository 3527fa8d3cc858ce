"""The one door for subprocesses: argument lists, a timeout, captured output, a clean environment."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import TryLater

_INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
"""Nothing else of the bot's environment (tokens, keys) reaches a child process."""


class NotInstalled(TryLater):
    """The program is not on PATH."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is not installed here", f"install {program} and put it on PATH")


class TookTooLong(TryLater):
    """The program, and all that it had started, was stopped at its time limit."""

    def __init__(self, program: str, timeout: float) -> None:
        super().__init__(f"{program} did not end within {timeout:.0f} seconds")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished process left: its exit status, its output as bytes and as text, its complaints."""

    status: int
    output: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        """The output as text."""
        return self.output.decode("utf-8", "replace")


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    keep: Sequence[int] = (),
    memory: int | None = None,
) -> Finished:
    """Run a program to its end and return its output, whatever its exit status.

    `timeout` is in seconds; `keep` are file handles that the program inherits, such as that of a lock that has to hold
    for as long as the program lives. `memory` are bytes that it may have, where the system can see to that (Linux); for
    more, it fails in its own way. Raises NotInstalled and TookTooLong, both TryLater.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    program = Path(argv[0]).name
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**inherited, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=keep,
            process_group=0,
        )
    except FileNotFoundError as exc:
        raise NotInstalled(program) from exc
    with process:
        if memory is not None and sys.platform == "linux":
            # It has ended already.
            with suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        try:
            output, complaints = process.communicate(stdin, timeout)
        except BaseException as exc:
            # A child's child would keep the pipes open, and with them this function, for as long as it likes.
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(exc, subprocess.TimeoutExpired):
                raise TookTooLong(program, timeout) from exc
            raise
    return Finished(process.returncode, output, complaints.decode("utf-8", "replace"))
