"""One aiohttp application: the API, git, webhooks out; its log, faults and limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from bot.sandbox import (  # noqa: F401 the endpoints register themselves
    graphql,
    rest_app,
    rest_checks,
    rest_deliveries,
    rest_git,
    rest_issues,
    rest_pulls,
    rest_repository,
)
from bot.sandbox.auth import identify
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.githttp import serve
from bot.sandbox.hooks import Hooks
from bot.sandbox.limits import Limits
from bot.sandbox.pages import add_pages
from bot.sandbox.pages_oauth import add_oauth
from bot.sandbox.pages_setup import add_setup_pages
from bot.sandbox.problems import Refused
from bot.sandbox.routes import Answer, Call, dispatch
from bot.sandbox.world import World

_ROOTS = "app|app-manifests|installation|repos|repositories|orgs|users|user|rate_limit|meta|graphql"
_LARGEST = 64 * 2**20
"""Bytes of a request: a commit of a large tree comes in one."""

Moment = Literal["before", "after"]
Callback = Callable[[Moment, "Request"], object]


@dataclass(slots=True, eq=False)
class Request:
    """One request that came in; `status` is what was answered, 0 where the connection was cut or it is under way."""

    method: str
    path: str
    query: str
    caller: str
    when: datetime
    body: Any = None
    status: int = 0

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.method not in {"GET", "HEAD"} and not self.path.endswith("/git-upload-pack")


class Server:
    """The sandbox as it is reached over HTTP; the log is there to be read at any time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hooks = Hooks(world)
        self.faults = Faults()
        self.limits = Limits(world)
        self.requests: list[Request] = []
        self.git_requests: list[Request] = []
        self.callbacks: list[Callback] = []

    def application(self) -> web.Application:
        """Return the application; webhooks are sent while it runs."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", r"/{owner:[^/]+}/{repo:[^/]+}.git/{rest:.+}", self._git)
        app.router.add_route(
            "*", r"/{owner:[^/]+}/{repo:[^/]+}/{rest:info/refs|git-upload-pack|git-receive-pack}", self._git
        )
        app.router.add_route("*", rf"/{{root:{_ROOTS}}}", self._api)
        app.router.add_route("*", rf"/{{root:{_ROOTS}}}/{{rest:.*}}", self._api)
        add_setup_pages(app, self.world)
        add_oauth(app, self.world)
        add_pages(app, self.world)
        app.cleanup_ctx.append(self._deliver)
        return app

    async def _deliver(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self.hooks.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        seen = Request(request.method, request.path, request.query_string, "nobody", self.world.clock.now())
        self.requests.append(seen)
        fault = self.faults.take(request.method, request.path)
        if fault and fault.when == "before" and (lost := await self._fail(request, fault, seen)):
            return lost
        await self._call_back("before", seen)
        answer = await asyncio.to_thread(self._answer, request, raw, seen)
        await self._call_back("after", seen)
        if fault and fault.when == "after" and (lost := await self._fail(request, fault, seen)):
            return lost
        seen.status = answer.status
        return _response(answer.status, answer.body, answer.headers)

    async def _git(self, request: web.Request) -> web.StreamResponse:
        seen = Request(request.method, request.path, request.query_string, "nobody", self.world.clock.now())
        self.git_requests.append(seen)
        fault = self.faults.take(request.method, request.path)
        if fault and fault.when == "before" and (lost := await self._fail(request, fault, seen)):
            return lost
        await self._call_back("before", seen)
        response = await serve(self.world, request, silent=bool(fault and fault.when == "after"))
        await self._call_back("after", seen)
        if fault and response is None and (lost := await self._fail(request, fault, seen)):
            return lost
        assert response is not None  # noqa: S101
        seen.status = response.status
        return response

    async def _fail(self, request: web.Request, fault: Fault, seen: Request) -> web.Response | None:
        """Return what a fault answers; None where it only took its time."""
        await asyncio.sleep(fault.delay)
        if fault.drop:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        if not fault.status:
            return None
        seen.status = fault.status
        return _response(fault.status, fault.body, fault.headers)

    async def _call_back(self, moment: Moment, seen: Request) -> None:
        """Call the test's hooks around a write or a push, in a thread: they may take their time, or ask the sandbox."""
        if seen.writes:
            for callback in self.callbacks:
                await asyncio.to_thread(callback, moment, seen)

    def _answer(self, request: web.Request, raw: bytes, seen: Request) -> Answer:
        with self.world.lock:
            try:
                caller = identify(self.world, request.headers.get("Authorization"))
                seen.caller = caller.name
                seen.body = _parsed(raw)
                if request.path == "/rate_limit":
                    return Answer(200, self.limits.overview(caller))
                headers = self.limits.use(caller, "graphql" if request.path == "/graphql" else "core")
            except Refused as exc:
                return Answer(exc.status, exc.body, exc.headers)
            call = Call(self.world, caller, request.method, request.path, dict(request.query), seen.body)
            answer = dispatch(call)
        return Answer(answer.status, answer.body, {**headers, **answer.headers})


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw) if raw.strip() else None
    except ValueError as exc:
        raise Refused(400, "Problems parsing JSON") from exc


def _response(status: int, body: object, headers: Mapping[str, str]) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    data = json.dumps(body, ensure_ascii=False).encode()
    shared = {"X-GitHub-Media-Type": "github.v3; format=json", "Server": "github.com"}
    return web.Response(
        status=status, body=data, content_type="application/json", charset="utf-8", headers={**shared, **headers}
    )
