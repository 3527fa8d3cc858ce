"""Take entries out of the lists of a Helm template: the reverse of what `wire` puts in, whatever shape it found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.roundtrip.directives import Block
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.places import above_comments, dash, is_alias, is_block, last_leaf, stands_alone
from bot.roundtrip.regions import Region, joined, remains
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Template, end, start, value
from bot.roundtrip.workloads import Workload

_GUARD = re.compile(r"\s*\{\{- if \$\.Values\.[\w.]+ \}\}\s*")
_LONE = r"\{\{-?\s*toYaml\s+(?P=value)\s*\|\s*n?indent\s+\d+\s*-?\}\}"
_OPENING = r"\{\{- if (?:or )?(?P<value>[$.\w]+)(?: \(not \$\.Values\.[\w.]+\))? \}\}"
_WRAPPED = re.compile(rf"{_OPENING}(?P<rest>\s*{_LONE})\{{\{{- end \}}\}}")
_WRAPPED_LINES = re.compile(rf"(?P<first>[ ]*{_OPENING}\r?\n)[ ]*{_LONE}[ ]*\r?\n(?P<last>[ ]*\{{\{{- end \}}\}}\r?\n)")
_EMPTY_LIST = re.compile(r"\s*[\w\"']+:\s*\[\s*\]\s*")


@dataclass(frozen=True, slots=True)
class Named:
    """What goes: variables by name, mounts by path, volumes by name, as the template spells them."""

    env: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()

    def __or__(self, other: Named) -> Named:
        """Return all that goes by either."""
        return Named(self.env | other.env, self.mounts | other.mounts, self.volumes | other.volumes)

    def __bool__(self) -> bool:
        """Whether anything goes."""
        return bool(self.env or self.mounts or self.volumes)


def unwire(template: Template, workload: Workload, container: int, named: Named) -> tuple[Splice, ...]:
    """Take entries out of a workload's container and pod, with keys and conditions that hold nothing else.

    Raises CannotEdit, naming lines, where a list is written in a way from which an entry cannot be taken.
    """
    target = workload.containers[container].node
    found: list[Splice] = []
    for owner, key, field, names in (
        (target, "env", "name", named.env),
        (target, "volumeMounts", "mountPath", named.mounts),
        (workload.pod, "volumes", "name", named.volumes),
    ):
        for pair in owner.value:
            if names and pair[0].value == key and isinstance(pair[1], SequenceNode):
                found += _without(template, pair[0], pair[1], field, names)
    return joined(template, [*found, *emptied(template, [(one.start, one.end) for one in found])])


def unprint(template: Template, items: SequenceNode, named: Named) -> tuple[Splice, ...]:
    """Take entries out of the list that a named template prints; raises CannotEdit where that is no list of lines.

    Some entry has to stay: see `prints_only`.
    """
    numbers = [number for number, item in enumerate(items.value) if _is_named(template, item, named)]
    if not numbers:
        return ()
    if not is_block(items):
        raise CannotEdit(template, items, "the list of the named template is written in brackets")
    return _items_out(template, items, numbers)


def prints_only(template: Template, items: SequenceNode, named: Named) -> bool:
    """Whether nothing of a list would be left, so that what prints it has to go as a whole."""
    return all(_is_named(template, item, named) for item in items.value)


def _is_named(template: Template, item: Node, named: Named) -> bool:
    """Whether an entry is a mount, a volume of a Secret or a variable that goes."""
    path, name = _name(template, item, "mountPath"), _name(template, item, "name")
    if path is not None:
        return path in named.mounts
    return name in (named.volumes if value(item, "secret") is not None else named.env)


def remove_items(template: Template, key: Node, items: Node, numbers: Sequence[int]) -> tuple[Splice, ...]:
    """Take some of a block list's items out, but not all; raises CannotEdit for a list in brackets."""
    if not isinstance(items, SequenceNode) or not is_block(items) or is_alias(template, key):
        raise CannotEdit(template, key, f"{key.value} is not written as a list of lines")
    return _items_out(template, items, numbers)


