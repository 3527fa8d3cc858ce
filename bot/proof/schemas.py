"""Kafka objects against their CustomResourceDefinitions: those of the checkout, else those that the rules bring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from bot import yaml
from bot.checkout.files import Files
from bot.proof.objects import Rendered

Schema = Mapping[str, Any]


class Schemas:
    """Finds the schema of a kind once; `fallback` are schemas of whole objects by kind."""

    def __init__(self, files: Files, fallback: Mapping[str, Schema]) -> None:
        self._files = files
        self._fallback = fallback
        self._validators: dict[tuple[str, str], Draft202012Validator | None] = {}

    def problems(self, document: Rendered) -> Iterator[str]:
        """Yield a sentence for everything in an object that its API would refuse or silently drop."""
        return (f"{document}: {text}" for text in self.refused(document.data))

    def refused(self, data: Mapping[str, Any]) -> Iterator[str]:
        """Yield the same sentences about an object that says by itself what it is, without its name."""
        kind, version = str(data.get("kind", "")), str(data.get("apiVersion", ""))
        if (kind, version) not in self._validators:
            schema = self._from_checkout(kind, version) or self._fallback.get(kind)
            closed = None if schema is None else Draft202012Validator(_closed(schema))
            self._validators[kind, version] = closed
        validator = self._validators[kind, version]
        if validator is None:
            yield f"nobody here knows what a {kind} of {version} may hold"
            return
        for error in validator.iter_errors(data):
            place = ".".join(map(str, error.absolute_path))
            yield f"{place or 'the object'}: {error.message}"

    def _from_checkout(self, kind: str, version: str) -> Schema | None:
        wanted = re.compile(rf"^\s+kind: [\"']?{re.escape(kind)}\b", re.MULTILINE)
        for application in self._files.names("applications"):
            for path in self._files.below(f"applications/{application}/crds", ".yaml", ".yml"):
                text = self._files.text(path) or ""
                if not wanted.search(text):
                    continue
                for document in re.split(r"^---\s*$", text, flags=re.MULTILINE):
                    found = _schema(yaml.load(document), kind, version)
                    if found is not None:
                        return found
        return None


def _schema(crd: object, kind: str, version: str) -> Schema | None:
    if not isinstance(crd, dict) or crd.get("kind") != "CustomResourceDefinition":
        return None
    spec = crd.get("spec", {})
    if spec.get("names", {}).get("kind") != kind:
        return None
    for one in spec.get("versions") or ():
        if f"{spec.get('group')}/{one.get('name')}" == version:
            schema = one.get("schema", {}).get("openAPIV3Schema")
            return schema if isinstance(schema, dict) else None
    return None


def _closed(schema: Any, depth: int = 0) -> Any:  # noqa: ANN401 - a schema is any JSON
    """Forbid unknown fields: the API server drops them without a word, which is never what was meant.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
    """
    if isinstance(schema, list):
        return [_closed(item, depth + 1) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _closed(item, depth + 1) for key, item in schema.items() if key not in ("enum", "default")}
    closed |= {key: schema[key] for key in ("enum", "default") if key in schema}
    properties = schema.get("properties")
    free = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(properties, Mapping) and depth == 0:
        # The API server knows these without being told, and metadata by its own schema.
        known = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
        closed["properties"] = {**closed["properties"], **known}
    if isinstance(properties, Mapping) and not free and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed
