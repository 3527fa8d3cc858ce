"""(e) comment to pull request against the bare cost of git and Helm in it, and (f) GitHub calls on the way."""

from __future__ import annotations

import json
import shlex
import shutil
import statistics
import subprocess
import threading
from base64 import b64decode
from itertools import groupby
from pathlib import Path
from typing import Any

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from bot.sandbox.server import Request
from tests.bench import children
from tests.bench.measure import JOBS, seconds, show
from tests.bench.waiting import settle

MOST_CALLS = 15
COMMENT = "/kafka-access {} topic=lsst.{}.requests:write"


def measure(
    sandbox: Sandbox, home: SandboxRepository, registered: Registered, application: str, folder: Path, rounds: int
) -> None:
    """Measure one grant after the other, in turns with the bare calls of one, and print."""
    state, listing = folder / "grant", folder / "recorded" / "calls"
    listing.parent.mkdir()
    grant = _Grant(sandbox, home, registered, application)
    with children.bot(sandbox, registered, state, str(listing)):
        before = len(sandbox.requests)
        grant()
        settle(sandbox, state)
        cold = len(sandbox.requests) - before
        listing.unlink()
        grant()
        settle(sandbox, state)
    calls = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines()]
    bare = _Bare(calls, listing.parent)
    counts, checks, times = [], [], []
    with children.bot(sandbox, registered, state):
        # Its first grant asks for a new token, and imports what is imported late.
        grant()
        for _ in range(rounds):
            settle(sandbox, state)
            before = len(sandbox.requests)
            grant_time = seconds(grant)
            settle(sandbox, state)
            counts.append(sum("/check-runs" not in one.path for one in sandbox.requests[before:]))
            checks.append(len(sandbox.requests) - before - counts[-1])
            times.append((grant_time, bare()))
    grant_time, bare_time = (statistics.median(column) for column in zip(*times, strict=True))
    show(f"(e) comment to pull request / {bare.what}", grant_time, bare_time, 1.5)
    print(
        f"{'(f) GitHub calls of an accepted command':<40} {max(counts)}, {cold} the first time  (at most {MOST_CALLS})"
    )
    print(f"{'    and of the check run on its pull request':<40} {max(checks)}")
    if max(counts) > MOST_CALLS:
        print("\n".join(f"      {one.method} {one.path}" for one in sandbox.requests[before:]))


class _Grant:
    """Comments on a new issue, and waits until the reply is written, which is after the pull request."""

    def __init__(self, sandbox: Sandbox, home: SandboxRepository, registered: Registered, application: str) -> None:
        self._sandbox, self._home, self._registered = sandbox, home, registered
        self._text = COMMENT.format(application, application)

    def __call__(self) -> None:
        number = self._home.open_issue("alice", "Please")
        replied = threading.Event()

        def look(when: str, request: Request) -> None:
            if when == "after" and request.method == "POST" and request.path.endswith(f"/issues/{number}/comments"):
                replied.set()

        forget = self._sandbox.on_request(look)
        self._home.comment(number, "alice", self._text)
        if not replied.wait(120):
            raise TimeoutError
        forget()
        said = self._home.comments(number)[-1]["body"]
        if "Opened pull request" not in said:
            raise RuntimeError(said)


class _Bare:
    """Runs the same calls again from a shell, the renders as many at a time as the bot does; returns the seconds."""

    def __init__(self, calls: list[dict[str, Any]], folder: Path) -> None:
        self._trees = {call["environment"].get("GIT_WORK_TREE") for call in calls} - {None}
        self._script = folder / "script"
        parts, helms = [], 0
        for number, (program, group) in enumerate(groupby(calls, _program)):
            lines = [_line(call, folder / f"stdin-{number}-{place}") for place, call in enumerate(group)]
            helms += len(lines) if program == "helm" else 0
            if program == "helm":
                (folder / f"helm-{number}").write_text("\n".join(lines) + "\n", encoding="utf-8")
                lines = [f"xargs -d '\\n' -P {JOBS} -I CALL sh -c CALL < {folder}/helm-{number}"]
            parts += lines
        self._script.write_text("\n".join(parts) + "\n", encoding="utf-8")
        self.what = f"{len(calls) - helms} git, {helms} Helm"

    def __call__(self) -> float:
        for tree in self._trees:
            shutil.rmtree(tree)
            Path(tree).mkdir()
        return seconds(lambda: subprocess.run(["sh", "-e", self._script], check=True))


def _program(call: dict[str, Any]) -> str:
    return Path(call["argv"][0]).name


def _line(call: dict[str, Any], stdin: Path) -> str:
    """Return a line of shell that runs a call, and fails where it does not end as it did."""
    stdin.write_bytes(b64decode(call["stdin"]))
    variables = [f"{name}={value}" for name, value in call["environment"].items()]
    command = shlex.join(["env", "-C", call["cwd"], *variables, *call["argv"]])
    return f"{command} < {stdin} > /dev/null 2>&1" + (f" || test $? = {call['status']}" if call["status"] else "")
