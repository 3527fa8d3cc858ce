"""All pages put together, or none of them where the settings do not say who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.conversation.bot import Bot
from bot.conversation.wiring import KINDS
from bot.settings import Settings
from bot.web.site import access, audit, jobs, requests
from bot.web.site.door import TokenDoor, door
from bot.web.site.site import Jobs, Site
from bot.web.site.sources import sources

log = structlog.get_logger("bot.web")

HOW = "set KAFKA_ACCESS_PAGES_TOKEN to a text of at least 20 characters"


@dataclass(frozen=True)
class SitePages:
    """The pages, with what is found out for them in the background."""

    site: Site

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes of all pages, and of signing in where that is needed."""
        found = [one for room in (requests, jobs, access, audit) for one in room.routes(self.site)]
        if isinstance(self.site.door, TokenDoor):
            found += [web.post("/sign-in", self.site.door.enter), web.post("/sign-out", self.site.door.leave)]
        return found

    def close(self) -> None:
        """Find nothing more out."""
        self.site.sources.close()


def pages(settings: Settings, bot: Bot, known: Jobs) -> SitePages | None:
    """Return the pages; None where nothing says who may see them, which the log then tells."""
    entrance = door(settings)
    if entrance is None:
        log.warning("the pages are off: whoever reaches the bot could read who may read what", hint=HOW)
        return None
    shown = "with the token" if isinstance(entrance, TokenDoor) else "from this machine only"
    log.info("the pages are on", who=shown)
    return SitePages(Site(entrance, known, KINDS, sources(bot)))
