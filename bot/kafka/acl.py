"""The words of Kafka's authorizer, as Strimzi's `KafkaUser` spells them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ResourceType(StrEnum):
    """What a rule is about."""

    TOPIC = "topic"
    GROUP = "group"
    CLUSTER = "cluster"
    TRANSACTIONAL_ID = "transactionalId"


class PatternType(StrEnum):
    """How a rule's name is compared: literal `*` is the wildcard, prefix `*` is a prefix of one star."""

    LITERAL = "literal"
    PREFIX = "prefix"


class Operation(StrEnum):
    """The operations that a KafkaUser can carry, in the order in which people list them."""

    DESCRIBE = "Describe"
    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DELETE = "Delete"
    ALTER = "Alter"
    DESCRIBE_CONFIGS = "DescribeConfigs"
    ALTER_CONFIGS = "AlterConfigs"
    CLUSTER_ACTION = "ClusterAction"
    IDEMPOTENT_WRITE = "IdempotentWrite"
    ALL = "All"


class Permission(StrEnum):
    """Whether a rule allows or denies; a matching deny beats every allow."""

    ALLOW = "allow"
    DENY = "deny"


def starred(name: str, pattern: PatternType) -> str:
    """Return a name as people type it: with a star behind a prefix."""
    return f"{name}*" if pattern is PatternType.PREFIX else name


@dataclass(frozen=True, slots=True)
class Resource:
    """A named resource or a prefix of names; `name` has no trailing `*` for a prefix."""

    type: ResourceType
    name: str
    pattern: PatternType = PatternType.LITERAL

    @property
    def starred(self) -> str:
        """The name, with a star behind a prefix."""
        return starred(self.name, self.pattern)


@dataclass(frozen=True, slots=True)
class Acl:
    """One entry of `spec.authorization.acls`."""

    resource: Resource
    operations: frozenset[Operation]
    host: str = "*"
    permission: Permission = Permission.ALLOW