def _items_out(template: Template, items: SequenceNode, numbers: Sequence[int]) -> tuple[Splice, ...]:
    regions = [_item(template, items, number) for number in numbers]
    found = [Splice(first, last, "") for first, last in regions]
    return joined(template, [*found, *emptied(template, regions)])


def _without(template: Template, key: Node, items: SequenceNode, field: str, names: frozenset[str]) -> Iterator[Splice]:
    numbers = [number for number, item in enumerate(items.value) if _name(template, item, field) in names]
    if not numbers:
        return
    if is_alias(template, key):
        raise CannotEdit(template, key, f"{key.value} is written as an alias of another list")
    if not is_block(items):
        yield _out_of_brackets(template, key, items, numbers)
        return
    last = _own_end(template, items, numbers[-1])
    if "{{" in template.text[last : template.next_line(last)]:
        yield from _before_directive(template, key, items, numbers, last)
        return
    regions = [_item(template, items, number) for number in numbers]
    if len(numbers) == len(items.value) and not printing(template, key, regions):
        if not stands_alone(template, start(key)):
            raise CannotEdit(template, key, f"{key.value} begins an item, and nothing else would be left of it")
        first = template.line_start(start(key))
        yield Splice(first, _closed(template, first, template.next_line(last)), "")
        return
    yield from (Splice(*region, "") for region in regions)
    after = _after_guard(template, regions[-1][1])
    wrapped = _WRAPPED_LINES.match(template.text, after) if len(numbers) == len(items.value) else None
    if wrapped is not None:
        yield from (Splice(*wrapped.span(name), "") for name in ("first", "last"))
    elif numbers == list(range(len(numbers))):
        yield from _lowered(template, key, items, after)


def _closed(template: Template, first: int, last: int) -> int:
    """Return the end of a region, moved behind the conditions that open in it where nothing else is in them."""
    for block in sorted(template.directives.blocks, key=lambda one: one.end.start):
        inside = first <= block.opening.start < last <= block.end.start
        if inside and not template.text[last : template.line_start(block.end.start)].strip():
            last = template.next_line(block.end.end)
    return last


def _after_guard(template: Template, place: int) -> int:
    line = template.text[place : template.next_line(place)].strip()
    return template.next_line(place) if line == "{{- end }}" else place


def _out_of_brackets(template: Template, key: Node, items: SequenceNode, numbers: Sequence[int]) -> Splice:
    kept = len(items.value) - len(numbers)
    if numbers[0] != kept or not kept:
        raise CannotEdit(template, key, f"{key.value} is a list in brackets")
    first, last = end(items.value[kept - 1]), end(items) - 1
    return Splice(first, first + len(template.text[first:last].rstrip()), "")


def _before_directive(
    template: Template, key: Node, items: SequenceNode, numbers: Sequence[int], last: int
) -> Iterator[Splice]:
    """Take items from between a colon and a directive that prints the rest of the list."""
    colon = template.masked.index(":", end(key)) + 1
    line = template.text[colon : template.next_line(colon)]
    guarded = _GUARD.fullmatch(line) is not None
    ending = "{{- end }}" if guarded else ""
    if len(numbers) != len(items.value) or (line.strip() and not guarded) or not template.text.startswith(ending, last):
        raise CannotEdit(template, key, f"{key.value} shares lines with directives")
    last += len(ending)
    wrapped = _WRAPPED.match(template.text, last)
    if wrapped is None:
        yield Splice(colon, last, "")
        return
    yield Splice(colon, wrapped.start("rest"), "")
    yield Splice(wrapped.end("rest"), wrapped.end(), "")


