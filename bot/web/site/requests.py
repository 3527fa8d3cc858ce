"""/ and /requests: what the bot is busy with, and which of its pull requests wait for people."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.jobs.model import Query
from bot.web.site.jobs import subject
from bot.web.site.site import Links, Site, Visit

_LAST = 10
"""Jobs on the first page."""


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the two pages."""

    async def overview(visit: Visit) -> web.Response:
        waiting, oldest = await asyncio.to_thread(site.jobs.depth)
        last = await asyncio.to_thread(site.jobs.jobs, Query(under=visit.under, limit=_LAST))
        known = visit.homes
        return visit.show(
            "overview.html",
            "kafka-access",
            refresh=known.value is None and not known.problem,
            known=known,
            waiting=waiting,
            oldest=round(oldest),
            jobs=[(one, subject(one)) for one in last],
        )

    async def open_(visit: Visit) -> web.Response:
        known = visit.homes
        found = [(Links(one.place), site.sources.requests.get(one)) for one in known.value or ()]
        late = known.value is None or any(one.value is None and not one.problem for _, one in found)
        return visit.show("requests.html", "Open requests", refresh=late, known=known, found=found)

    return [
        web.get("/", site.guarded(overview)),
        web.get("/requests", site.guarded(open_)),
    ]
