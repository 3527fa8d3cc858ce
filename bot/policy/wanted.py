"""What a command asks for, as Kafka's rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.commands.model import Command, Name, Topic
from bot.errors import UserError
from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.policy.rules import Rules


class NothingWanted(UserError):
    """A grant without a topic, a group or a transactional id."""

    def __init__(self, application: str) -> None:
        super().__init__(
            f"nothing is asked for {application}: name at least one topic",
            f"/kafka-access {application} topic=lsst.{application}.example:read",
        )


class UnknownBundle(UserError):
    """A word for what to do with a topic that neither Kafka nor the rules know."""

    def __init__(self, word: str, known: Iterable[str]) -> None:
        super().__init__(f"{word} is nothing that can be done with a topic", f"type one of {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rules in the order in which the guide lists them, and sentences about what was not said but assumed."""

    acls: tuple[Acl, ...]
    assumptions: tuple[str, ...]
    default_groups: frozenset[str]
    """Names of groups that the rules chose, not the user."""


NOTHING = Wanted((), (), frozenset())
"""No rule, where access that is there is asked for in further places."""


def wanted(command: Command, rules: Rules, application: str, existing: Collection[Acl] = ()) -> Wanted:
    """Turn a command into rules; `existing` are those that the application's user has already.

    Raises NothingWanted where the command names nothing; a date is something for a user that is there.
    """
    dates = command.expires is not None and bool(existing)
    rules_for = (*command.topics, *command.groups, *command.transactional_ids)
    if not (rules_for or command.quota or dates):
        raise NothingWanted(application)
    assumptions = []
    topics, reads = [], list[Topic]()
    for topic in command.topics:
        words = topic.access or rules.access.default_operations
        if not topic.access:
            said = f"{' and '.join(words)} {'was' if len(words) == 1 else 'were'} assumed"
            assumptions.append(f"nothing was said of what to do with {topic.name}, so {said}")
        operations, joins = _operations(rules, words)
        topics.append(Acl(Resource(ResourceType.TOPIC, topic.name, topic.pattern), operations))
        if joins:
            reads.append(topic)
    groups = [_acl(ResourceType.GROUP, name, rules.access.group_operations) for name in command.groups]
    defaults: list[Acl] = []
    if reads and not groups and not _has_group(existing):
        names = dict.fromkeys(_default_group(rules, application, topic) for topic in reads)
        for name in names:
            group = Name(name, PatternType.PREFIX)
            defaults.append(_acl(ResourceType.GROUP, group, rules.access.group_operations))
            assumptions.append(f"no consumer group was named, so all groups that begin with {name} were assumed")
    txns = [
        _acl(ResourceType.TRANSACTIONAL_ID, name, rules.access.transactional_id_operations)
        for name in command.transactional_ids
    ]
    merged = tuple(_merged((*groups, *defaults, *topics, *txns)))
    return Wanted(merged, tuple(assumptions), frozenset(acl.resource.name for acl in defaults))


def _operations(rules: Rules, words: Iterable[str]) -> tuple[frozenset[Operation], bool]:
    found: set[Operation] = set()
    joins = False
    for word in words:
        bundle = rules.access.operations.get(word)
        if bundle is not None:
            found |= set(bundle.topic)
            joins |= bundle.group
        elif word in set(Operation):
            found.add(Operation(word))
            joins |= word in {Operation.READ, Operation.ALL}
        else:
            raise UnknownBundle(word, rules.access.operations)
    return frozenset({Operation.ALL} if Operation.ALL in found else found), joins


def _acl(kind: ResourceType, name: Name, operations: Iterable[Operation]) -> Acl:
    return Acl(Resource(kind, name.name, name.pattern), frozenset(operations))


def _has_group(existing: Iterable[Acl]) -> bool:
    return any(
        acl.resource.type is ResourceType.GROUP
        and acl.permission is Permission.ALLOW
        and bool(acl.operations & {Operation.READ, Operation.ALL})
        for acl in existing
    )


def _default_group(rules: Rules, application: str, topic: Topic) -> str:
    namespace = rules.topics.namespace(topic.name)
    text = (namespace.group if namespace else None) or rules.topics.default_group
    return text.format(application=application)


def _merged(acls: Iterable[Acl]) -> Iterator[Acl]:
    """Join rules about the same resource, in the place of the first."""
    found: dict[Resource, frozenset[Operation]] = {}
    for acl in acls:
        found[acl.resource] = found.get(acl.resource, frozenset()) | acl.operations
    for resource, operations in found.items():
        yield Acl(resource, frozenset({Operation.ALL}) if Operation.ALL in operations else operations)
