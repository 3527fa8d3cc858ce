"""Where in a template text may be put so that it becomes a sibling of what is there.

One rule makes it sound: text put just before the line of an entry of a block collection, under the same control blocks
as the collection, is always a complete sibling. Only the end of a collection needs care.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.roundtrip.directives import Context
from bot.roundtrip.nodes import ALIAS, first_dash, in_block_scalar
from bot.roundtrip.template import Template, end, start


def is_block(node: Node | None) -> bool:
    """Whether a node is a block sequence or mapping with something in it."""
    return isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style and bool(node.value)


def is_alias(template: Template, key: Node) -> bool:
    """Whether a key's value is written as `*anchor`."""
    return bool(re.compile(r":\s*\*[^\s,\]}]").match(template.masked, end(key)))


def column(template: Template, node: Node) -> int:
    """Return the column of a block collection's entries; an anchor may stand before the first of them."""
    if isinstance(node, MappingNode):
        return int(node.value[0][0].start_mark.column)
    place = first_dash(template.masked, node)
    return place - template.line_start(place)


def dash(template: Template, sequence: SequenceNode, number: int) -> int:
    """Return the offset of an item's dash."""
    wanted = column(template, sequence)
    line = template.line_start(start(sequence.value[number]))
    while template.masked[line + wanted : line + wanted + 1] != "-" or template.masked[line : line + wanted].strip(
        " -"
    ):
        line = template.line_start(line - 1)
    return line + wanted


def entry_lines(template: Template, node: Node) -> Iterator[tuple[int, int]]:
    """Yield (offset of the key or dash, start of its line) of each entry of a block collection."""
    if isinstance(node, SequenceNode):
        offsets = [dash(template, node, number) for number in range(len(node.value))]
    else:
        offsets = [start(key) for key, _ in node.value]
    for offset in offsets:
        yield offset, template.line_start(offset)


def stands_alone(template: Template, offset: int) -> bool:
    """Whether nothing but blanks stands before an entry on its line (the first key of an item follows its dash)."""
    return not template.masked[template.line_start(offset) : offset].strip()


def trimmed(template: Template, place: int) -> bool:
    """Whether a directive before a place eats the white space up to it, and so the indentation of what is put there."""
    before = template.directives.between(0, place)
    return bool(before) and before[-1].trims_after and not template.text[before[-1].end : place].strip()


def above_comments(template: Template, line: int, context: Context) -> int:
    """Return the start of the comment lines that stand right over a line, as long as they are under the same blocks."""
    while line:
        previous = template.line_start(line - 1)
        text = template.text[previous:line].strip()
        if not text.startswith("#") or template.context(previous) != context or "{{" in text:
            break
        if any(in_block_scalar(document.node, previous) for document in template.documents):
            break
        line = previous
    return line


def last_leaf(template: Template, node: Node) -> int:
    """Return where the text of a node's last scalar ends."""
    if isinstance(node, MappingNode) and is_block(node):
        return max(_pair_end(template, key, item) for key, item in node.value)
    if isinstance(node, SequenceNode) and is_block(node):
        items = range(len(node.value))
        return max(max(dash(template, node, number) + 1, _own_end(template, node.value[number])) for number in items)
    return _own_end(template, node)


def _pair_end(template: Template, key: Node, item: Node) -> int:
    after_key = template.masked.index(":", end(key)) + 1
    alias = ALIAS.match(template.masked, after_key)
    if alias:
        return alias.end()
    return max(after_key, last_leaf(template, item)) if start(item) >= after_key else after_key


def _own_end(template: Template, node: Node) -> int:
    if is_block(node):
        return last_leaf(template, node)
    if start(node) == end(node):
        return 0  # an empty value's mark is that of the next token
    return start(node) + len(template.masked[start(node) : end(node)].rstrip())


def end_place(template: Template, node: Node, context: Context) -> int | None:
    """Return the first line start after a block collection where text becomes its last entry, or None.

    It must be under the same control blocks, and after every directive that still prints something that belongs
    to the last entry. A last entry that ends in a block scalar like `|+` owns the blank lines below it.
    """
    if _keeps_blank_lines(template, node):
        return None
    leaf = last_leaf(template, node)
    place = template.next_line(leaf)
    # What prints at the column of a mapping's keys may be the dashes of its last value; further keys do no harm.
    required, inside = place, column(template, node) + isinstance(node, SequenceNode)
    for line in _directive_lines(template, place):
        for directive in template.directives.between(line, template.next_line(line)):
            indent = directive.start - template.line_start(directive.start)
            if not directive.silent and directive.column(indent) >= inside:
                required = template.next_line(directive.end)
    # What prints on the leaf's own last line is part of it already.
    following = _next_content(template, place)
    while place <= following:
        if place >= required and template.context(place) == context and not trimmed(template, place):
            return place
        if place == len(template.text):
            return None
        place = template.next_line(place)
    return None


def _keeps_blank_lines(template: Template, node: Node) -> bool:
    while is_block(node):
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    header = template.masked[start(node) : end(node)].partition("\n")[0].partition("#")[0]
    return isinstance(node, ScalarNode) and node.style in {"|", ">"} and "+" in header


def _directive_lines(template: Template, place: int) -> Iterator[int]:
    """Yield the starts of the lines from a place on that hold directives, up to the next line of YAML."""
    stop = _next_content(template, place)
    while place < stop:
        yield place
        place = template.next_line(place)


def _next_content(template: Template, place: int) -> int:
    """Return the start of the next line that holds YAML (or a document's end), or the end of the text."""
    while place < len(template.text):
        following = template.next_line(place)
        line = template.masked[place:following].strip()
        if line and not line.startswith("#"):
            return place
        place = following
    return len(template.text)
