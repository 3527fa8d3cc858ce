"""What the rules of KafkaUsers say: whether Kafka takes them, and whether they say what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.audit.finding import Fault, Scene, about, below, listing
from bot.kafka.acl import Acl, Operation, PatternType, Permission, ResourceType
from bot.kafka.matching import is_wildcard
from bot.kafka.names import SEPARATORS, is_internal
from bot.kafka.operations import VALID, closure, names_of
from bot.landscape.model import ClusterKey, KafkaUser
from bot.words import counted

_O, _T = Operation, ResourceType
_CHANGES_TOPICS = frozenset({_O.ALL, _O.WRITE, _O.DELETE, _O.ALTER, _O.ALTER_CONFIGS})
_CHANGES_CLUSTER = frozenset({_O.ALL, _O.ALTER, _O.CLUSTER_ACTION, _O.ALTER_CONFIGS})
"""`Alter` lets its holder write ACLs, `ClusterAction` read every partition as a broker does."""
_SHORT = 8
"""Characters: of shorter names, a letter more or less says little."""


def rule_unreadable(scene: Scene) -> Iterator[Fault]:
    """Find rules that Strimzi does not take.

    https://github.com/strimzi/strimzi-kafka-operator (SimpleAclRuleResource): all but the cluster need a name.
    """
    for user in scene.environment.users:
        for problem in user.problems:
            yield Fault("rule-unreadable", f"KafkaUser `{user.name}`: {problem}", user.origin, about(user))
        for acl in user.acls:
            if not acl.resource.name:
                yield _fault("rule-unreadable", user, acl, f"has a rule for a {acl.resource.type.value} without a name")


def rule_singular(scene: Scene) -> Iterator[Fault]:
    """Find rules with the old `operation`."""
    for user in scene.environment.users:
        entries = below(user.data, "spec", "authorization", "acls")
        count = sum("operation" in one for one in entries if isinstance(one, dict)) if isinstance(entries, list) else 0
        if count:
            text = f"KafkaUser `{user.name}` has {counted(count, 'rule')} with `operation`, not a list `operations`"
            yield Fault("rule-singular", text, user.origin, about(user))


def operation_invalid(scene: Scene) -> Iterator[Fault]:
    """Find operations that a type of resource does not know."""
    for user, acl in _rules(scene):
        wrong = acl.operations - VALID[acl.resource.type]
        if wrong:
            names = listing(names_of(wrong), 9)
            text = f"has {names} on {_resource(acl)}, which a {acl.resource.type.value} does not know"
            known = listing(names_of(VALID[acl.resource.type]), 99)
            yield _fault("operation-invalid", user, acl, text, f"a {acl.resource.type.value} knows {known}")


def prefix_star(scene: Scene) -> Iterator[Fault]:
    """Find prefixes with a star."""
    for user, acl in _rules(scene):
        if acl.resource.pattern is PatternType.PREFIX and acl.resource.name.endswith("*"):
            yield _fault("prefix-star", user, acl, f"has {_resource(acl)}, whose star stands for itself")


def prefix_open(scene: Scene) -> Iterator[Fault]:
    """Find prefixes of topics that cover names which merely begin alike."""
    topics = _topics(scene)
    for user, acl in _rules(scene):
        name = acl.resource.name
        kind = (acl.resource.type, acl.resource.pattern, acl.permission)
        if kind != (_T.TOPIC, PatternType.PREFIX, Permission.ALLOW) or not name or name.endswith((*SEPARATORS, "*")):
            continue
        covered = sorted(one for one in topics.get(user.cluster_key, ()) if one.startswith(name) and one != name)
        beyond = [one for one in covered if not one.removeprefix(name).startswith(SEPARATORS)]
        rest = f"it covers {listing(beyond)} too" if beyond else "it covers every name that begins so"
        yield _fault("prefix-open", user, acl, f"has {_resource(acl)}, which does not end in a separator: {rest}")


def group_missing(scene: Scene) -> Iterator[Fault]:
    """Find users that may read and may join no group."""
    for user in scene.environment.users:
        kinds = {acl.resource.type for acl in user.acls if _O.READ in closure(acl.operations, acl.resource.type)}
        if _T.TOPIC in kinds and _T.GROUP not in kinds:
            first = next(acl for acl in user.acls if acl.resource.type is _T.TOPIC)
            yield _fault("group-missing", user, first, "may read topics and has no rule for a consumer group")


def group_everything(scene: Scene) -> Iterator[Fault]:
    """Find users that may act as every group."""
    for user, acl in _rules(scene):
        if _is_all(acl, _T.GROUP) and acl.operations & {_O.ALL, _O.READ, _O.DELETE}:
            yield _fault("group-everything", user, acl, f"has {_operations(acl)} on every consumer group")


def topic_everything(scene: Scene) -> Iterator[Fault]:
    """Find users that may change every topic."""
    for user, acl in _rules(scene):
        if _is_all(acl, _T.TOPIC) and acl.operations & _CHANGES_TOPICS:
            yield _fault("topic-everything", user, acl, f"has {_operations(acl)} on every topic")


def cluster_everything(scene: Scene) -> Iterator[Fault]:
    """Find users that may change the cluster."""
    for user, acl in _rules(scene):
        if acl.resource.type is _T.CLUSTER and acl.permission is Permission.ALLOW and acl.operations & _CHANGES_CLUSTER:
            yield _fault("cluster-everything", user, acl, f"has {_operations(acl)} on the cluster")


def topic_undeclared(scene: Scene) -> Iterator[Fault]:
    """Find topics of rules that nothing declares and that are like no declared one."""
    for user, acl in _undeclared(scene):
        if not _meant(scene, user, acl.resource.name):
            yield _fault(
                "topic-undeclared", user, acl, f"names topic `{acl.resource.name}`, which no KafkaTopic declares"
            )


def topic_misspelt(scene: Scene) -> Iterator[Fault]:
    """Find topics of rules that nothing declares and that are almost a declared one, which the user does not name."""
    for user, acl in _undeclared(scene):
        meant = _meant(scene, user, acl.resource.name)
        if meant:
            text = f"names topic `{acl.resource.name}`, which no KafkaTopic declares; there is `{meant}`"
            yield _fault("topic-misspelt", user, acl, text)


def distance(one: str, other: str) -> int:
    """Return how many letters have to be added, removed or replaced to make one text of another."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, another in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != another))
    return row[-1]


