"""Mermaid graphs in which no name can act. https://mermaid.js.org/syntax/flowchart.html"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.reporting.markdown import fenced

MOST_NODES = 60
"""More cannot be read. GitHub stops at 500 edges and 50,000 characters."""

_LONGEST = 100
_PLAIN = re.compile(r"[A-Za-z0-9 .,]")


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
    """Return a fenced graph from left to right; what exceeds MOST_NODES is counted in a last node."""
    shown: list[Edge] = []
    ids: dict[Node, str] = {}
    for edge in edges:
        fresh = {edge.start, edge.end} - ids.keys()
        if len(ids) + len(fresh) < MOST_NODES:
            for node in (edge.start, edge.end):
                ids.setdefault(node, f"n{len(ids)}")
            shown.append(edge)
    missing = len({node for edge in edges for node in (edge.start, edge.end)} - ids.keys())
    return fenced("\n".join(("flowchart LR", *_lines(shown, ids, missing))), "mermaid")


def label(text: str) -> str:
    """Return text for a label between double quotes: everything that might act stands there as its number."""
    line = " ".join(text.split())
    short = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    # A number is what Mermaid puts back after parsing: https://mermaid.js.org/syntax/flowchart.html#entity-codes
    return "".join(one if _PLAIN.fullmatch(one) else f"#{ord(one)};" for one in short)


def _lines(edges: Sequence[Edge], ids: dict[Node, str], missing: int) -> Iterator[str]:
    for node, name in ids.items():
        yield f"  {name}{node.shape.format('<br>'.join(map(label, node.lines)))}"
    for edge in edges:
        arrow = "==>" if edge.new else "-->"
        said = f'|"{label(edge.label)}"|' if edge.label else ""
        yield f"  {ids[edge.start]} {arrow}{said} {ids[edge.end]}"
    if missing:
        yield f"  rest{Shape.NOTE.format(f'and {missing} more')}"
