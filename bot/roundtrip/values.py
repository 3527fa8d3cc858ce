"""Byte-preserving edits of YAML values files: one key or one item more, and nothing else moves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import UserError
from bot.roundtrip.emit import Documented, item_lines, lines, scalar, style_of
from bot.roundtrip.nodes import first_dash, in_block_scalar, shared_anchor
from bot.roundtrip.splice import Splice
from bot.yaml import Reader


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

    def put(self, path: Sequence[str], value: object, *, comment: str | None = None) -> tuple[Splice, ...]:
        """Set the value at a path, and create the mappings on the way; `comment` goes over a new key as `# -- …`.

        A mapping is set apart by blank lines as its siblings are. Nothing is done where the value is there already. A
        new key goes where the siblings' order wants it, else last.
        """
        if self.root is not None and self.root.flow_style and not self.root.value:
            raise CannotEditValues(self._line(self.root), "the mapping is written in braces")
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
        node: Node | None = self.root
        key: Node | None = None
        for name in path:
            pairs = node.value if isinstance(node, MappingNode) else []
            key, node = next((pair for pair in reversed(pairs) if pair[0].value == name), (None, None))
        if key is None or node is None:
            raise CannotEditValues(1, f"there is no list {'.'.join(path)}")
        self._check_alias(key)
        self._check_shared(node)
        if isinstance(node, SequenceNode) and node.value and not node.flow_style:
            gap = max(1, _start(node.value[0]) - self._line_start(_start(node.value[0])) - self._column(node) - 1)
            is_mapping = isinstance(node.value[0], MappingNode)
            style = style_of(node.value, (self.root,) if self.root else (), gap if is_mapping else 1)
            return (self._at(self._end(node), item_lines(item, self._column(node), style)),)
        if isinstance(node, SequenceNode) and node.value:
            place = node.end_mark.index - 1
            place -= len(self.text[:place]) - len(self.text[:place].rstrip())
            comma = "" if self.text[place - 1] == "," else ","
            return (Splice(place, place, f"{comma} {scalar(item, style_of(node.value, ()).quotes)}"),)
        if not _is_empty(node):
            raise CannotEditValues(self._line(key), f"{'.'.join(path)} is not a list")
        indent = key.start_mark.column + self._offset()
        return self._block(key, node, item_lines(item, indent, style_of((), (self.root,) if self.root else ())))

    def check_own(self, key: Node, owner: Node) -> None:
        """Raise CannotEditValues where a key's value, or what is round it, is repeated by aliases elsewhere."""
        self._check_alias(key)
        self._check_shared(owner)

    def lines_of(self, owner: MappingNode, number: int) -> tuple[int, int]:
        """Return where the lines of a mapping's pair begin and end."""
        key, item = owner.value[number]
        if not self._alone(key):
            raise CannotEditValues(self._line(key), f"{key.value} begins an item")
        part = MappingNode(owner.tag, [(key, item)], owner.start_mark, owner.end_mark)
        return self._line_start(_start(key)), self._next_line(self._last_leaf(part))

    def lines_of_item(self, owner: SequenceNode, number: int) -> tuple[int, int]:
        """Return where the lines of a block list's item begin and end."""
        item = owner.value[number]
        return self._line_start(_start(item)), self._next_line(self._own_end(item))

    def _fill(
        self, key: Node | None, node: Node | None, path: Sequence[str], value: object, comment: str | None
    ) -> tuple[Splice, ...]:
        """Put a new key into an empty file, or into a mapping that is empty or null."""
        if key is None:
            body = self._key_lines(path, value, comment, 0, apart=True)
            gap = [""] if self.text.strip() else []
            end = len(self.text)
            return (self._at(end, [*gap, *body]),)
        self._check_alias(key)
        if node is not None and not _is_empty(node):
            raise CannotEditValues(self._line(key), f"{key.value} is not a mapping")
        if node is not None:
            self._check_shared(node)
        body = self._key_lines(path, value, comment, key.start_mark.column + self._step(), apart=True)
        return self._block(key, node, body)

    def _block(self, key: Node, node: Node | None, body: list[str]) -> tuple[Splice, ...]:
        """Replace an empty value (`[]`, `{}`, `null`, `~` or nothing) by lines below its key."""
        colon = self.text.index(":", key.end_mark.index) + 1
        written = node is not None and _start(node) >= colon and node.end_mark.index > _start(node)
        cut = node.end_mark.index if written and node is not None else colon
        splices = (Splice(colon, cut, ""),) if cut > colon else ()
        return (*splices, self._at(self._next_line(cut), body))

    def _new_key(
        self, node: MappingNode, path: Sequence[str], value: object, comment: str | None, *, top: bool
    ) -> Splice:
        if node.flow_style:
            raise CannotEditValues(self._line(node), "the mapping is written in braces")
        names = [key.value for key, _ in node.value]
        following = self._following(node, names, path[0], top=top)
        # A single key tells nothing; people set documented blocks apart.
        blank = self._blank_between(node) or (len(node.value) == 1 and isinstance(value, Mapping))
        body = self._key_lines(path, value, comment, node.value[0][0].start_mark.column, apart=blank)
        if following is None:
            return self._at(self._end(node), [*([""] if blank else []), *body])
        line = self.above_comments(self._line_start(_start(node.value[following][0])))
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
                if self._alone(node.value[number][0]):
                    return number
        return last

    def _alone(self, key: Node) -> bool:
        start = _start(key)
        return not self.text[self._line_start(start) : start].strip()

    def _blank_between(self, node: MappingNode) -> bool:
        """Whether the pairs of a mapping are set apart by blank lines; at the top of a file, when in doubt, yes."""
        gaps = [
            not self.text[self._line_start(self.above_comments(line) - 1) : self.above_comments(line)].strip()
            for key, _ in node.value[1:]
            if (line := self._line_start(_start(key))) > 0
        ]
        return sum(gaps) * 2 > len(gaps) if gaps else node is self.root

    def _key_lines(
        self, path: Sequence[str], value: object, comment: str | None, indent: int, *, apart: bool
    ) -> list[str]:
        body: list[str] = []
        step = self._step()
        for depth, name in enumerate(path):
            pad = " " * (indent + depth * step)
            if depth == len(path) - 1:
                style = style_of((), (self.root,) if self.root else ())
                entry = Documented(value, comment) if comment else value
                body += lines({name: entry}, len(pad), replace(style, apart=apart and isinstance(value, Mapping)))
            else:
                body.append(f"{pad}{scalar(name, '')}:")
        return body

    def _replace(self, key: Node | None, node: Node | None, value: object) -> tuple[Splice, ...]:
        if key is None or node is None:
            return ()
        self._check_alias(key)
        self._check_shared(node)
        new = scalar(value, style_of((), (self.root,) if self.root else ()).quotes)
        if not isinstance(node, ScalarNode) or node.style in {"|", ">"}:
            raise CannotEditValues(self._line(key), f"{key.value} is not a single value")
        start, end = _start(node), node.end_mark.index
        colon = self.text.index(":", key.end_mark.index) + 1
        if start == end or start < colon:
            return (Splice(colon, colon, f" {new}"),)
        return () if self.text[start:end] == new else (Splice(start, end, new),)

    def _check_alias(self, key: Node) -> None:
        if re.compile(r"\s*:\s*\*").match(self.text, key.end_mark.index):
            raise CannotEditValues(self._line(key), f"{key.value} is written as an alias of another value")

    def _check_shared(self, node: Node) -> None:
        """Refuse to edit inside an anchored node that is used elsewhere: the copies would change as well."""
        anchor = shared_anchor(self.text, self.root, node) if self.root else None
        if anchor is not None:
            raise CannotEditValues(self._line(node), f"&{anchor} is used elsewhere too")

    def _column(self, node: Node) -> int:
        if isinstance(node, MappingNode):
            return int(node.value[0][0].start_mark.column)
        dash = first_dash(self.text, node)
        return dash - self._line_start(dash)

    def _end(self, node: Node) -> int:
        return self._next_line(self._last_leaf(node))

    def _last_leaf(self, node: Node) -> int:
        ends = []
        for key, item in _pairs(node):
            after = self.text.index(":", key.end_mark.index) + 1 if key is not None else _start(item)
            alias = re.compile(r"\s*\*[^\s,\]}]+").match(self.text, after) if key is not None else None
            ends.append(alias.end() if alias else max(after, self._own_end(item) if _start(item) >= after else 0))
        return max(ends)

    def _own_end(self, node: Node) -> int:
        if isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style and node.value:
            return self._last_leaf(node)
        start, end = _start(node), int(node.end_mark.index)
        if isinstance(node, ScalarNode) and node.style in {"|", ">"} and "+" in self.text[start : start + 3]:
            return end - 1  # it owns the blank lines below it
        return start + len(self.text[start:end].rstrip()) if end > start else 0

    def _step(self) -> int:
        """How far a nested mapping is indented in this file."""
        for key, item in self.root.value if self.root else []:
            if isinstance(item, MappingNode) and item.value and not item.flow_style:
                return max(1, int(item.value[0][0].start_mark.column - key.start_mark.column))
        return 2

    def _offset(self) -> int:
        """How far a list's dashes stand to the right of its key in this file."""
        waiting: list[tuple[Node, Node]] = list(self.root.value) if self.root else []
        while waiting:
            key, item = waiting.pop(0)
            if isinstance(item, SequenceNode) and item.value and not item.flow_style:
                return max(0, int(self._column(item) - key.start_mark.column))
            waiting += item.value if isinstance(item, MappingNode) else []
        return 2

    def above_comments(self, line: int) -> int:
        """Return where the comment lines right over a line begin."""
        while line:
            previous = self._line_start(line - 1)
            comment = self.text[previous:line].lstrip().startswith("#")
            if not comment or (self.root and in_block_scalar(self.root, previous)):
                break
            line = previous
        return line

    def _line(self, node: Node) -> int:
        return int(node.start_mark.line) + 1

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, max(offset, 0)) + 1

    def _next_line(self, offset: int) -> int:
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def _at(self, place: int, body: list[str]) -> Splice:
        text = self.newline.join(body)
        alone = place == 0 or self.text[place - 1] == "\n"
        return Splice(place, place, text + self.newline if alone else self.newline + text)


def _is_in_order(names: Sequence[str]) -> bool:
    """Whether people sort these names; in many of them one may have gone astray."""
    descents = sum(one > other for one, other in pairwise(names))
    return len(names) > 2 and descents * 8 <= len(names)


def _start(node: Node) -> int:
    return int(node.start_mark.index)


def _is_empty(node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return bool(node.tag == "tag:yaml.org,2002:null")
    return not node.value


def _pairs(node: Node) -> list[tuple[Node | None, Node]]:
    return list(node.value) if isinstance(node, MappingNode) else [(None, item) for item in node.value]