def _undeclared(scene: Scene) -> Iterator[tuple[KafkaUser, Acl]]:
    topics = _topics(scene)
    for user, acl in _rules(scene):
        name = acl.resource.name
        literal = (acl.resource.type, acl.resource.pattern) == (_T.TOPIC, PatternType.LITERAL)
        if literal and name not in {"", "*"} and not is_internal(name) and name not in topics.get(user.cluster_key, ()):
            yield user, acl


def _topics(scene: Scene) -> dict[ClusterKey, set[str]]:
    """Return the declared topics of each cluster."""
    found: dict[ClusterKey, set[str]] = {}
    for topic in scene.environment.topics:
        found.setdefault(topic.cluster_key, set()).add(topic.topic)
    return found


def _meant(scene: Scene, user: KafkaUser, name: str) -> str:
    """Return the declared topic of the same namespace that was probably meant, or nothing.

    Names that differ by their digits are versions or numbers, and a topic that the user has besides is another one.
    """
    space = name.rpartition(".")[0]
    mine = {acl.resource.name for acl in user.acls}
    topics = {one.topic for one in scene.environment.topics if one.cluster_key == user.cluster_key} - mine
    near = [
        topic
        for topic in sorted(topics)
        if len(name) >= _SHORT
        and (not space or topic.rpartition(".")[0] == space)
        and abs(len(topic) - len(name)) <= 2
        and _letters(topic) != _letters(name)
        and distance(topic, name) <= 2
    ]
    return min(near, key=lambda topic: (distance(topic, name), topic), default="")


def _letters(name: str) -> str:
    return "".join(letter for letter in name if not letter.isdigit())


def _rules(scene: Scene) -> Iterator[tuple[KafkaUser, Acl]]:
    return ((user, acl) for user in scene.environment.users for acl in dict.fromkeys(user.acls))


def _is_all(acl: Acl, kind: ResourceType) -> bool:
    return acl.resource.type is kind and acl.permission is Permission.ALLOW and is_wildcard(acl.resource)


def _operations(acl: Acl) -> str:
    return listing(names_of(acl.operations), 99)


def _resource(acl: Acl) -> str:
    kind, name = acl.resource.type, acl.resource.name
    if kind is _T.CLUSTER:
        return "the cluster"
    return (
        f"{kind.value} `{name}`" if acl.resource.pattern is PatternType.LITERAL else f"the {kind.value} prefix `{name}`"
    )


def _fault(rule: str, user: KafkaUser, acl: Acl, text: str, hint: str = "") -> Fault:
    origin = replace(user.origin, line=user.line(acl))
    return Fault(rule, f"KafkaUser `{user.name}` {text}", origin, about(user), hint)
