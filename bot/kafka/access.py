"""Effective access: what rules let a principal do to one resource, by which of them, and in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.kafka.acl import Acl, Operation, Permission, ResourceType
from bot.kafka.matching import matches
from bot.kafka.operations import VALID, closure

_O = Operation
_CHANGING = frozenset({_O.CREATE, _O.DELETE, _O.ALTER, _O.ALTER_CONFIGS})


@dataclass(frozen=True, slots=True)
class Right:
    """What one principal may do to one resource.

    `hosts` are those to which all of it is confined, empty where some of it works from anywhere. `rules` allow it.
    """

    operations: frozenset[Operation]
    hosts: tuple[str, ...] = ()
    rules: tuple[Acl, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.operations)


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
        may = _operations(allows, kind, host) - _denied(denies, kind, host)
        if may:
            found[host] = may
    operations = frozenset().union(*found.values())
    rules = tuple(acl for acl in allows if closure(acl.operations, kind) & operations)
    return Right(operations, () if "*" in found else tuple(found), rules)


def _operations(allows: Iterable[Acl], kind: ResourceType, host: str) -> frozenset[Operation]:
    sets = (closure(acl.operations, kind) for acl in allows if acl.host in (host, "*"))
    return frozenset().union(*sets) - {_O.ALL}


def _denied(denies: Iterable[Acl], kind: ResourceType, host: str) -> frozenset[Operation]:
    """Denying an operation denies what brings it along no less: Kafka asks for each operation by itself."""
    sets = (VALID[kind] if _O.ALL in acl.operations else acl.operations for acl in denies if acl.host in (host, "*"))
    return frozenset().union(*sets)


def plain(operations: Iterable[Operation], kind: ResourceType) -> str:
    """Return operations in plain words: `read and write`, `everything`, `see that it is there`, else their names."""
    given = frozenset(operations) - {_O.ALL}
    if given >= VALID[kind] - {_O.ALL}:
        return "everything"
    words = [word for one, word in ((_O.READ, "read"), (_O.WRITE, "write")) if one in given]
    rest = sorted(one.value for one in given & _CHANGING)
    words += [f"change ({', '.join(rest)})"] if rest else []
    if not words:
        return "see that it is there" if given else "nothing"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
