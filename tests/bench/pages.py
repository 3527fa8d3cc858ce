"""Access of 1,000 applications to 1,000 topics, as pages and as one file: bytes, and time to first paint in Chromium.

Each application has a KafkaUser with five rules for single topics and one for the ten topics of a prefix.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bot.kafka.acl import Acl, Operation, PatternType
from bot.landscape.answers import about_everything
from bot.landscape.model import Environment
from bot.reporting.who_html import page as one_file
from bot.web.serve import listening
from tests.web.browser import CHROMIUM, Page, browser
from tests.web.site import PATH, environment, group_rule, served, sources, topic_rule

COUNT = 1000
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
RULES = 5
"""Rules for single topics that each application has."""


def big(count: int = COUNT) -> Environment:
    """Return so many applications and topics."""
    topics = [f"lsst.domain{number // 10:03}.topic{number:04}" for number in range(count)]
    return environment("big", topics, {f"app{number:04}": rules(topics, number) for number in range(count)})


def rules(topics: list[str], number: int) -> list[Acl]:
    """Return the rules of one application."""
    single = [
        topic_rule(topics[(number * 7 + step * 101) % len(topics)], Operation.READ, Operation.DESCRIBE)
        for step in range(RULES)
    ]
    prefix = f"lsst.domain{number % len(topics) // 10:03}."
    many = topic_rule(prefix, Operation.WRITE, Operation.DESCRIBE, pattern=PatternType.PREFIX)
    return [*single, many, group_rule(f"app{number:04}")]


async def painted(page: Page, url: str) -> float:
    """Return the milliseconds from the request of a page to its first paint."""
    await page.open(url)
    await page.shows(PAINT)
    return float(await page.value(PAINT))


async def measure_all(folder: Path, rounds: int) -> None:
    """Print a line for each page: bytes, and the median time to its first paint."""
    landscape = {"big": big()}
    began = time.perf_counter()
    file = folder / "access.html"
    file.write_text(one_file(about_everything(landscape)), encoding="utf-8")
    print(f"{COUNT} applications x {COUNT} topics, medians of {rounds}")
    print(f"  writing the one file: {time.perf_counter() - began:.2f} s")
    pages = {
        "topics": "",
        "applications": "?view=applications",
        "grid": "?view=grid",
        "search": "?q=domain042",
        "one topic": "?topic=lsst.domain042.topic0421",
        "one application": "?app=app0421",
    }
    async with listening(served(sources(landscape)), "127.0.0.1", 0) as address, browser(folder / "profile") as page:
        urls = {name: f"{address}{PATH}/access{query}" for name, query in pages.items()}
        for name, url in (urls | {"one file": file.as_uri()}).items():
            times = sorted([await painted(page, url) for _ in range(rounds)])
            size = await page.value("performance.getEntriesByType('navigation')[0].decodedBodySize")
            size = file.stat().st_size if name == "one file" else size
            print(f"  {name}: {size:,} bytes, first paint after {times[rounds // 2]:.0f} ms")
        if page.complaints:
            print(f"  complaints: {page.complaints}")
        found = await page.value(
            "(() => { const field = document.getElementById('search'); field.value = 'domain042';"
            " const start = performance.now(); field.dispatchEvent(new Event('input'));"
            " document.body.offsetHeight; return performance.now() - start; })()"
        )
        print(f"  a search in the one file: {found:.0f} ms")


def measure(rounds: int) -> None:
    """Measure and print; without Chromium only say so."""
    if CHROMIUM is None:
        print("pages: there is no Chromium here")
        return
    with tempfile.TemporaryDirectory(prefix="kafka-access-bench-") as name:
        asyncio.run(measure_all(Path(name), rounds))
