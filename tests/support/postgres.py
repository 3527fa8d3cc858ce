"""A throw-away PostgreSQL server on a socket of its own, for as long as the tests run."""

from __future__ import annotations

import getpass
import itertools
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.process import run

_numbers = itertools.count()


class Postgres:
    """A cluster that can be stopped and started; it listens on no port."""

    def __init__(self, programs: Path, user: str) -> None:
        self._programs = programs
        self._user = user
        self.folder = Path(tempfile.mkdtemp(prefix="kafka-access-pg-", dir="/tmp"))  # sockets need a short path
        if os.geteuid() == 0:
            shutil.chown(self.folder, user)
        self._data = self.folder / "data"
        self._run("initdb", "--no-sync", "--auth=trust", "--username=bot", "--encoding=UTF8", "-D", str(self._data))

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c shared_buffers=16MB"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-o", options, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; `immediate` is as if it had crashed."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"jobs_{next(_numbers)}"
        self._run("createdb", "-h", str(self.folder), "-U", "bot", name)
        return f"postgresql://bot@/{name}?host={self.folder}"

    def remove(self) -> None:
        """Stop for good."""
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        become = ["setpriv", f"--reuid={self._user}", f"--regid={self._group()}", "--clear-groups"]
        argv = [*(become if os.geteuid() == 0 else ()), str(self._programs / program), *arguments]
        done = run(argv, cwd=self.folder, timeout=60)
        assert done.status == 0, f"{program}: {done.stdout}{done.stderr}"

    def _group(self) -> int:
        return pwd.getpwnam(self._user).pw_gid


def _programs() -> Path | None:
    """Debian keeps the server's programs off PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


def _user() -> str | None:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known and shutil.which("setpriv")), None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; tests skip where none is installed."""
    programs, user = _programs(), _user()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: postgresql)")
    if user is None:
        pytest.skip("PostgreSQL does not run as root, and there is nobody else to run it as")
    server = Postgres(programs, user)
    server.start()
    yield server
    server.remove()