def _lowered(template: Template, key: Node, items: SequenceNode, after: int) -> Iterator[Splice]:
    """Move a key back into the one block that prints the rest of its list, as it was before anything had to be there.

    A block whose directives stand further right than the key never held it.
    """
    outside = template.context(start(key))
    following = [one for one in template.directives.blocks if one.opening.start >= after]
    block = min(following, key=lambda one: one.opening.start, default=None)
    if block is None or template.text[after : template.line_start(block.opening.start)].strip():
        return
    line = template.line_start(block.opening.start)
    fitting = (
        block.opening.word in {"if", "with"}
        and len(block.branches) == 1
        and block.opening.whole
        and template.context(line) == outside
        and block.opening.start - line <= int(key.start_mark.column)
    )
    inside = template.text[template.next_line(block.opening.end) : template.line_start(block.end.start)]
    rest = [dash(template, items, number) for number in range(len(items.value))]
    beyond = [place for place in rest if place >= block.end.start]
    own = min((len(text) - len(text.lstrip()) for text in inside.splitlines() if text.strip()), default=0)
    if not fitting or beyond or own < int(key.start_mark.column) or _next_is_key(inside):
        return
    first, last = template.line_start(start(key)), template.next_line(start(key))
    below = template.next_line(block.opening.end)
    yield Splice(first, last, "")
    yield Splice(below, below, template.text[first:last])


def _next_is_key(inside: str) -> bool:
    """Whether a block holds another key, so that it is about something else."""
    lines = (line.strip() for line in inside.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return not first.startswith(("-", "{{"))


def _item(template: Template, items: SequenceNode, number: int) -> Region:
    """Return the lines of an item of a block list."""
    first = _above_kafka(template, template.line_start(dash(template, items, number)))
    return first, template.next_line(_own_end(template, items, number))


def _above_kafka(template: Template, line: int) -> int:
    """Return the start of the comment lines over an item that are about Kafka, and so go with it."""
    above = above_comments(template, line, template.context(line))
    return above if "kafka" in template.text[above:line].lower() else line


def _own_end(template: Template, items: SequenceNode, number: int) -> int:
    return max(dash(template, items, number) + 1, last_leaf(template, items.value[number]))


def _name(template: Template, item: Node, field: str) -> str | None:
    if not isinstance(item, MappingNode):
        return None
    return next((template.scalar(value) for key, value in item.value if key.value == field), None)


def printing(template: Template, key: Node, regions: Sequence[Region]) -> bool:
    """Whether directives print more items below a key, so that it has to stay."""
    place, column = template.next_line(end(key)), int(key.start_mark.column)
    stop = max(last for _, last in regions)
    while stop < len(template.text):
        following = template.next_line(stop)
        line = template.masked[stop:following].strip()
        if line and not line.startswith("#"):
            break
        stop = following
    return any(
        not one.silent
        and one.column(one.start - template.line_start(one.start)) >= column
        and not any(first <= one.start < last for first, last in regions)
        for one in template.directives.between(place, stop)
    )


def emptied(template: Template, regions: Sequence[Region]) -> Iterator[Splice]:
    """Yield the removal of the lines of conditions and branches that hold nothing any more."""
    gone = list(regions)
    blocks = sorted(template.directives.blocks, key=lambda one: one.opening.start, reverse=True)
    for block in blocks:
        for first, last in _emptied_block(template, block, gone):
            gone.append((first, last))
            yield Splice(first, last, "")


def _emptied_block(template: Template, block: Block, gone: Sequence[Region]) -> Iterator[Region]:
    starts = [one.end for one in block.branches]
    ends = [*(one.start for one in block.branches[1:]), block.end.start]
    directives = (*block.branches, block.end)
    if not all(one.whole for one in directives):
        return
    empty = [
        any(first <= at < last for at, _ in gone) and not remains(template.text, first, last, gone).strip()
        for first, last in zip(starts, ends, strict=True)
    ]
    lines = [(template.line_start(one.start), template.next_line(one.end)) for one in directives]
    if all(empty):
        yield lines[0][0], lines[-1][1]
    elif len(empty) > 1 and empty[-1]:
        yield lines[-2][0], lines[-1][0]
    elif empty[0] and len(empty) == 2 and _EMPTY_LIST.fullmatch(template.text[starts[1] : ends[1]]):
        yield lines[0][0], lines[1][1]
        yield lines[2]
