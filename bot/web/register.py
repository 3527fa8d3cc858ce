"""`kafka-access register`: a page on this machine has GitHub create the App, and what GitHub gives for it is kept."""

from __future__ import annotations

import asyncio
import secrets
import webbrowser
from pathlib import Path

import click
from aiohttp import web

from bot.errors import TryLater
from bot.setting_sources import settings_file
from bot.setting_types import address
from bot.web.credentials import Place, Registered
from bot.web.pages import protect
from bot.web.registration import GitHub, Registration, github_at
from bot.web.serve import first, listening, signals
from bot.web.setup import SetupPages, Wishes


class NotFinished(TryLater):
    """The person gave up, or the terminal was closed."""

    def __init__(self) -> None:
        super().__init__("no App was registered", "run `kafka-access register` again")


def _address(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return address(value) if value else None
    except ValueError as exc:
        raise click.BadParameter(f"{value!r} {exc}") from None


@click.command()
@click.option("--org", default="", help="The organisation that owns the App; without it, your own account does.")
@click.option(
    "--name", default="kafka-access", show_default=True, help="The App's name; GitHub wants a name of its own."
)
@click.option("--public-url", callback=_address, envvar="KAFKA_ACCESS_PUBLIC_URL", help="Where GitHub reaches the bot.")
@click.option(
    "--settings", type=click.Path(path_type=Path), help="The settings file to write; the key is put beside it."
)
@click.option(
    "--github",
    callback=_address,
    envvar="KAFKA_ACCESS_WEB_URL",
    default="https://github.com",
    show_default=True,
    help="Where GitHub's pages are, for GitHub Enterprise Server.",
)
@click.option(
    "--api", callback=_address, envvar="KAFKA_ACCESS_API_URL", help="Its API, where it is not in the usual place."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port on this machine; any free one without."
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
@click.option("--force", is_flag=True, help="Overwrite the credentials of another App.")
def register(
    org: str,
    name: str,
    public_url: str | None,
    settings: Path | None,
    github: str,
    api: str | None,
    port: int,
    no_browser: bool,
    force: bool,
) -> None:
    """Register the GitHub App in the browser and write the settings file.

    GitHub creates the App, with the permissions of app.yaml, and hands its key and its webhook secret to this program,
    which keeps them in files that only you can read.
    """
    place = Place((settings or settings_file()).absolute(), force)
    place.check()
    there = GitHub(github, api) if api else github_at(github)
    app = asyncio.run(_registered(there, place, Wishes(name, org, public_url or ""), port, browse=not no_browser))
    click.echo(_next_steps(app, place, public_url))


async def _registered(github: GitHub, place: Place, wishes: Wishes, port: int, *, browse: bool) -> Registered:
    """Serve the pages until GitHub has sent the browser back. Raises NotFinished on a signal."""
    # Other users of this machine reach the port too; they do not know the path.
    pages = SetupPages(Registration(github, place), place, f"/{secrets.token_urlsafe(24)}", wishes)
    app = web.Application(client_max_size=64 * 1024)
    app.on_response_prepare.append(protect)
    app.add_routes(pages.routes())
    async with signals() as heard, listening(app, "127.0.0.1", port) as where:
        url = f"{where}{pages.path}"
        click.echo(f"Register the App here, within an hour:\n\n  {url}\n", err=True)
        if browse:
            await asyncio.to_thread(webbrowser.open, url)
        await first(pages.finished, heard.asked)
    if pages.registered is None:
        raise NotFinished
    return pages.registered


def _next_steps(app: Registered, place: Place, public_url: str | None) -> str:
    steps = [f"install it on the repository:  {app.install_url}"]
    if public_url is None:
        steps.append(f"tell GitHub the bot's address (…/webhook), and make it active:  {app.html_url}")
    steps.append(f"start the bot:  KAFKA_ACCESS_SETTINGS={place.settings} kafka-access serve")
    numbered = "\n".join(f"  {number}. {step}" for number, step in enumerate(steps, 1))
    return f"{app.slug} is registered.\n\n  settings  {place.settings}\n  key       {place.key}\n\nNext:\n{numbered}"
