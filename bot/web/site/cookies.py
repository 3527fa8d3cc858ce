"""Cookies that no script reads."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import hdrs, web

SESSION = "kafka-access-pages"
"""The cookie of who is signed in."""

LIFETIME = 12 * 3600
"""Seconds that a browser stays signed in."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """Gives and takes cookies; `https` says that people reach the bot by HTTPS alone."""

    https: bool

    def give(self, request: web.Request, response: web.Response, name: str, value: str, *, seconds: int) -> None:
        """Have the browser keep a cookie for some seconds."""
        # Lax: people come back from GitHub, and by links in comments.
        secure = self._is_https(request)
        response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=secure)

    def take(self, request: web.Request, response: web.Response, name: str) -> None:
        """Have the browser forget a cookie."""
        response.del_cookie(name, httponly=True, samesite="Lax", secure=self._is_https(request))

    def _is_https(self, request: web.Request) -> bool:
        """The bot speaks HTTP. That browsers do not, the settings say, or the proxy, or the browser's own Origin."""
        forwarded = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        said = forwarded == "https" or request.headers.get(hdrs.ORIGIN, "").startswith("https://")
        return self.https or request.secure or said
