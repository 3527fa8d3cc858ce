"""Who may see the pages: whoever has the token, or, on a bot that only its own machine can reach, whoever is there."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web

from bot.settings import Settings
from bot.web.pages import page

log = structlog.get_logger("bot.web")

COOKIE = "kafka-access-pages"
LIFETIME = 12 * 3600
"""Seconds that a browser stays signed in."""

WINDOW = 300.0
"""Seconds for which a wrong token counts."""
_EACH, _ALL = 10, 200
"""Wrong tokens within that time, from one address and from all of them."""


class Attempts:
    """Wrong tokens of the last minutes; never more than `_ALL` of them are kept."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failed: deque[tuple[float, str]] = deque(maxlen=_ALL)

    def exhausted(self, address: str) -> bool:
        """Whether an address, or all of them together, have had as many as there are."""
        while self._failed and self._now() - self._failed[0][0] > WINDOW:
            self._failed.popleft()
        return len(self._failed) == _ALL or sum(known == address for _, known in self._failed) >= _EACH

    def failed(self, address: str) -> None:
        """Take note of a wrong token."""
        self._failed.append((self._now(), address))


class OwnMachine:
    """Lets in what comes straight from this machine; for everybody else there are no pages at all.

    Somebody else's page can point a name of its own at 127.0.0.1, so the name that the browser asked for counts too.
    """

    signs_in = False

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return None for who may see the pages; raises HTTPNotFound for who may not."""
        if not (is_loopback(request.remote or "") and is_loopback(_named(request))) or _is_forwarded(request):
            raise web.HTTPNotFound
        return None


class TokenDoor:
    """Lets in whoever has the token: as `Authorization: Bearer`, or typed once and then kept in a signed cookie."""

    signs_in = True

    def __init__(self, token: str, now: Callable[[], float] = time.time, attempts: Attempts | None = None) -> None:
        self._token = token.encode()
        # Another token ends every session.
        self._key = hmac.digest(self._token, b"kafka-access pages", "sha256")
        self._now = now
        self._attempts = attempts or Attempts()

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return None for who may see the pages, else the page that asks for the token."""
        if self._is_signed_in(request):
            return None
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer":
            return _form(request.path_qs)
        return self._judged(request, given.strip())

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """POST /sign-in: take a token, and send the browser on to where it wanted to go."""
        form = await request.post()
        given, wanted = form.get("token"), form.get("next")
        target = own_path(wanted if isinstance(wanted, str) else "")
        refused = self._judged(request, given.strip() if isinstance(given, str) else "", target)
        if refused is not None:
            return refused
        response = web.Response(status=303, headers={hdrs.LOCATION: target})
        response.set_cookie(
            COOKIE,
            self._sealed(int(self._now()) + LIFETIME),
            max_age=LIFETIME,
            httponly=True,
            samesite="Lax",
            secure=_is_https(request),
        )
        log.info("somebody signed in to the pages", address=_address(request))
        return response

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """POST /sign-out: forget this browser."""
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        response.del_cookie(COOKIE, secure=_is_https(request), httponly=True, samesite="Lax")
        return response

    def _judged(self, request: web.Request, given: str, target: str | None = None) -> web.Response | None:
        """Return None for the token, else what to answer."""
        address, wanted = _address(request), request.path_qs if target is None else target
        if self._attempts.exhausted(address):
            return _form(wanted, status=429, problem="Too many wrong tokens. Wait some minutes.")
        if secrets.compare_digest(given.encode("utf-8", "surrogatepass"), self._token):
            return None
        self._attempts.failed(address)
        log.warning("wrong token for the pages", address=address)
        return _form(wanted, problem="This is not the token.")

    def _is_signed_in(self, request: web.Request) -> bool:
        expires, _, _ = request.cookies.get(COOKIE, "").partition(".")
        if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
            return False
        known = self._sealed(int(expires))
        genuine = secrets.compare_digest(request.cookies[COOKIE].encode("utf-8", "surrogatepass"), known.encode())
        return genuine and self._now() < int(expires)

    def _sealed(self, expires: int) -> str:
        return f"{expires}.{hmac.digest(self._key, str(expires).encode(), hashlib.sha256).hex()}"


Door = OwnMachine | TokenDoor


def door(settings: Settings) -> Door | None:
    """Return who may see the pages; None where nobody may, because nothing tells who is meant to."""
    if settings.pages_token is not None:
        return TokenDoor(settings.pages_token.get_secret_value())
    # What has a public address stands behind a proxy, and that is on this machine too.
    return OwnMachine() if is_loopback(settings.host) and settings.public_url is None else None


def is_loopback(name: str) -> bool:
    """Whether an address or a name is this machine's own."""
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def own_path(text: str) -> str:
    """Return an address on this server, or `/` for one that leads elsewhere."""
    safe = text.startswith("/") and text[1:2] not in {"/", "\\"} and text.isprintable() and text.isascii()
    return text if safe else "/"


def _form(wanted: str, *, status: int = 401, problem: str = "") -> web.Response:
    response = page("sign_in.html", style="site.css", status=status, title="Sign in", wanted=wanted, problem=problem)
    if status == 429:
        response.headers[hdrs.RETRY_AFTER] = str(round(WINDOW))
    else:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def _named(request: web.Request) -> str:
    """Return the name that was asked for; empty for what is no name."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _is_forwarded(request: web.Request) -> bool:
    names = {name.lower() for name in request.headers}
    return bool(names & {"forwarded", "via", "x-real-ip"}) or any(name.startswith("x-forwarded") for name in names)


def _is_https(request: web.Request) -> bool:
    """The bot speaks HTTP. That the browser does not, the proxy says, or the browser's own Origin."""
    forwarded = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    return request.secure or forwarded == "https" or request.headers.get(hdrs.ORIGIN, "").startswith("https://")


def _address(request: web.Request) -> str:
    """Return whom attempts are counted for: behind a proxy, whom the proxy names last."""
    behind = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return f"{request.remote} {behind[:64]}".strip()
