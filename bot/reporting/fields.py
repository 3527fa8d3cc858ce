"""Two versions of an object, field by field: workloads by container, variable, mount and volume. No Secret's values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.proof.workloads import POD_SPECS
from bot.reporting.markdown import code
from bot.words import cut

HIDDEN = "(not shown)"
_LISTS = {"env": ("variable", "name"), "volumeMounts": ("mount", "mountPath"), "volumes": ("volume", "name")}
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: where it is and what it says, as Markdown; `before` or `after` is empty where it is not there."""

    where: str
    before: str
    after: str


def workload(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Yield the fields of a workload that differ."""
    old, new = _pod(before, kind), _pod(after, kind)
    yield from _entries("volumes", old, new, "")
    for key in ("initContainers", "containers"):
        first, second = _by(old.get(key), "name"), _by(new.get(key), "name")
        for name in dict.fromkeys((*first, *second)):
            yield from _container(name, first.get(name, {}), second.get(name, {}))
    yield from _others(_without(before, kind), _without(after, kind), "")


def secret(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Yield the fields of a Secret that differ, without its values."""
    known = ("apiVersion", "kind", "type")
    rest = [{key: value for key, value in side.items() if key in known} for side in (before, after)]
    yield from _others(rest[0], rest[1], "")
    for owner in ("data", "stringData"):
        first, second = (one if isinstance(one := side.get(owner), Mapping) else {} for side in (before, after))
        for key in dict.fromkeys((*first, *second)):
            if key not in first or key not in second or first[key] != second[key]:
                yield FieldChange(
                    f"{owner} {code(str(key))}", HIDDEN if key in first else "", HIDDEN if key in second else ""
                )


def _container(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    where = f"container {code(name)}, "
    for key in ("env", "volumeMounts"):
        yield from _entries(key, before, after, where)
    known = ("env", "volumeMounts", "name")
    rest = [{key: value for key, value in one.items() if key not in known} for one in (before, after)]
    yield from _others(rest[0], rest[1], where)


def _entries(key: str, before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> Iterator[FieldChange]:
    word, name = _LISTS[key]
    first, second = _by(before.get(key), name), _by(after.get(key), name)
    for one in dict.fromkeys((*first, *second)):
        old, new = first.get(one), second.get(one)
        if old != new:
            yield FieldChange(f"{where}{word} {code(one)}", _entry(key, old), _entry(key, new))


def _entry(key: str, entry: Mapping[str, Any] | None) -> str:
    """Return what an entry says in words, where it is of a usual kind."""
    if entry is None:
        return ""
    match key, entry:
        case "env", {"name": _, "value": value, **rest} if not rest:
            return _value(value)
        case "env", {"name": _, "valueFrom": {"secretKeyRef": {"name": owner, "key": inner}}}:
            return f"from Secret {code(str(owner))}, key {code(str(inner))}"
        case "volumeMounts", {"name": volume, "mountPath": _, "subPath": inner, **rest} if not rest:
            return f"file {code(str(inner))} of volume {code(str(volume))}"
        case "volumes", {"name": _, "secret": {"secretName": owner}}:
            return f"Secret {code(str(owner))}"
        case _:
            return _value({field: one for field, one in entry.items() if field != _LISTS[key][1]})


def _others(before: Any, after: Any, where: str, path: str = "") -> Iterator[FieldChange]:  # noqa: ANN401
    """Yield all other differences by their dotted path."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _others(before.get(key), after.get(key), where, f"{path}.{key}".lstrip("."))
    else:
        yield FieldChange(f"{where}{code(path)}", *("" if one is None else _value(one) for one in (before, after)))


def _value(value: Any) -> str:  # noqa: ANN401
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return code(cut(text, _LONGEST))


def _pod(data: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found: Any = data
    for key in POD_SPECS[kind]:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _without(data: Any, kind: str) -> Any:  # noqa: ANN401
    """Return the object without what is told apart otherwise."""
    path = POD_SPECS[kind]

    def without(value: Any, depth: int) -> Any:  # noqa: ANN401
        if not isinstance(value, Mapping):
            return value
        if depth == len(path):
            apart = ("containers", "initContainers", "volumes")
            return {key: one for key, one in value.items() if key not in apart}
        return {key: without(one, depth + 1) if key == path[depth] else one for key, one in value.items()}

    return without(data, 0)


def _by(listed: Any, field: str) -> dict[str, Mapping[str, Any]]:  # noqa: ANN401
    """Return the items of a list by a field; of two with the same, both, the later one under a name of its own."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, Mapping):
            name = str(one.get(field, ""))
            number = sum(other == name or other.startswith(f"{name} (") for other in found)
            found[f"{name} ({number + 1})" if number else name] = one
    return found
