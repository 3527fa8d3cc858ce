"""Descriptions of pull requests in a real Phalanx tree, compared with golden files.

What other people's charts print is left out of these, so they hold names and the bot's own words only.
`pytest tests/reporting --update-goldens` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.pipeline import keep
from tests.reporting.bodies import described
from tests.support.shared import FOLDER
from tests.support.shown import problems

PHALANX = FOLDER / "phalanx"
GOLDENS = Path(__file__).parent / "goldens"
_DIFF = re.compile(r"```diff\n.*?\n```", re.DOTALL)

CASES = {
    "one-topic": "/kafka-access checkerboard topic=lsst.square-events.checkerboard.done:write,read",
    "prefix-in-five-environments": (
        "/kafka-access times-square topic=lsst.square.metrics.events.*:read topic=lsst.times-square.done "
        "env=idfdev,idfint,idfprod,usdfdev,usdfprod workload=deployment/times-square"
    ),
    "amendment": "/kafka-access ook topic=lsst.square-events.squarebot.*:read quota=producer:1MiB/s,consumer:10MB/s",
}


@pytest.mark.skipif(not PHALANX.is_dir(), reason=f"{PHALANX} is not there")
@pytest.mark.parametrize("name", CASES)
def test_descriptions(name: str, request: pytest.FixtureRequest) -> None:
    found = described(PHALANX, CASES[name], write=keep)
    assert found.pages == ()
    assert problems(found.text, references=frozenset({1})) == []
    place, text = GOLDENS / f"{name}.md", _DIFF.sub("```diff\n(what Helm prints)\n```", found.text) + "\n"
    if request.config.getoption("--update-goldens"):
        place.write_text(text, encoding="utf-8")
    assert text == place.read_text(encoding="utf-8")
