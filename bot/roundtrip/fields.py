"""Numbers in a mapping of a document: set, put in and taken out, and the mapping with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from bot.roundtrip.emit import lines, style_of
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.lists import find
from bot.roundtrip.nodes import shared_anchor
from bot.roundtrip.places import column, end_place, is_alias, is_block, last_leaf, stands_alone
from bot.roundtrip.splice import Splice, lines_at
from bot.roundtrip.template import Document, Template, end, start

_NUMBER = re.compile(r"0|[1-9][0-9]*")
"""A number after a zero is an octal one for Helm, and not for YAML 1.2."""


def set_fields(
    template: Template, document: Document, path: Sequence[str], fields: Mapping[str, int | None]
) -> tuple[Splice, ...]:
    """Give the mapping at `path` these fields, and take those of None out; it comes and goes with what it holds.

    The mapping round it has to be there. Raises CannotEdit where either is not written out line by line there, or where
    a condition or a directive decides on a field.
    """
    above, owner = find(template, document, path[:-1])
    if not isinstance(owner, MappingNode) or not is_block(owner):
        raise CannotEdit(template, above, f"{path[-2]} is not written as a mapping of lines")
    found = [(key, item) for key, item in owner.value if key.value == path[-1]]
    if not found:
        new = {name: number for name, number in fields.items() if number is not None}
        return (_appended(template, document, above, owner, {path[-1]: new}),) if new else ()
    key, item = found[-1]
    if len(found) > 1 or not isinstance(item, MappingNode) or not is_block(item) or is_alias(template, key):
        raise CannotEdit(template, key, f"{path[-1]} is not written as a mapping of lines")
    if template.context(start(key)) != template.context(start(above)):
        raise CannotEdit(template, key, f"{path[-1]} stands under a condition")
    if shared_anchor(template.masked, document.node, item) is not None:
        raise CannotEdit(template, key, f"{path[-1]} is used elsewhere too")
    return tuple(_changed(template, document, key, item, fields))


def _changed(
    template: Template, document: Document, key: Node, mapping: MappingNode, fields: Mapping[str, int | None]
) -> Iterator[Splice]:
    known = {one.value: (one, item) for one, item in mapping.value}
    gone = [name for name, number in fields.items() if number is None and name in known]
    new = {name: number for name, number in fields.items() if number is not None and name not in known}
    for name in filter(known.__contains__, fields):
        _check_plain(template, key, *known[name])
    if len(gone) == len(mapping.value) and not new:
        yield _without(template, key, mapping)
        return
    yield from (_without(template, *known[name]) for name in gone)
    for name, number in fields.items():
        if number is not None and name in known:
            item = known[name][1]
            yield Splice(start(item), end(item), str(number))
    if new:
        yield _appended(template, document, key, mapping, new)


def _check_plain(template: Template, owner: Node, key: Node, item: Node) -> None:
    """Raise CannotEdit unless a field is a number on a line of its own, under no condition of its own."""
    written = template.text[start(item) : end(item)]
    if not isinstance(item, ScalarNode) or not _NUMBER.fullmatch(written):
        raise CannotEdit(template, key, f"{key.value} is not written as a number")
    if template.context(start(key)) != template.context(start(owner)):
        raise CannotEdit(template, key, f"{key.value} stands under a condition")


def _without(template: Template, key: Node, item: Node) -> Splice:
    last = template.next_line(last_leaf(template, item))
    first = template.line_start(start(key))
    if not stands_alone(template, start(key)) or "{{" in template.text[first:last]:
        raise CannotEdit(template, key, f"{key.value} shares lines with something else")
    return Splice(first, last, "")


def _appended(template: Template, document: Document, key: Node, mapping: MappingNode, data: object) -> Splice:
    place = end_place(template, mapping, template.context(start(key)))
    if place is None:
        raise CannotEdit(template, key, f"there is no unconditional end of {key.value}")
    body = lines(data, column(template, mapping), style_of((), (document.node,)))
    return lines_at(template.text, template.newline, place, body)
