"""Give a container variables and mounts, and its pod volumes: lists of a Helm template, whatever shape they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.roundtrip.absent import new_key_place
from bot.roundtrip.conditional import hoist, otherwise
from bot.roundtrip.directives import Context
from bot.roundtrip.emit import into_brackets
from bot.roundtrip.insertion import CannotEdit, Insertion, empty_body
from bot.roundtrip.nodes import shared_anchor
from bot.roundtrip.places import (
    above_comments,
    column,
    dash,
    end_place,
    entry_lines,
    is_alias,
    is_block,
    stands_alone,
    trimmed,
)
from bot.roundtrip.splice import Draft, Splice
from bot.roundtrip.template import Template, end, start
from bot.roundtrip.workloads import Workload, workloads

Items = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """What a client needs: items for `env` and `volumeMounts` of its container and for `volumes` of its pod."""

    env: Items = ()
    mounts: Items = ()
    volumes: Items = ()


@dataclass(frozen=True, slots=True)
class Wiring:
    """Edits of one template; `moved` are the key lines that had to move up, their text unchanged."""

    splices: tuple[Splice, ...]
    moved: tuple[str, ...] = ()


def wire(
    template: Template, workload: Workload, container: int, entries: Entries, *, guard: str | None = None
) -> Wiring:
    """Add entries to a workload's container and pod; with a `guard` (a dotted value) only where that value is on.

    Raises CannotEdit, naming lines, where the lists are written in a way that leaves no sound place.
    """
    lists = [("env", entries.env), ("volumeMounts", entries.mounts), ("volumes", entries.volumes)]
    wanted = [(key, items) for key, items in lists if items]
    for key, items in wanted:
        _add(_insertion(template, workload, container, key, items, guard))
    # All can be done, and refusals named lines of the file as it is. Now one after the other: where two lists meet at
    # one place, only the text with the first of them done tells where the second ends.
    draft = Draft(template.text)
    moved: list[str] = []
    for key, items in wanted:
        now = Template(draft.text)
        done = _add(_insertion(now, workloads(now, "")[workload.index], container, key, items, guard))
        draft.apply(done.splices)
        moved += done.moved
    return Wiring(draft.splices, tuple(moved))


def _insertion(
    template: Template, workload: Workload, container: int, key: str, items: Items, guard: str | None
) -> Insertion:
    target = workload.containers[container]
    if key == "volumes":
        return Insertion(template, workload, workload.pod, workload.pod_context, key, items, guard)
    return Insertion(template, workload, target.node, target.context, key, items, guard)


def _add(insertion: Insertion) -> Wiring:
    template, context = insertion.template, insertion.context
    pairs = insertion.pairs
    for key, _ in pairs:
        if is_alias(template, key):
            raise CannotEdit(template, key, f"{insertion.key} is written as an alias of another list")
    _stays_here(insertion)
    if not pairs:
        return Wiring(_new_key(insertion))
    if len(pairs) > 1:
        return Wiring(_every_branch(insertion))
    key, item = pairs[0]
    place = template.context(start(key))
    if place == context:
        return Wiring(_existing(insertion, key, item, context))
    if len(place) == len(context) + 1 and place[:-1] == context:
        block = template.block(place[-1][0])
        _stays_inside(insertion, key, item, place)
        if insertion.guard is None:
            return Wiring(*hoist(insertion, key, item, block))
        return Wiring((*_existing(insertion, key, item, place), *otherwise(insertion, key, block)))
    raise CannotEdit(template, key, f"{insertion.key} is under several conditions")


def _stays_here(insertion: Insertion) -> None:
    """Refuse where an alias would repeat the entries elsewhere, or where a new key would hide a merged one."""
    template, mapping = insertion.template, insertion.mapping
    for node in (mapping, *(item for _, item in insertion.pairs)):
        anchor = shared_anchor(template.masked, insertion.workload.document.node, node)
        if anchor is not None:
            raise CannotEdit(template, node, f"&{anchor} is used elsewhere too")
    merge = next((key for key, _ in mapping.value if key.value == "<<"), None)
    if merge is not None and not insertion.pairs:
        raise CannotEdit(template, merge, f"another mapping is merged in, which may have {insertion.key} already")


def _every_branch(insertion: Insertion) -> tuple[Splice, ...]:
    """Edit a key that stands once in every branch of one if/else."""
    template = insertion.template
    contexts = [template.context(start(key)) for key, _ in insertion.pairs]
    blocks = {(*context[:-1], context[-1][0]) for context in contexts if context}
    wanted = insertion.context
    if len(blocks) == 1 and all(len(context) == len(wanted) + 1 and context[:-1] == wanted for context in contexts):
        block = template.block(contexts[0][-1][0])
        if block.has_final_else and [context[-1][1] for context in contexts] == list(range(len(block.branches))):
            return tuple(
                splice
                for (key, item), context in zip(insertion.pairs, contexts, strict=True)
                for splice in _existing(insertion, key, item, context)
            )
    lines = " and ".join(str(template.line(start(key))) for key, _ in insertion.pairs)
    raise CannotEdit(template, insertion.pairs[0][0], f"{insertion.key} stands there more than once (lines {lines})")


def _existing(insertion: Insertion, key: Node, item: Node, context: Context) -> tuple[Splice, ...]:
    template = insertion.template
    _stays_inside(insertion, key, item, context)
    if isinstance(item, SequenceNode) and is_block(item):
        return (_append(insertion, key, item, context),)
    if isinstance(item, SequenceNode):
        return _flow(insertion, key, item)
    if start(item) == end(item):
        return empty_body(insertion, key, context)
    if isinstance(item, ScalarNode) and "{{" in template.text[start(item) : end(item)]:
        return _inline(insertion, key, item)
    raise CannotEdit(template, key, f"{insertion.key} is not a list")


def _stays_inside(insertion: Insertion, key: Node, item: Node, context: Context) -> None:
    """Refuse entries that outlive the block of their key: with the condition off they land in another list."""
    template = insertion.template
    if isinstance(item, SequenceNode) and is_block(item):
        for number in range(len(item.value)):
            place = dash(template, item, number)
            if template.context(place)[: len(context)] != context:
                raise CannotEdit(
                    template,
                    key,
                    f"{insertion.key} is under a condition which its entries (line {template.line(place)}) outlive",
                )


def _append(insertion: Insertion, key: Node, item: SequenceNode, context: Context) -> Splice:
    template = insertion.template
    place = end_place(template, item, context)
    if place is None:
        for offset, line in reversed(list(entry_lines(template, item))):
            if template.context(offset) == context and stands_alone(template, offset) and not trimmed(template, line):
                place = above_comments(template, line, context)
                break
        else:
            raise CannotEdit(template, key, f"there is no place for a further entry of {insertion.key}")
    indent = column(template, item)
    return insertion.at(place, insertion.guarded(insertion.item_lines(indent), indent))


def _flow(insertion: Insertion, key: Node, item: SequenceNode) -> tuple[Splice, ...]:
    template, guard = insertion.template, insertion.guard
    text = template.text[start(item) : end(item)]
    if "\n" in text or "{{" in text:
        raise CannotEdit(template, key, f"{insertion.key} is a list in brackets over several lines")
    if item.value:
        place, new = into_brackets(text, insertion.flow_items())
        if guard is not None:
            new = f"{{{{ if $.Values.{guard} }}}}{new}{{{{ end }}}}"
        return (Splice(start(item) + place, start(item) + place, new),)
    indent = int(key.start_mark.column)
    items = insertion.item_lines(indent + insertion.style.offset)
    after = template.next_line(end(item))
    if guard is None:
        colon = template.masked.index(":", end(key)) + 1
        return (Splice(colon, end(item), ""), insertion.at(after, items))
    if not stands_alone(template, start(key)):
        raise CannotEdit(template, key, f"{insertion.key} begins an item")
    pad = " " * indent
    before = [f"{pad}{{{{- if $.Values.{guard} }}}}", f"{pad}{insertion.key}:", *items, f"{pad}{{{{- else }}}}"]
    line = template.line_start(start(key))
    return (insertion.at(line, before), insertion.at(after, [f"{pad}{{{{- end }}}}"]))


def _inline(insertion: Insertion, key: Node, item: ScalarNode) -> tuple[Splice, ...]:
    """Put items between the colon and a directive that prints the rest of the list on lines of its own."""
    template = insertion.template
    directive = template.directives.between(start(item), end(item))[0]
    indent = directive.column(-1)
    if indent < 0 or "nindent" not in directive.body or directive.end < start(item) + len(item.value.rstrip("_ ")):
        raise CannotEdit(template, key, f"{insertion.key} is printed by a directive on its own line")
    colon = template.masked.index(":", end(key)) + 1
    newline = template.newline
    opening, closing = insertion.around_lone(directive)
    items = "".join(f"{newline}{line}" for line in insertion.item_lines(indent))
    if insertion.guard is not None:
        items = f"{{{{- if $.Values.{insertion.guard} }}}}{items}{{{{- end }}}}"
    return (Splice(colon, colon, items + opening), Splice(directive.end, directive.end, closing))


def _new_key(insertion: Insertion) -> tuple[Splice, ...]:
    indent = column(insertion.template, insertion.mapping)
    body = [f"{' ' * indent}{insertion.key}:", *insertion.item_lines(indent + insertion.style.offset)]
    return (insertion.at(new_key_place(insertion), insertion.guarded(body, indent)),)


__all__ = ["CannotEdit", "Entries", "MappingNode", "Wiring", "wire"]
