"""What the proof rendered -> the KafkaUsers and KafkaTopics of each environment, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from bot.landscape.delta import Declared, Delta, delta
from bot.landscape.extract import installed
from bot.landscape.model import Origin
from bot.proof.model import Printed
from bot.proof.objects import split

_KAFKA = re.compile(r"^[\"']?kind[\"']?\s*:\s*[\"']?Kafka(?:User|Topic)\b", re.MULTILINE)


def declared(printed: Iterable[Printed]) -> dict[str, tuple[Declared, Declared]]:
    """Return what each environment declares, before and after.

    `printed` are the proofs of one pull request in the order in which its commands were carried out: where several
    rendered the same application, the first says what was and the last what will be.
    """
    first: dict[tuple[str, str], Printed] = {}
    last: dict[tuple[str, str], Printed] = {}
    for one in printed:
        first.setdefault((one.environment, one.application), one)
        last[one.environment, one.application] = one

    @cache
    def read(application: str, namespace: str, documents: str) -> Declared:
        found = installed(documents, application, namespace, lambda _: Origin(application))
        return Declared(found.users, found.topics)

    @cache
    def kafka(text: str) -> str:
        found = (one for one in split(text) if _KAFKA.search(one.text))
        return "".join(f"---\n# Source: {one.source}\n{one.text}" for one in found)

    sides: dict[str, tuple[Declared, Declared]] = {}
    for place in sorted(first):
        old, new = first[place], last[place]
        before = read(old.application, old.namespace, kafka(old.before))
        after = read(new.application, new.namespace, kafka(new.after))
        known = sides.get(old.environment, (Declared(), Declared()))
        sides[old.environment] = _joined(known[0], before), _joined(known[1], after)
    return sides


def deltas(sides: Mapping[str, tuple[Declared, Declared]]) -> dict[str, Delta]:
    """Return how each environment changes; those that are equal are thought through once."""
    known: dict[object, Delta] = {}
    found = {}
    for name, (before, after) in sides.items():
        key = (_essence(before), _essence(after))
        if key not in known:
            known[key] = delta(before, after)
        found[name] = known[key]
    return found


def _joined(one: Declared, other: Declared) -> Declared:
    return Declared((*one.users, *other.users), (*one.topics, *other.topics))


def _essence(side: Declared) -> tuple[object, ...]:
    users = ((one.cluster, one.principal, one.acls) for one in side.users)
    return (*users, None, *((one.cluster, one.topic) for one in side.topics))
