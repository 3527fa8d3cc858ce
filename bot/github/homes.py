"""Where the App is installed: every repository, with what a job needs to know to work on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gidgethub.aiohttp import GitHubAPI
from pydantic import ValidationError

from bot.github.app import App
from bot.github.errors import Unreachable
from bot.github.events import Place
from bot.github.payloads import Home as Payload
from bot.github.reading import placed


@dataclass(frozen=True, slots=True)
class Home:
    """A repository of an installation of the App."""

    installation: int
    place: Place


def homes(app: App) -> Sequence[Home]:
    """Return the repositories of all installations by name, without those that are suspended; raises as `App` does."""
    return asyncio.run(app.ask(_homes))


async def _homes(gh: GitHubAPI) -> list[Home]:
    found = []
    async for one in gh.getiter("/app/installations?per_page=100"):
        if one.get("suspended_at"):
            continue
        # A token for the names alone, and for all repositories, as it is these that are asked for.
        path = f"/app/installations/{int(one['id'])}/access_tokens"
        minted = await gh.post(path, data={"permissions": {"metadata": "read"}})
        listed = gh.getiter(
            "/installation/repositories?per_page=100", oauth_token=minted["token"], iterable_key="repositories"
        )
        try:
            found += [Home(int(one["id"]), placed(Payload.model_validate(data))) async for data in listed]
        except ValidationError:
            raise Unreachable("it does not describe repositories as its documentation says") from None
    return sorted(found, key=lambda one: one.place.full_name)
