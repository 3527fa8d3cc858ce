"""A person lets an App know who they are: the page on which they agree, and the exchange of the code that follows.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
Unlike GitHub, which asks once, the page asks each time: here nobody is signed in.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.sandbox.model import Account, App, UserToken
from bot.sandbox.problems import Refused, there
from bot.sandbox.visits import Visit, served
from bot.sandbox.world import World

_CODE, _TOKEN, _REFRESH = timedelta(minutes=10), timedelta(hours=8), timedelta(days=183)
_ASKED = ("client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")
_MISMATCH = "The redirect_uri MUST match the registered callback URL for this application."


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a code stands for: who agreed, to which App, and what has to be shown along with it."""

    app: App
    account: Account
    redirect: str
    challenge: str
    expires: datetime


def add_oauth(app: web.Application, world: World) -> None:
    """Add the page and the exchange to the application."""
    app.router.add_get("/login/oauth/authorize", served(world, _ask))
    app.router.add_post("/login/oauth/authorize", served(world, _agree))

    async def exchange(request: web.Request) -> web.Response:
        given = await _given(request)
        with world.lock:
            answer = _exchange(world, given)
        if "json" in request.headers.get("Accept", ""):
            return web.json_response(answer)
        return web.Response(text=urlencode(answer), content_type="application/x-www-form-urlencoded")

    app.router.add_post("/login/oauth/access_token", exchange)


def _ask(visit: Visit) -> web.Response:
    app = _app(visit.world, visit.query)
    target = _target(app, visit.query)
    if target is None:
        return _back(visit, app.callback_urls[0], error="redirect_uri_mismatch", error_description=_MISMATCH)
    asked = {name: visit.query.get(name, "") for name in _ASKED}
    if asked["code_challenge"] and (asked["code_challenge_method"] != "S256" or len(asked["code_challenge"]) != 43):
        raise Refused(400, "The code challenge has to be one of the method S256")
    host = urlsplit(target).netloc
    return visit.show("authorize.html", title=f"Authorize {app.name}", app=app, asked=asked, host=host)


def _agree(visit: Visit) -> web.Response:
    app = _app(visit.world, visit.form)
    target = _target(app, visit.form)
    if target is None:
        raise Refused(400, _MISMATCH)
    if "cancel" in visit.form:
        return _back(
            visit, target, error="access_denied", error_description="The user has denied your application access."
        )
    code = secrets.token_hex(10)
    expires = visit.world.clock.now() + _CODE
    challenge = visit.form.get("code_challenge", "")
    visit.world.authorizations[code] = Authorization(app, visit.person, target, challenge, expires)
    return _back(visit, target, code=code)


def _app(world: World, given: Mapping[str, str]) -> App:
    return there(next((one for one in world.apps if one.client_id == given.get("client_id")), None))


def _target(app: App, given: Mapping[str, str]) -> str | None:
    """Return where a person is sent back to, or None for an address that is none of the App's."""
    if not app.callback_urls:
        raise Refused(400, "The App has no callback URL")
    wanted = given.get("redirect_uri") or app.callback_urls[0]
    return wanted if wanted in app.callback_urls else None


def _back(visit: Visit, target: str, **query: str) -> web.Response:
    state = visit.query.get("state") or visit.form.get("state")
    return visit.go(f"{target}?{urlencode(query | ({'state': state} if state else {}))}")


async def _given(request: web.Request) -> Mapping[str, str]:
    """Return the parameters, which may be in the address, in a form or in JSON."""
    body = await request.json() if request.content_type == "application/json" else await request.post()
    return {**request.query, **{name: value for name, value in body.items() if isinstance(value, str)}}


def _exchange(world: World, given: Mapping[str, str]) -> dict[str, Any]:
    """Return a token for a code, once; or why not, for which the status is 200 too.

    https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
    """
    app = next((one for one in world.apps if one.client_id == given.get("client_id")), None)
    if app is None or not secrets.compare_digest(app.client_secret, given.get("client_secret", "")):
        return _error("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
    found = world.authorizations.pop(given.get("code", ""), None)
    if not isinstance(found, Authorization) or found.app is not app or found.expires <= world.clock.now():
        return _error("bad_verification_code", "The code passed is incorrect or expired.")
    if given.get("redirect_uri", found.redirect) != found.redirect:
        return _error("redirect_uri_mismatch", _MISMATCH)
    if found.challenge != (_challenge(given["code_verifier"]) if "code_verifier" in given else ""):
        return _error("bad_verification_code", "The code passed is incorrect or expired.")
    text = f"ghu_{secrets.token_urlsafe(27)}"
    world.user_tokens[text] = UserToken(text, app, found.account, world.clock.now() + _TOKEN)
    return {
        "access_token": text,
        "expires_in": round(_TOKEN.total_seconds()),
        "refresh_token": f"ghr_{secrets.token_urlsafe(57)}",
        "refresh_token_expires_in": round(_REFRESH.total_seconds()),
        "scope": "",
        "token_type": "bearer",
    }


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _error(error: str, description: str) -> dict[str, Any]:
    return {"error": error, "error_description": description, "error_uri": "https://docs.github.com/apps"}
