"""What people and charts write, in replies and descriptions: it reads as it is, and nothing of it acts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.pipeline import skip
from tests.support.bot import World, bot_and_sandbox
from tests.support.shown import problems
from tests.support.tree import copy_tree, put, replace

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


EVIL = "@team<img src=x>`|` #1 --> www.evil.example.org"
"""As a file may be called."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, dict[str, str]]]:
    """A world in whose tree names and values are hostile, with the descriptions and replies by what was asked."""
    folder = tmp_path_factory.mktemp("hostile")
    tree = copy_tree(folder)
    _poison(tree)
    with bot_and_sandbox(folder, tree, prover=skip) as world:
        number = world.home.open_issue("alice", f"Kafka, {EVIL} ```", f"/kafka-access myapp topic={TOPIC}.ingest")
        for command in ASKED.values():
            world.home.comment(number, "alice", command)
        world.settle(120)
        texts = {f"reply {place}": one for place, one in enumerate(world.said(number), 1)}
        texts |= {f"description of {one['head']['ref']}": one["body"] for one in world.home.pulls()}
        yield world, texts


ASKED = {
    "several workloads": f"/kafka-access pair topic={TOPIC}.x:read",
    "an unknown workload": f"/kafka-access myapp topic={TOPIC}.x workload=nothing",
    "an unknown environment": f"/kafka-access myapp topic={TOPIC}.x env=nowhere",
    "an unknown application": f"/kafka-access nobody topic={TOPIC}.x",
    "a chart that is no YAML": "/kafka-access nightly topic=lsst.square-events.nightly.x",
    "a file with a hostile name": "/kafka-access publisher topic=lsst.square-events.publisher.news:write",
    "a user with hostile rules": "/kafka-access plan reader topic=lsst.square-events.reader.x:read",
}


def _poison(tree: Path) -> None:
    replace(
        tree,
        "applications/myapp/templates/deployment.yaml",
        "          env:\n",
        f'          env:\n            - name: EVIL\n              value: "```\\n</details>\\n{EVIL}\\n~~~"\n',
    )
    old = tree / "applications/publisher/templates/deployment.yaml"
    old.rename(old.with_name(f"{EVIL.replace('/', '')}.yaml"))
    put(tree, f"environments/values-{EVIL.replace('/', '')}.yaml", "applications:\n  myapp: true\n")
    put(tree, "environments/values-omega.yaml", f'fqdn: "omega.example.org) {EVIL}"\napplications:\n  myapp: true\n')
    put(tree, "applications/nightly/Chart.yaml", f"name: nightly\n  - {EVIL}: \u202e\n: ```\n")


def test_hostile_trees_make_harmless_texts(hostile: tuple[World, dict[str, str]]) -> None:
    world, texts = hostile
    assert len([name for name in texts if name.startswith("reply")]) == len(ASKED) + 1
    assert len([name for name in texts if name.startswith("description")]) >= 1
    links = rf"{re.escape(world.sandbox.url)}/|https://[a-z0-9.-]+/argo-cd/applications/[a-z0-9-]+$"
    found = {
        name: problems(text, references=frozenset({1, *(one["number"] for one in world.home.pulls())}), links=links)
        for name, text in texts.items()
    }
    assert {name: one for name, one in found.items() if one} == {}
