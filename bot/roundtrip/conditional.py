"""Lists whose key is under a condition of its own, so that it is not always there."""

from __future__ import annotations

from ruamel.yaml.nodes import Node

from bot.roundtrip.directives import Block
from bot.roundtrip.insertion import CannotEdit, Insertion, empty_body
from bot.roundtrip.places import column, is_block, stands_alone, trimmed
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import end, start


def hoist(insertion: Insertion, key: Node, item: Node, block: Block) -> tuple[tuple[Splice, ...], tuple[str, ...]]:
    """Move the key line up out of its block, with the items below it; what the block still holds joins the list."""
    template = insertion.template
    _check(insertion, key, block)
    line, after = template.line_start(start(key)), template.next_line(start(key))
    text = template.text[line:after]
    if text.split("#")[0].strip().rstrip(":").strip("\"'") != insertion.key:
        raise CannotEdit(template, key, f"{insertion.key} and its value are on one line under a condition")
    if is_block(item):
        indent, rest = column(template, item), tuple[Splice, ...]()
    else:
        below, *wrapped = empty_body(insertion, key, template.context(start(key)))
        indent, rest = len(below.new) - len(below.new.lstrip(" ")), tuple(wrapped)
    above = template.line_start(block.opening.start)
    new = insertion.at(above, insertion.item_lines(indent)).new
    moved = Splice(above, above, text + new)
    return (moved, Splice(line, after, ""), *rest), (text,)


def otherwise(insertion: Insertion, key: Node, block: Block) -> tuple[Splice, ...]:
    """Add the branch in which the key is there for the items alone; only with a guard."""
    template, guard = insertion.template, insertion.guard
    _check(insertion, key, block)
    indent = int(key.start_mark.column)
    place = template.line_start(block.end.start)
    pad = " " * (block.end.start - place)
    body = [f"{' ' * indent}{insertion.key}:", *insertion.item_lines(indent + insertion.style.offset)]
    if block.opening.word == "if":
        return (insertion.at(place, [f"{pad}{{{{- else if $.Values.{guard} }}}}", *body]),)
    lines = [f"{pad}{{{{- else }}}}", f"{pad}{{{{- if $.Values.{guard} }}}}", *body, f"{pad}{{{{- end }}}}"]
    return (insertion.at(place, lines),)


def _check(insertion: Insertion, key: Node, block: Block) -> None:
    """Raise CannotEdit unless the block is a plain if or with round this key alone, on lines of its own."""
    template = insertion.template
    inside = [
        other.value
        for other, _ in insertion.mapping.value
        if block.opening.end <= start(other) < block.end.start and other is not key
    ]
    if block.opening.word not in {"if", "with"} or len(block.branches) > 1:
        raise CannotEdit(template, key, f"{insertion.key} is under `{{{{ {block.opening.body} }}}}`")
    if inside:
        raise CannotEdit(template, key, f"{insertion.key} is under a condition together with {', '.join(inside)}")
    whole = block.opening.whole and block.end.whole and stands_alone(template, start(key))
    if not whole or trimmed(template, template.line_start(block.opening.start)) or block.opening.trims_after:
        raise CannotEdit(template, key, f"{insertion.key} shares lines with its condition")
    if end(key) >= block.end.start:
        raise CannotEdit(template, key, f"{insertion.key} outlives its condition")
