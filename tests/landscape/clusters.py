"""Environments with Kafka clusters of all kinds, made of objects: nothing is rendered."""

from __future__ import annotations

from bot.kafka.acl import Acl, Operation, PatternType, Resource, ResourceType
from bot.landscape.model import Environment, Installed, KafkaCluster, KafkaTopic, KafkaUser, Origin


def rule(name: str, *operations: Operation, host: str = "*") -> Acl:
    """Return a rule about a topic, or with a star at its end about a prefix."""
    pattern = PatternType.PREFIX if name.endswith("*") else PatternType.LITERAL
    return Acl(Resource(ResourceType.TOPIC, name.removesuffix("*"), pattern), frozenset(operations), host)


def cluster(
    namespace: str, *topics: str, authorization: str = "simple", super_users: tuple[str, ...] = (), **users: Acl
) -> Installed:
    """Return an application with a cluster `kafka`, its topics, and a KafkaUser for each of these rules."""
    origin = Origin(namespace, f"applications/{namespace}/templates/kafka.yaml", 1)
    return Installed(
        namespace,
        namespace,
        tuple(KafkaUser(name, namespace, "kafka", "tls", (acl,), origin) for name, acl in users.items()),
        tuple(KafkaTopic(one, one, namespace, "kafka", origin) for one in topics),
        clusters=(KafkaCluster("kafka", namespace, authorization, super_users, origin),),
    )


def environment(*installed: Installed, name: str = "alpha") -> Environment:
    """Return an environment in which these run."""
    found = {one.application: one for one in installed}
    return Environment(name, frozenset(found), found)


ONE = environment(cluster("a", "t", "u", reader=rule("t", Operation.READ)))
TWO = environment(
    *ONE.installed.values(),
    cluster("b", "t", "v", writer=rule("v", Operation.WRITE), wide=rule("u*", Operation.READ)),
)
"""Both clusters have a topic `t`, which nobody may use in `b`, where a rule is about a name that only `a` has."""
