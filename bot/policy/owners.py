"""Whose the topics, the consumer groups and the transactional ids are that a rule is about."""

from __future__ import annotations

from collections.abc import Iterable

from bot.kafka.acl import PatternType, Resource, ResourceType
from bot.kafka.matching import includes
from bot.policy.rules import Topics

_SEPARATORS = (".", "-", "_")


def owner(topics: Topics, resource: Resource, applications: Iterable[str], application: str) -> str | None:
    """Return the application that a topic, group or id, or all that a prefix covers, is; None where it is nobody's.

    Where several have a claim, it is the `application` itself that does, else the closest: `db-sync.x` is a group of
    `db-sync`, not of `db`.
    """
    if resource.type is ResourceType.TOPIC:
        owning = (one for one in (application, *sorted(applications)) if topics.owns(one, resource.name))
        return next(owning, None)
    claims = [
        (len(place), one == application, one)
        for one in {application, *applications}
        for place in places(topics, resource.type, one)
        if resource.name == place or resource.name.startswith(tuple(f"{place}{end}" for end in _SEPARATORS))
    ]
    return max(claims)[-1] if claims else None


def others_below(topics: Topics, resource: Resource, applications: Iterable[str], application: str) -> list[str]:
    """Return the names below a prefix that are another's: of applications, and of namespaces with owners."""
    if resource.pattern is not PatternType.PREFIX:
        return []
    claimed = {place for one in applications if one != application for place in places(topics, resource.type, one)}
    claimed |= {namespace.prefix for namespace in topics.namespaces if namespace.owners}
    found = {
        place
        for place in claimed
        if includes(resource, Resource(resource.type, f"{place}.", PatternType.PREFIX))
        and owner(topics, Resource(resource.type, place), applications, application) != application
    }
    return sorted(place for place in found if not any(place.startswith(f"{one}.") for one in found))


def places(topics: Topics, kind: ResourceType, application: str) -> set[str]:
    """Return the names, and what is below them, that are an application's own."""
    namespaces = ("lsst", *(namespace.prefix for namespace in topics.namespaces))
    found = {own.format(application=application, namespace=one) for own in topics.own for one in namespaces}
    if kind is not ResourceType.TOPIC:
        groups = (topics.default_group, *(one.group for one in topics.namespaces if one.group))
        found |= {group.format(application=application) for group in groups}
    return found
