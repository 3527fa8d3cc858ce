"""Put an item into a list of names where the list's order wants it."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.roundtrip.emit import item_lines, scalar, style_of
from bot.roundtrip.splice import Splice
from bot.roundtrip.values import ValuesFile


def place_of(names: Sequence[str], name: str) -> int:
    """Return at which position a new name goes: as a list in order wants it, else last."""
    if list(names) != sorted(names):
        return len(names)
    return next((number for number, other in enumerate(names) if other > name), len(names))


def add_name(values: ValuesFile, path: Sequence[str], name: str, inherited: Sequence[str]) -> tuple[Splice, ...]:
    """Put a name into the list at a path; where this file has none, the list begins with the `inherited` names.

    Raises CannotEditValues where what is there is no list, or is repeated by aliases.
    """
    key, node = find(values, path)
    if key is None:
        number = place_of(inherited, name)
        return values.put(path, [*inherited[:number], name, *inherited[number:]])
    names = [str(item.value) for item in node.value] if isinstance(node, SequenceNode) else []
    number = place_of(names, name)
    if not isinstance(node, SequenceNode) or number == len(names):
        return values.append(path, name)
    values.check_own(key, node)
    item = node.value[number]
    style = style_of(node.value, (values.root,) if values.root else ())
    if node.flow_style:
        place = int(item.start_mark.index)
        return (Splice(place, place, f"{scalar(name, style.quotes)}, "),)
    first, _ = values.lines_of_item(node, number)
    line = values.above_comments(first) if number else first
    dash = values.text[first:].index("-")
    return (Splice(line, line, values.newline.join((*item_lines(name, dash, style), ""))),)


def find(values: ValuesFile, path: Sequence[str]) -> tuple[Node | None, Node | None]:
    """Return the key and the value at a path, None where a file does not have it."""
    key: Node | None = None
    node: Node | None = values.root
    for name in path:
        pairs = node.value if isinstance(node, MappingNode) else []
        key, node = next((pair for pair in reversed(pairs) if pair[0].value == name), (None, None))
    return key, node
