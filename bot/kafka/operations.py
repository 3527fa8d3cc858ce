"""Which operations a resource can have, and which others each of them brings along.

Kafka accepts senseless pairs silently and then never matches them, so nobody else checks this.
https://github.com/apache/kafka/blob/trunk/core/src/main/scala/kafka/security/authorizer/AclEntry.scala
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.kafka.acl import Operation, ResourceType

_O = Operation
VALID: dict[ResourceType, frozenset[Operation]] = {
    ResourceType.TOPIC: frozenset(
        {_O.READ, _O.WRITE, _O.CREATE, _O.DESCRIBE, _O.DELETE, _O.ALTER, _O.DESCRIBE_CONFIGS, _O.ALTER_CONFIGS, _O.ALL}
    ),
    ResourceType.GROUP: frozenset({_O.READ, _O.DESCRIBE, _O.DELETE, _O.DESCRIBE_CONFIGS, _O.ALTER_CONFIGS, _O.ALL}),
    ResourceType.CLUSTER: frozenset(
        {
            _O.CREATE,
            _O.CLUSTER_ACTION,
            _O.DESCRIBE_CONFIGS,
            _O.ALTER_CONFIGS,
            _O.IDEMPOTENT_WRITE,
            _O.ALTER,
            _O.DESCRIBE,
            _O.ALL,
        }
    ),
    ResourceType.TRANSACTIONAL_ID: frozenset({_O.DESCRIBE, _O.WRITE, _O.ALL}),
}
_IMPLIED = {
    _O.READ: {_O.DESCRIBE},
    _O.WRITE: {_O.DESCRIBE},
    _O.DELETE: {_O.DESCRIBE},
    _O.ALTER: {_O.DESCRIBE},
    _O.ALTER_CONFIGS: {_O.DESCRIBE_CONFIGS},
}
"""Allowing the first allows the others; denying it denies nothing else. `AuthorizerData.java` in Kafka."""

_ORDER = {operation: number for number, operation in enumerate(Operation)}


def closure(operations: Iterable[Operation], kind: ResourceType) -> frozenset[Operation]:
    """Return all operations that allowing these allows on a resource of this type."""
    found: set[Operation] = set()
    for operation in operations:
        found |= VALID[kind] if operation is Operation.ALL else {operation, *_IMPLIED.get(operation, ())}
    return frozenset(found)


def ordered(operations: Iterable[Operation]) -> list[Operation]:
    """Return operations in the order in which people list them."""
    return sorted(operations, key=_ORDER.__getitem__)


def names_of(operations: Iterable[Operation]) -> list[str]:
    """Return Kafka's names of operations in that order."""
    return [one.value for one in ordered(operations)]
