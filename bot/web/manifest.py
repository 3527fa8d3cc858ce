"""The manifest of the GitHub App: `app.yaml` with the addresses of one installation filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.yaml import load

CALLBACK = "/sign-in/github/done"
"""Where GitHub sends people back who sign in to the pages; below the public address."""

_NOWHERE = "https://example.org/webhook"
"""GitHub demands an address even for a webhook that is switched off."""


def app_file() -> Path:
    """Return `app.yaml`: inside the wheel, or the one of a checkout of this project."""
    inside = Path(__file__).parent.parent / "_app.yaml"
    return inside if inside.is_file() else Path(__file__).parent.parent.parent / "app.yaml"


def manifest(name: str, public_url: str | None, redirect_url: str) -> dict[str, Any]:
    """Return the manifest that GitHub wants as JSON.

    Without a public address the webhook is switched off, and nobody can sign in to the pages with GitHub.
    """
    hook = {"url": f"{public_url}/webhook", "active": True} if public_url else {"url": _NOWHERE, "active": False}
    addresses = {"hook_attributes": hook, "redirect_url": redirect_url}
    if public_url:
        addresses["callback_urls"] = [f"{public_url}{CALLBACK}"]
    return {**_template(), "name": name, **addresses}


def permissions() -> list[tuple[str, str]]:
    """Return what the App asks for, in words: ("pull requests", "write")."""
    return [(name.replace("_", " "), level) for name, level in _template()["default_permissions"].items()]


def _template() -> dict[str, Any]:
    template: dict[str, Any] = load(app_file().read_text())
    return template
