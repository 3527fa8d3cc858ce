"""Append to a sequence somewhere in a document of a template."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.roundtrip.emit import into_brackets, item_lines, scalar, style_of
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.nodes import shared_anchor
from bot.roundtrip.places import column, end_place, is_alias, is_block
from bot.roundtrip.splice import Splice, lines_at
from bot.roundtrip.template import Document, Template, end, start


def append_items(
    template: Template, document: Document, path: Sequence[str | int], items: Sequence[object]
) -> tuple[Splice, ...]:
    """Append items to the sequence at `path` (keys and positions) of a document, written as their siblings are.

    Raises CannotEdit where the sequence is not written out there, or has no end under the control blocks of its key.
    """
    key, node = find(template, document, path)
    if not isinstance(node, SequenceNode) or not node.value:
        raise CannotEdit(
            template, key, f"{key.value if isinstance(key.value, str) else path[-1]} is not a list of entries"
        )
    anchor = shared_anchor(template.masked, document.node, node)
    if is_alias(template, key):
        raise CannotEdit(template, key, f"{key.value} is written as an alias of another list")
    if anchor is not None:
        raise CannotEdit(template, key, f"&{anchor} is used elsewhere too")
    style = style_of(node.value, (document.node,), _gap(template, node))
    if not is_block(node):
        text = template.text[start(node) : end(node)]
        if "\n" in text:
            raise CannotEdit(template, key, "the list is in brackets over several lines")
        place, new = into_brackets(text, [scalar(item, style.quotes) for item in items])
        return (Splice(start(node) + place, start(node) + place, new),)
    found = end_place(template, node, template.context(start(key)))
    if found is None:
        raise CannotEdit(template, key, "there is no unconditional end of the list")
    lines = [line for item in items for line in item_lines(item, column(template, node), style)]
    return (lines_at(template.text, template.newline, found, lines),)


def _gap(template: Template, node: SequenceNode) -> int:
    first = node.value[0]
    if is_block(node) and isinstance(first, MappingNode) and not first.flow_style:
        return max(1, int(first.start_mark.column) - column(template, node) - 1)
    return 1


def find(template: Template, document: Document, path: Sequence[str | int]) -> tuple[Node, Node]:
    """Return the last key of a path in a document and its value; raises CannotEdit where it is not there."""
    key: Node = document.node
    node: Node = document.node
    for step in path:
        if isinstance(step, int) and isinstance(node, SequenceNode) and step < len(node.value):
            node = node.value[step]
        elif isinstance(step, str) and isinstance(node, MappingNode):
            pairs = [pair for pair in node.value if pair[0].value == step]
            if not pairs:
                raise CannotEdit(template, key, f"there is no {step}")
            key, node = pairs[-1]
        else:
            raise CannotEdit(template, key, f"there is no {step}")
    return key, node
