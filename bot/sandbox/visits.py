"""What all pages share: one visit, its form, the templates, and how a refusal looks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from aiohttp import web

from bot.sandbox.clock import stamp
from bot.sandbox.git import GitFailed, StaleRef
from bot.sandbox.markdown import render
from bot.sandbox.model import Account, Issue, Repository
from bot.sandbox.payloads_issues import EMOJI
from bot.sandbox.problems import Refused
from bot.sandbox.world import World

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_LOGIN = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
_POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'"
_HEADERS = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(_HERE / "templates")
    found = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    found.filters |= {"markdown": render, "stamp": stamp}
    found.globals |= {"emoji": EMOJI}
    return found


_TEMPLATES = _templates()


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: what is in its address, its query, its form."""

    world: World
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]

    @property
    def repository(self) -> Repository:
        """The repository in the address, by its old name too; raises NotFound."""
        name = f"{self.params['owner']}/{self.params['repo']}"
        return self.world.moved.get(name.lower()) or self.world.repository(name)

    @property
    def issue(self) -> Issue:
        """The issue or pull request in the address; raises NotFound."""
        return self.world.issue(self.repository, int(self.params["number"]))

    @property
    def person(self) -> Account:
        """Who the visitor chose to be; raises Refused for what is no person's name."""
        login = self.form.get("login", "")
        if not _LOGIN.fullmatch(login):
            raise Refused(422, "Choose who you are: a name of letters, digits and hyphens")
        found = self.world.account(login)
        if found.type != "User":
            raise Refused(422, f"{login} is no person")
        return found

    def check(self, person: Account, role: str) -> None:
        """Raise Refused unless somebody has at least this role."""
        if not self.world.may(self.repository, person, role):
            raise Refused(403, f"{person.login} would need the role {role} for that")

    def show(self, template: str, status: int = 200, **facts: object) -> web.Response:
        """Return a page."""
        shared = {"world": self.world, "me": self.cookies.get("login", ""), "people": self._people()}
        text = _TEMPLATES.get_template(template).render(**shared, **facts)
        return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)

    def _people(self) -> list[Account]:
        return [one for one in self.world.accounts.values() if one.type == "User"]

    def go(self, address: str) -> web.Response:
        """Return the way to another page, and remember who the visitor was."""
        response = web.Response(status=303, headers={"Location": address})
        if login := self.form.get("login"):
            response.set_cookie("login", login, httponly=True, samesite="Lax")
        return response


View = Callable[[Visit], web.Response]
Served = Callable[[web.Request], Awaitable[web.Response]]


def served(world: World, view: View, *, from_elsewhere: bool = False) -> Served:
    """Return a view as a handler; it runs in a thread and holds the world's lock.

    Forms of other sites are refused, but for the one that is meant to come `from_elsewhere`.
    """

    async def handle(request: web.Request) -> web.Response:
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        visit = Visit(world, request.match_info, request.query, form, request.cookies)
        if request.method == "POST" and not from_elsewhere and not _is_own(request):
            return _refusal(visit, 403, "This form was sent from another site")
        return await asyncio.to_thread(_view, visit, view)

    return handle


def _is_own(request: web.Request) -> bool:
    """Whether a form was sent by a page of the sandbox; what is no browser says nothing of where it comes from."""
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return origin is None or urlsplit(origin).netloc == request.host


def _view(visit: Visit, view: View) -> web.Response:
    with visit.world.lock:
        try:
            return view(visit)
        except Refused as exc:
            errors = exc.body.get("errors") or []
            details = [one if isinstance(one, str) else one.get("message") for one in errors]
            return _refusal(visit, exc.status, "; ".join(filter(None, [exc.body["message"], *details])))
        except (GitFailed, StaleRef) as exc:
            return _refusal(visit, 409, str(exc))


def _refusal(visit: Visit, status: int, text: str) -> web.Response:
    return visit.show("refused.html", status, title=str(status), text=text)
