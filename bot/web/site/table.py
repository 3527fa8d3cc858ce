"""The access matrix of one environment: topics and who may use them, looked up from both sides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.kafka.acl import Operation, ResourceType
from bot.kafka.operations import VALID
from bot.landscape.access import UserAccess, access_of_users
from bot.landscape.model import Environment, KafkaTopic

Operations = frozenset[Operation]
_ALL = VALID[ResourceType.TOPIC] - {Operation.ALL}
_USES = Operation.READ, Operation.WRITE


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who may do something: an application, or a KafkaUser that none is seen to hold."""

    kind: Literal["app", "user"]
    name: str


class Table:
    """Topics x subjects; a cell holds the operations of all KafkaUsers of the subject together."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.users: dict[Subject, list[UserAccess]] = {}
        by_topic: dict[str, dict[Subject, Operations]] = {one.topic: {} for one in environment.topics}
        by_subject: dict[Subject, dict[str, Operations]] = {}
        for one in access_of_users(environment):
            for subject in _subjects(one, environment):
                self.users.setdefault(subject, []).append(one)
                row = by_subject.setdefault(subject, {})
                for use in one.topics:
                    row[use.topic] = row.get(use.topic, frozenset()) | use.right.operations
        for subject, row in sorted(by_subject.items()):
            for topic, operations in row.items():
                by_topic.setdefault(topic, {})[subject] = operations
        self.topics: Mapping[str, Mapping[Subject, Operations]] = dict(sorted(by_topic.items()))
        self.subjects: Mapping[Subject, Mapping[str, Operations]] = dict(sorted(by_subject.items()))
        self.declared: dict[str, list[KafkaTopic]] = {}
        for topic_ in environment.topics:
            self.declared.setdefault(topic_.topic, []).append(topic_)

    def find_topics(self, text: str) -> Sequence[str]:
        """Return the topics in whose name, or in that of somebody who may use them, a text is; all for an empty one."""
        wanted = text.lower()
        theirs = {subject for subject in self.subjects if wanted in subject.name.lower()}
        return [
            name
            for name, cells in self.topics.items()
            if not wanted or wanted in name.lower() or not theirs.isdisjoint(cells)
        ]

    def find_subjects(self, text: str) -> Sequence[Subject]:
        """Return those in whose name, or in that of a topic that they may use, a text is; all for an empty one."""
        wanted = text.lower()
        theirs = {name for name in self.topics if wanted in name.lower()}
        return [
            subject
            for subject, cells in self.subjects.items()
            if not wanted or wanted in subject.name.lower() or not theirs.isdisjoint(cells)
        ]

    def columns(self, topics: Iterable[str]) -> Sequence[Subject]:
        """Return those who may use any of these topics."""
        return sorted({subject for name in topics for subject in self.topics[name]})


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
