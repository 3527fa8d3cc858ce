"""What the proof rendered -> what of Kafka each environment declares, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter

from bot.landscape.delta import Declared, Delta, Holding, delta
from bot.landscape.extract import installed
from bot.landscape.model import Installed, Origin
from bot.phalanx.templates import kind_line
from bot.proof.model import Printed
from bot.proof.objects import Rendered, split

_KAFKA = kind_line("Kafka(?:User|Topic)?")


def declared(printed: Iterable[Printed]) -> dict[str, tuple[Declared, Declared]]:
    """Return what each environment declares, before and after, where that is not the same.

    `printed` are the proofs of one pull request in the order in which its commands were carried out: where several
    rendered the same application, the first says what was and the last what will be.
    """
    first: dict[tuple[str, str], Printed] = {}
    last: dict[tuple[str, str], Printed] = {}
    for one in printed:
        first.setdefault((one.environment, one.application), one)
        last[one.environment, one.application] = one

    # Most documents are the same before and after and in several environments: each is parsed once.
    @cache
    def read(application: str, namespace: str, document: Rendered) -> Installed:
        text = f"# Source: {document.source}\n{document.text}"
        return installed(text, application, namespace, lambda _: Origin(application))

    def side(found: Iterable[tuple[Printed, tuple[Rendered, ...]]]) -> Declared:
        every = [read(one.application, one.namespace, document) for one, documents in found for document in documents]
        return Declared(
            tuple(user for one in every for user in one.users),
            tuple(topic for one in every for topic in one.topics),
            tuple(cluster for one in every for cluster in one.clusters),
        )

    kafka = cache(_kafka)
    sides: dict[str, tuple[Declared, Declared]] = {}
    for environment, places in groupby(sorted(first), itemgetter(0)):
        pairs = [(first[place], last[place]) for place in places]
        before = [(one, kafka(one.before)) for one, _ in pairs]
        after = [(one, kafka(one.after)) for _, one in pairs]
        if [documents for _, documents in before] != [documents for _, documents in after]:
            sides[environment] = side(before), side(after)
    return sides


def _kafka(text: str) -> tuple[Rendered, ...]:
    return tuple(one for one in split(text) if _KAFKA.search(one.text))


def deltas(sides: Mapping[str, tuple[Holding, Holding]]) -> dict[str, Delta]:
    """Return how each environment changes that does; those that are equal are thought through once."""
    known: dict[object, Delta] = {}
    found = {}
    for name, (before, after) in sides.items():
        key = (_essence(before), _essence(after))
        if key not in known:
            known[key] = delta(before, after)
        if known[key]:
            found[name] = known[key]
    return found


def _essence(side: Holding) -> tuple[object, ...]:
    users = ((one.cluster_key, one.principal, one.acls) for one in side.users)
    topics = ((one.cluster_key, one.topic) for one in side.topics)
    clusters = ((one.cluster_key, one.authorization, one.super_users) for one in side.clusters)
    return (*users, None, *topics, None, *clusters)
