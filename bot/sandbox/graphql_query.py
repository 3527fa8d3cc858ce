"""Reads GraphQL documents: operations, fields, aliases, arguments, variables; no fragments, which nobody sends here.

https://spec.graphql.org/October2021/#sec-Document-Syntax
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'[\s,]+|#[^\n]*|("(?:\\.|[^"\\])*"|\$?\w+|-?\d+|[{}()\[\]:!=@]|\.\.\.)')


class NotGraphQL(Exception):
    """The document cannot be read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field that is asked for; `alias` is its name in the answer."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    fields: tuple[Field, ...]


@dataclass(slots=True)
class _Reader:
    tokens: list[str]
    variables: Mapping[str, Any]
    place: int = field(default=0)

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            message = f"Expected {expected or 'more'}, got {token or 'the end'}"
            raise NotGraphQL(message)
        self.place += 1
        return token

    def fields(self) -> tuple[Field, ...]:
        self.take("{")
        found = []
        while self.peek() != "}":
            alias = name = self.take()
            if self.peek() == ":":
                self.take()
                name = self.take()
            arguments = self.mapping("(", ")") if self.peek() == "(" else {}
            found.append(Field(name, alias, arguments, self.fields() if self.peek() == "{" else ()))
        self.take("}")
        return tuple(found)

    def mapping(self, first: str, last: str) -> dict[str, Any]:
        self.take(first)
        found = {}
        while self.peek() != last:
            name = self.take()
            self.take(":")
            found[name] = self.value()
        self.take(last)
        return found

    def value(self) -> Any:  # noqa: ANN401 JSON is
        first = self.peek()
        if first == "{":
            return self.mapping("{", "}")
        if first == "[":
            self.take()
            found = []
            while self.peek() != "]":
                found.append(self.value())
            self.take()
            return found
        self.take()
        if first.startswith("$"):
            return self.variables.get(first[1:])
        try:
            return json.loads(first)  # strings, numbers, true, false, null; names of enums are neither
        except json.JSONDecodeError:
            return first


def parse(document: str, variables: Mapping[str, Any]) -> tuple[str, tuple[Field, ...]]:
    """Return the kind of the operation (`query`, `mutation`) and its fields; raises NotGraphQL."""
    tokens = []
    place = 0
    while place < len(document):
        found = _TOKEN.match(document, place)
        if found is None:
            message = f"Syntax error at character {place}"
            raise NotGraphQL(message)
        place = found.end()
        if found[1]:
            tokens.append(found[1])
    reader = _Reader(tokens, variables)
    kind = "query"
    if reader.peek() != "{":
        kind = reader.take()
        while reader.peek() not in {"{", ""}:  # a name, and the types of variables
            reader.take()
    return kind, reader.fields()
