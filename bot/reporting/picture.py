"""The graph of a pull request: application, KafkaUser, topics and groups."""

from __future__ import annotations

from collections.abc import Iterator

from bot.kafka.access import allows
from bot.kafka.acl import Acl, PatternType, Permission, ResourceType
from bot.kafka.matching import is_wildcard
from bot.kafka.names import user_of
from bot.reporting.effect import TYPES, Effect
from bot.reporting.mermaid import Edge, Node, Shape, graph

_SHAPES = {ResourceType.TOPIC: Shape.STORE, ResourceType.GROUP: Shape.HEXAGON}


def picture(effect: Effect) -> str:
    """Return who gets what as a graph; empty where no rule changes and no KafkaAccess is new."""
    edges = [*dict.fromkeys((*_accesses(effect), *_rules(effect)))]
    return graph(edges) if edges else ""


def _accesses(effect: Effect) -> Iterator[Edge]:
    """Yield the edge from the application to each KafkaUser that it is given or that gains something."""
    application = Node(Shape.ROUND, ("application", effect.application))
    named = set()
    for new in (one for plan in effect.plans for one in plan.expected.new_objects):
        if new.manifest.get("kind") == "KafkaAccess":
            user = str(new.manifest.get("spec", {}).get("user", {}).get("name", ""))
            named.add(user)
            yield Edge(application, _user(user), f"Secret {new.manifest['metadata']['name']}")
    for principal, _ in effect.gained:
        if user_of(principal) not in named:
            named.add(user_of(principal))
            yield Edge(application, _user(user_of(principal)), "", new=False)


def _rules(effect: Effect) -> Iterator[Edge]:
    for principal, acl in effect.gained:
        denied = "not: " if acl.permission is Permission.DENY else ""
        yield Edge(_user(user_of(principal)), _resource(effect, acl), f"{denied}{allows(acl)}")


def _user(name: str) -> Node:
    return Node(Shape.BOX, ("KafkaUser", name))


def _resource(effect: Effect, acl: Acl) -> Node:
    resource = acl.resource
    one, many = TYPES[resource.type]
    shape = _SHAPES.get(resource.type, Shape.BOX)
    if is_wildcard(resource):
        return Node(shape, (f"all {many}",))
    if resource.pattern is PatternType.PREFIX:
        covered = {
            name for one in effect.deltas.values() for rule in one.gained if rule.acl == acl for name in rule.covers
        }
        today = (f"{len(covered)} today",) if resource.type is ResourceType.TOPIC else ()
        return Node(shape, (f"all {many}", f"{resource.name}*", *today))
    return Node(shape, (one, resource.name))
