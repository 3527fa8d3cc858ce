"""The pages and their addresses. Each is behind the door, and none of them changes anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.errors import TryLater, UserError
from bot.github.events import Place
from bot.github.homes import Home
from bot.jobs.model import Job, Status
from bot.web.pages import page
from bot.web.site.door import Door
from bot.web.site.sources import Sources
from bot.words import counted

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Jobs(Protocol):
    """The jobs, as the pages look at them. All calls block, and raise DatabaseAway."""

    def depth(self) -> tuple[int, float]:
        """How many jobs wait or run, and the age of the oldest in seconds."""

    def jobs(self, *, status: Sequence[Status] = (), kind: str | None = None, limit: int = 100) -> list[Job]:
        """The newest jobs first."""

    def job(self, job: str) -> Job:
        """One job with its steps; raises UnknownJob."""


@dataclass(frozen=True)
class Site:
    """What all pages share: who may see them, where facts come from, and how a page is laid out."""

    door: Door
    jobs: Jobs
    kinds: Sequence[str]
    sources: Sources

    def guarded(self, handler: Handler) -> Handler:
        """Return a handler that asks the door first; what cannot be shown is said on a page."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            refused = self.door.refusal(request)
            if refused is not None:
                return refused
            try:
                return await handler(request)
            except (UserError, TryLater) as exc:
                status = 404 if isinstance(exc, UserError) else 503
                return self.show(request, "message.html", "Not shown", status=status, text=exc.text, hint=exc.hint)

        return guarded

    def show(
        self,
        request: web.Request,
        template: str,
        title: str,
        *,
        status: int = 200,
        refresh: bool = False,
        **facts: Any,  # noqa: ANN401
    ) -> web.Response:
        """Return a page; with `refresh` it loads itself again after some seconds."""
        known = self.sources.homes().value or ()
        return page(
            template,
            style="site.css",
            status=status,
            title=title,
            refresh=refresh,
            path=request.path,
            signs_out=self.door.signs_in,
            repositories=[Links(one.place) for one in known],
            ago=ago,
            query=lambda **changed: query(request.query, changed),
            **facts,
        )

    def home(self, request: web.Request) -> Home | None:
        """Return the repository that an address names, or None while nobody knows; raises HTTPNotFound."""
        name = f"{request.match_info['owner']}/{request.match_info['name']}"
        known = self.sources.homes()
        found = next((one for one in known.value or () if one.place.full_name.lower() == name.lower()), None)
        if found is None and known.value is not None:
            raise web.HTTPNotFound
        return found

    def waiting(self, request: web.Request, title: str, what: str, progress: str, problem: str) -> web.Response:
        """Return the page that stands for one whose facts are not there yet."""
        return self.show(request, "waiting.html", title, refresh=True, what=what, progress=progress, problem=problem)


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one repository: its pages here, and what GitHub shows of it."""

    place: Place

    @property
    def name(self) -> str:
        """`owner/name`."""
        return self.place.full_name

    @property
    def github(self) -> str:
        """Its page on GitHub."""
        return web_address(self.place.html_url)

    @property
    def here(self) -> str:
        """The path below which its pages are."""
        return f"/repositories/{quote(self.name)}"

    def access(self, **query_: str) -> str:
        """Return the page of its access matrix."""
        given = {name: value for name, value in query_.items() if value}
        return f"{self.here}/access" + (f"?{urlencode(given)}" if given else "")

    def file(self, commit: str, path: str, line: int) -> str:
        """Return a line of a file at a commit, on GitHub."""
        where = f"{self.github}/blob/{quote(commit)}/{quote(path)}"
        return f"{where}#L{line}" if line else where


def web_address(text: object) -> str:
    """Return an address that a link may have, or nothing: what came in a payload may be anything."""
    return text if isinstance(text, str) and text.startswith(("https://", "http://")) else ""


def query(given: Mapping[str, str], changed: Mapping[str, object]) -> str:
    """Return the query of an address with some of its names changed, or left out where they are empty."""
    merged = {**given, **{name: str(value) for name, value in changed.items()}}
    return "?" + urlencode({name: value for name, value in merged.items() if value not in {"", "None"}})


def number(request: web.Request, name: str, *, most: int) -> int:
    """Return a whole number of the query from 1 to `most`; 1 for anything else."""
    text = request.query.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1


def ago(moment: datetime | None) -> str:
    """Return how long ago something was, in words."""
    if moment is None:
        return ""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // size)
        if count:
            return f"{counted(count, name)} ago"
    return "just now"
