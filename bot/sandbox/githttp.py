"""Git over HTTP by git's own `http-backend`; who may is decided here.

https://git-scm.com/docs/git-http-backend
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from aiohttp import web

from bot.sandbox.auth import Caller, identify
from bot.sandbox.branches import moved
from bot.sandbox.model import Repository
from bot.sandbox.permissions import allows
from bot.sandbox.problems import NotFound, Refused
from bot.sandbox.world import World

_CHUNK = 2**16


@lru_cache(maxsize=1)
def _backend() -> Path:
    found = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)  # noqa: S607
    return Path(found.stdout.strip(), "git-http-backend")


class Denied(Exception):
    """The request is answered with a status and a line that git shows."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def _allowed(world: World, request: web.Request) -> tuple[Repository, Caller, bool]:
    """Return the repository, who is asking, and whether it is a push; raises Denied."""
    full_name = f"{request.match_info['owner']}/{request.match_info['repo']}"
    pushes = "git-receive-pack" in (request.query.get("service", ""), request.match_info["rest"])
    try:
        caller = identify(world, request.headers.get("Authorization"))
    except Refused as exc:
        raise Denied(401, "Invalid username or token. Password authentication is not supported.") from exc
    try:
        repository = world.moved.get(full_name.lower()) or world.repository(full_name)
    except NotFound as exc:
        raise Denied(401 if caller == Caller() else 404, "Repository not found.") from exc
    if caller == Caller() and (pushes or repository.private):
        raise Denied(401, "No anonymous write access." if pushes else "Repository not found.")
    if caller.app or not caller.sees(world, repository):
        raise Denied(404, "Repository not found.")
    if not _may(world, repository, caller, "write" if pushes else "read"):
        raise Denied(403, f"Permission to {full_name}.git denied to {caller.name}.")
    return repository, caller, pushes


def _may(world: World, repository: Repository, caller: Caller, level: str) -> bool:
    if level == "read" and not repository.private:
        return True
    if caller.token:
        return repository in caller.token.repositories and allows(caller.token.permissions, f"contents:{level}")
    return caller.person is not None and world.may(repository, caller.person, level)


async def serve(world: World, request: web.Request, *, silent: bool = False) -> web.StreamResponse | None:
    """Answer one of git's requests; with `silent` do what it asks and give no answer (None)."""
    try:
        with world.lock:
            repository, caller, pushes = _allowed(world, request)
    except Denied as exc:
        headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if exc.status == 401 else {}
        return web.Response(status=exc.status, text=f"remote: {exc}\n", headers=headers)
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch, "pushed")
        response = await _run(request, repository, _environment(request, repository, caller, log), silent=silent)
        if pushes and log.exists():
            await asyncio.to_thread(_tell, world, repository, caller, log.read_text())
    return response


def _environment(request: web.Request, repository: Repository, caller: Caller, log: Path) -> Mapping[str, str]:
    known = {
        "PATH": os.environ["PATH"],
        "HOME": str(repository.git.path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(repository.git.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.git.path.name}/{request.match_info['rest']}",
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "REMOTE_USER": caller.name,
        "SANDBOX_PUSHED": str(log),
    }
    # aiohttp has unpacked the body: neither its encoding nor its length is that of the request any more.
    return known | {"GIT_PROTOCOL": request.headers.get("Git-Protocol", "")}


async def _run(
    request: web.Request, repository: Repository, environment: Mapping[str, str], *, silent: bool
) -> web.StreamResponse | None:
    process = await asyncio.create_subprocess_exec(
        str(_backend()),
        env=dict(environment),
        cwd=repository.git.path,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin  # noqa: S101
    assert process.stdout  # noqa: S101
    feeding = asyncio.create_task(_feed(request, process.stdin))
    try:
        status, headers = await _head(process.stdout)
        response = None
        if not silent:
            response = web.StreamResponse(status=status, headers=headers)
            await response.prepare(request)
        while chunk := await process.stdout.read(_CHUNK):
            if response is not None:
                await response.write(chunk)
        await process.wait()
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        if process.returncode is None:
            process.kill()
            await process.wait()
    return response


async def _feed(request: web.Request, stdin: asyncio.StreamWriter) -> None:
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            stdin.write(chunk)
            await stdin.drain()
    except ConnectionError:
        pass  # the backend has heard enough
    finally:
        stdin.close()


async def _head(stdout: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Return the status and the headers that the backend begins with."""
    status, headers = 200, {}
    while line := (await stdout.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value.strip()
    return status, headers


def _tell(world: World, repository: Repository, caller: Caller, log: str) -> None:
    """Tell of the refs that a push moved, one `OLD NEW NAME` a line."""
    with world.lock:
        for line in log.splitlines():
            before, after, name = line.split(" ", 2)
            moved(world, repository, name, before, after, caller.account)
