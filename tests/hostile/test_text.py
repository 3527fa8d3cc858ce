"""What people and charts write, in replies and descriptions: it reads as it is, and nothing of it acts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.bot import World
from tests.support.shown import problems

TOPIC = "lsst.square-events.myapp"
HOSTILE = {
    "a team": "@lsst-sqre/team",
    "a person": "@someone",
    "a person after a backtick": "`@someone",
    "a person after a bracket": "(@someone)",
    "a reference": "#1",
    "a reference elsewhere": "lsst-sqre/phalanx#1",
    "another reference": "GH-1",
    "an address": "https://evil.example.org/x",
    "an address without a scheme": "www.evil.example.org",
    "a link": "[here](https://evil.example.org)",
    "an image": "![here](https://evil.example.org/x.png)",
    "markup": "<img src=x onerror=alert(1)>",
    "folding": "<details><summary>more</summary>",
    "closing": "</details></summary>",
    "a comment": "<!--",
    "a comment's end": "-->",
    "a comment's other end": "--!>",
    "a fence": "```",
    "tildes": "~~~",
    "many backticks": "`" * 70,
    "Mermaid": '"]-->B["click',
    "Mermaid's end": 'end;graph TD;click A href "https://evil.example.org"',
    "a bar": "a|b|c",
    "an escaped bar": "a\\|b",
    "from right to left": "\u202egnp.exe",
    "unseen": "a\u200bb\u2060c\ufeffd",
    "Hebrew": "\u05e9\u05dc\u05d5\u05dd",
    "a null": "a\x01b",
    "stars": "**bold** _it_",
    "an entity": "&#64;someone &lt;b&gt;",
    "long": "x" * 3_000,
    "longer": "x" * 50_000,
    "its own state": "<!-- kafka-access-state:e30=:" + "0" * 64 + " -->",
}
PLACES = {
    "the application": "/kafka-access {}",
    "the application, quoted": '/kafka-access "{}"',
    "a topic": "/kafka-access myapp topic={}",
    "a topic, quoted": '/kafka-access myapp topic="lsst.square-events.{}"',
    "operations": f'/kafka-access myapp topic="{TOPIC}.x:{{}}"',
    "an unknown option": "/kafka-access myapp {}=1",
    "a group": f'/kafka-access plan myapp topic={TOPIC}.x:read group="{{}}"',
    "an environment": f'/kafka-access myapp topic={TOPIC}.x env="{{}}"',
    "a workload": f'/kafka-access myapp topic={TOPIC}.x workload="{{}}"',
    "a container": f'/kafka-access myapp topic={TOPIC}.x container="{{}}"',
    "a word of help": "/kafka-access help {}",
}


@pytest.fixture(scope="module")
def replies(world: World) -> Mapping[str, str]:
    """What the bot says to every hostile text in every place."""
    asked = {}
    number = world.home.open_issue("alice", "<img src=x> @lsst-sqre/team `` ``` --> | \u202e", None)
    for name, text in HOSTILE.items():
        lines = [place.format(text) for place in PLACES.values()]
        asked[name] = world.home.comment(number, "alice", "\n".join(lines)[:65_000])
    world.settle(120)
    said = world.said(number)
    return {
        name: next((one for one in said if f"<!-- kafka-access:comment-{comment} -->" in one), "")
        for name, comment in asked.items()
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_in_a_command_acts_in_the_reply(world: World, replies: Mapping[str, str], name: str) -> None:
    assert replies[name], "there is no reply"
    opened = frozenset(one["number"] for one in world.home.pulls())
    assert problems(replies[name], references=opened) == []
