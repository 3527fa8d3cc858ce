"""Take keys and items out of YAML values files, and rows out of READMEs: the reverse of putting them in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from bot.roundtrip.splice import Splice
from bot.roundtrip.values import CannotEditValues, ValuesFile

_ROW = re.compile(r"^\| (\S+) \|[^\n]*(?:\n|\Z)", re.MULTILINE)


def remove_key(values: ValuesFile, path: Sequence[str]) -> tuple[Splice, ...]:
    """Take a key out with its comment, and with it each mapping that holds nothing else; nothing where it is not.

    Raises CannotEditValues for mappings in braces and for what aliases repeat.
    """
    chain: list[tuple[MappingNode, int]] = []
    node: Node | None = values.root
    for name in path:
        if not isinstance(node, MappingNode):
            return ()
        numbers = [number for number, (key, _) in enumerate(node.value) if key.value == name]
        if not numbers:
            return ()
        chain.append((node, numbers[-1]))
        node = node.value[numbers[-1]][1]
    while len(chain) > 1 and len(chain[-1][0].value) == 1:
        chain.pop()
    owner, number = chain[-1]
    key = owner.value[number][0]
    if owner.flow_style:
        raise CannotEditValues(key.start_mark.line + 1, "the mapping is written in braces")
    values.check_own(key, owner)
    return (Splice(*_region(values, owner, number), ""),)


def _region(values: ValuesFile, owner: MappingNode, number: int) -> tuple[int, int]:
    """Return the lines of a pair with its `# --` comment and the blank line that sets it apart."""
    text = values.text
    key = owner.value[number][0]
    if not values.layout.stands_alone(key):
        raise CannotEditValues(key.start_mark.line + 1, f"{key.value} begins an item")
    first, last = values.layout.lines_of(owner, number)
    comment = values.layout.above_comments(first)
    marked = [match.start() for match in re.finditer(r"^[ \t]*# --", text[comment:first], re.MULTILINE)]
    if marked:
        first = comment + marked[-1]
    blank_after = re.compile(r"[ \t]*\r?\n").match(text, last)
    blank_before = re.compile(r"(?:\A|(?<=\n))[ \t]*\r?\n\Z").search(text[:first])
    if number == len(owner.value) - 1:
        if blank_before:
            first = blank_before.start()
    elif blank_after and (blank_before or not text[:first].strip() or number == 0):
        last = blank_after.end()
    if last == len(text) and not text.endswith("\n") and first:
        first -= len(values.newline)
    return first, last


def remove_item(values: ValuesFile, path: Sequence[str], wanted: Callable[[Node], bool]) -> tuple[Splice, ...]:
    """Take the items that are wanted gone out of the list at a path; nothing where there is none."""
    _, node = values.layout.find(path)
    if not isinstance(node, SequenceNode):
        return ()
    numbers = [number for number, item in enumerate(node.value) if wanted(item)]
    if numbers and (node.flow_style or len(numbers) == len(node.value)):
        raise CannotEditValues(node.start_mark.line + 1, f"{'.'.join(path)} is in brackets, or nothing would be left")
    return tuple(Splice(*values.layout.lines_of_item(node, number), "") for number in numbers)


def remove_rows(text: str, gone: Callable[[str], bool]) -> tuple[Splice, ...]:
    """Take the rows whose key is gone out of the tables of a README."""
    return tuple(_rows(text, gone))


def _rows(text: str, gone: Callable[[str], bool]) -> Iterator[Splice]:
    for match in _ROW.finditer(text):
        if gone(match.group(1)):
            yield Splice(match.start(), match.end(), "")
