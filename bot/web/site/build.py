"""All pages put together, or none of them where the settings do not say who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web

from bot.conversation.bot import Bot
from bot.conversation.wiring import KINDS
from bot.github.authorization import Authorization
from bot.jobs.model import Jobs
from bot.settings import Settings
from bot.web.manifest import CALLBACK
from bot.web.site import access, audit, jobs, requests
from bot.web.site.by_github import ByGitHub
from bot.web.site.by_token import ByToken
from bot.web.site.cookies import Cookies
from bot.web.site.door import Door, OwnMachine, SignIn
from bot.web.site.origin import host_of, is_loopback
from bot.web.site.readers import Readers, reads
from bot.web.site.site import Site
from bot.web.site.sources import sources

log = structlog.get_logger("bot.web")

HOW = (
    "set KAFKA_ACCESS_PAGES_TOKEN to a text of at least 20 characters, or have people sign in with GitHub: "
    "docs/operators.md says how"
)


@dataclass(frozen=True)
class SitePages:
    """The pages, with what is found out for them in the background."""

    site: Site

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes of all pages, and of signing in where that is needed."""
        found = [one for room in (requests, jobs, access, audit) for one in room.routes(self.site)]
        return [*found, *self.site.door.routes()]

    def close(self) -> None:
        """Find nothing more out."""
        self.site.sources.close()


def pages(settings: Settings, bot: Bot, known: Jobs) -> SitePages | None:
    """Return the pages; None where nothing says who may see them, which the log then tells."""
    entrance = door(settings)
    if entrance is None:
        log.warning("the pages are off: whoever reaches the bot could read who may read what", hint=HOW)
        return None
    shown = "whoever signs in" if isinstance(entrance, SignIn) else "this machine only"
    log.info("the pages are on", who=shown)
    return SitePages(Site(entrance, Readers(partial(reads, bot.app)), known, KINDS, sources(bot)))


def door(settings: Settings) -> Door | None:
    """Return who may see the pages; None where nobody may, because nothing tells who is meant to."""
    token = ByToken(settings.pages_token.get_secret_value(), settings.trusted_proxies) if settings.pages_token else None
    github = _by_github(settings)
    if token or github:
        return SignIn(Cookies(https=(settings.public_url or "").startswith("https://")), token, github)
    return OwnMachine() if _is_alone(settings) else None


def _by_github(settings: Settings) -> ByGitHub | None:
    client_id, hidden, public_url = settings.client_id, settings.client_secret, settings.public_url
    if client_id is None or hidden is None or public_url is None:
        if client_id or hidden:
            log.info("nobody can sign in with GitHub: it takes the client id, the client secret and the public address")
        return None
    secret, back = hidden.get_secret_value(), f"{public_url}{CALLBACK}"
    known = Authorization(client_id, secret, web_url=settings.web_url, api_url=settings.api_url, back=back)
    return ByGitHub(known, secret)


def _is_alone(settings: Settings) -> bool:
    """Whether nobody reaches the bot from another machine.

    A request does not tell: nginx passes on neither the name that was asked for nor who asked unless it is told to, so
    that everybody looks like this machine. So the settings have to say that there is no proxy, by a public address that
    is this machine's; or GitHub is on this machine, so that none is needed for its webhooks.
    https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header
    """
    return is_loopback(settings.host) and is_loopback(host_of(settings.public_url or settings.api_url))
