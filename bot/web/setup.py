"""The pages of a registration, and the bot that is not registered yet and serves nothing else."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.errors import TryLater, UserError
from bot.setting_sources import settings_file
from bot.setting_types import address
from bot.settings import Basics
from bot.web.app import alive
from bot.web.credentials import Place, Registered
from bot.web.manifest import CALLBACK, permissions
from bot.web.pages import page, protect
from bot.web.registration import Registration, from_settings
from bot.web.serve import first, listening, signals

log = structlog.get_logger("bot.web")


class WrongToken(UserError):
    """Somebody who may not register an App."""

    def __init__(self) -> None:
        super().__init__(
            "this is not the setup token",
            "it is in the log of the bot, near the start, or set in KAFKA_ACCESS_SETUP_TOKEN",
        )


@dataclass(frozen=True)
class Wishes:
    """What the first page has in its fields at the beginning."""

    name: str = "kafka-access"
    organisation: str = ""
    public_url: str = ""


class SetupPages:
    """The three pages below one path: what is wanted, the form to GitHub, and the way back.

    With a token, the person has to know it; without one, the path itself has to be a secret.
    """

    def __init__(self, registration: Registration, place: Place, path: str, wishes: Wishes, token: str = "") -> None:
        self.finished = asyncio.Event()
        self.registered: Registered | None = None
        self._registration = registration
        self._place = place
        self.path = path
        self._wishes = wishes
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; all of them answer 404 once an App is registered."""
        return [
            web.get(self.path, self._guarded(self._first)),
            web.post(self.path, self._guarded(self._form)),
            web.get(f"{self.path}/done", self._guarded(self._done)),
        ]

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            if self.registered is not None:
                raise web.HTTPNotFound
            try:
                return await handler(request)
            except (UserError, TryLater) as exc:
                log.warning("registration refused", reason=exc.text)
                status = 403 if isinstance(exc, WrongToken) else 400 if isinstance(exc, UserError) else 502
                return page(
                    "problem.html",
                    status=status,
                    title="That did not work",
                    text=exc.text,
                    hint=exc.hint,
                    again=self.path,
                )

        return guarded

    async def _first(self, _request: web.Request) -> web.Response:
        return page(
            "setup.html",
            title="Register the GitHub App",
            path=self.path,
            wishes=self._wishes,
            github=self._registration.github,
            with_token=bool(self._token),
        )

    async def _form(self, request: web.Request) -> web.Response:
        given = {name: value.strip() for name, value in (await request.post()).items() if isinstance(value, str)}
        if self._token and not hmac.compare_digest(given.get("token", "").encode(), self._token.encode()):
            raise WrongToken
        form = self._registration.begin(
            name=given.get("name", ""),
            organisation=given.get("organisation", ""),
            public_url=given.get("public_url") or None,
            redirect_url=f"{_origin(request)}{self.path}/done",
        )
        github = self._registration.github
        return page(
            "form.html",
            form_target=github.origin,
            title="Create it on GitHub",
            form=form,
            github=github,
            owner=given.get("organisation") or "your own account",
            public_url=given.get("public_url", "").rstrip("/"),
            callback=CALLBACK,
            permissions=permissions(),
        )

    async def _done(self, request: web.Request) -> web.Response:
        code, state = request.query.get("code", ""), request.query.get("state", "")
        app = await self._registration.finish(code, state)
        self.registered = app
        self.finished.set()
        log.info("the App is registered", app=app.slug, settings=str(self._place.settings))
        return page("done.html", title="Registered", app=app, place=self._place)


def _origin(request: web.Request) -> str:
    """Return where the browser believes to be: it says so itself, and knows better than a proxy's back end."""
    try:
        return address(request.headers.get("Origin", ""))
    except ValueError:
        return str(request.url.origin())


def setup_application(basics: Basics, pages: SetupPages) -> web.Application:
    """Return the HTTP face of a bot without an App: /setup, /healthz, and a page that says so."""
    app = web.Application(client_max_size=64 * 1024)
    app.on_response_prepare.append(protect)

    async def home(_request: web.Request) -> web.Response:
        return page("unregistered.html", title="kafka-access is not set up yet", github=basics.web_url)

    async def not_ready(_request: web.Request) -> web.Response:
        return web.json_response({"status": "no GitHub App is registered yet"}, status=503)

    app.add_routes([web.get("/", home), web.get("/healthz", alive), web.get("/readyz", not_ready), *pages.routes()])
    return app


async def serve_setup(basics: Basics) -> bool:
    """Run a bot without an App until one is registered (True) or a signal comes (False).

    After True the settings are complete: load them again and serve. Raises CannotListen, AlreadyThere, CannotWrite.
    """
    place = Place(settings_file())
    place.check()
    # Asked for on loopback too: a proxy on this machine would let the whole world in through it.
    token = basics.setup_token.get_secret_value() if basics.setup_token else secrets.token_urlsafe(24)
    wishes = Wishes(public_url=basics.public_url or "")
    pages = SetupPages(Registration(from_settings(basics), place), place, "/setup", wishes, token)
    async with signals() as heard, listening(setup_application(basics, pages), basics.host, basics.port) as where:
        shown = "the one in KAFKA_ACCESS_SETUP_TOKEN" if basics.setup_token else token
        log.warning("no GitHub App is registered yet", setup=f"{where}/setup", setup_token=shown)
        await first(pages.finished, heard.asked)
    return pages.registered is not None
