"""Whether an environment has what Kafka objects need to come to life, and whether it could be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from bot.audit.finding import Fault, Scene, Subject, about, application, below, cluster_of
from bot.landscape.model import KafkaAccess, KafkaCluster, KafkaTopic, KafkaUser, Origin
from bot.words import joined


def not_rendered(scene: Scene) -> Iterator[Fault]:
    """Find what Helm does not render."""
    environment = scene.environment
    if environment.error:
        origin = Origin("", f"environments/values-{environment.name}.yaml")
        subject = Subject("Environment", "", environment.name)
        yield Fault("not-rendered", f"its Applications could not be looked at: {environment.error}", origin, subject)
    for name, found in sorted(environment.installed.items()):
        if found.error:
            origin = Origin(name, f"applications/{name}/Chart.yaml")
            text = f"`{name}` could not be looked at: {found.error}"
            yield Fault("not-rendered", text, origin, application(name))


def kafka_not_enabled(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses whose cluster is not there."""
    there = {one.cluster_key for one in scene.environment.clusters}
    for access in scene.environment.accesses:
        absent = _absent(scene, access)
        if absent:
            text = f"KafkaAccess `{access.name}` needs {joined(absent)}, not enabled in the environment"
            yield Fault("kafka-not-enabled", text, access.origin, about(access))
        elif there and scene.would_show(access.cluster) and (access.cluster_namespace, access.cluster) not in there:
            name = f"{access.cluster_namespace}/{access.cluster}"
            text = f"KafkaAccess `{access.name}` names the Kafka cluster `{name}`, which is not there"
            yield Fault("kafka-not-enabled", text, access.origin, about(access))


def access_operator_not_enabled(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses that nothing makes a Secret of, where their cluster is enabled."""
    operators = {one.access_operator for one in scene.rules.clusters.clusters}
    if operators & scene.environment.enabled:
        return
    for access in scene.environment.accesses:
        if not _absent(scene, access):
            text = f"KafkaAccess `{access.name}` is rendered, and {' or '.join(sorted(operators))} is not enabled"
            yield Fault("access-operator-not-enabled", text, access.origin, about(access))


def strimzi_not_enabled(scene: Scene) -> Iterator[Fault]:
    """Find applications with KafkaUsers or KafkaTopics where Strimzi does not run."""
    required = {name for one in scene.rules.clusters.clusters for name in one.requires}
    if required <= scene.environment.enabled:
        return
    for name, found in sorted(scene.environment.installed.items()):
        origins = [*(one.origin for one in found.users), *(one.origin for one in found.topics)]
        if origins:
            absent = joined(sorted(required - scene.environment.enabled))
            text = f"`{name}` renders {len(origins)} KafkaUsers and KafkaTopics, and {absent} is not enabled"
            yield Fault("strimzi-not-enabled", text, origins[0], application(name))


def cluster_label(scene: Scene) -> Iterator[Fault]:
    """Find KafkaUsers and KafkaTopics of no cluster, or of one that is not there."""
    there = {one.name for one in scene.environment.clusters}
    for one in _labelled(scene):
        if not one.cluster:
            text = f"{about(one)} has no label strimzi.io/cluster"
            yield Fault("cluster-label", text, one.origin, about(one))
        elif there and one.cluster not in there and scene.would_show(one.cluster):
            text = f"{about(one)} is labelled for the Kafka cluster `{one.cluster}`, which is not there"
            yield Fault("cluster-label", text, one.origin, about(one))


def namespace_unwatched(scene: Scene) -> Iterator[Fault]:
    """Find KafkaUsers and KafkaTopics where their cluster's operators do not look.

    https://strimzi.io/docs/operators/latest/configuring#type-EntityUserOperatorSpec-reference
    """
    for one in _labelled(scene):
        mine = [cluster for cluster in scene.environment.clusters if cluster.name == one.cluster]
        watched = {_watched(cluster, one) for cluster in mine}
        if mine and one.namespace not in watched and scene.would_show(one.cluster):
            text = f"{about(one)} is outside of `{'`, `'.join(sorted(watched))}`, where its cluster looks for it"
            yield Fault("namespace-unwatched", text, one.origin, about(one))


def _absent(scene: Scene, access: KafkaAccess) -> list[str]:
    cluster = cluster_of(scene, access)
    return sorted({cluster.application, *cluster.requires} - scene.environment.enabled) if cluster else []


def _labelled(scene: Scene) -> tuple[KafkaUser | KafkaTopic, ...]:
    return (*scene.environment.users, *scene.environment.topics)


def _watched(cluster: KafkaCluster, one: KafkaUser | KafkaTopic) -> str:
    operator = "userOperator" if isinstance(one, KafkaUser) else "topicOperator"
    return str(below(cluster.data, "spec", "entityOperator", operator, "watchedNamespace") or cluster.namespace)
