"""Registering an App in the browser from a manifest, and installing it.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.sandbox import payloads, registry
from bot.sandbox.model import App
from bot.sandbox.problems import Invalid, NotFound, there
from bot.sandbox.routes import Answer, Call, endpoint
from bot.sandbox.visits import Visit, served
from bot.sandbox.world import World, slug

_LIFE = timedelta(hours=1)
_NEW = ("/settings/apps/new", "/organizations/{org:[^/]+}/settings/apps/new")


@dataclass(frozen=True, slots=True)
class Conversion:
    """An App that was made of a manifest, and whose secrets nobody has fetched yet."""

    app: App
    private_key: str = field(repr=False)
    expires: datetime


def add_setup_pages(app: web.Application, world: World) -> None:
    """Add the pages to the application."""
    for path in _NEW:
        app.router.add_get(path, served(world, _empty))
        # This form stands on the page of the bot that wants to be registered; a person confirms it on the next.
        app.router.add_post(path, served(world, _confirm, from_elsewhere=True))
    app.router.add_post("/settings/apps/create", served(world, _create))
    app.router.add_get("/apps/{slug}", served(world, _app))
    app.router.add_get("/apps/{slug}/installations/new", served(world, _choose))
    app.router.add_post("/apps/{slug}/installations/new", served(world, _install))


def _empty(visit: Visit) -> web.Response:
    return visit.show("app_new.html", title="New App", name="", manifest="", state="", asked={})


def _manifest(visit: Visit) -> Mapping[str, Any]:
    """Return the manifest in the form; raises Invalid where GitHub would not take it."""
    try:
        found = json.loads(visit.form.get("manifest", ""))
    except ValueError as exc:
        raise Invalid("Integration", "manifest", "invalid", "The manifest is not JSON") from exc
    if not isinstance(found, dict):
        raise Invalid("Integration", "manifest", "invalid", "The manifest is not an object")
    hook = found.get("hook_attributes")
    for name, address in (
        ("url", found.get("url")),
        ("redirect_url", found.get("redirect_url")),
        ("hook_attributes.url", hook.get("url") if isinstance(hook, dict) else None),
    ):
        if urlsplit(str(address)).scheme not in {"http", "https"}:
            raise Invalid("Integration", name, "invalid", f"{name} has to be an address")
    return found


def _confirm(visit: Visit) -> web.Response:
    manifest = _manifest(visit)
    return visit.show(
        "app_new.html",
        title="New App",
        name=manifest.get("name", ""),
        manifest=json.dumps(manifest),
        state=visit.query.get("state", ""),
        asked=manifest,
    )


def _create(visit: Visit) -> web.Response:
    manifest, name = _manifest(visit), visit.form.get("name", "").strip()
    if not slug(name):
        raise Invalid("Integration", "name", "missing_field", "The App needs a name")
    if visit.world.app(slug(name)):
        raise Invalid("Integration", "name", "already_exists", f"The name {name} is taken")
    hook = manifest["hook_attributes"]
    address = hook["url"] if hook.get("active", True) else ""
    app, key = registry.register(visit.world, name, address, secrets.token_hex(20), manifest)
    code = secrets.token_hex(20)
    expires = visit.world.clock.now() + _LIFE
    visit.world.conversions[code] = Conversion(app, key, expires)
    query = {"code": code} | ({"state": state} if (state := visit.form.get("state")) else {})
    redirect = manifest["redirect_url"]
    return visit.go(f"{redirect}{'&' if urlsplit(redirect).query else '?'}{urlencode(query)}")


@endpoint("POST /app-manifests/{code}/conversions")
def _convert(call: Call) -> Answer:
    """Hand out the secrets, once."""
    found = call.world.conversions.pop(call.params["code"], None)
    if not isinstance(found, Conversion) or found.expires <= call.world.clock.now():
        raise NotFound
    handed = {
        "client_secret": found.app.client_secret,
        "webhook_secret": found.app.webhook_secret,
        "pem": found.private_key,
    }
    return Answer(201, payloads.integration(call.world, found.app) | handed)


def _found(visit: Visit) -> App:
    return there(visit.world.app(visit.params["slug"]))


def _app(visit: Visit) -> web.Response:
    app = _found(visit)
    installed = [one for one in visit.world.installations if one.app is app]
    return visit.show("app.html", title=app.name, app=app, installations=installed)


def _choose(visit: Visit) -> web.Response:
    app = _found(visit)
    return visit.show("app_install.html", title=f"Install {app.name}", app=app)


def _install(visit: Visit) -> web.Response:
    app = _found(visit)
    chosen = [one for one in visit.world.repositories if f"repository-{one.id}" in visit.form]
    if not chosen or len({one.owner.id for one in chosen}) > 1:
        raise Invalid("Installation", "repositories", "invalid", "Choose repositories of one owner")
    made = registry.install(visit.world, app, chosen)
    if app.setup_url:
        query = urlencode({"installation_id": made.id, "setup_action": "install"})
        return visit.go(f"{app.setup_url}{'&' if urlsplit(app.setup_url).query else '?'}{query}")
    return visit.go(f"/apps/{app.slug}")
