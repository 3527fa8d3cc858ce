"""/jobs: what the bot has to do and has done. Payloads are shown as far as people know them from GitHub anyway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from bot.commands.model import Command
from bot.commands.parser import parse
from bot.github.events import Event, Ignored, PullRequestChanged, PullRequestClosed, Pushed, Reviewed, Said, from_json
from bot.jobs.model import Job, Json, Query, Status
from bot.web.site.site import Site, Visit, number, web_address

_SIZE = 50
"""Jobs on a page."""
_PAGES = 40
"""Pages that can be turned; `kafka-access jobs list` goes further."""
_RESULT = 4000
"""Characters of a result that are shown."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about a job; `address` is empty where there is nothing to go to."""

    name: str
    text: str
    address: str = ""


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the two pages."""

    async def listed(visit: Visit) -> web.Response:
        request = visit.request
        wanted = next((one for one in Status if one.value == request.query.get("status")), None)
        kind = request.query.get("kind", "")
        kind = kind if kind in site.kinds else ""
        at = number(request, "page", most=_PAGES)
        status = [wanted] if wanted else []
        asked = Query(status, kind or None, visit.under, offset=(at - 1) * _SIZE, limit=_SIZE + 1)
        found = await asyncio.to_thread(site.jobs.jobs, asked)
        return visit.show(
            "jobs.html",
            "Jobs",
            jobs=[(one, subject(one)) for one in found[:_SIZE]],
            more=len(found) > _SIZE and at < _PAGES,
            at=at,
            kinds=site.kinds,
            kind=kind,
            statuses=list(Status),
            status_=wanted,
        )

    async def one(visit: Visit) -> web.Response:
        job = await asyncio.to_thread(visit.job, visit.request.match_info["job"])
        return visit.show(
            "job.html",
            f"Job {job.id}",
            refresh=job.status in {Status.WAITING, Status.RUNNING},
            job=job,
            facts=list(_facts(job)),
            result=_result(job.result),
        )

    return [
        web.get("/jobs", site.guarded(listed)),
        web.get("/jobs/{job:[^/]+}", site.guarded(one)),
    ]


def subject(job: Job) -> Fact:
    """Return what a job is about: the issue, pull request or branch, with its address on GitHub."""
    event, application = _event(job.payload), job.payload.get("application")
    named = f" ({application})" if isinstance(application, str) else ""
    match event:
        case Said() | PullRequestClosed() | PullRequestChanged():
            return Fact("about", f"{event.repository.full_name}#{event.number}{named}", web_address(event.url))
        case Reviewed():
            page = f"{event.repository.html_url}/pull/{event.number}"
            return Fact("about", f"{event.repository.full_name}#{event.number}", web_address(page))
        case Pushed():
            return Fact("about", f"{event.repository.full_name}, {event.branch} at {event.after[:7]}{named}")
        case _:
            return Fact("about", "")


def _facts(job: Job) -> Iterator[Fact]:
    """Yield what the payload says. The words of comments are left out but for the commands in them."""
    event = _event(job.payload)
    about = subject(job)
    if about.text:
        yield about
    if isinstance(event, Said):
        yield Fact("title", event.title)
        yield Fact("from", event.sender.login)
        for command in parse(event.body, event.previous or "").commands:
            yield Fact("command", command.text if isinstance(command, Command) else "one that is not understood")
    elif isinstance(event, PullRequestClosed):
        yield Fact("title", event.title)
        yield Fact("outcome", "merged" if event.merged else "closed")
    elif isinstance(event, Pushed):
        yield Fact("from", event.sender.login)


def _event(payload: Json) -> Event | None:
    try:
        found = from_json(payload["event"])
    except (KeyError, ValueError, TypeError):
        return None
    return None if isinstance(found, Ignored) else found


def _result(result: Json | None) -> str:
    if not result:
        return ""
    text = json.dumps(result, indent=2, ensure_ascii=False)
    return text if len(text) <= _RESULT else f"{text[:_RESULT]}\n… {len(text) - _RESULT} more characters"
