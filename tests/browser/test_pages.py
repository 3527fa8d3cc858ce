"""The pages as a person uses them: without scripts, with the keyboard, by links. `PICTURES=DIR` keeps pictures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.landscape.answers import about_everything
from bot.pipeline import skip
from bot.reporting.who_html import page as one_file
from bot.web.serve import listening
from bot.web.site.by_token import ByToken
from bot.web.site.cookies import Cookies
from bot.web.site.door import SignIn
from tests.bench.pages import big
from tests.support.bot import NAME, World, bot_and_sandbox, free_port
from tests.web.browser import NEEDS_CHROMIUM, Page, browser
from tests.web.site import PATH, served, sources

pytestmark = NEEDS_CHROMIUM

TOKEN = "the token of the pages, long enough"
COMMAND = "/kafka-access myapp topic=lsst.square-events.myapp.ingest:read,write"
TOPIC = "lsst.domain042.topic0421"
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with browser(tmp_path / "profile") as found:
        yield found


async def key(page: Page, name: str, code: int, text: str = "") -> None:
    """Press and release one key."""
    for kind in ("keyDown", "keyUp"):
        await page.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, text=text)


async def press_enter(page: Page) -> None:
    await key(page, "Enter", 13, "\r")


async def shows_text(page: Page, words: str, within: float = 20) -> None:
    await page.shows(f"document.body.innerText.includes({json.dumps(words)})", within=within)


async def all_sides(page: Page, pictures: Path, name: str) -> None:
    """Take pictures of a page light, dark and narrow; nothing may stick out of a narrow screen."""
    await page.picture(pictures / f"{name}.png", width=1100)
    await page.picture(pictures / f"{name}-dark.png", dark=True, width=1100)
    assert (pictures / f"{name}.png").read_bytes() != (pictures / f"{name}-dark.png").read_bytes()
    await page.picture(pictures / f"{name}-narrow.png", width=360)
    assert await page.value(FITS), f"{name} runs over"


async def test_a_search_with_the_keyboard_and_without_scripts(page: Page, pictures: Path) -> None:
    async with listening(served(sources({"big": big()})), "127.0.0.1", 0) as address:
        await page.call("Emulation.setScriptExecutionDisabled", value=True)
        await page.open(f"{address}{PATH}/access")
        await shows_text(page, "1000 of 1000 topics, 1000 of 1000 applications")
        assert await page.value("document.querySelectorAll('tbody tr').length") == 50

        await key(page, "Tab", 9)
        assert await page.value("document.activeElement.textContent") == "Skip to the content"
        assert await page.value("document.activeElement.getBoundingClientRect().top >= 0"), "it shows itself"
        await press_enter(page)
        await page.shows("document.activeElement.id === 'content'")
        for _ in range(20):
            await key(page, "Tab", 9)
            if await page.value("document.activeElement.id") == "q":
                break
        assert await page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        await page.call("Input.insertText", text="DOMAIN042.topic0421")
        await press_enter(page)
        await shows_text(page, "1 of 1000 topics")
        await all_sides(page, pictures, "search")

        await page.open(await page.value("document.querySelector('tbody th a').href"))
        assert f"topic={TOPIC}" in await page.value("location.search")
        await shows_text(page, "topic lsst.domain042.*: Describe, Write")
        assert await page.value("document.querySelector('td a').href.includes('/blob/')")
        await all_sides(page, pictures, "topic")
        await page.open(f"{address}{PATH}/access?view=grid")
        await all_sides(page, pictures, "grid")
    assert not page.complaints


async def test_the_token_is_typed_once(page: Page, pictures: Path) -> None:
    door = SignIn(Cookies(https=False), ByToken(TOKEN))
    async with listening(served(sources({"big": big(20)}), door=door), "127.0.0.1", 0) as address:
        await page.open(f"{address}{PATH}/access?q=topic0001")
        assert await page.value("document.activeElement.id") == "token"
        await page.call("Input.insertText", text="something else")
        await press_enter(page)
        await shows_text(page, "This is not the token.")
        await all_sides(page, pictures, "sign-in")
        await page.call("Input.insertText", text=TOKEN)
        await press_enter(page)
        await shows_text(page, "1 of 20 topics")
        assert await page.value("location.pathname + location.search") == f"{PATH}/access?q=topic0001"
        assert await page.value("document.cookie") == "", "no script can read it"
        await page.open(f"{address}/jobs")
        await page.value("document.querySelector('header button').click()")
        await page.shows("document.getElementById('token')")
    # That a page was 401 is all there is to complain of.
    assert not [one for one in page.complaints if "401" not in one]


async def test_the_bot_shows_what_it_does(world: World, page: Page, pictures: Path) -> None:
    world.home.open_issue("alice", "Kafka for myapp", COMMAND)
    await asyncio.to_thread(world.settle)
    await page.open(world.address)
    await shows_text(page, "who may use which topic")
    await all_sides(page, pictures, "overview")
    await page.open(f"{world.address}/requests")
    await shows_text(page, COMMAND)
    await shows_text(page, "myapp")
    await all_sides(page, pictures, "requests")
    await page.open(f"{world.address}/jobs?kind=command")
    await page.open(await page.value("document.querySelector('tbody th a').href"))
    await shows_text(page, "pull request")
    await all_sides(page, pictures, "job")
    # What the main branch renders to is read meanwhile, and the pages load themselves again.
    await page.open(f"{world.address}/repositories/{NAME}/access")
    await shows_text(page, "lsst.square-events.notify.message", within=60)
    await all_sides(page, pictures, "access")
    await page.open(f"{world.address}/repositories/{NAME}/audit")
    await page.shows("document.querySelector('article.finding')", within=60)
    await all_sides(page, pictures, "audit")
    assert not page.complaints


@pytest.fixture
def behind_github(tmp_path: Path) -> Iterator[World]:
    with bot_and_sandbox(tmp_path, prover=skip, port=free_port(), pages_token=SecretStr(TOKEN)) as found:
        yield found


async def test_somebody_signs_in_with_github(behind_github: World, page: Page, pictures: Path) -> None:
    there = behind_github.sandbox.url
    await page.call("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(f"{behind_github.address}/repositories/{NAME}/access?q=notify")
    await shows_text(page, "Or with the token")
    await all_sides(page, pictures, "sign-in-github")
    await key(page, "Tab", 9)
    assert await page.value("document.activeElement.textContent") == "Sign in with GitHub"
    await press_enter(page)
    await page.shows(f"location.href.startsWith('{there}/login/oauth/authorize')")
    await shows_text(page, "wants to know who you are")
    await page.picture(pictures / "authorize.png")
    await page.picture(pictures / "authorize-dark.png", dark=True)
    await page.fill("login", "alice")
    await page.value("document.querySelector('button.main').click()")
    # What the main branch renders to is read meanwhile, and the page loads itself again.
    await shows_text(page, "lsst.square-events.notify.message", within=60)
    assert await page.value("location.pathname + location.search") == f"/repositories/{NAME}/access?q=notify"
    assert "alice" in await page.value("document.querySelector('header form').textContent")
    await all_sides(page, pictures, "signed-in")
    await page.value("document.querySelector('header button').click()")
    await shows_text(page, "Sign in with GitHub")
    assert await page.value("location.pathname") == "/"
    assert not [one for one in page.complaints if "401" not in one]


async def test_one_file_is_searched_and_linked(page: Page, tmp_path: Path, pictures: Path) -> None:
    file = tmp_path / "access.html"
    file.write_text(one_file(about_everything({"big": big()})), encoding="utf-8")
    assert file.stat().st_size < 5_000_000
    await page.open(f"{file.as_uri()}?q=topic0421#topic-{TOPIC}")
    seen = "[...document.querySelectorAll('section')].filter((one) => !one.hidden).length"
    assert 0 < await page.value(seen) < 50
    assert await page.value(f"document.querySelector(':target').id === 'topic-{TOPIC}'")
    await page.picture(pictures / "one-file.png")
    await page.picture(pictures / "one-file-dark.png", dark=True)
    await page.picture(pictures / "one-file-narrow.png", width=360)
    assert await page.value(FITS)
    assert not page.complaints
