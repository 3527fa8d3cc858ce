"""Objects by themselves and beside each other: names, doubles, what the API takes, versions that end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.audit.finding import Fault, Scene, Subject, about, below, listing
from bot.kafka.names import COMMON_NAME_LIMIT, collides, object_problem, topic_problem, user_of
from bot.landscape.model import KafkaAccess, KafkaCluster, KafkaTopic, KafkaUser, Origin
from bot.words import joined

_Versioned = KafkaUser | KafkaTopic | KafkaCluster
_MANY: Mapping[type[_Versioned], str] = {
    KafkaUser: "KafkaUsers",
    KafkaTopic: "KafkaTopics",
    KafkaCluster: "Kafka clusters",
}


def topic_collision(scene: Scene) -> Iterator[Fault]:
    """Find topics that cannot exist together."""
    groups: dict[tuple[str, str, str], list[KafkaTopic]] = {}
    for one in scene.environment.topics:
        groups.setdefault((one.namespace, one.cluster, one.topic.replace(".", "_")), []).append(one)
    for group in groups.values():
        for number, one in enumerate(group):
            first = next((other for other in group[:number] if collides(one.topic, other.topic)), None)
            if first is not None:
                text = f"topics `{one.topic}` and `{first.topic}` differ by `.` and `_` only"
                yield Fault("topic-collision", text, one.origin, about(one))


def topic_twice(scene: Scene) -> Iterator[Fault]:
    """Find topics with more than one KafkaTopic; those of the list of metrics have a rule of their own."""
    before, _, after = scene.rules.metrics.topic.partition("{application}")
    seen: dict[tuple[str, str, str], KafkaTopic] = {}
    for one in scene.environment.topics:
        # A cluster looks for its topics in one namespace: the same label elsewhere means another cluster.
        first = seen.setdefault((one.namespace, one.cluster, one.topic), one)
        listed = one.topic.startswith(before) and one.topic.endswith(after) and first.origin == one.origin
        if first is not one and not listed:
            text = (
                f"topic `{one.topic}` is declared by KafkaTopic `{one.name}` and by `{first.name}`{_in(first.origin)}"
            )
            yield Fault("topic-twice", text, one.origin, about(one))


def user_twice(scene: Scene) -> Iterator[Fault]:
    """Find KafkaUsers that are there twice and not the same, those of the list of metrics left out."""
    seen: dict[tuple[str, str], KafkaUser] = {}
    for one in scene.environment.users:
        first = seen.setdefault((one.namespace, one.name), one)
        if first.data != one.data and not scene.rules.metrics.name_of(one.name):
            other = f": the other one is{_in(first.origin)}" if first.origin.file else ""
            text = f"KafkaUser `{one.name}` is rendered twice, and not the same both times{other}"
            yield Fault("user-twice", text, one.origin, about(one))


def super_user_name(scene: Scene) -> Iterator[Fault]:
    """Find super users that are named as KafkaUsers are, and not as Kafka knows these.

    Strimzi puts `User:` before each entry and does nothing else to it.
    https://github.com/strimzi/strimzi-kafka-operator (KafkaBrokerConfigurationBuilder; issue 3778)
    """
    for cluster in scene.environment.clusters:
        users = [one for one in scene.environment.users if one.cluster_key == cluster.cluster_key]
        principals = {one.principal for one in users}
        for entry in dict.fromkeys(cluster.super_users) if _takes_names_as_they_are(cluster) else ():
            name = entry.removeprefix("User:")
            bare = user_of(name)
            user = next((one for one in users if one.name == bare and one.authentication), None)
            if user is not None and entry not in principals:
                wanted = user.principal.removeprefix("User:")
                text = (
                    f"Kafka cluster `{cluster.name}` has the super user `{name}`, and KafkaUser `{bare}` is no super "
                    f"user by that: to Kafka it is `{wanted}`"
                )
                subject = Subject("Kafka", cluster.namespace, cluster.name)
                yield Fault("super-user-name", text, cluster.origin, subject, f"write `{wanted}`")


def name_invalid(scene: Scene) -> Iterator[Fault]:
    """Find names that Kafka or Kubernetes does not take."""
    for one in _objects(scene):
        problem = object_problem(one.name)
        if problem:
            yield Fault("name-invalid", f"{about(one)}: {problem}", one.origin, about(one))
    for topic in scene.environment.topics:
        problem = topic_problem(topic.topic)
        if problem:
            yield Fault("name-invalid", f"topic `{topic.topic}`: {problem}", topic.origin, about(topic))


def user_name_too_long(scene: Scene) -> Iterator[Fault]:
    """Find users whose certificate cannot be made."""
    for one in scene.environment.users:
        if one.authentication == "tls" and len(one.name) > COMMON_NAME_LIMIT:
            text = f"KafkaUser `{one.name}` has {len(one.name)} letters; a certificate holds {COMMON_NAME_LIMIT}"
            yield Fault("user-name-too-long", text, one.origin, about(one))


def object_invalid(scene: Scene) -> Iterator[Fault]:
    """Find what the API would refuse or drop."""
    for one in _objects(scene):
        for problem in scene.facts.invalid(one.data) if one.data else ():
            yield Fault("object-invalid", f"{about(one)}: {problem}", one.origin, about(one))


def api_version_old(scene: Scene) -> Iterator[Fault]:
    """Find files with objects that Strimzi 1.0 does not serve; one finding for each file.

    https://strimzi.io/blog/2025/11/13/strimzi-v1-api/ (proposal 113)
    """
    files: dict[tuple[str, str], list[_Versioned]] = {}
    environment = scene.environment
    objects: tuple[_Versioned, ...] = (*environment.users, *environment.topics, *environment.clusters)
    for one in objects:
        group, _, version = one.api_version.partition("/")
        if group == "kafka.strimzi.io" and version != "v1":
            files.setdefault((one.origin.application, one.origin.file), []).append(one)
    for (application, file), found in files.items():
        versions = sorted({one.api_version for one in found})
        kinds = joined(sorted({_MANY[type(one)] for one in found}))
        place = Origin(application, file, min(one.origin.line for one in found))
        text = f"{kinds} are of {listing(versions)}, which Strimzi 1.0 does not serve"
        yield Fault("api-version-old", text, place, Subject("Application", "", application))


def _objects(scene: Scene) -> tuple[KafkaUser | KafkaTopic | KafkaAccess, ...]:
    return (*scene.environment.users, *scene.environment.topics, *scene.environment.accesses)


def _takes_names_as_they_are(cluster: KafkaCluster) -> bool:
    """Whether principals are those of Strimzi's users, and nothing else may be or make one: no mapping, no OAuth."""
    config, listeners = (below(cluster.data, "spec", "kafka", key) for key in ("config", "listeners"))
    mapped = isinstance(config, Mapping) and any("principal" in str(key) for key in config)
    types = {below(one, "authentication", "type") for one in listeners} if isinstance(listeners, list) else set()
    return not mapped and types <= {None, "tls", "scram-sha-512"}


def _in(origin: Origin) -> str:
    return f" in {origin.file}" if origin.file else ""
