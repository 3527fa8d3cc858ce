"""Put an item into a list of names where the list's order wants it."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml.nodes import SequenceNode

from bot.roundtrip.emit import item_lines, scalar
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
    key, node = values.layout.find(path)
    if key is None:
        number = place_of(inherited, name)
        return values.put(path, [*inherited[:number], name, *inherited[number:]])
    names = [str(item.value) for item in node.value] if isinstance(node, SequenceNode) else []
    number = place_of(names, name)
    if not isinstance(node, SequenceNode) or number == len(names):
        return values.append(path, name)
    values.check_own(key, node)
    item = node.value[number]
    style = values.style(node.value)
    if node.flow_style:
        place = int(item.start_mark.index)
        return (Splice(place, place, f"{scalar(name, style.quotes)}, "),)
    first, _ = values.layout.lines_of_item(node, number)
    line = values.layout.above_comments(first) if number else first
    dash = values.text[first:].index("-")
    return (Splice(line, line, values.newline.join((*item_lines(name, dash, style), ""))),)
