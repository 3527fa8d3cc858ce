"""ACL entries as a KafkaUser spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType


def from_spec(entry: Mapping[str, Any]) -> Acl:
    """Read one entry of `spec.authorization.acls`; absent fields have Strimzi's defaults.

    `operation` is the singular that Strimzi 1.0 no longer serves. Raises ValueError for words that Kafka has not.
    https://strimzi.io/docs/operators/latest/configuring#type-AclRule-reference
    """
    resource = entry["resource"]
    listed = entry.get("operations") or [entry.get("operation") or "All"]
    kind = ResourceType(str(resource["type"]))
    return Acl(
        Resource(
            kind,
            str(resource.get("name") or ("kafka-cluster" if kind is ResourceType.CLUSTER else "")),
            PatternType(str(resource.get("patternType") or "literal")),
        ),
        frozenset(Operation(str(operation)) for operation in listed),
        str(entry.get("host") or "*"),
        Permission(str(entry.get("type") or "allow")),
    )
