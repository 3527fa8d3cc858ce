"""Take named templates out that would print nothing any more: their definitions, and the lines that include them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from ruamel.yaml.nodes import Node, SequenceNode

from bot.roundtrip.directives import Block
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.places import stands_alone
from bot.roundtrip.regions import Region
from bot.roundtrip.removal import emptied, printing
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Template, end, start
from bot.roundtrip.workloads import Workload

_INCLUDED = re.compile(r"\b(?:include|template)\s+[\"`]([^\"`]+)[\"`]")
_INCLUDE = re.compile(r"(?:include|template)\s")
_BLANK = re.compile(r"(?:[^\S\n]*(?:#[^\n]*)?\n)*")


def undefine(template: Template, block: Block) -> Splice:
    """Return the removal of a `define` with the comment above it, and with the blank lines above that.

    Raises CannotEdit where it shares a line with something else.
    """
    before = [one for one in template.directives.between(0, block.opening.start) if one.end <= block.opening.start]
    first = block.opening.start
    if before and before[-1].body.startswith("/*") and not template.text[before[-1].end : first].strip():
        first = before[-1].start
    last = template.next_line(block.end.end)
    if (template.text[template.line_start(first) : first] + template.text[block.end.end : last]).strip():
        raise CannotEdit(template, block.opening.start, f"`{block.opening.body}` shares its lines")
    above = len(template.text[:first].rstrip())
    return Splice(template.next_line(above) if above else 0, last, "")


def exclude(template: Template, workload: Workload, names: Collection[str]) -> Iterator[Splice]:
    """Take the lines out of a workload's lists that include these, with keys and conditions that hold nothing else.

    The removals may overlap. Raises CannotEdit for a line that prints more, or does more with what it includes.
    """
    document = workload.document
    regions: list[Region] = []
    for one in template.directives.between(document.start, document.end):
        if one.body.startswith("/*") or not any(name in names for name in _INCLUDED.findall(one.body)):
            continue
        region = template.line_start(one.start), template.next_line(one.end)
        others = [other for other in template.directives.between(*region) if other is not one and not other.silent]
        if not _INCLUDE.match(one.body) or not one.whole or others:
            raise CannotEdit(template, one.start, f"`{one.body}` is not all of its line")
        regions.append(region)
    regions += [*_keys(template, workload, regions)]
    yield from (Splice(first, last, "") for first, last in regions)
    yield from emptied(template, regions)


def _keys(template: Template, workload: Workload, regions: Sequence[Region]) -> Iterator[Region]:
    """Yield the lines of keys whose lists these regions are all of."""
    owners = [(workload.pod, ("volumes",)), *((one.node, ("env", "volumeMounts")) for one in workload.containers)]
    for owner, keys in owners:
        for key, items in owner.value:
            bare = key.value in keys and not isinstance(items, SequenceNode) and stands_alone(template, start(key))
            if bare and _prints_only(template, key, regions):
                yield template.line_start(start(key)), template.next_line(end(key))


def _prints_only(template: Template, key: Node, regions: Sequence[Region]) -> bool:
    first = template.next_line(end(key))
    mine = [one for one in regions if first <= one[0] and _BLANK.fullmatch(template.masked, first, one[0])]
    return bool(mine) and not printing(template, key, mine)
