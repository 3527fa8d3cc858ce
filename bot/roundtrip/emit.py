"""Plain data as YAML lines, in the style of the lines around."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_PLAIN = re.compile(r"(?:[A-Za-z_/][\w./-]*(?:[ ]?[\w./*-]+)*|\d+(?:\.\d+){2,})\Z", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"})
"""What some YAML reader takes for something else than text, in any case. https://yaml.org/type/bool.html"""


_WIDTH = 79


class Verbatim(str):
    """Text that is written as it is, without quotes: a directive, whose output is the value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Documented:
    """A value of a values file with what helm-docs takes from the comment over it."""

    value: object
    comment: str
    default: str = ""
    """What the table says instead of the value."""

    def lines(self, indent: int) -> list[str]:
        """Return the comment."""
        return [
            *comment_lines(f"-- {self.comment}", indent),
            *(comment_lines(f"@default -- {self.default}", indent) if self.default else []),
        ]


def comment_lines(text: str, indent: int) -> list[str]:
    """Return text as lines of comment that begin at column `indent`."""
    pad = f"{' ' * indent}# "
    return textwrap.wrap(text, _WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=False)


@dataclass(frozen=True)
class Style:
    """How the neighbours are written: quotes by field name, quotes elsewhere, order of keys, blanks after a dash."""

    by_field: Mapping[str, str] = field(default_factory=dict)
    quotes: str = ""
    order: tuple[str, ...] = ()
    gap: int = 1
    offset: int = 2
    """How far a sequence's dashes stand to the right of its key."""
    apart: bool = False
    """Whether a blank line stands between the pairs of a mapping."""

    def quote(self, name: str) -> str:
        """The quotes for a field: `"`, `'` or none."""
        return self.by_field.get(name, self.quotes)


def lines(data: object, indent: int, style: Style) -> list[str]:
    """Return a mapping or a sequence as block lines, without line ends, that begin at column `indent`."""
    pad = " " * indent
    if isinstance(data, Mapping):
        found: list[str] = []
        for key, item in data.items():
            found += [*([""] if style.apart and found else []), *_pair(str(key), item, indent, style)]
        return found
    if isinstance(data, Sequence) and not isinstance(data, str):
        return [line for item in data for line in item_lines(item, indent, style)]
    return [f"{pad}{scalar(data, style.quotes)}"]


def item_lines(item: object, indent: int, style: Style) -> list[str]:
    """Return one item of a sequence whose dash stands at column `indent`."""
    head = " " * indent + "-" + " " * style.gap
    if isinstance(item, Mapping) and item:
        first, *rest = lines(_ordered(item, style.order), indent + 1 + style.gap, style)
        return [head + first.lstrip(" "), *rest]
    return [head + scalar(item, style.quotes)]


def _pair(key: str, item: object, indent: int, style: Style) -> list[str]:
    pad = " " * indent
    if isinstance(item, Documented):
        return [*item.lines(indent), *_pair(key, item.value, indent, style)]
    if isinstance(item, Mapping) and item:
        return [f"{pad}{scalar(key, '')}:", *lines(item, indent + 2, style)]
    if isinstance(item, Sequence) and not isinstance(item, str) and item:
        return [f"{pad}{scalar(key, '')}:", *lines(item, indent + style.offset, style)]
    return [f"{pad}{scalar(key, '')}: {scalar(item, style.quote(key))}"]


def scalar(data: object, quotes: str) -> str:
    """Return a scalar as YAML; text that any reader could take for something else is quoted, whatever the style."""
    if isinstance(data, Verbatim):
        return str(data)
    if isinstance(data, str):
        if quotes == "'" and "\n" not in data and data.isprintable():
            return "'" + data.replace("'", "''") + "'"
        return data if not quotes and is_plain(data) else json.dumps(data, ensure_ascii=False)
    return json.dumps(data)


def flow(data: object) -> str:
    """Return plain data on one line, in flow style."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {flow(item)}" for key, item in data.items()) + "}"
    return str(data) if isinstance(data, Verbatim) else json.dumps(data, ensure_ascii=False)


def is_plain(text: str) -> bool:
    """Whether a text needs no quotes anywhere in block or flow YAML."""
    return bool(_PLAIN.match(text)) and text.lower() not in _WORDS


def _ordered(item: Mapping[str, Any], order: Sequence[str]) -> Mapping[str, Any]:
    if not set(item) <= set(order):
        return item
    return {key: item[key] for key in order if key in item}


def into_brackets(text: str, items: Iterable[str]) -> tuple[int, str]:
    """Return where in the text of a list in brackets further items go, and what is put there."""
    body, new = text[1:-1].rstrip(), ", ".join(items)
    return 1 + len(body), f" {new}" if body.endswith(",") else f", {new}"


def style_of(siblings: Iterable[Node], around: Iterable[Node], gap: int = 1, offset: int = 2) -> Style:
    """Read a style off sibling items; what they do not show, off the nodes `around`, nearest first.

    A field that siblings have is written as most of them write it.
    """
    listed = list(siblings)
    fields = _votes(listed)
    quotes = ""
    for nodes in (listed, *([node] for node in around)):
        votes = Counter(quote for counted in _votes(nodes).values() for quote in counted.elements())
        if votes:
            quotes = votes.most_common(1)[0][0]
            break
    by_field = {name: counted.most_common(1)[0][0] for name, counted in fields.items() if counted}
    first = next((node for node in listed if isinstance(node, MappingNode)), None)
    order = tuple(key.value for key, _ in first.value) if first is not None else ()
    return Style(by_field, quotes, order, gap, offset)


def _votes(nodes: Iterable[Node]) -> dict[str, Counter[str]]:
    """Count by field name how its text is quoted; numbers and the like, and masked directives alone, do not vote."""
    found: dict[str, Counter[str]] = {}
    waiting: list[tuple[str, Node]] = [("", node) for node in nodes]
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, MappingNode):
            waiting += [(key.value, item) for key, item in node.value]
        elif isinstance(node, SequenceNode):
            waiting += [(name, item) for item in node.value]
        elif isinstance(node, ScalarNode) and (node.tag or "").endswith(":str") and node.style not in {"|", ">"}:
            masked_alone = not node.style and re.fullmatch(r"z\w+_", str(node.value))
            if not masked_alone:
                found.setdefault(name, Counter())[node.style or ""] += 1
    return found
