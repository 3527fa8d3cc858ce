"""Effective access: what rules let a principal do to one resource, by which of them, and in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.kafka.acl import Acl, Operation, Permission, ResourceType
from bot.kafka.matching import matches
from bot.kafka.operations import VALID, closure, ordered
from bot.words import joined

_O = Operation
_SEEING = frozenset({_O.DESCRIBE, _O.DESCRIBE_CONFIGS})
_CHANGING = frozenset({_O.CREATE, _O.DELETE, _O.ALTER, _O.ALTER_CONFIGS})


@dataclass(frozen=True, slots=True)
class Right:
    """What one principal may do to one resource.

    `hosts` are those from which alone an operation works, for each that does not work from anywhere. `rules` allow it.
    """

    operations: frozenset[Operation]
    hosts: tuple[tuple[Operation, tuple[str, ...]], ...] = ()
    rules: tuple[Acl, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.operations)

    def by_hosts(self) -> dict[tuple[str, ...], frozenset[Operation]]:
        """Return its operations by the hosts from which alone they work, those that work from anywhere first."""
        if not self.hosts:
            return {(): self.operations}
        confined = dict(self.hosts)
        found: dict[tuple[str, ...], frozenset[Operation]] = {}
        for one in self.operations:
            hosts = confined.get(one, ())
            found[hosts] = found.get(hosts, frozenset()) | {one}
        return dict(sorted(found.items()))


def right(acls: Iterable[Acl], kind: ResourceType, name: str) -> Right:
    """Return what rules come to on the resource `name`: whatever a client on some host may do; a deny beats an allow.

    https://kafka.apache.org/documentation/#security_authz
    """
    relevant = [acl for acl in acls if matches(acl.resource, kind, name)]
    allows = [acl for acl in relevant if acl.permission is Permission.ALLOW]
    denies = [acl for acl in relevant if acl.permission is Permission.DENY]
    found: dict[str, frozenset[Operation]] = {}
    # `*` stands for a host that no rule names.
    for host in sorted({acl.host for acl in relevant} | {"*"}):
        found[host] = _operations(allows, kind, host) - _denied(denies, kind, host)
    operations = frozenset().union(*found.values())
    confined = ordered(operations - found["*"])
    hosts = tuple((one, tuple(host for host, given in found.items() if one in given)) for one in confined)
    rules = tuple(acl for acl in allows if closure(acl.operations, kind) & operations)
    return Right(operations, hosts, rules)


def _operations(allows: Iterable[Acl], kind: ResourceType, host: str) -> frozenset[Operation]:
    sets = (closure(acl.operations, kind) for acl in allows if acl.host in (host, "*"))
    return frozenset().union(*sets) - {_O.ALL}


def _denied(denies: Iterable[Acl], kind: ResourceType, host: str) -> frozenset[Operation]:
    """Denying an operation denies what brings it along no less: Kafka asks for each operation by itself."""
    sets = (VALID[kind] if _O.ALL in acl.operations else acl.operations for acl in denies if acl.host in (host, "*"))
    return frozenset().union(*sets)


def in_words(operations: Iterable[Operation], kind: ResourceType) -> str:
    """Return operations in plain words: `read and write`, `everything`, `see that it is there`, else their names."""
    given = frozenset(operations) - {_O.ALL}
    if given >= VALID[kind] - {_O.ALL}:
        return "everything"
    words = [word for one, word in ((_O.READ, "read"), (_O.WRITE, "write")) if one in given]
    rest = sorted(one.value for one in given & _CHANGING)
    words += [f"change ({', '.join(rest)})"] if rest else []
    return joined(words) or ("see that it is there" if given else "nothing")


def allows(acl: Acl) -> str:
    """Return in plain words what a rule by itself lets one do, or a denial keeps one from; not from which hosts."""
    return in_words(closure(acl.operations, acl.resource.type), acl.resource.type)


def may(right: Right) -> str:
    """Return in plain words what a right to a topic comes to: `write; read, only from 10.0.0.1`.

    That somebody sees what he may read or write is not told, not even where it works from more hosts.
    """
    groups = right.by_hosts()
    telling = {hosts: given for hosts, given in groups.items() if given - _SEEING} or groups
    return "; ".join(in_words(given, ResourceType.TOPIC) + only_from(hosts) for hosts, given in telling.items())


def only_from(hosts: Iterable[str]) -> str:
    """Return the end of a sentence about what works from certain hosts alone; nothing without them."""
    named = ", ".join(hosts)
    return f", only from {named}" if named else ""
