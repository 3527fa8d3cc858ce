"""The pages and their addresses. Each is behind the door, and none of them changes anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.errors import TryLater, UserError
from bot.github.events import Place
from bot.github.homes import Home
from bot.jobs.model import Job, Jobs, UnknownJob
from bot.web.pages import page
from bot.web.site.background import Known
from bot.web.site.door import Door, Visitor
from bot.web.site.readers import CannotTell, Readers
from bot.web.site.sources import Sources
from bot.words import counted


@dataclass(frozen=True)
class Site:
    """What all pages share: who may see them and what of them, and where facts come from."""

    door: Door
    readers: Readers
    jobs: Jobs
    kinds: Sequence[str]
    sources: Sources

    def guarded(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return a handler that asks the door first; what cannot be shown is said on a page."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            visitor = self.door.admit(request)
            if isinstance(visitor, web.Response):
                return visitor
            visit = Visit(self, request, visitor, Known())
            try:
                visit = replace(visit, homes=await self._homes(visitor))
                if visit.homes.value is None and visitor.person:
                    return visit.waiting("kafka-access", "The repositories are being looked up.")
                return await handler(visit)
            except (UserError, TryLater) as exc:
                status = 404 if isinstance(exc, UserError) else 503
                return visit.show("message.html", "Not shown", status=status, text=exc.text, hint=exc.hint)

        return guarded

    async def _homes(self, visitor: Visitor) -> Known[Sequence[Home]]:
        """Return the repositories that there are for a visitor, as far as they are known; raises CannotTell."""
        known = self.sources.homes()
        if visitor.person is None:
            return known
        if known.value is None:
            if known.problem:
                raise CannotTell
            return known
        return replace(known, value=await self.readers.visible(visitor.person, known.value))


@dataclass(frozen=True)
class Visit:
    """One request for a page by a visitor, for whom there are no repositories but `homes`."""

    site: Site
    request: web.Request
    visitor: Visitor
    homes: Known[Sequence[Home]]

    @property
    def under(self) -> Sequence[str] | None:
        """The keys of the jobs that there are for the visitor, None being all: jobs are kept under their repository."""
        return None if self.visitor.person is None else [str(one.place.id) for one in self.homes.value or ()]

    def job(self, job: str) -> Job:
        """Return a job that there is for the visitor, with its steps; blocks, and raises UnknownJob."""
        found = self.site.jobs.job(job)
        if self.under is not None and found.key.partition("/")[0] not in self.under:
            raise UnknownJob(job)
        return found

    def home(self) -> Home | None:
        """Return the repository that the address names, or None while nobody knows; raises HTTPNotFound."""
        name = f"{self.request.match_info['owner']}/{self.request.match_info['name']}"
        found = next((one for one in self.homes.value or () if one.place.full_name.lower() == name.lower()), None)
        if found is None and self.homes.value is not None:
            raise web.HTTPNotFound
        return found

    def show(
        self,
        template: str,
        title: str,
        *,
        status: int = 200,
        refresh: bool = False,
        **facts: Any,  # noqa: ANN401
    ) -> web.Response:
        """Return a page; with `refresh` it loads itself again after some seconds."""
        query_ = self.request.query
        return page(
            template,
            style="site.css",
            status=status,
            title=title,
            refresh=refresh,
            path=self.request.path,
            visitor=self.visitor,
            repositories=[Links(one.place) for one in self.homes.value or ()],
            ago=ago,
            query=lambda **changed: query(query_, changed),
            **facts,
        )

    def waiting(self, title: str, what: str, progress: str = "", problem: str = "") -> web.Response:
        """Return the page that stands for one whose facts are not there yet."""
        return self.show("waiting.html", title, refresh=True, what=what, progress=progress, problem=problem)


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


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
