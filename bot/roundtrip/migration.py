"""Move a document of a template to another version of its API: the version, and each rule's list of operations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.places import column, is_block
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Document, Template, end, start, value

_COLON = re.compile(r"\s*:[ \t]*")


def migrated(template: Template, document: Document, version: str) -> Iterator[Splice]:
    """Yield the edits that give a document the apiVersion `version`, and its rules `operations` for `operation`.

    Values stay as they are written, directives in them too. Raises CannotEdit where the version (of the same group), or
    what a rule allows, is not written out there.
    """
    yield _version(template, document, version)
    acls = value(value(value(document.node, "spec"), "authorization"), "acls")
    if not isinstance(acls, SequenceNode):
        return
    done: set[int] = set()
    for entry in acls.value:
        # An alias is the node that it repeats.
        if isinstance(entry, MappingNode) and value(entry, "resource") is not None and start(entry) not in done:
            done.add(start(entry))
            yield from _operations(template, document, acls, entry)


def _version(template: Template, document: Document, version: str) -> Splice:
    node = value(document.node, "apiVersion")
    group, new = version.split("/")
    written = re.compile(rf"""["']?{re.escape(group)}/(\w+)["']?""")
    match = written.fullmatch(template.text, start(node), end(node)) if isinstance(node, ScalarNode) else None
    if match is None:
        raise CannotEdit(template, node or document.node, f"apiVersion is not written out as {group}/…")
    return Splice(match.start(1), match.end(1), new)


def _operations(template: Template, document: Document, acls: Node, entry: MappingNode) -> Iterator[Splice]:
    old = [(key, item) for key, item in entry.value if key.value == "operation"]
    lists = value(entry, "operations")
    if old and lists is not None:
        raise CannotEdit(template, entry, "a rule has both operation and operations")
    if not old and lists is None:
        raise CannotEdit(template, entry, "a rule does not say its operations")
    offset = None if entry.flow_style else _offset(template, document, acls)
    for key, item in old:
        yield from _pair(template, key, item, offset)


def _pair(template: Template, key: Node, item: Node, offset: int | None) -> Iterator[Splice]:
    """Put a value into a list, in brackets where there is no `offset` of its dash from the key."""
    text = template.text
    between = _COLON.fullmatch(text, end(key), start(item))
    whole = isinstance(item, ScalarNode) and item.value and "\n" not in text[start(item) : end(item)]
    if between is None or not whole:
        raise CannotEdit(template, key, "operation is not one word or directive beside its key")
    plural = text.index("operation", start(key)) + len("operation")
    yield Splice(plural, plural, "s")
    if offset is None:
        yield from (Splice(start(item), start(item), "["), Splice(end(item), end(item), "]"))
    else:
        colon = text.index(":", end(key)) + 1
        indent = " " * (int(key.start_mark.column) + offset)
        yield Splice(colon, start(item), f"{template.newline}{indent}- ")


def _offset(template: Template, document: Document, acls: Node) -> int | None:
    """Return how far to the right of its key a list of operations stands here; None where these are in brackets.

    The nearest that is written out tells, else the list of rules itself.
    """
    found = [item for one in (document, *template.documents) for item in _lists(one.node)]
    if found and not is_block(found[0][1]):
        return None
    key, node = found[0] if found else next(pair for pair in _pairs(document.node) if pair[1] is acls)
    return column(template, node) - int(key.start_mark.column)


def _lists(node: Node) -> Iterator[tuple[Node, Node]]:
    for key, item in _pairs(node):
        if key.value == "operations" and isinstance(item, SequenceNode) and item.value:
            yield key, item


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield all keys below a node with their values."""
    if isinstance(node, MappingNode):
        for key, item in node.value:
            yield key, item
            yield from _pairs(item)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _pairs(item)
