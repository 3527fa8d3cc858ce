"""Byte-preserving edits of YAML values files: one key or one item more, and nothing else moves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import UserError
from bot.roundtrip.emit import Documented, Style, item_lines, lines, scalar, style_of
from bot.roundtrip.nodes import shared_anchor
from bot.roundtrip.splice import Splice, lines_at
from bot.roundtrip.template import end, start
from bot.roundtrip.values_layout import Layout
from bot.yaml import Reader

_ALIAS = re.compile(r"\s*:\s*\*")


class CannotEditValues(UserError):
    """A values file that cannot take the edit; `line` counts from 1."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}", "mend the file on the main branch first")


class ValuesFile:
    """A values file's text and nodes; raises CannotEditValues where it is not one YAML mapping."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        try:
            root = Reader().compose(text)
        except MarkedYAMLError as exc:
            line = exc.problem_mark.line + 1 if exc.problem_mark is not None else 1
            raise CannotEditValues(line, f"not YAML: {exc.problem or exc.context}") from exc
        except YAMLError as exc:
            raise CannotEditValues(1, f"not YAML: {exc}") from exc
        empty = isinstance(root, ScalarNode) and root.value == ""
        if root is not None and not empty and not isinstance(root, MappingNode):
            raise CannotEditValues(1, "not a mapping of values")
        self.root: MappingNode | None = None if empty else root
        self.layout = Layout(text, self.root)

    def put(self, path: Sequence[str], value: object, *, comment: str | None = None) -> tuple[Splice, ...]:
        """Set the value at a path, and create the mappings on the way; `comment` goes over a new key as `# -- …`.

        A mapping is set apart by blank lines as its siblings are. Nothing is done where the value is there already. A
        new key goes where the siblings' order wants it, else last.
        """
        if self.root is not None and self.root.flow_style and not self.root.value:
            raise CannotEditValues(_line(self.root), "the mapping is written in braces")
        node: Node | None = self.root
        key: Node | None = None
        for depth, name in enumerate(path):
            if not isinstance(node, MappingNode) or not node.value:
                return self._fill(key, node, path[depth:], value, comment)
            pair = next((pair for pair in reversed(node.value) if pair[0].value == name), None)
            if pair is None:
                self._check_shared(node)
                return (self._new_key(node, path[depth:], value, comment, top=depth == 0),)
            key, node = pair
        return self._replace(key, node, value)

    def append(self, path: Sequence[str], item: object) -> tuple[Splice, ...]:
        """Append an item to the list at a path; the list may be empty or null but has to be there."""
        key, node = self.layout.find(path)
        if key is None or node is None:
            raise CannotEditValues(1, f"there is no list {'.'.join(path)}")
        self._check_alias(key)
        self._check_shared(node)
        if isinstance(node, SequenceNode) and node.value and not node.flow_style:
            first, column = node.value[0], self.layout.column(node)
            gap = max(1, start(first) - self.layout.line_start(start(first)) - column - 1)
            style = self.style(node.value, gap if isinstance(first, MappingNode) else 1)
            return (self._at(self.layout.end(node), item_lines(item, column, style)),)
        if isinstance(node, SequenceNode) and node.value:
            place = end(node) - 1
            place -= len(self.text[:place]) - len(self.text[:place].rstrip())
            comma = "" if self.text[place - 1] == "," else ","
            return (Splice(place, place, f"{comma} {scalar(item, style_of(node.value, ()).quotes)}"),)
        if not _is_empty(node):
            raise CannotEditValues(_line(key), f"{'.'.join(path)} is not a list")
        indent = key.start_mark.column + self.layout.offset()
        return self._block(key, node, item_lines(item, indent, self.style()))

    def check_own(self, key: Node, owner: Node) -> None:
        """Raise CannotEditValues where a key's value, or what is round it, is repeated by aliases elsewhere."""
        self._check_alias(key)
        self._check_shared(owner)

    def style(self, siblings: Sequence[Node] = (), gap: int = 1) -> Style:
        """Return how people write here: as an item's siblings, else as the whole file."""
        return style_of(siblings, (self.root,) if self.root else (), gap)

    def _fill(
        self, key: Node | None, node: Node | None, path: Sequence[str], value: object, comment: str | None
    ) -> tuple[Splice, ...]:
        """Put a new key into an empty file, or into a mapping that is empty or null."""
        if key is None:
            body = self._key_lines(path, value, comment, 0, apart=True)
            gap = [""] if self.text.strip() else []
            return (self._at(len(self.text), [*gap, *body]),)
        self._check_alias(key)
        if node is not None and not _is_empty(node):
            raise CannotEditValues(_line(key), f"{key.value} is not a mapping")
        if node is not None:
            self._check_shared(node)
        body = self._key_lines(path, value, comment, key.start_mark.column + self.layout.step(), apart=True)
        return self._block(key, node, body)

    def _block(self, key: Node, node: Node | None, body: list[str]) -> tuple[Splice, ...]:
        """Replace an empty value (`[]`, `{}`, `null`, `~` or nothing) by lines below its key."""
        colon = self.text.index(":", end(key)) + 1
        cut = end(node) if node is not None and colon <= start(node) < end(node) else colon
        splices = (Splice(colon, cut, ""),) if cut > colon else ()
        return (*splices, self._at(self.layout.next_line(cut), body))

    def _new_key(
        self, node: MappingNode, path: Sequence[str], value: object, comment: str | None, *, top: bool
    ) -> Splice:
        if node.flow_style:
            raise CannotEditValues(_line(node), "the mapping is written in braces")
        names = [key.value for key, _ in node.value]
        following = self._following(node, names, path[0], top=top)
        # A single key tells nothing; people set documented blocks apart.
        blank = self.layout.blank_between(node) or (len(node.value) == 1 and isinstance(value, Mapping))
        body = self._key_lines(path, value, comment, node.value[0][0].start_mark.column, apart=blank)
        if following is None:
            return self._at(self.layout.end(node), [*([""] if blank else []), *body])
        line = self.layout.above_comments(self.layout.line_start(start(node.value[following][0])))
        return self._at(line, [*body, *([""] if blank else [])])

    def _following(self, node: MappingNode, names: list[str], name: str, *, top: bool) -> int | None:
        """Return the number of the pair before which a new key goes, or None for the end.

        Phalanx's convention: `global`, which Argo CD sets, stands last in values.yaml.
        """
        last = next((number for number, other in enumerate(names) if top and number and other == "global"), None)
        sorted_part = names[:last]
        if _is_in_order(sorted_part):
            after = max((number + 1 for number, other in enumerate(sorted_part) if other < name), default=0)
            for number in range(after, len(sorted_part)):
                if self.layout.stands_alone(node.value[number][0]):
                    return number
        return last

    def _key_lines(
        self, path: Sequence[str], value: object, comment: str | None, indent: int, *, apart: bool
    ) -> list[str]:
        body: list[str] = []
        step = self.layout.step()
        for depth, name in enumerate(path):
            pad = " " * (indent + depth * step)
            if depth == len(path) - 1:
                entry = Documented(value, comment) if comment else value
                style = replace(self.style(), apart=apart and isinstance(value, Mapping))
                body += lines({name: entry}, len(pad), style)
            else:
                body.append(f"{pad}{scalar(name, '')}:")
        return body

    def _replace(self, key: Node | None, node: Node | None, value: object) -> tuple[Splice, ...]:
        if key is None or node is None:
            return ()
        self._check_alias(key)
        self._check_shared(node)
        new = scalar(value, self.style().quotes)
        if not isinstance(node, ScalarNode) or node.style in {"|", ">"}:
            raise CannotEditValues(_line(key), f"{key.value} is not a single value")
        colon = self.text.index(":", end(key)) + 1
        if start(node) == end(node) or start(node) < colon:
            return (Splice(colon, colon, f" {new}"),)
        return () if self.text[start(node) : end(node)] == new else (Splice(start(node), end(node), new),)

    def _check_alias(self, key: Node) -> None:
        if _ALIAS.match(self.text, end(key)):
            raise CannotEditValues(_line(key), f"{key.value} is written as an alias of another value")

    def _check_shared(self, node: Node) -> None:
        """Refuse to edit inside an anchored node that is used elsewhere: the copies would change as well."""
        anchor = shared_anchor(self.text, self.root, node) if self.root else None
        if anchor is not None:
            raise CannotEditValues(_line(node), f"&{anchor} is used elsewhere too")

    def _at(self, place: int, body: list[str]) -> Splice:
        return lines_at(self.text, self.newline, place, body)


def _is_in_order(names: Sequence[str]) -> bool:
    """Whether people sort these names; in many of them one may have gone astray."""
    descents = sum(one > other for one, other in pairwise(names))
    return len(names) > 2 and descents * 8 <= len(names)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_empty(node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return bool(node.tag == "tag:yaml.org,2002:null")
    return not node.value
