"""What rules come to: literal, prefix and wildcard names; deny before allow; what is granted already.

https://kafka.apache.org/documentation/#security_authz
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.kafka.operations import closure


def is_wildcard(resource: Resource) -> bool:
    """Whether a resource is every resource of its type: literal `*` only, a prefix `*` is a prefix of one star."""
    return resource.pattern is PatternType.LITERAL and resource.name == "*"


def is_exact(resource: Resource) -> bool:
    """Whether a resource is one by its name, neither a prefix nor a wildcard."""
    return resource.pattern is PatternType.LITERAL and resource.name != "*"


def matches(resource: Resource, kind: ResourceType, name: str) -> bool:
    """Whether a rule's resource is about the resource `name`."""
    if resource.type is not kind:
        return False
    if resource.pattern is PatternType.PREFIX:
        return name.startswith(resource.name)
    return resource.name in (name, "*")


def includes(outer: Resource, inner: Resource) -> bool:
    """Whether every resource that `inner` is about is one that `outer` is about."""
    if outer.type is not inner.type:
        return False
    if is_wildcard(outer):
        return True
    if is_wildcard(inner):
        return outer.pattern is PatternType.PREFIX and not outer.name
    if outer.pattern is PatternType.PREFIX:
        return inner.name.startswith(outer.name)
    return inner.pattern is PatternType.LITERAL and inner.name == outer.name


def overlaps(one: Resource, other: Resource) -> bool:
    """Whether some resource is one that both are about."""
    if one.type is not other.type:
        return False
    if is_wildcard(one) or is_wildcard(other):
        return True
    if one.pattern is other.pattern is PatternType.PREFIX:
        return one.name.startswith(other.name) or other.name.startswith(one.name)
    return includes(one, other) or includes(other, one)


def missing(granted: Iterable[Acl], wanted: Acl) -> Acl | None:
    """Return the part of an allowing rule that no granted rule covers yet, or None where all is covered.

    Operations that others bring along count as covered; a deny takes nothing off, see `denied_by`.
    """
    covered: set[Operation] = set()
    for acl in granted:
        same_hosts = acl.host in (wanted.host, "*")
        if acl.permission is Permission.ALLOW and same_hosts and includes(acl.resource, wanted.resource):
            covered |= closure(acl.operations, wanted.resource.type)
    rest = wanted.operations - covered
    return Acl(wanted.resource, rest, wanted.host) if rest else None


def denied_by(granted: Iterable[Acl], wanted: Acl) -> tuple[Acl, ...]:
    """Return the denying rules that keep some of what is wanted from working, whatever allows it."""
    return tuple(
        acl
        for acl in granted
        if acl.permission is Permission.DENY
        and overlaps(acl.resource, wanted.resource)
        and (acl.operations & closure(wanted.operations, wanted.resource.type) or Operation.ALL in acl.operations)
    )
