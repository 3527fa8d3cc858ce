"""The KafkaUsers, KafkaTopics and KafkaAccesses that templates spell out, with the file each comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import CollectionNode, Node, SequenceNode

from bot.checkout.files import Files
from bot.errors import UserError
from bot.kafka.acl import Acl, Permission
from bot.kafka.names import EXPIRES
from bot.kafka.spec import from_spec
from bot.phalanx.charts import Chart, Dependency, chart, enabled, value_at
from bot.phalanx.names import is_static, resolved
from bot.phalanx.templates import kind_line, template
from bot.roundtrip.template import Document, Template, start, value

KINDS = ("KafkaUser", "KafkaTopic", "KafkaAccess")
_KAFKA = kind_line("|".join(KINDS))
_CONDITION = re.compile(r"\$?\.Values\.([\w.-]+)")


class OddRules(UserError):
    """A KafkaUser whose rules Kafka would not take."""

    def __init__(self, name: str, file: str) -> None:
        super().__init__(
            f"KafkaUser {name} ({file}) has a rule that Kafka does not know", "mend it on the main branch first"
        )


@dataclass(frozen=True, slots=True)
class KafkaDocument:
    """One document of a template. `name` holds directives where the chart makes the name up; `data` likewise."""

    kind: str
    name: str
    file: str
    chart: Chart
    dependency: Dependency | None
    """The subchart of `application` that holds it, or None for the application's own templates."""
    template: Template
    document: Document
    data: Mapping[str, Any]

    @property
    def guards(self) -> tuple[str, ...]:
        """The dotted values that a plain `if` round the document asks for; other conditions are `?`."""
        found = []
        for body in self.template.conditions(self.document):
            match = _CONDITION.fullmatch(body.strip())
            found.append(match.group(1) if match else "?")
        return tuple(found)

    @property
    def expires(self) -> str:
        """The last day of a KafkaUser's access as it is written, empty where it has none."""
        metadata = self.data.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
        return str(annotations.get(EXPIRES) or "") if isinstance(annotations, Mapping) else ""

    def acls(self) -> tuple[Acl, ...]:
        """Return a KafkaUser's rules as far as they are spelled out; raises OddRules for what Kafka has not."""
        return tuple(acl for acl, _ in self._rules())

    def certain_acls(self) -> tuple[Acl, ...]:
        """Return the same, but for what is allowed only under a condition or in a loop inside the document."""
        return tuple(acl for acl, certain in self._rules() if certain or acl.permission is Permission.DENY)

    def _rules(self) -> Iterator[tuple[Acl, bool]]:
        try:
            for _, entry, certain in rules_of(self.template, self.document):
                yield from_spec(entry), certain
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise OddRules(self.name, self.file) from exc


def rules_of(template: Template, document: Document) -> Iterator[tuple[int, Mapping[str, Any], bool]]:
    """Yield a KafkaUser's rules with their position, and whether each holds wherever the document is rendered."""
    node = value(value(value(document.node, "spec"), "authorization"), "acls")
    around = template.context(start(document.node))
    for number, item in enumerate(node.value if isinstance(node, SequenceNode) else ()):
        entry = template.plain(item)
        if isinstance(entry, Mapping) and "resource" in entry:
            yield number, entry, all(template.context(start(one)) == around for one in _below(item))


def _below(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    yield node
    for one in node.value if isinstance(node, CollectionNode) else ():
        for inner in one if isinstance(one, tuple) else (one,):
            yield from _below(inner)


def documents(files: Files, application: str, *kinds: str) -> Iterator[KafkaDocument]:
    """Yield the documents of these kinds in an application's own templates and in those of its local subcharts."""
    found = files.once(("kafka", application), lambda: tuple(_documents(files, application)))
    return (document for document in found if document.kind in kinds)


def _documents(files: Files, application: str) -> Iterator[KafkaDocument]:
    top = chart(files, f"applications/{application}")
    if top is None:
        return
    yield from _in_chart(files, top, None)
    seen = set()
    for dependency in top.dependencies:
        if dependency.path is not None and dependency.path not in seen:
            seen.add(dependency.path)
            inner = chart(files, dependency.path)
            if inner is not None:
                yield from _in_chart(files, inner, dependency)


def _in_chart(files: Files, owner: Chart, dependency: Dependency | None) -> Iterator[KafkaDocument]:
    for path in files.below(f"{owner.path}/templates", ".yaml", ".yml", ".tpl"):
        text = files.text(path) or ""
        if not _KAFKA.search(text):
            continue
        read = template(files, path)
        for document in read.documents:
            if document.kind in KINDS:
                name = resolved(document.name, owner.name)
                yield KafkaDocument(document.kind, name, path, owner, dependency, read, document, read.data(document))


def rendered_in(
    files: Files, application: str, document: KafkaDocument, environments: frozenset[str]
) -> frozenset[str]:
    """Return in which of the environments that enable the application a document is rendered.

    A condition that is not a plain value counts as off: nobody can build on it.
    """
    parent = f"applications/{application}"
    return frozenset(
        environment
        for environment in environments
        if (document.dependency is None or enabled(files, parent, document.dependency, environment))
        and all(is_on(files, application, document, guard, environment) for guard in document.guards)
    )


def is_on(files: Files, application: str, document: KafkaDocument, guard: str, environment: str) -> bool:
    """Whether a guard of a document is on in an environment of the application."""
    return guard != "?" and bool(value_of(files, application, document, guard, environment))


def value_of(files: Files, application: str, document: KafkaDocument, dotted: str, environment: str) -> Any:  # noqa: ANN401
    """Return what a document's template reads as `.Values` and a dotted path, or None where that is not set."""
    alias = document.dependency.alias if document.dependency else ""
    value = value_at(files, f"applications/{application}", f"{alias}.{dotted}" if alias else dotted, environment)
    return value_at(files, document.chart.path, dotted, environment) if value is None and alias else value


def static_name(document: KafkaDocument) -> str | None:
    """Return the object's name, or None where only rendering can tell it."""
    return document.name if document.name and is_static(document.name) else None
