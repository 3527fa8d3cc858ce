"""Graphs in which no name acts, by the rules of the grammar, and by Mermaid itself where `make mermaid` has it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.process import run
from bot.reporting.mermaid import LONGEST, MOST_NODES, Edge, Node, Shape, graph, label
from tests.support.shown import problems

MERMAID = Path(os.environ.get("MERMAID") or Path(__file__).parents[2] / ".mermaid")
SCRIPT = Path(__file__).with_name("mermaid.mjs")

HOSTILE = {
    "a quote": 'x"] --> y["',
    "brackets": "x])}>]|y|[({{",
    "a comment": "%% x",
    "a directive": "%%{init: {'theme': 'dark'}}%%",
    "a click": 'n0\nclick n0 href "javascript:alert(1)"',
    "markup": "<img src=x onerror=alert(1)>",
    "an entity": "&lt;#60;#quot;",
    "a class": "classDef default fill:#f00;",
    "a style": "style n0 fill:#f00;",
    "the word end": "end",
    "backticks": "`**x**` ```",
    "a fence": "\n```\n# out",
    "a list": "- x",
    "a numbered list": "1. x",
    "an icon": "fa:fa-user",
    "mathematics": "$$x^2$$",
    "an arrow": "a --> b",
    "letters of everywhere": "ö 漢 🙂",
    "a long name": "x" * 300,
    "a backslash": "\\",
    "a semicolon": "a; b; subgraph c",
    "nothing": "",
}


def chain(*names: str) -> str:
    nodes = [Node(Shape.BOX, ("topic", name)) for name in names]
    start = Node(Shape.ROUND, ("application", "myapp"))
    return graph([Edge(start, node, node.lines[1]) for node in nodes])


def source(block: str) -> str:
    first, *lines, last = block.split("\n")
    assert (first, last) == ("```mermaid", "```")
    return "\n".join(lines)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_names_are_data(name: str) -> None:
    lines = source(chain(name)).split("\n")
    assert len(lines) == 4
    assert re.fullmatch(r'  n1\["topic<br>[A-Za-z0-9 ,.;#-]*"\]', lines[2])
    assert re.fullmatch(r'  n0 ==>(\|"[A-Za-z0-9 ,.;#-]+"\|)? n1', lines[3])
    assert problems(chain(name)) == []


@given(st.text(max_size=200))
def test_any_label(text: str) -> None:
    found = label(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ,.-]|#\d+;)*", found)
    assert not re.search(r"(?:^|[ -])[.-]|[.-](?:[ -]|$)", found)
    line = " ".join(text.split())
    assert read_back(found.replace("#", "ﬂ°°").replace(";", "¶ß")) == (line if len(line) <= 100 else f"{line[:99]}…")


@pytest.mark.parametrize(("number", "name"), [(500, "lsst.x.{}"), (500, "*" * 90 + "{}"), (59, "lsst.x.{}")])
def test_many(number: int, name: str) -> None:
    text = chain(*(name.format(one) for one in range(number)))
    shown = len(re.findall(r"^  n\d+[\[(]", text, re.MULTILINE))
    assert shown <= MOST_NODES
    assert len(text) <= LONGEST
    if number < MOST_NODES - 1:
        assert shown == number + 1
    else:
        assert f"and {number + 1 - shown} more" in text
    assert len(re.findall("==>", text)) == shown - 1


def test_thick_is_new() -> None:
    one, other = Node(Shape.BOX, ("a",)), Node(Shape.HEXAGON, ("b",))
    assert source(graph([Edge(one, other, "read", new=False)])) == (
        'flowchart LR\n  n0["a"]\n  n1{{"b"}}\n  n0 -->|"read"| n1'
    )


@pytest.mark.skipif(not (MERMAID / "node_modules").is_dir() or not shutil.which("node"), reason="no `make mermaid` yet")
def test_mermaid_reads_them() -> None:
    blocks = [chain(name) for name in HOSTILE.values()]
    blocks += [chain(*HOSTILE.values()), chain(*(f"lsst.x.{number}" for number in range(500)))]
    blocks.append(graph([Edge(Node(shape, ("a", "b-c")), Node(shape, ("d",)), "read") for shape in Shape]))
    found = parsed([source(one) for one in blocks])
    for (said, name), one in zip(HOSTILE.items(), found, strict=False):
        line = " ".join(name.split())
        expected = line if len(line) <= 100 else f"{line[:99]}…"
        assert [read_back(text) for text in one["nodes"]] == ["application<br>myapp", f"topic<br>{expected}"], said
        assert [read_back(text) for text in one["edges"]] == [expected] * bool(expected) or [""], said
    assert [one.get("error") for one in found] == [None] * len(blocks)
    assert [one["acting"] for one in found] == [0] * len(blocks)


def parsed(texts: list[str]) -> list[dict[str, Any]]:
    """Return what Mermaid makes of graphs."""
    node = shutil.which("node")
    assert node
    done = run(
        [node, "--input-type=module", "--eval", SCRIPT.read_text(encoding="utf-8")],
        cwd=MERMAID,
        timeout=60,
        stdin=json.dumps(texts).encode(),
    )
    assert done.status == 0, done.stderr
    return list(json.loads(done.stdout))


def read_back(text: str) -> str:
    """Return a label as people see it: Mermaid keeps numbers in letters of its own until it draws."""
    return re.sub(r"ﬂ°°(\d+)¶ß", lambda one: chr(int(one.group(1))), text)
