"""The pages as a person sees them. `PICTURES=DIR` keeps the screenshots."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.settings import Basics
from bot.web.app import application
from bot.web.credentials import Place
from bot.web.registration import GitHub, Registration
from bot.web.setup import SetupPages, Wishes, setup_application
from tests.web.browser import NEEDS_CHROMIUM, browser
from tests.web.github import Forge
from tests.web.parts import Kept, parts

Serve = Callable[[web.Application], Awaitable[TestServer]]
TOKEN = "a setup token of the tests"

pytestmark = NEEDS_CHROMIUM


async def test_a_person_registers_the_app(aiohttp_server: Serve, tmp_path: Path, pictures: Path) -> None:
    forge = await aiohttp_server(Forge().application())
    github = str(forge.make_url("")).rstrip("/")
    place = Place(tmp_path / "kafka-access.env")
    registration = Registration(GitHub(github, f"{github}/api/v3"), place)
    pages = SetupPages(registration, place, "/setup", Wishes(public_url="https://kafka-access.example.org"), TOKEN)
    server = await aiohttp_server(setup_application(Basics(), pages))
    async with browser(tmp_path / "profile") as page:
        await page.open(str(server.make_url("/")))
        await page.picture(pictures / "0-unregistered.png")
        await page.open(str(server.make_url("/setup")))
        await page.picture(pictures / "1-setup.png")
        await page.picture(pictures / "1-setup-dark.png", dark=True)
        await page.picture(pictures / "1-setup-narrow.png", width=380)
        assert await page.value("document.documentElement.scrollWidth <= window.innerWidth"), "nothing runs over"

        await page.fill("token", "wrong")
        await page.press("That did not work")
        await page.picture(pictures / "2-wrong.png")

        await page.open(str(server.make_url("/setup")))
        await page.fill("token", TOKEN)
        await page.fill("organisation", "lsst-sqre")
        await page.press("Create it on GitHub")
        await page.picture(pictures / "3-form.png")
        await page.press("is registered")
        await page.picture(pictures / "4-done.png")
        await page.picture(pictures / "4-done-dark.png", dark=True)
        styled = await page.value("getComputedStyle(document.querySelector('main')).borderRadius")
    assert styled == "12px", "the policy lets the style in"
    assert not [text for text in page.complaints if "Content Security Policy" in text]
    assert pages.registered is not None
    assert place.settings.exists()


async def test_the_front_page(aiohttp_server: Serve, tmp_path: Path, pictures: Path) -> None:
    server = await aiohttp_server(application(parts(Kept())))
    async with browser(tmp_path / "profile") as page:
        await page.open(str(server.make_url("/")))
        await page.picture(pictures / "5-home.png")
        assert await page.value("document.querySelector('h1').textContent") == "kafka-access"
        assert await page.value("getComputedStyle(document.querySelector('main')).borderRadius") == "12px"
