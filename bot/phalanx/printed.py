"""Lists that named templates (`define`) print: variables, mounts or volumes that several workloads include."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ruamel.yaml.nodes import SequenceNode

from bot.checkout.files import Files
from bot.phalanx.charts import Chart
from bot.roundtrip.directives import Block, Directives, UnreadableTemplate
from bot.roundtrip.template import Template

_DEFINE = re.compile(r"define\s+\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class PrintedList:
    """A named template whose body is one list.

    `block` is its `define`; of `template`, its file, all but the body is blank.
    """

    name: str
    file: str
    block: Block
    template: Template
    items: SequenceNode


def printed_lists(files: Files, owner: Chart) -> Mapping[str, PrintedList]:
    """Return the named templates of a chart that print one list each, by name."""
    return files.once(("printed", owner.path), lambda: {one.name: one for one in _lists(files, owner)})


def _lists(files: Files, owner: Chart) -> Iterator[PrintedList]:
    for path in files.below(f"{owner.path}/templates", ".tpl", ".yaml", ".yml"):
        text = files.text(path) or ""
        try:
            blocks = Directives(text).blocks if _DEFINE.search(text) else []
        except UnreadableTemplate:
            continue
        for block in blocks:
            match = _DEFINE.fullmatch(block.opening.body)
            read = _body(text, block.opening.end, block.end.start) if match else None
            if match and read and len(read.lists) == 1 and not read.documents:
                yield PrintedList(match.group(1), path, block, read, read.lists[0])


def _body(text: str, first: int, last: int) -> Template | None:
    """Read a part of a text at its own offsets; None where it is no template by itself."""
    before, after = (re.sub(r"[^\r\n]", " ", part) for part in (text[:first], text[last:]))
    try:
        return Template(before + text[first:last] + after)
    except UnreadableTemplate:
        return None
