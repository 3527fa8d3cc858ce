"""What nodes of the C parser do not tell, and their text does: anchors, first dashes, the reach of block scalars."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

ALIAS = re.compile(r"\s*\*[^\s,\]}]+")
"""A value that is written as `*anchor`, with the blanks before it: its node is that of the anchor."""

_ANCHOR = re.compile(r"(?:!\S*\s+)?&([^\s,\[\]{}]+)")
"""The C parser does not tell nodes their anchors, but a node's text begins with its own."""
_BEFORE_DASH = re.compile(r"(?:[&!]\S+|#[^\n]*|\s+)*")


def at(node: Node | None, path: Iterable[str]) -> tuple[Node | None, Node | None]:
    """Return the last key of a path below a node and its value, None where it is not there; later keys win."""
    key: Node | None = None
    for name in path:
        pairs = node.value if isinstance(node, MappingNode) else []
        key, node = next((pair for pair in reversed(pairs) if pair[0].value == name), (None, None))
    return key, node


def shared_anchor(text: str, root: Node, node: Node) -> str | None:
    """Return the anchor of a node, or of one round it, that aliases in the text repeat; None where nothing does.

    An edit there would change every copy.
    """
    waiting = [root]
    while waiting:
        inside = waiting.pop()
        if _holds(inside, node):
            anchor = _ANCHOR.match(text, inside.start_mark.index)
            if anchor and re.search(rf"\*{re.escape(anchor[1])}(?![\w-])", text):
                return anchor[1]
            waiting += _children(inside)
    return None


def first_dash(text: str, sequence: Node) -> int:
    """Return the offset of a block sequence's first dash, which may stand behind an anchor or a tag."""
    found = _BEFORE_DASH.match(text, sequence.start_mark.index)
    return found.end() if found else int(sequence.start_mark.index)


def in_block_scalar(root: Node, offset: int) -> bool:
    """Whether an offset is in the text of a `|` or `>` scalar, where nothing is a comment."""
    if isinstance(root, ScalarNode):
        return root.style in {"|", ">"} and root.start_mark.index <= offset < root.end_mark.index
    return any(in_block_scalar(child, offset) for child in _children(root))


def _holds(node: Node, wanted: Node) -> bool:
    return node is wanted or any(_holds(child, wanted) for child in _children(node))


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [item for _, item in node.value]
    return list(node.value) if isinstance(node, SequenceNode) else []
