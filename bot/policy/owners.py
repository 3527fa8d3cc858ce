"""Whose the topics, the consumer groups and the transactional ids are that a rule is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.kafka.acl import PatternType, Resource, ResourceType
from bot.kafka.matching import includes, is_wildcard
from bot.kafka.names import SEPARATORS
from bot.policy.rules import Topics
from bot.words import shortened

_LISTED = 3
"""Names in a sentence; the others are counted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody else's say in a rule: `text` goes on from the name of its resource to those who have to agree.

    `teams` are those that the rules name for them; `covers` says that it is a prefix that goes too far.
    """

    text: str
    teams: tuple[str, ...]
    covers: bool = False


def claim(topics: Topics, resource: Resource, applications: Iterable[str], application: str) -> Claim | None:
    """Return who besides an application has a say in its rule for a topic, a group or a transactional id, or None.

    `application` is empty for a user that is no application's.
    """
    known = frozenset(applications)
    if is_wildcard(resource):
        resource = replace(resource, name="", pattern=PatternType.PREFIX)
    owning = owner(topics, resource, known, application) if resource.name else None
    namespace = topics.namespace(resource.name)
    teams = namespace.owners if namespace else ()
    if owning not in {None, application}:
        return Claim(f"is {owning}'s, so its owners", teams)
    if owning is None and namespace is not None and teams:
        return Claim(f"is in {namespace.prefix}, whose owners", teams)
    # The rules themselves choose a group such as `app*`, though it covers those of `app-db` too.
    if owning == application and resource.type is not ResourceType.TOPIC:
        return None
    below = others_below(topics, resource, known, application)
    if not below:
        return None
    spaces = [one for place in below if (one := topics.namespace(place)) is not None]
    speaking = dict.fromkeys(team for one in spaces for team in one.owners)
    return Claim(f"covers {shortened(below, _LISTED)}, whose owners", tuple(speaking), covers=True)


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
        if resource.name == place or resource.name.startswith(tuple(f"{place}{end}" for end in SEPARATORS))
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
