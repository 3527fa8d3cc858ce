"""One annotation of an object in a template: put there, replaced, or taken out. Every other line stays as it is."""

from __future__ import annotations

import json

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.lists import find
from bot.roundtrip.places import above_comments, column, is_alias, is_block, stands_alone
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Document, Template, end, start

_KEY = "annotations"


def annotate(template: Template, document: Document, name: str, value: str | None) -> tuple[Splice, ...]:
    """Make an object's annotation say `value`, or (None) be gone; nothing where it is so already.

    Raises CannotEdit where the metadata is not written out as a block, or the annotation not on a line of its own.
    """
    key, metadata = find(template, document, ("metadata",))
    if not isinstance(metadata, MappingNode) or not is_block(metadata) or is_alias(template, key):
        raise CannotEdit(template, key, "the metadata is not written out")
    pairs = [(one, item) for one, item in metadata.value if one.value == _KEY]
    if not pairs:
        return () if value is None else _first(template, metadata, name, value)
    (key, annotations) = pairs[-1]
    if (
        len(pairs) > 1
        or not isinstance(annotations, MappingNode)
        or not is_block(annotations)
        or is_alias(template, key)
    ):
        raise CannotEdit(template, key, "the annotations are not written out")
    found = [(one, item) for one, item in annotations.value if one.value == name]
    if not found:
        return (
            ()
            if value is None
            else (_before(template, annotations.value[0][0], [_line(annotations, template, name, value)]),)
        )
    (one, item) = found[-1]
    if value is not None and template.scalar(item) == value:
        return ()
    _check(template, key, one, item, found)
    first, last = template.line_start(start(one)), template.next_line(start(one))
    if value is not None:
        return (Splice(first, last, _line(annotations, template, name, value) + template.newline),)
    if len(annotations.value) == 1:
        first = template.line_start(start(key))
    return (Splice(first, last, ""),)


def _first(template: Template, metadata: MappingNode, name: str, value: str) -> tuple[Splice, ...]:
    """Put the key and the annotation before the labels, else before all that the metadata holds."""
    entries = [key for key, _ in metadata.value]
    place = next((key for key in entries if key.value == "labels"), entries[0])
    if template.context(start(place)) != template.context(start(entries[0])) or not stands_alone(
        template, start(place)
    ):
        place = entries[0]
    pad = " " * column(template, metadata)
    return (_before(template, place, [f"{pad}{_KEY}:", f"{pad}  {name}: {json.dumps(value)}"]),)


def _before(template: Template, key: Node, lines: list[str]) -> Splice:
    if not stands_alone(template, start(key)):
        raise CannotEdit(template, key, f"{key.value} shares its line")
    place = above_comments(template, template.line_start(start(key)), template.context(start(key)))
    return Splice(place, place, "".join(f"{line}{template.newline}" for line in lines))


def _line(annotations: MappingNode, template: Template, name: str, value: str) -> str:
    return f"{' ' * column(template, annotations)}{name}: {json.dumps(value)}"


def _check(template: Template, key: Node, one: Node, item: Node, found: list[tuple[Node, Node]]) -> None:
    """Raise CannotEdit unless the annotation is one line, and under no condition that the other ones are not under."""
    line = template.text[template.line_start(start(one)) : template.next_line(start(one))]
    whole = isinstance(item, ScalarNode) and end(item) <= template.next_line(start(one)) and "{{" not in line
    alone = len(found) == 1 and stands_alone(template, start(one))
    if not (whole and alone and template.context(start(one)) == template.context(start(key))):
        raise CannotEdit(template, one, f"{one.value} is not on a plain line of its own")
