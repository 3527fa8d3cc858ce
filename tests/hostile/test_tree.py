"""Trees with hostile names, values and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.pipeline import skip
from tests.support.bot import World, bot_and_sandbox
from tests.support.shown import problems
from tests.support.tree import copy_tree, digests, put, replace

TOPIC = "lsst.square-events.myapp"
EVIL = "@team<img src=x>`|` #1 --> www.evil.example.org"
"""As a file may be called."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, outside: Path) -> Iterator[World]:
    """A world in whose tree names and values are hostile, after all was asked."""
    folder = tmp_path_factory.mktemp("hostile")
    tree = copy_tree(folder)
    _poison(tree)
    _lead_out(tree, outside)
    with bot_and_sandbox(folder, tree, prover=skip) as world:
        number = world.home.open_issue("alice", f"Kafka, {EVIL} ```", f"/kafka-access myapp topic={TOPIC}.ingest")
        for command in ASKED.values():
            world.home.comment(number, "alice", command)
        world.settle(120)
        yield world


ASKED = {
    "several workloads": f"/kafka-access pair topic={TOPIC}.x:read",
    "an unknown workload": f"/kafka-access myapp topic={TOPIC}.x workload=nothing",
    "an unknown environment": f"/kafka-access myapp topic={TOPIC}.x env=nowhere",
    "an unknown application": f"/kafka-access nobody topic={TOPIC}.x",
    "a chart that is no YAML": "/kafka-access nightly topic=lsst.square-events.nightly.x",
    "a file with a hostile name": "/kafka-access publisher topic=lsst.square-events.publisher.news:write",
    "a user with hostile rules": "/kafka-access plan reader topic=lsst.square-events.reader.x:read",
}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside the bot that nothing in a repository may reach."""
    return tmp_path_factory.mktemp("outside")


def _lead_out(tree: Path, outside: Path) -> None:
    for path in LINKS.values():
        place, there = tree / path, outside / path.replace("/", "-")
        place.rename(there)
        place.symlink_to(there)
        for one in there.rglob("*.yaml") if there.is_dir() else [there]:
            one.write_text(one.read_text() + "# leaked\n")


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


def test_hostile_trees_make_harmless_texts(world: World) -> None:
    replies, pulls = world.said(1), world.home.pulls()
    assert len(replies) == len(ASKED) + 1
    assert len(pulls) >= 1
    links = rf"{re.escape(world.sandbox.url)}/|https://[a-z0-9.-]+/argo-cd/applications/[a-z0-9-]+$"
    numbers = frozenset({1, *(one["number"] for one in pulls)})
    for text in (*replies, *(one["body"] for one in pulls)):
        assert problems(text, references=numbers, links=links) == []


LINKS = {
    "a chart's folder": "applications/conditional",
    "its templates": "applications/batch/templates",
    "a template": "applications/twin/templates/deployment.yaml",
    "its values": "applications/dumped/values.yaml",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_out_of_the_tree_is_not_followed(world: World, outside: Path, name: str) -> None:
    application = LINKS[name].split("/")[1]
    before = digests(outside)
    number = world.home.open_issue(
        "alice", name, f"/kafka-access {application} topic=lsst.square-events.{application}.x"
    )
    world.settle()
    (reply,) = world.said(number)
    assert "leads out of the repository" in reply
    assert "leaked" not in reply
    assert digests(outside) == before
    assert world.home.head(f"kafka-access/{application}-{number}") is None
