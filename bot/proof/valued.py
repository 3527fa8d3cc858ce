"""What values make by the templates of before: the yardstick where a plan turns on, or adds to, what is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot import yaml
from bot.proof.compare import Announced, Comparison, by_identity, check_new, compare, differing, named
from bot.proof.model import ChangedValue
from bot.proof.objects import Rendered, difference

_KAFKA = ("kafka.strimzi.io/", "access.strimzi.io/")


def as_yaml(values: Iterable[ChangedValue]) -> str:
    """Return announced values as a values file, empty for none; JSON is YAML."""
    data: dict[str, Any] = {}
    for one in values:
        owner = data
        for key in one.path[:-1]:
            owner = owner.setdefault(key, {})
        owner[one.path[-1]] = one.value
    return json.dumps(data) if data else ""


def compare_valued(
    before: str, between: str, after: str, announced: Announced, values: Sequence[ChangedValue]
) -> Comparison:
    """Compare `before` with `between`, which is the same chart with the announced values, and that with `after`."""
    rest = compare(between, after, announced)
    found = differing(difference(before, after))
    try:
        made = _made(before, between, announced, values)
    except yaml.NotYaml as exc:
        return Comparison((f"what Helm printed is not YAML: {exc}",), found)
    return replace(
        rest,
        problems=(*made.problems, *rest.problems),
        differing=found,
        kafka=(*made.kafka, *rest.kafka),
        notes=made.notes,
    )


def _made(before: str, between: str, announced: Announced, values: Sequence[ChangedValue]) -> Comparison:
    """Judge what the values do: announced Kafka objects appear or go, and all else of Kafka stays; the rest is told."""
    expected = {named(one, announced.namespace): one for value in values for one in value.made}
    gone = announced.gone_identities
    step = difference(before, between)
    old, new = by_identity(step.before, announced.namespace), by_identity(step.after, announced.namespace)
    problems: list[str] = []
    kafka: list[tuple[Rendered | None, Rendered]] = []
    others: dict[str, list[str]] = {"differ": [], "appear": []}
    for identity in dict.fromkeys((*old, *new)):
        if identity not in new:
            problems += [] if identity[1:] in gone else [f"{old[identity][0]} is gone"]
        elif not identity[0].startswith(_KAFKA):
            others["differ" if identity in old else "appear"].append(f"{identity[1]} {identity[3]}")
        elif identity in old:
            problems.append(f"{new[identity][0]} changed, which nobody asked for")
        else:
            document = new[identity][0]
            problems += [f"{document} is there twice"] if len(new[identity]) > 1 else []
            problems += check_new(document, expected.pop(identity, None), step)
            kafka.append((None, document))
    problems += [f"{identity[1]} {identity[3]} does not appear" for identity in expected]
    return Comparison(tuple(problems), kafka=tuple(kafka), notes=tuple(_notes(values, others)))


def _notes(values: Sequence[ChangedValue], others: Mapping[str, Sequence[str]]) -> Iterator[str]:
    paths = " and ".join(dict.fromkeys(".".join(one.path) for one in values))
    for what, names in others.items():
        if names:
            does = what if len(names) > 1 else f"{what}s"
            yield f"{', '.join(sorted(names))} {does} by {paths}, as the templates make it"
