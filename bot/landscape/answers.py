"""A question about access -> what there is to say, environments in which it is the same together. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.landscape.access import (
    ClusterAccess,
    UserAccess,
    access_of_users,
    application_access,
    cluster_keys,
    topic_access,
)
from bot.landscape.model import ClusterKey, Environment, KafkaCluster, KafkaTopic, Landscape

T = TypeVar("T", bound=Hashable)
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be looked at in some environments; `application` is empty where that is all of them."""

    environments: tuple[str, ...]
    application: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer is about: the environments, those of them without Kafka, and what could not be looked at."""

    environments: tuple[str, ...]
    without_kafka: tuple[str, ...]
    gaps: tuple[Gap, ...]
    remote: tuple[tuple[str, tuple[str, ...]], ...]
    """Applications with their charts that are not in the checkout, and so were not looked at."""


@dataclass(frozen=True, slots=True)
class TopicAnswer:
    """Who may use a topic: groups of environments, and what holds in each, those that declare it first.

    `near` are similar names where it is declared nowhere.
    """

    topic: str
    places: tuple[tuple[tuple[str, ...], tuple[ClusterAccess, ...]], ...]
    near: tuple[str, ...]
    seen: Seen

    @property
    def is_declared(self) -> bool:
        """Whether a KafkaTopic declares it anywhere."""
        return any(one.declared for _, clusters in self.places for one in clusters)

    @property
    def is_nothing(self) -> bool:
        """Whether nobody declares it and no rule lets anybody use it."""
        return not any(clusters for _, clusters in self.places)


@dataclass(frozen=True, slots=True)
class ApplicationAnswer:
    """What an application may do. `runs` are the environments that enable it."""

    application: str
    runs: tuple[str, ...]
    places: tuple[tuple[tuple[str, ...], tuple[UserAccess, ...]], ...]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Holdings:
    """All of one environment: its clusters, the topics that it declares, and what each KafkaUser may do."""

    clusters: tuple[KafkaCluster, ...]
    topics: tuple[KafkaTopic, ...]
    users: tuple[UserAccess, ...]
    cluster_keys: tuple[ClusterKey, ...]
    """All clusters that are rendered or that labels name; where it is one, nothing else need be told apart."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All access there is."""

    places: tuple[tuple[tuple[str, ...], Holdings], ...]
    seen: Seen


def about_topic(landscape: Landscape, topic: str) -> TopicAnswer:
    """Return who may use a topic."""
    places = _grouped(landscape, lambda one: topic_access(one, topic))
    places = tuple(sorted(places, key=lambda place: not any(one.declared for one in place[1])))
    near: list[str] = []
    if not any(one.declared for _, clusters in places for one in clusters):
        known = sorted({one.topic for environment in landscape.values() for one in environment.topics})
        near = difflib.get_close_matches(topic, known, n=_NEAR)
    return TopicAnswer(topic, places, tuple(near), seen(landscape))


def about_application(landscape: Landscape, application: str) -> ApplicationAnswer:
    """Return what an application may do."""
    runs = tuple(name for name, one in landscape.items() if application in one.enabled)
    there = {name: landscape[name] for name in runs}
    places = _grouped(there, lambda one: application_access(one, application))
    return ApplicationAnswer(application, runs, places, seen(landscape))


def about_everything(landscape: Landscape) -> Matrix:
    """Return all access there is."""
    return Matrix(_grouped(landscape, _holdings), seen(landscape))


def _holdings(environment: Environment) -> Holdings:
    topics = sorted(environment.topics, key=lambda one: (one.topic, one.namespace, one.name, one.origin.file))
    clusters = sorted(environment.clusters, key=lambda one: (one.namespace, one.name))
    return Holdings(tuple(clusters), tuple(topics), tuple(access_of_users(environment)), cluster_keys(environment))


def _grouped(
    landscape: Mapping[str, Environment], find: Callable[[Environment], T]
) -> tuple[tuple[tuple[str, ...], T], ...]:
    """Return what is found in each environment that has Kafka, equal ones together, in the order of their names."""
    groups: dict[T, list[str]] = {}
    for name in sorted(landscape):
        if has_kafka(landscape[name]):
            groups.setdefault(find(landscape[name]), []).append(name)
    return tuple((tuple(names), found) for found, names in groups.items())


def has_kafka(environment: Environment) -> bool:
    """Whether anything of Kafka is rendered in an environment."""
    return bool(environment.clusters or environment.users or environment.topics or environment.accesses)


def seen(landscape: Landscape) -> Seen:
    """Return what an answer about these environments is about, and what it leaves out."""
    without = tuple(name for name, one in sorted(landscape.items()) if not (has_kafka(one) or one.error))
    problems = [(name, "", one.error) for name, one in sorted(landscape.items()) if one.error]
    problems += [
        (name, application, one.error)
        for name, environment in sorted(landscape.items())
        for application, one in environment.installed.items()
        if one.error
    ]
    remote = {
        (application, one.remote)
        for environment in landscape.values()
        for application, one in environment.installed.items()
        if one.remote
    }
    return Seen(tuple(sorted(landscape)), without, _gaps(problems), tuple(sorted(remote)))


def _gaps(problems: Iterable[tuple[str, str, str]]) -> tuple[Gap, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, application, text in problems:
        found.setdefault((application, text), []).append(name)
    return tuple(Gap(tuple(names), application, text) for (application, text), names in sorted(found.items()))
