"""One list to be extended: where it is, what goes in, and how its neighbours are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.errors import UserError
from bot.roundtrip.directives import Context, Directive
from bot.roundtrip.emit import Style, flow, item_lines, style_of
from bot.roundtrip.places import column, is_block
from bot.roundtrip.splice import Splice, lines_at
from bot.roundtrip.template import Template, end, start
from bot.roundtrip.workloads import Workload

_LONE = re.compile(r"toYaml\s+([$.\w]+)\s*\|\s*n?indent\s+\d+")


class CannotEdit(UserError):
    """A list is written in a way that leaves no place where an entry is sure to belong to it."""

    def __init__(self, template: Template, at: Node | int, why: str) -> None:
        place = at if isinstance(at, int) else start(at)
        super().__init__(
            f"line {template.line(place)}: {why}", "write the list out in the template first, then ask again"
        )


@dataclass(frozen=True)
class Insertion:
    """Items for the list `key` of a `mapping` (a container or a pod spec) that stands under `context`."""

    template: Template
    workload: Workload
    mapping: MappingNode
    context: Context
    key: str
    items: tuple[Mapping[str, Any], ...]
    guard: str | None

    @property
    def pairs(self) -> list[tuple[Node, Node]]:
        """The pairs with this key; more than one where branches or mistakes repeat it."""
        return [(key, item) for key, item in self.mapping.value if key.value == self.key]

    @cached_property
    def style(self) -> Style:
        """How the items are to be written: as their siblings, else as what is around."""
        siblings = [node for _, item in self.pairs if isinstance(item, SequenceNode) for node in item.value]
        around = (self.mapping, self.workload.pod, self.workload.document.node)
        return style_of(siblings, around, self._gap(), self._offset(around))

    def _gap(self) -> int:
        for _, item in self.pairs:
            if isinstance(item, SequenceNode) and is_block(item) and isinstance(item.value[0], MappingNode):
                return max(1, int(item.value[0].start_mark.column) - column(self.template, item) - 1)
        return 1

    def _offset(self, around: tuple[MappingNode, ...]) -> int:
        for node in around:
            votes = Counter(_offsets(self.template, node))
            if votes:
                return votes.most_common(1)[0][0]
        return 2

    def item_lines(self, indent: int) -> list[str]:
        """Return the items as block lines whose dashes stand at `indent`."""
        return [line for item in self.items for line in item_lines(item, indent, self.style)]

    def flow_items(self) -> list[str]:
        """Return the items in flow style."""
        return [flow(item) for item in self.items]

    def guarded(self, lines: list[str], indent: int) -> list[str]:
        """Put lines under the guard, if there is one."""
        if self.guard is None:
            return lines
        pad = " " * indent
        return [f"{pad}{{{{- if $.Values.{self.guard} }}}}", *lines, f"{pad}{{{{- end }}}}"]

    def at(self, place: int, lines: list[str]) -> Splice:
        """Return the insertion of whole lines at a line start, or at the end of a text without a last newline."""
        return lines_at(self.template.text, self.template.newline, place, lines)

    def around_lone(self, directive: Directive) -> tuple[str, str]:
        """Return directives to put round a lone `toYaml X`, which prints `[]` for an empty list, whatever precedes it.

        With a guard that is off, nothing precedes it and it has to print what it always did.
        """
        match = _LONE.fullmatch(directive.body)
        if match is None or match.group(1) == ".":
            return "", ""
        condition = match.group(1)
        if self.guard is not None:
            condition = f"or {condition} (not $.Values.{self.guard})"
        return f"{{{{- if {condition} }}}}", "{{- end }}"


def empty_body(insertion: Insertion, key: Node, context: Context) -> tuple[Splice, ...]:
    """Put items right below a key whose list is printed by directives, or which has no value at all."""
    template = insertion.template
    place = template.next_line(end(key))
    indent, lone = _body(insertion, key, place, context)
    items = insertion.at(place, insertion.guarded(insertion.item_lines(indent), indent))
    if lone is None:
        return (items,)
    opening, closing = insertion.around_lone(lone)
    if not opening:
        return (items,)
    first, after = template.line_start(lone.start), template.next_line(lone.end)
    pad = " " * (lone.start - first)
    return (items, insertion.at(first, [pad + opening]), insertion.at(after, [pad + closing]))


def _body(insertion: Insertion, key: Node, place: int, context: Context) -> tuple[int, Directive | None]:
    """Return the column of what the directives below a key print, and the directive if there is only one."""
    template = insertion.template
    printing: list[tuple[int, Directive]] = []
    while place < len(template.text):
        following = template.next_line(place)
        line = template.masked[place:following].strip()
        if line and not line.startswith("#"):
            break
        for directive in template.directives.between(place, following):
            indent = directive.column(directive.start - place)
            if not directive.silent and indent >= int(key.start_mark.column):
                printing.append((indent, directive))
        place = following
    if not printing:
        return int(key.start_mark.column) + insertion.style.offset, None
    indent, directive = printing[0]
    alone = len(printing) == 1 and template.context(directive.start) == context
    return indent, directive if alone else None


def _offsets(template: Template, node: Node) -> Iterator[int]:
    """Yield how far to the right of its key each block sequence below a node stands."""
    if isinstance(node, MappingNode):
        for key, item in node.value:
            if isinstance(item, SequenceNode) and is_block(item) and start(item) > start(key):
                yield column(template, item) - int(key.start_mark.column)
            yield from _offsets(template, item)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _offsets(template, item)
