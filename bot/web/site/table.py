"""The access matrix of one environment: topics and who may use them, looked up from both sides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.kafka.acl import Operation, ResourceType
from bot.kafka.operations import VALID
from bot.landscape.access import UserAccess, access_of_users, cluster_keys
from bot.landscape.model import ClusterKey, Environment

Operations = frozenset[Operation]
_ALL = VALID[ResourceType.TOPIC] - {Operation.ALL}
_USES = Operation.READ, Operation.WRITE


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who may do something: an application, or a KafkaUser that none is seen to hold."""

    kind: Literal["app", "user"]
    name: str


class Topic(NamedTuple):
    """A topic of a Kafka cluster: two clusters of an environment may both have one of a name."""

    name: str
    cluster: ClusterKey


class Table:
    """Topics x subjects; a cell holds the operations of all KafkaUsers of the subject together."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.users: dict[Subject, list[UserAccess]] = {}
        self.cluster_keys = cluster_keys(environment)
        self.declared = frozenset(Topic(one.topic, one.cluster_key) for one in environment.topics)
        by_topic: dict[Topic, dict[Subject, Operations]] = {one: {} for one in self.declared}
        by_subject: dict[Subject, dict[Topic, Operations]] = {}
        for one in access_of_users(environment):
            for subject in _subjects(one, environment):
                self.users.setdefault(subject, []).append(one)
                row = by_subject.setdefault(subject, {})
                for use in one.topics:
                    topic = Topic(use.topic, one.user.cluster_key)
                    row[topic] = row.get(topic, frozenset()) | use.right.operations
        for subject, row in sorted(by_subject.items()):
            for topic, operations in row.items():
                by_topic.setdefault(topic, {})[subject] = operations
        self.topics: Mapping[Topic, Mapping[Subject, Operations]] = dict(sorted(by_topic.items()))
        self.subjects: Mapping[Subject, Mapping[Topic, Operations]] = dict(sorted(by_subject.items()))

    def find_topics(self, text: str) -> Sequence[Topic]:
        """Return the topics in whose name, or in that of somebody who may use them, a text is; all for an empty one."""
        wanted = text.lower()
        theirs = {subject for subject in self.subjects if wanted in subject.name.lower()}
        return [
            topic
            for topic, cells in self.topics.items()
            if not wanted or wanted in topic.name.lower() or not theirs.isdisjoint(cells)
        ]

    def find_subjects(self, text: str) -> Sequence[Subject]:
        """Return those in whose name, or in that of a topic that they may use, a text is; all for an empty one."""
        wanted = text.lower()
        theirs = {topic for topic in self.topics if wanted in topic.name.lower()}
        return [
            subject
            for subject, cells in self.subjects.items()
            if not wanted or wanted in subject.name.lower() or not theirs.isdisjoint(cells)
        ]

    def columns(self, topics: Iterable[Topic]) -> Sequence[Subject]:
        """Return those who may use any of these topics."""
        return sorted({subject for topic in topics for subject in self.topics[topic]})


def letters(operations: Operations) -> str:
    """Return the operations on a topic in few letters: R, W, RW, with a plus for more, `all`, a dot for less.

    Nothing for no operation.
    """
    if not operations:
        return ""
    if operations >= _ALL:
        return "all"
    found = "".join(one.value[0] for one in _USES if one in operations)
    return (
        found + ("+" if found and operations - {*_USES, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS} else "") or "·"
    )


def _subjects(one: UserAccess, environment: Environment) -> Sequence[Subject]:
    names = sorted({holder.application for holder in one.holders})
    if names:
        return [Subject("app", name) for name in names]
    # Credentials that reach an application by way of a vault leave no trace but the name.
    return [Subject("app" if one.user.name in environment.enabled else "user", one.user.name)]
