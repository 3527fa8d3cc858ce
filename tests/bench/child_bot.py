"""The bot as a process; an argument names where to write down what git and Helm are told, and to keep their folders."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from bot import logs, settings
from bot.process import run
from bot.web.app import application
from bot.web.assembly import assemble
from bot.web.serve import listening


async def main() -> None:
    """Listen at any free port, print the address, and end with standard input."""
    found = settings.load()
    logs.configure(found.log_format, found.log_level, found.secrets)
    parts = assemble(found)
    async with parts.running(), listening(application(parts), found.host, 0) as address:
        print(address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def recording(listing: Path) -> ExitStack:
    """Have every call of git and Helm written down, a line of JSON each, and the folders kept that they work in."""
    lock = threading.Lock()

    def note(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], stdin: bytes = b"", **rest: Any) -> Any:
        done = run(argv, cwd=cwd, environment=environment, stdin=stdin, **rest)
        call = {
            "argv": list(argv),
            "cwd": str(cwd),
            "environment": dict(environment),
            "stdin": b64encode(stdin).decode(),
            "status": done.status,
        }
        with lock, listing.open("a", encoding="utf-8") as file:
            file.write(json.dumps(call) + "\n")
        return done

    def kept(**options: Any) -> Any:
        folder = tempfile.mkdtemp(dir=listing.parent, **options)
        return mock.MagicMock(__enter__=lambda _: folder)

    stack = ExitStack()
    for what, instead in (
        ("bot.helm.run", note),
        ("bot.checkout.git.run", note),
        ("bot.proof.prove.tempfile.TemporaryDirectory", kept),
        ("bot.checkout.scratch.shutil", mock.Mock(wraps=shutil, rmtree=lambda *_, **__: None)),
    ):
        stack.enter_context(mock.patch(what, instead))
    return stack


if __name__ == "__main__":
    with recording(Path(sys.argv[1])) if sys.argv[1:] else ExitStack():
        asyncio.run(main())
