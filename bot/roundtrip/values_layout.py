"""Where the keys and items of a values file begin and end in its text."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.roundtrip.nodes import ALIAS, at, first_dash, in_block_scalar
from bot.roundtrip.template import end, start


class Layout:
    """A values file's text and its mapping, None where the file holds nothing."""

    def __init__(self, text: str, root: MappingNode | None) -> None:
        self.text = text
        self.root = root

    def find(self, path: Sequence[str]) -> tuple[Node | None, Node | None]:
        """Return the key and the value at a path, None where a file does not have it."""
        return at(self.root, path)

    def lines_of(self, owner: MappingNode, number: int) -> tuple[int, int]:
        """Return where the lines of a mapping's pair begin and end."""
        key, item = owner.value[number]
        return self.line_start(start(key)), self.next_line(self._pair_end(key, item))

    def lines_of_item(self, owner: SequenceNode, number: int) -> tuple[int, int]:
        """Return where the lines of a block list's item begin and end."""
        item = owner.value[number]
        return self.line_start(start(item)), self.next_line(self._own_end(item))

    def column(self, node: Node) -> int:
        """Return the column of a block collection's entries."""
        if isinstance(node, MappingNode):
            return int(node.value[0][0].start_mark.column)
        dash = first_dash(self.text, node)
        return dash - self.line_start(dash)

    def end(self, node: Node) -> int:
        """Return the start of the first line after a block collection."""
        return self.next_line(self._last_leaf(node))

    def stands_alone(self, key: Node) -> bool:
        """Whether nothing but blanks stands before a key on its line."""
        return not self.text[self.line_start(start(key)) : start(key)].strip()

    def blank_between(self, node: MappingNode) -> bool:
        """Whether the pairs of a mapping are set apart by blank lines; at the top of a file, when in doubt, yes."""
        gaps = [
            not self.text[self.line_start(self.above_comments(line) - 1) : self.above_comments(line)].strip()
            for key, _ in node.value[1:]
            if (line := self.line_start(start(key))) > 0
        ]
        return sum(gaps) * 2 > len(gaps) if gaps else node is self.root

    def step(self) -> int:
        """Return how far a nested mapping is indented in this file."""
        for key, item in self.root.value if self.root else []:
            if isinstance(item, MappingNode) and item.value and not item.flow_style:
                return max(1, int(item.value[0][0].start_mark.column - key.start_mark.column))
        return 2

    def offset(self) -> int:
        """Return how far a list's dashes stand to the right of its key in this file."""
        waiting: list[tuple[Node, Node]] = list(self.root.value) if self.root else []
        while waiting:
            key, item = waiting.pop(0)
            if isinstance(item, SequenceNode) and item.value and not item.flow_style:
                return max(0, int(self.column(item) - key.start_mark.column))
            waiting += item.value if isinstance(item, MappingNode) else []
        return 2

    def above_comments(self, line: int) -> int:
        """Return where the comment lines right over a line begin."""
        while line:
            previous = self.line_start(line - 1)
            comment = self.text[previous:line].lstrip().startswith("#")
            if not comment or (self.root and in_block_scalar(self.root, previous)):
                break
            line = previous
        return line

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return self.text.rfind("\n", 0, max(offset, 0)) + 1

    def next_line(self, offset: int) -> int:
        """Return where the line after an offset's begins; the text's length where there is none."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def _last_leaf(self, node: Node) -> int:
        if isinstance(node, MappingNode):
            return max(self._pair_end(key, item) for key, item in node.value)
        return max(max(start(item), self._own_end(item)) for item in node.value)

    def _pair_end(self, key: Node, item: Node) -> int:
        after = self.text.index(":", end(key)) + 1
        alias = ALIAS.match(self.text, after)
        if alias:
            return alias.end()
        return max(after, self._own_end(item)) if start(item) >= after else after

    def _own_end(self, node: Node) -> int:
        if isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style and node.value:
            return self._last_leaf(node)
        first, last = start(node), end(node)
        if isinstance(node, ScalarNode) and node.style in {"|", ">"} and "+" in self.text[first : first + 3]:
            return last - 1  # it owns the blank lines below it
        return first + len(self.text[first:last].rstrip()) if last > first else 0
