"""/repositories/OWNER/NAME/audit: what is wrong with the access that exists."""

from __future__ import annotations

from aiohttp import web

from bot.audit.finding import Finding
from bot.policy.audited import Gravity
from bot.web.site.site import Links, Site, Visit, number

_SIZE = 100
"""Findings on a page."""
_SHOWN = [one for one in Gravity if one is not Gravity.OFF]


def routes(site: Site) -> list[web.RouteDef]:
    """Return the route of the page."""

    async def show(visit: Visit) -> web.Response:
        home = visit.home()
        if home is None:
            return visit.waiting("Audit", "The repositories are being looked up.", problem=visit.homes.problem)
        found = site.sources.audits.get(home)
        if found.value is None:
            what = f"{home.place.full_name} is being audited. This takes some minutes the first time."
            return visit.waiting("Audit", what, found.progress, found.problem)
        request = visit.request
        text = request.query.get("q", "").strip()[:300]
        gravity = next((one for one in _SHOWN if one.value == request.query.get("severity")), None)
        findings = found.value.report.findings
        chosen = [one for one in findings if gravity in {None, one.severity} and _has(one, text.lower())]
        pages = max(1, -(-len(chosen) // _SIZE))
        at = number(request, "page", most=pages)
        return visit.show(
            "audit.html",
            "Audit",
            links=Links(home.place),
            audit=found.value,
            is_late=found.busy,
            problem=found.problem,
            q=text,
            gravity=gravity,
            gravities=[(one, found.value.report.count(one)) for one in _SHOWN],
            count=len(chosen),
            findings=chosen[(at - 1) * _SIZE : at * _SIZE],
            at=at,
            pages=pages,
        )

    return [web.get("/repositories/{owner}/{name}/audit", site.guarded(show))]


def _has(one: Finding, text: str) -> bool:
    parts = (one.rule, one.text, one.origin.application, one.origin.file, str(one.subject), *one.environments)
    return any(text in part.lower() for part in parts)
