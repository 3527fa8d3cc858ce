"""Who may see the pages: who has the token, whom GitHub knows, or, on a bot for its own machine alone, who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import hdrs, web

from bot.errors import TryLater, UserError
from bot.github.events import Person
from bot.web.manifest import CALLBACK
from bot.web.pages import page
from bot.web.site.by_github import FLOW, ByGitHub
from bot.web.site.by_token import WINDOW, ByToken
from bot.web.site.cookies import LIFETIME, SESSION, Cookies
from bot.web.site.origin import host_of, is_forwarded, is_loopback
from bot.words import capital

log = structlog.get_logger("bot.web")

BEGUN = "kafka-access-github"
"""The cookie of a sign-in with GitHub that was begun."""

_LONGEST = 1500
"""Characters of an address that is gone back to: browsers keep cookies of four thousand."""

_WRONG = {401: "This is not the token.", 429: "Too many wrong tokens. Wait some minutes."}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sees pages: a person, who sees what they may read on GitHub; or None, who sees everything."""

    person: Person | None = None
    signs_out: bool = False


class OwnMachine:
    """Lets in what comes straight from this machine; for everybody else there are no pages at all.

    Somebody else's page can point a name of its own at 127.0.0.1, so the name that the browser asked for counts too.
    """

    def admit(self, request: web.Request) -> Visitor | web.Response:
        """Return who is there; raises HTTPNotFound for who may not see the pages."""
        asked_for = host_of(f"//{request.host}")
        if not (is_loopback(request.remote or "") and is_loopback(asked_for)) or is_forwarded(request):
            raise web.HTTPNotFound
        return Visitor()

    def routes(self) -> Sequence[web.RouteDef]:
        """Nobody has to sign in."""
        return []


class SignIn:
    """The page that asks who is there, and the ways in that are configured: the token, GitHub, or both."""

    def __init__(self, cookies: Cookies, token: ByToken | None, github: ByGitHub | None = None) -> None:
        self._cookies = cookies
        self._token = token
        self._github = github

    def admit(self, request: web.Request) -> Visitor | web.Response:
        """Return who is there, or the page on which they can sign in."""
        cookie = request.cookies.get(SESSION, "")
        if self._github and (person := self._github.knows(cookie)):
            return Visitor(person, signs_out=True)
        if self._token and self._token.knows(cookie):
            return Visitor(signs_out=True)
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if self._token is None or scheme.lower() != "bearer":
            return self._asking(request.path_qs, 401)
        status = self._token.judge(request, given.strip())
        return Visitor() if status == 200 else self._asking(request.path_qs, status, wrong_token=_WRONG[status])

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes of the ways in, and of the one way out."""
        found = [web.post("/sign-out", self._leave)]
        if self._token:
            found.append(web.post("/sign-in", partial(self._enter, self._token)))
        if self._github:
            found.append(web.get("/sign-in/github", partial(self._begin, self._github)))
            found.append(web.get(CALLBACK, partial(self._end, self._github)))
        return found

    async def _enter(self, token: ByToken, request: web.Request) -> web.Response:
        """POST /sign-in: take a token, and send the browser on to where it wanted to go."""
        form = await request.post()
        given, wanted = form.get("token"), form.get("next")
        target = own_path(wanted if isinstance(wanted, str) else "")
        status = token.judge(request, given.strip() if isinstance(given, str) else "")
        if status != 200:
            return self._asking(target, status, wrong_token=_WRONG[status])
        log.info("somebody signed in to the pages", by="token")
        return self._signed_in(request, token.session(LIFETIME), target)

    async def _begin(self, github: ByGitHub, request: web.Request) -> web.Response:
        """GET /sign-in/github: send the browser to GitHub."""
        address, cookie = github.begin(own_path(request.query.get("next", "")))
        response = _go(address)
        self._cookies.give(request, response, BEGUN, cookie, seconds=FLOW)
        return response

    async def _end(self, github: ByGitHub, request: web.Request) -> web.Response:
        """GET /sign-in/github/done: where GitHub sends the browser back."""
        try:
            person, target = await github.end(request.query, request.cookies.get(BEGUN, ""))
        except (UserError, TryLater) as exc:
            log.warning("nobody was signed in to the pages", by="github", reason=exc.text)
            status = 400 if isinstance(exc, UserError) else 503
            response = self._asking("/", status, problem=_sentences(exc.text, exc.hint))
        else:
            log.info("somebody signed in to the pages", by="github", login=person.login)
            response = self._signed_in(request, github.session(person, LIFETIME), target)
        self._cookies.take(request, response, BEGUN)
        return response

    async def _leave(self, request: web.Request) -> web.Response:
        """POST /sign-out: forget this browser."""
        response = _go("/")
        self._cookies.take(request, response, SESSION)
        return response

    def _signed_in(self, request: web.Request, session: str, target: str) -> web.Response:
        response = _go(target)
        self._cookies.give(request, response, SESSION, session, seconds=LIFETIME)
        return response

    def _asking(self, wanted: str, status: int, *, wrong_token: str = "", problem: str = "") -> web.Response:
        response = page(
            "sign_in.html",
            style="site.css",
            status=status,
            title="Sign in",
            wanted=own_path(wanted),
            by_token=self._token is not None,
            by_github=self._github is not None,
            wrong_token=wrong_token,
            problem=problem,
        )
        if status == 429:
            response.headers[hdrs.RETRY_AFTER] = str(round(WINDOW))
        elif status == 401 and self._token:
            response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
        return response


Door = OwnMachine | SignIn


def own_path(text: str) -> str:
    """Return an address on this server, or `/` for one that leads elsewhere or is longer than a cookie may be."""
    here = text.startswith("/") and text[1:2] not in {"/", "\\"}
    return text if here and text.isprintable() and text.isascii() and len(text) <= _LONGEST else "/"


def _go(address: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: address})


def _sentences(*texts: str) -> str:
    return " ".join(f"{capital(one)}." for one in texts if one)
