"""A Helm template read as YAML: documents and nodes whose positions are those of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.roundtrip.directives import Block, Context, Directive, Directives, UnreadableTemplate
from bot.roundtrip.mask import mask
from bot.yaml import Reader, load

_LISTS = re.compile(r"^\s*(?:- )?[\"']?(env|volumeMounts|volumes|containers)[\"']?:", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """One YAML document of a template, from `start` to `end`; texts are as written, directives included."""

    index: int
    node: MappingNode
    start: int
    end: int
    kind: str | None
    api_version: str
    name: str


class Template:
    """A template's text, its directives and its documents; raises UnreadableTemplate where there is no reading it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.directives = Directives(text)
        self.masked, self._nodes = _compose(text, self.directives)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The documents that are mappings, in order."""
        starts = [start(node) for node in self._nodes]
        found: list[Document] = []
        for number, node in enumerate(self._nodes):
            if isinstance(node, MappingNode):
                last = starts[number + 1] if number + 1 < len(starts) else len(self.text)
                metadata = value(node, "metadata")
                name = value(metadata, "name") if isinstance(metadata, MappingNode) else None
                kind = self.scalar(value(node, "kind"))
                api_version = self.scalar(value(node, "apiVersion")) or ""
                found.append(
                    Document(len(found), node, starts[number], last, kind, api_version, self.scalar(name) or "")
                )
        return tuple(found)

    @property
    def lists(self) -> tuple[SequenceNode, ...]:
        """The documents that are lists, in order."""
        return tuple(node for node in self._nodes if isinstance(node, SequenceNode))

    @property
    def newline(self) -> str:
        """The file's line end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def context(self, offset: int) -> Context:
        """Return the control blocks round an offset."""
        return self.directives.context(offset)

    def conditions(self, document: Document) -> tuple[str, ...]:
        """Return what the directives round a document ask for; see `conditions_at`."""
        return self.conditions_at(document.start)

    def conditions_at(self, offset: int) -> tuple[str, ...]:
        """Return what the directives round an offset ask for: `if` bodies bare, other blocks and branches whole."""
        found = []
        for number, branch in self.context(offset):
            opening = self.directives.blocks[number].branches[branch]
            found.append(opening.body.removeprefix("if ").strip() if branch == 0 else opening.body)
        return tuple(found)

    def block(self, number: int) -> Block:
        """Return the block that a context names."""
        return self.directives.blocks[number]

    def line(self, offset: int) -> int:
        """Return the number of the line that holds an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def next_line(self, offset: int) -> int:
        """Return where the line after an offset's begins; the text's length where there is none."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def scalar(self, node: Node | None) -> str | None:
        """Return a scalar as written, without its quotes; None for anything else."""
        if not isinstance(node, ScalarNode):
            return None
        raw = self.text[start(node) : end(node)]
        if "{{" not in raw:
            return str(node.value)
        return raw[1:-1] if node.style in {'"', "'"} else raw.strip()

    def data(self, document: Document) -> Any:  # noqa: ANN401 - YAML is what it is
        """Return a document as plain data: every scalar as its text, directives as written; later keys win."""
        return self.plain(document.node)

    def plain(self, node: Node) -> Any:  # noqa: ANN401
        """Return a node as plain data; see `data`."""
        if isinstance(node, MappingNode):
            return {self.scalar(key) or "": self.plain(item) for key, item in node.value}
        if isinstance(node, SequenceNode):
            return [self.plain(item) for item in node.value]
        return self.scalar(node)

    def typed(self, node: Node) -> Any:  # noqa: ANN401
        """Return a node as readers of YAML take it, numbers and truth values among them; directives as written."""
        if isinstance(node, MappingNode):
            return {self.scalar(key) or "": self.typed(item) for key, item in node.value}
        if isinstance(node, SequenceNode):
            return [self.typed(item) for item in node.value]
        text = self.scalar(node) or ""
        written = isinstance(node, ScalarNode) and node.style in {'"', "'", "|", ">"}
        return text if written or "{{" in text else load(text)


def start(node: Node) -> int:
    """Return where a node begins (its anchor, where it has one)."""
    return int(node.start_mark.index)


def end(node: Node) -> int:
    """Return where a scalar or a flow collection ends; for a block collection that is the next token."""
    return int(node.end_mark.index)


def value(node: Node | None, key: str) -> Node | None:
    """Return the value of the last pair with this key, as YAML readers that accept double keys do."""
    found = [item for name, item in node.value if name.value == key] if isinstance(node, MappingNode) else []
    return found[-1] if found else None


def _compose(text: str, directives: Directives) -> tuple[str, list[Node]]:
    """Mask and compose; where that is not YAML, blank what the innermost block at the error holds, and try again."""
    masked = mask(text, directives)
    for _ in range(1 + len(directives.blocks)):
        try:
            nodes = Reader().compose_all(masked)
            return masked, [node for node in nodes if node is not None]
        except MarkedYAMLError as exc:
            at = min(exc.problem_mark.index, len(text) - 1) if exc.problem_mark is not None else 0
            masked = _blanked(text, masked, directives, at, str(exc.problem or exc.context))
        except YAMLError as exc:
            raise UnreadableTemplate(1, f"not YAML even without its directives: {exc}") from exc
    raise UnreadableTemplate(1, "not YAML even without its directives")


def _blanked(text: str, masked: str, directives: Directives, at: int, problem: str) -> str:
    line = text.count("\n", 0, at) + 1
    for context in (directives.context(at), directives.context(text.rfind("\n", 0, at))):
        if context:
            block = directives.blocks[context[-1][0]]
            body = masked[block.opening.end : block.end.start]
            if _LISTS.search(body):
                raise UnreadableTemplate(line, f"not YAML even without its directives ({problem})")
            blank = re.sub(r"[^\r\n]", " ", body)
            if blank != body:
                return masked[: block.opening.end] + blank + masked[block.end.start :]
    raise UnreadableTemplate(line, f"not YAML even without its directives ({problem})")


__all__ = ["Directive", "Document", "Template", "UnreadableTemplate", "end", "start", "value"]
