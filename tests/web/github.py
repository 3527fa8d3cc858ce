"""As much of GitHub as registers an App: the page that takes a manifest, and the exchange of a code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from multidict import MultiDict
from yarl import URL

PEM = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
HOOK = "0123456789abcdef0123456789abcdef01234567"
CLIENT_SECRET = "89abcdef0123456789abcdef0123456789abcdef"


@dataclass
class Forge:
    """Manifests by code, each exchanged once; `answer` replaces what the exchange would say."""

    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    owners: list[str] = field(default_factory=list)
    answer: tuple[int, dict[str, Any]] | None = None

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/settings/apps/new", self._created),
                web.post("/organizations/{org}/settings/apps/new", self._created),
                web.post("/api/v3/app-manifests/{code}/conversions", self._exchanged),
            ]
        )
        return app

    async def _created(self, request: web.Request) -> web.Response:
        form = await request.post()
        manifest = json.loads(str(form["manifest"]))
        assert {"name", "url", "hook_attributes", "redirect_url", "default_permissions"} <= manifest.keys()
        code = f"code-{len(self.manifests) + 1}"
        self.manifests[code] = manifest
        self.owners.append(request.match_info.get("org", ""))
        back = URL(manifest["redirect_url"]).with_query(MultiDict(code=code, state=request.query["state"]))
        raise web.HTTPFound(back)

    async def _exchanged(self, request: web.Request) -> web.Response:
        if self.answer is not None:
            return web.json_response(self.answer[1], status=self.answer[0])
        manifest = self.manifests.pop(request.match_info["code"], None)
        if manifest is None:
            return web.json_response({"message": "Not Found"}, status=404)
        return web.json_response(registered(manifest["name"], str(request.url.origin())), status=201)


def registered(name: str, origin: str) -> dict[str, Any]:
    return {
        "id": 4711,
        "slug": name,
        "name": name,
        "html_url": f"{origin}/apps/{name}",
        "pem": PEM,
        "webhook_secret": HOOK,
        "client_id": "Iv23.abc",
        "client_secret": CLIENT_SECRET,
    }
