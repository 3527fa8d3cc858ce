"""The sandbox's pages as a person uses them, with the bot behind them. `PICTURES=DIR` keeps the screenshots."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.bot import NAME, World
from tests.web.browser import NEEDS_CHROMIUM, Page, browser

COMMAND = "/kafka-access myapp topic=lsst.square-events.myapp.ingest:read,write"

pytestmark = NEEDS_CHROMIUM


async def submit(page: Page, form: str, **fields: str) -> None:
    """Fill in the form that has this action at its end, and press its button."""
    for name, text in fields.items():
        await page.fill_in(f"form[action$='{form}'] [name={name}]", text)
    await page.value(f"document.querySelector(\"form[action$='{form}'] button\").click()")


def says(words: str) -> str:
    return f"document.getElementById('live')?.innerText.includes({words!r})"


async def test_from_an_issue_to_the_merge(world: World, tmp_path: Path, pictures: Path) -> None:
    home = f"{world.sandbox.url}/{NAME}"
    async with browser(tmp_path / "profile") as page:
        await page.open(home)
        await page.picture(pictures / "1-repository.png")
        await submit(page, "/issues", login="alice", title="Kafka for myapp", body=f"We need events.\n\n{COMMAND}")

        # Nobody reloads: the page shows what the bot does as it does it.
        await page.shows(says("Opened pull request #2:"), within=60)
        await page.shows(says("🚀 1"))
        assert await page.value(says("👀 1"))
        assert await page.value("location.pathname") == f"/{NAME}/issues/1"
        await page.picture(pictures / "2-issue.png")
        await page.picture(pictures / "2-issue-dark.png", dark=True)
        await page.picture(pictures / "2-issue-narrow.png", width=390)
        assert await page.value("document.documentElement.scrollWidth <= window.innerWidth"), "nothing runs over"

        await page.value("[...document.querySelectorAll('a')].find((one) => one.textContent === '#2').click()")
        await page.shows("document.querySelector('h1')?.textContent.includes('Give myapp access to Kafka')")
        assert await page.value(says('- name: "KAFKA_BOOTSTRAP_SERVERS"'))
        assert await page.value("document.querySelectorAll('.diff .plus').length") > 50
        assert await page.value("document.querySelectorAll('.text details:not([open])').length") >= 1
        await page.picture(pictures / "3-pull.png")
        await page.picture(pictures / "3-pull-dark.png", dark=True)

        await submit(page, "/pull/2/merge", login="bob")
        await page.shows("document.querySelector('.badge.merged')")
        assert not await page.value("document.querySelector(\"form[action$='/merge']\")")
        await page.picture(pictures / "4-merged.png")

        await page.open(f"{home}/issues/1")
        await page.shows(says("is merged"))
        await page.shows(says("sasquatch then myapp"))
        await page.picture(pictures / "5-after-the-merge.png")
        assert not page.complaints


async def test_a_comment_that_is_refused_and_then_edited(world: World, tmp_path: Path, pictures: Path) -> None:
    number = world.home.open_issue("alice", "Kafka for myapp", "Which topics are there?")
    async with browser(tmp_path / "profile") as page:
        await page.open(f"{world.sandbox.url}/{NAME}/issues/{number}")
        await submit(page, "/comments", login="alice", body="/kafka-access mypp topic=lsst.square-events.x:read")
        await page.shows(says("Did you mean myapp?"), within=60)
        await page.shows(says("😕 1"))
        await page.picture(pictures / "6-refused.png")
        comment = next(one["id"] for one in world.home.comments(number) if one["user"]["login"] == "alice")
        await page.value("document.querySelector('details.edit summary').click()")
        await submit(page, f"/comments/{comment}", body=COMMAND)
        await page.shows(says("Opened pull request #2:"), within=60)
        assert await page.value(says("Did you mean myapp?")), "what was said before still stands"
        await page.picture(pictures / "7-edited.png")


async def test_who_is_no_one_may_not_merge(world: World, tmp_path: Path, pictures: Path) -> None:
    world.home.open_issue("alice", "Kafka", COMMAND)
    await asyncio.to_thread(world.settle)
    async with browser(tmp_path / "profile") as page:
        await page.open(f"{world.sandbox.url}/{NAME}/pull/2")
        await submit(page, "/pull/2/merge", login="mallory")
        await page.shows("document.querySelector('.warning')?.textContent.includes('would need the role write')")
        await page.picture(pictures / "8-not-allowed.png")
    assert world.home.pull(2)["state"] == "open"
