"""What Helm printed, as objects: each with the template that it comes from and the text that it had."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot import yaml

_SEPARATOR = re.compile(r"^---[ \t]*\n", re.MULTILINE)
_SOURCES = re.compile(r"^# Source: (\S+)$", re.MULTILINE)
_SOURCE = re.compile(r"\A# Source: (\S+)\n")


@dataclass(frozen=True)
class Rendered:
    """One document of Helm's output: `source` is the template as Helm names it, `text` what it printed."""

    source: str
    text: str

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The object; raises NotYaml. Of two equal keys both are kept, as `key` and `key#2`."""
        data = yaml.load_every_key(self.text)
        return data if isinstance(data, dict) else {}

    @cached_property
    def applied(self) -> Mapping[str, Any]:
        """The object as Kubernetes takes it: the later of two equal keys wins; raises NotYaml."""
        data = yaml.load(self.text)
        return data if isinstance(data, dict) else {}

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.data.get("kind", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The object's metadata; empty where it has none."""
        found = self.data.get("metadata")
        return found if isinstance(found, dict) else {}

    def identity(self, namespace: str) -> tuple[str, str, str, str]:
        """What tells objects apart; one without a namespace goes to `namespace`, that of its Application."""
        named = str(self.metadata.get("namespace") or namespace)
        return str(self.data.get("apiVersion", "")), self.kind, named, str(self.metadata.get("name", ""))

    def __str__(self) -> str:
        return f"{self.kind} {self.metadata.get('name')} ({self.source.partition('/')[2]})"


def split(text: str) -> Iterator[Rendered]:
    """Yield the documents of Helm's output; documents of comments alone are none."""
    for body in _SEPARATOR.split(text):
        source = _SOURCE.match(body)
        rest = body[source.end() :] if source else body
        if re.search(r"^[^#\s]", rest, re.MULTILINE):
            yield Rendered(source.group(1) if source else "", rest.rstrip("\n") + "\n")


def printed(text: str) -> frozenset[str]:
    """Return the templates that printed anything, as Helm names them."""
    return frozenset(_SOURCES.findall(text))


@dataclass(frozen=True, slots=True)
class Difference:
    """Documents whose text differs, before and after, and all of those that are the same."""

    before: tuple[Rendered, ...]
    after: tuple[Rendered, ...]
    same: tuple[Rendered, ...]


def difference(before: str, after: str) -> Difference:
    """Tell the documents of two outputs apart by their text, so that only what differs has to be parsed."""
    old, new = list(split(before)), list(split(after))
    common = Counter(map(_key, old)) & Counter(map(_key, new))
    same = tuple(document for document in new if common[_key(document)])
    return Difference(tuple(_without(old, common)), tuple(_without(new, common)), same)


def _key(document: Rendered) -> tuple[str, str]:
    return document.source, document.text


def _without(documents: list[Rendered], common: Counter[tuple[str, str]]) -> Iterator[Rendered]:
    left = common.copy()
    for document in documents:
        if left[_key(document)]:
            left[_key(document)] -= 1
        else:
            yield document
