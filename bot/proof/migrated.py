"""Kafka objects that go to another version of their API, and may differ by nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.kafka.acl import Acl
from bot.kafka.spec import from_spec
from bot.phalanx.strimzi import GROUP, NEWEST
from bot.proof.objects import Difference, Rendered

KINDS = frozenset({"KafkaUser", "KafkaTopic"})

Moved = tuple[Rendered, Rendered]


def apart(found: Difference, sources: Collection[str], namespace: str) -> tuple[Difference, list[Moved], list[str]]:
    """Take the objects that templates of these printed names move to the newest version out of a difference.

    Returns what is left of it, the objects before and after, and a sentence for each that is not there on both sides.
    """
    old, new = (_of(side, sources) for side in (found.before, found.after))
    rest = Difference(_without(found.before, old), _without(found.after, new), found.same)
    before, after = (_named(side, namespace) for side in (old, new))
    pairs = [pair for name in before for pair in zip(before[name], after.get(name, ()), strict=False)]
    matched = {id(one) for pair in pairs for one in pair}
    problems = [f"{one} is gone" for one in old if id(one) not in matched]
    problems += [f"{one} appears, which nobody asked for" for one in new if id(one) not in matched]
    left = [one for one in _of(found.same, sources) if _is_old(one)]
    return rest, pairs, [*problems, *(f"{one} is of {one.data['apiVersion']} still" for one in left)]


def differences(before: Rendered, after: Rendered) -> Iterator[str]:
    """Yield what differs between two objects besides the version and how operations are listed."""
    if not _is_old(before) or after.data.get("apiVersion") != NEWEST:
        yield f"is of {after.data.get('apiVersion')}, and was of {before.data.get('apiVersion')}"
    if _modern(before.data) != after.data:
        yield "differs in more than its version and how operations are listed"
    try:
        same = _acls(before) == _acls(after)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        yield f"has rules that Kafka has not ({exc})"
        return
    if not same:
        yield "does not allow what it did"


def _of(documents: Sequence[Rendered], sources: Collection[str]) -> list[Rendered]:
    return [one for one in documents if one.source in sources and one.kind in KINDS]


def _without(documents: Sequence[Rendered], some: Sequence[Rendered]) -> tuple[Rendered, ...]:
    taken = set(map(id, some))
    return tuple(one for one in documents if id(one) not in taken)


def _named(documents: Sequence[Rendered], namespace: str) -> dict[tuple[str, ...], list[Rendered]]:
    found: dict[tuple[str, ...], list[Rendered]] = {}
    for one in documents:
        found.setdefault(one.identity(namespace)[1:], []).append(one)
    return found


def _is_old(document: Rendered) -> bool:
    version = str(document.data.get("apiVersion"))
    return version.startswith(f"{GROUP}/") and version != NEWEST


def _entries(data: Mapping[str, Any]) -> Sequence[Any]:
    spec = data.get("spec")
    authorization = spec.get("authorization") if isinstance(spec, Mapping) else None
    entries = authorization.get("acls") if isinstance(authorization, Mapping) else None
    return entries if isinstance(entries, list) else ()


def _modern(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object as the newest version spells it.

    https://strimzi.io/blog/2025/11/13/strimzi-v1-api/ (of these kinds, only `operation` is gone)
    """
    new = {**data, "apiVersion": NEWEST}
    entries = [_plural(entry) for entry in _entries(data)]
    if entries:
        spec = data["spec"]
        new["spec"] = {**spec, "authorization": {**spec["authorization"], "acls": entries}}
    return new


def _plural(entry: object) -> object:
    if not isinstance(entry, Mapping) or "operation" not in entry or "operations" in entry:
        return entry
    return {**{key: item for key, item in entry.items() if key != "operation"}, "operations": [entry["operation"]]}


def _acls(document: Rendered) -> list[Acl]:
    return [from_spec(entry) for entry in _entries(document.data)]
