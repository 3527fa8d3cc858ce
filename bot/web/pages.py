"""Server-rendered pages: no scripts, nothing from elsewhere, and headers that keep it so."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from jinja2 import Environment

from bot.reporting.who_html import TEMPLATES as SHARED
from bot.reporting.who_html import templates

_TEMPLATES = Path(__file__).parent / "templates"

_HEADERS = {
    "Cache-Control": "no-store",
    # The address of a page may hold a code. Not no-referrer: then forms would be sent with the origin `null`.
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@cache
def _environment() -> Environment:
    return templates(_TEMPLATES, SHARED)


@cache
def _style(name: str) -> str:
    return (_TEMPLATES / name).read_text()


@cache
def _style_digest(name: str) -> str:
    # The element's text is what is hashed, with the line ends around the file's.
    return base64.b64encode(hashlib.sha256(f"\n{_style(name)}".encode()).digest()).decode()


def page(
    template: str,
    *,
    style: str = "style.css",
    status: int = 200,
    form_target: str = "",
    **facts: Any,  # noqa: ANN401
) -> web.Response:
    """Return a page of this template with these facts; its forms go to this server and the origin `form_target`."""
    text = _environment().get_template(template).render(style=_style(style), **facts)
    response = web.Response(text=text, content_type="text/html", status=status)
    response.headers["Content-Security-Policy"] = _policy(style, f"'self' {form_target}".strip())
    return response


def _policy(style: str, forms: str) -> str:
    allowed = f"'sha256-{_style_digest(style)}'"
    return f"default-src 'none'; style-src {allowed}; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Set the security headers of any response, and take away what names the server's software."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.pop(hdrs.SERVER, None)
