"""Mermaid graphs in which no name can act. https://mermaid.js.org/syntax/flowchart.html"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.reporting.markdown import fenced
from bot.words import cut

MOST_NODES = 60
"""More cannot be read. GitHub stops at 500 edges and 50,000 characters."""

LONGEST = 12_000
"""Characters of a graph: names that need many numbers leave room for fewer nodes."""

_LABEL = 100
_ACTING = re.compile(r"[^A-Za-z0-9 ,.-]|(?<![A-Za-z0-9])[.-]|[.-](?![A-Za-z0-9])")
"""A full stop or a hyphen inside of a name is no list of Markdown, which labels may be."""


class Shape(StrEnum):
    """How a node looks: the brackets around its label."""

    ROUND = '(["{}"])'
    BOX = '["{}"]'
    STORE = '[("{}")]'
    HEXAGON = '{{{{"{}"}}}}'
    NOTE = '>"{}"]'


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `lines` are its label. Two nodes are one where they are equal."""

    shape: Shape
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow, thick where it is new."""

    start: Node
    end: Node
    label: str = ""
    new: bool = True


def graph(edges: Sequence[Edge]) -> str:
    """Return a fenced graph from left to right; what exceeds MOST_NODES or LONGEST is counted in a last node."""
    most = MOST_NODES
    text = _graph(edges, most)
    while len(text) > LONGEST and most > 1:
        most //= 2
        text = _graph(edges, most)
    return text


def _graph(edges: Sequence[Edge], most: int) -> str:
    shown: dict[Edge, None] = {}
    ids: dict[Node, str] = {}
    for edge in edges:
        fresh = {edge.start, edge.end} - ids.keys()
        # One is for what is left out.
        if len(ids) + len(fresh) < most:
            for node in (edge.start, edge.end):
                ids.setdefault(node, f"n{len(ids)}")
            shown[edge] = None
    missing = len({node for edge in edges for node in (edge.start, edge.end)} - ids.keys())
    return fenced("\n".join(("flowchart LR", *_lines(shown, ids, missing))), "mermaid")


def label(text: str) -> str:
    """Return text for a label between double quotes: everything that might act stands there as its number."""
    short = cut(" ".join(text.split()), _LABEL)
    # A number is what Mermaid puts back after parsing: https://mermaid.js.org/syntax/flowchart.html#entity-codes
    return _ACTING.sub(lambda one: f"#{ord(one.group())};", short)


def _lines(edges: Iterable[Edge], ids: dict[Node, str], missing: int) -> Iterator[str]:
    for node, name in ids.items():
        yield f"  {name}{node.shape.format('<br>'.join(map(label, node.lines)))}"
    for edge in edges:
        arrow = "==>" if edge.new else "-->"
        said = f'|"{label(edge.label)}"|' if edge.label else ""
        yield f"  {ids[edge.start]} {arrow}{said} {ids[edge.end]}"
    if missing:
        yield f"  rest{Shape.NOTE.format(f'and {missing} more')}"
