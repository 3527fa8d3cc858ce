"""Workloads against the Secrets of KafkaAccesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.audit.finding import Fault, Scene, about, listing
from bot.kafka.binding import CONNECTION, KEYS, TLS
from bot.landscape.model import KafkaAccess, SecretUse, Workload

_ONLY_THERE = CONNECTION | TLS | {"ssl.truststore.crt", "sasl.mechanism", "saslMechanism"}
"""Keys that nothing else is likely to have."""

_ALIKE = 0.5
"""Of the variables of two workloads of one kind, how many must be common for them to look alike."""


def secret_missing(scene: Scene) -> Iterator[Fault]:
    """Find workloads that want a KafkaAccess's Secret which nothing makes."""
    for workload, secret, uses in _unmade(scene):
        keys = sorted({one.key for one in uses if not one.optional} & _ONLY_THERE)
        if keys:
            text = (
                f"{workload.kind} `{workload.name}` takes {listing(keys)} from Secret `{secret}`, which nothing makes"
            )
            yield Fault("secret-missing", text + _instead(scene, workload), workload.origin, about(workload))


def secret_doubtful(scene: Scene) -> Iterator[Fault]:
    """Find workloads that want a Secret with Kafka's name, or for Kafka's variables, which nothing here makes."""
    for workload, secret, uses in _unmade(scene):
        wanted = [one for one in uses if not one.optional]
        says = "kafka" in secret or any(one.how.startswith("env KAFKA") for one in wanted)
        installed = scene.environment.installed[workload.origin.application]
        if wanted and says and not installed.remote and not {one.key for one in wanted} & _ONLY_THERE:
            text = f"{workload.kind} `{workload.name}` uses Secret `{secret}`, which nothing in the repository makes"
            yield Fault("secret-doubtful", text + _instead(scene, workload), workload.origin, about(workload))


def secret_key(scene: Scene) -> Iterator[Fault]:
    """Find keys that a KafkaAccess's Secret does not have."""
    for workload in scene.environment.workloads:
        for secret, uses in _by_secret(workload).items():
            access = scene.access(workload.namespace, secret)
            if access is None or (workload.namespace, secret) in _rendered(scene):
                continue
            user = scene.user(access)
            there = KEYS.get(user.authentication if user else "", KEYS[""])
            wrong = sorted({one.key for one in uses if one.key and not one.optional} - there)
            if wrong:
                text = (
                    f"{workload.kind} `{workload.name}` takes {listing(wrong)} from Secret `{secret}`, "
                    f"which a KafkaAccess makes without"
                )
                yield Fault(
                    "secret-key", text, workload.origin, about(workload), f"there are {listing(sorted(there), 99)}"
                )


def access_unused(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses that no workload uses, unless remote charts may hold one that does."""
    used = {(one.namespace, use.secret) for one in scene.environment.workloads for use in one.secrets}
    for access in scene.environment.accesses:
        hidden = any(one.remote for one in scene.environment.installed.values() if one.namespace == access.namespace)
        if (access.namespace, access.name) not in used and not hidden:
            text = f"no workload uses the Secret of KafkaAccess `{access.name}`"
            yield Fault("access-unused", text, access.origin, about(access))


def workload_unwired(scene: Scene) -> Iterator[Fault]:
    """Find workloads that look like a wired one of the same application and kind, and take less."""
    for installed in scene.environment.installed.values():
        keys = {one: _keys(scene, one) for one in installed.workloads}
        for one in installed.workloads:
            models = [other for other in installed.workloads if _looks_like(one, other) and keys[other] > keys[one]]
            model = max(models, key=lambda other: (len(keys[other]), other.name), default=None)
            if model is not None and not one.hook:
                text = (
                    f"{one.kind} `{one.name}` looks like `{model.name}`, "
                    f"and takes {_less(keys[one])} of the Secret of the KafkaAccess"
                )
                yield Fault("workload-unwired", text, one.origin, about(one))


def hook_before_secret(scene: Scene) -> Iterator[Fault]:
    """Find hooks before the sync that need what the sync brings."""
    for workload in scene.environment.workloads:
        for secret in _by_secret(workload) if workload.hook else ():
            access = scene.access(workload.namespace, secret)
            if access is not None and access.origin.application == workload.origin.application:
                text = (
                    f"{workload.kind} `{workload.name}` runs before the sync ({workload.hook}) "
                    f"and uses Secret `{secret}`, which KafkaAccess `{access.name}` of the same sync makes"
                )
                yield Fault("hook-before-secret", text, workload.origin, about(workload))


def _unmade(scene: Scene) -> Iterator[tuple[Workload, str, list[SecretUse]]]:
    """Yield workloads with the Secrets of theirs that neither an object nor an operator makes."""
    made = _rendered(scene) | {(one.namespace, one.name) for one in scene.environment.accesses}
    made |= {(one.namespace, one.name) for one in scene.environment.users}
    clusters = {(one.namespace, one.name) for one in scene.environment.clusters}
    clusters |= {(one.namespace, one.name) for one in scene.rules.clusters.clusters}
    for workload in scene.environment.workloads:
        for secret, uses in _by_secret(workload).items():
            # Strimzi's own, such as the certificates of a cluster's authority.
            of_cluster = any(workload.namespace == place and secret.startswith(f"{name}-") for place, name in clusters)
            if secret and (workload.namespace, secret) not in made and not of_cluster:
                yield workload, secret, uses


def _rendered(scene: Scene) -> frozenset[tuple[str, str]]:
    return frozenset().union(*(one.secrets for one in scene.environment.installed.values()))


def _by_secret(workload: Workload) -> Mapping[str, list[SecretUse]]:
    found: dict[str, list[SecretUse]] = {}
    for use in workload.secrets:
        found.setdefault(use.secret, []).append(use)
    return found


def _instead(scene: Scene, workload: Workload) -> str:
    """Return which Secret was probably meant, as the end of a sentence."""
    own: list[KafkaAccess] = [one for one in scene.environment.accesses if one.namespace == workload.namespace]
    names = sorted(one.name for one in own if one.origin.application == workload.origin.application)
    return f"; there is KafkaAccess {listing(names)}" if names else ""


def _keys(scene: Scene, workload: Workload) -> frozenset[str]:
    """Return what a workload takes from the Secrets of KafkaAccesses."""
    return frozenset(use.key for use in workload.secrets if scene.access(workload.namespace, use.secret) is not None)


def _looks_like(one: Workload, other: Workload) -> bool:
    if one is other or (one.kind, one.namespace) != (other.kind, other.namespace):
        return False
    mine, theirs = ({name for name in each.variables if not name.startswith("KAFKA")} for each in (one, other))
    return bool(mine) and len(mine & theirs) >= _ALIKE * len(mine | theirs)


def _less(keys: frozenset[str]) -> str:
    return f"only {listing(sorted(keys), 99)}" if keys else "nothing"
