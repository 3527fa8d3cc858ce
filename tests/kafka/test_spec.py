from __future__ import annotations

from typing import Any

import pytest

from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.kafka.spec import from_spec

READ = frozenset({Operation.READ})
ALL = frozenset({Operation.ALL})

SPECS: dict[str, tuple[dict[str, Any], Acl]] = {
    "all that can be said": (
        {
            "type": "deny",
            "resource": {"type": "topic", "name": "a.", "patternType": "prefix"},
            "operations": ["Read", "Describe", "Read"],
            "host": "h",
        },
        Acl(
            Resource(ResourceType.TOPIC, "a.", PatternType.PREFIX),
            frozenset({Operation.READ, Operation.DESCRIBE}),
            "h",
            Permission.DENY,
        ),
    ),
    "as little as can be said": (
        {"resource": {"type": "group", "name": "a"}},
        Acl(Resource(ResourceType.GROUP, "a"), ALL),
    ),
    "the singular": (
        {"resource": {"type": "topic", "name": "a"}, "operation": "Read"},
        Acl(Resource(ResourceType.TOPIC, "a"), READ),
    ),
    "the plural first": (
        {"resource": {"type": "topic", "name": "a"}, "operation": "Write", "operations": ["Read"]},
        Acl(Resource(ResourceType.TOPIC, "a"), READ),
    ),
    "a cluster has no name": (
        {"resource": {"type": "cluster"}, "operations": ["IdempotentWrite"]},
        Acl(Resource(ResourceType.CLUSTER, "kafka-cluster"), frozenset({Operation.IDEMPOTENT_WRITE})),
    ),
    "a transactional id": (
        {"resource": {"type": "transactionalId", "name": "*"}, "operations": ["All"], "host": None, "type": None},
        Acl(Resource(ResourceType.TRANSACTIONAL_ID, "*"), ALL),
    ),
    "a number for a name": (
        {"resource": {"type": "topic", "name": 7, "patternType": "literal"}, "operations": ["Read"]},
        Acl(Resource(ResourceType.TOPIC, "7"), READ),
    ),
}


@pytest.mark.parametrize(("entry", "expected"), SPECS.values(), ids=SPECS)
def test_from_spec(entry: dict[str, Any], expected: Acl) -> None:
    assert from_spec(entry) == expected


UNKNOWN: dict[str, dict[str, Any]] = {
    "resource": {"resource": {"type": "queue", "name": "a"}},
    "pattern": {"resource": {"type": "topic", "name": "a", "patternType": "regex"}},
    "operation": {"resource": {"type": "topic", "name": "a"}, "operations": ["read"]},
    "permission": {"resource": {"type": "topic", "name": "a"}, "type": "maybe"},
}


@pytest.mark.parametrize("entry", UNKNOWN.values(), ids=UNKNOWN)
def test_words_that_kafka_has_not(entry: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        from_spec(entry)
