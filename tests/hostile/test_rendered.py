"""Hostile trees with the proof as it really is: what is rendered is shown and stays text, what leads out is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bot import World, bot_and_sandbox
from tests.support.shown import problems
from tests.support.tree import copy_tree, put, replace

EVIL = "@team <!-- kafka-access-state:e30=:00 --> </details> www.evil.example.org"
GRANT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest"
SECRET = "what only the host of the bot may read"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("rendered")
    tree, outside = copy_tree(folder), folder / "outside.yaml"
    outside.write_text(f"config: {SECRET}\n")
    # Beside the lines that a grant adds, so that they are in the context of the rendered difference.
    replace(
        tree,
        "applications/myapp/templates/deployment.yaml",
        "          env:\n",
        f'          env:\n            - name: EVIL\n              value: "{EVIL}"\n'
        '            - name: FENCES\n              value: "``` ~~~~ ````"\n',
    )
    # Git would run these on the way in and out, were the bot's git not told to leave every file as it is.
    put(tree, ".gitattributes", "* text eol=crlf ident filter=evil diff=evil merge=evil\n")
    put(
        tree,
        ".gitmodules",
        '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch /tmp/submodule"\n\tupdate = !false\n',
    )
    (tree / "applications/publisher/values-alpha.yaml").unlink(missing_ok=True)
    (tree / "applications/publisher/values-alpha.yaml").symlink_to(outside)
    with bot_and_sandbox(folder, tree) as found:
        yield found


def test_what_is_rendered_stays_text(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka", GRANT)
    world.settle(120)
    (pull,) = [one for one in world.home.pulls() if one["head"]["ref"] == f"kafka-access/myapp-{number}"]
    links = rf"{re.escape(world.sandbox.url)}/|https://[a-z0-9.-]+/argo-cd/applications/[a-z0-9-]+$"
    for text in (pull["body"], *world.said(number)):
        assert problems(text, references=frozenset({number, pull["number"]}), links=links) == []
    assert "Rendered before and after" in pull["body"] or "Proved" in pull["body"]


def test_attributes_of_the_tree_change_no_byte(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka", "/kafka-access reader topic=lsst.square-events.reader.x:read")
    world.settle(120)
    (pull,) = [one for one in world.home.pulls() if one["head"]["ref"] == f"kafka-access/reader-{number}"]
    diff = world.home.diff(pull["number"])
    lines = [line for line in diff.splitlines() if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]
    assert lines
    assert not [line for line in lines if line.startswith("-")], "nothing but additions"
    assert "\r" not in diff
    assert ".gitattributes" not in diff
    assert not Path("/tmp/submodule").exists()


def test_values_from_outside_are_not_rendered(world: World) -> None:
    number = world.home.open_issue(
        "alice", "Kafka", "/kafka-access publisher topic=lsst.square-events.publisher.news:write"
    )
    world.settle(120)
    (reply,) = world.said(number)
    assert SECRET not in reply
    assert "leads out of the repository" in reply
    assert world.home.head(f"kafka-access/publisher-{number}") is None
