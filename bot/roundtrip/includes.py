"""Take named templates out that would print nothing any more: their definitions, and the lines that include them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from ruamel.yaml.nodes import Node, SequenceNode

from bot.roundtrip.directives import Block
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.places import stands_alone
from bot.roundtrip.regions import Region, joined
from bot.roundtrip.removal import emptied
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Template, end, start
from bot.roundtrip.workloads import Workload

_INCLUDE = re.compile(r"(?:include|template)\s+\"([^\"]+)\"")


def undefine(template: Template, block: Block) -> Splice:
    """Return the removal of a `define` with the comment above it, and with the blank lines above that."""
    before = [one for one in template.directives.between(0, block.opening.start) if one.end <= block.opening.start]
    first = block.opening.start
    if before and before[-1].body.startswith("/*") and not template.text[before[-1].end : first].strip():
        first = before[-1].start
    above = len(template.text[:first].rstrip())
    return Splice(template.next_line(above) if above else 0, template.next_line(block.end.end), "")


def exclude(template: Template, workload: Workload, names: Collection[str]) -> tuple[Splice, ...]:
    """Take the lines out of a workload's lists that include these, with keys and conditions that hold nothing else.

    Raises CannotEdit for one that shares its line.
    """
    document = workload.document
    regions: list[Region] = []
    for one in template.directives.between(document.start, document.end):
        match = _INCLUDE.match(one.body)
        if match and match.group(1) in names:
            if not one.whole:
                raise CannotEdit(template, workload.pod, f'`include "{match.group(1)}"` shares its line')
            regions.append((template.line_start(one.start), template.next_line(one.end)))
    regions += [*_keys(template, workload, regions)]
    found = [Splice(first, last, "") for first, last in regions]
    return joined(template, [*found, *emptied(template, regions)])


def _keys(template: Template, workload: Workload, regions: Sequence[Region]) -> Iterator[Region]:
    """Yield the lines of keys whose lists these regions are all of."""
    owners = [(workload.pod, ("volumes",)), *((one.node, ("env", "volumeMounts")) for one in workload.containers)]
    for owner, keys in owners:
        for key, items in owner.value:
            bare = key.value in keys and not isinstance(items, SequenceNode) and stands_alone(template, start(key))
            if bare and _prints_only(template, key, regions):
                yield template.line_start(start(key)), template.next_line(end(key))


def _prints_only(template: Template, key: Node, regions: Sequence[Region]) -> bool:
    first = last = template.next_line(end(key))
    while last < len(template.text):
        line = template.masked[last : template.next_line(last)].strip()
        if line and not line.startswith("#"):
            break
        last = template.next_line(last)
    mine = [one for one in regions if first <= one[0] < last]
    return bool(mine) and not any(
        not one.silent
        and one.column(one.start - template.line_start(one.start)) >= int(key.start_mark.column)
        and not any(begin <= one.start < stop for begin, stop in mine)
        for one in template.directives.between(first, last)
    )
