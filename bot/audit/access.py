"""KafkaAccesses against the KafkaUsers that they name."""

from __future__ import annotations

from collections.abc import Iterator

from bot.audit.finding import Fault, Scene, about, below, cluster_of, undashed
from bot.kafka.names import expiry
from bot.landscape.model import KafkaAccess, KafkaUser


def user_missing(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses whose KafkaUser is not there, those of the list of metrics left out: they have a rule."""
    for access in scene.environment.accesses:
        cluster = cluster_of(scene, access)
        certain = scene.would_show(access.cluster) and (cluster is None or scene.knows(cluster.application))
        if access.user and certain and not scene.user(access) and not scene.rules.metrics.name_of(access.user):
            text = f"KafkaAccess `{access.name}` names KafkaUser `{access.user_namespace}/{access.user}`, "
            why, hint = _why_missing(scene, access)
            yield Fault("user-missing", text + why, access.origin, about(access), hint)


def user_of_another_cluster(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses that name a user of one cluster and the address of another."""
    for access in scene.environment.accesses:
        user = scene.user(access)
        if user and user.cluster and user.cluster != access.cluster:
            text = (
                f"KafkaAccess `{access.name}` names the Kafka cluster `{access.cluster}`, "
                f"and its KafkaUser `{user.name}` is one of `{user.cluster}`"
            )
            yield Fault("user-of-another-cluster", text, access.origin, about(access))


def user_authentication(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses whose listener does not take their user's authentication.

    Of listeners, the types are known as far as the cluster's Kafka object says. For users without a Secret of their
    own (`tls-external`, none), the access operator finds nothing to copy.
    """
    for access in scene.environment.accesses:
        user = scene.user(access)
        if user is None:
            continue
        given = user.authentication or "no authentication"
        taken = _taken(scene, access)
        who = f"KafkaAccess `{access.name}` names KafkaUser `{user.name}` with {given}"
        if user.authentication not in {"tls", "scram-sha-512"}:
            text = f"{who}, for which there is no Secret to copy"
            yield Fault("user-authentication", text, access.origin, about(access), "use `tls`")
        elif taken and user.authentication != taken:
            text = f"{who}, and the listener `{access.listener}`, which takes {taken}"
            yield Fault("user-authentication", text, access.origin, about(access))


def user_of_another_application(scene: Scene) -> Iterator[Fault]:
    """Find applications that use a user which is named after another one, or which another one uses too."""
    users: dict[tuple[str, str], set[str]] = {}
    for access in scene.environment.accesses:
        users.setdefault((access.user_namespace, access.user), set()).add(access.origin.application)
    for access in scene.environment.accesses:
        own = access.origin.application
        named = undashed(scene.rules.metrics.name_of(access.user) or access.user)
        owners = {name for name in scene.environment.enabled if undashed(name) == named}
        others = sorted(owners or users[access.user_namespace, access.user] - {own})
        if access.user and others and own not in owners:
            shared = f"which `{'` and `'.join(others)}` {'uses' if len(others) == 1 else 'use'} too"
            whose = f"which is that of `{'`, `'.join(others)}`" if owners else shared
            text = f"`{own}` uses KafkaUser `{access.user}`, {whose}"
            yield Fault("user-of-another-application", text, access.origin, about(access))


def user_unused(scene: Scene) -> Iterator[Fault]:
    """Find users with a certificate that nothing in the repository takes, as far as all of it renders.

    Users with passwords are left out, as anybody may know those.
    """
    if any(one.error for one in scene.environment.installed.values()):
        return
    named = {(one.user_namespace, one.user) for one in scene.environment.accesses}
    mounted = {(one.namespace, use.secret) for one in scene.environment.workloads for use in one.secrets}
    for user in scene.environment.users:
        place = (user.namespace, user.name)
        if user.authentication == "tls" and place not in named | mounted and not scene.rules.metrics.name_of(user.name):
            text = f"no KafkaAccess names KafkaUser `{user.name}`, and no workload uses its Secret"
            yield Fault("user-unused", text, user.origin, about(user))


def access_expired(scene: Scene) -> Iterator[Fault]:
    """Find users whose last day is over, or is no day at all."""
    for user in scene.environment.users:
        last = expiry(user.expires)
        if user.expires and last is None:
            text = f"KafkaUser `{user.name}` expires on `{user.expires}`, which is no date"
            yield Fault("access-expired", text, user.origin, about(user), "write it as in 2031-12-24")
        elif last is not None and last < scene.facts.today:
            text = f"KafkaUser `{user.name}` was given its access until {last}"
            yield Fault("access-expired", text, user.origin, about(user))


def _why_missing(scene: Scene, access: KafkaAccess) -> tuple[str, str]:
    """Return the second half of the sentence, and how to mend it."""
    elsewhere = [one for one in scene.environment.users if one.name == access.user]
    if elsewhere:
        return f"which is in namespace `{elsewhere[0].namespace}`", f"say `namespace: {elsewhere[0].namespace}`"
    file = scene.facts.templates.get(access.user)
    if file is None:
        return "which is not there", _nearest(scene.environment.users, access.user)
    subchart = file.partition("/charts/")[2].partition("/")[0]
    if subchart:
        return f"whose subchart `{subchart}` does not render it here", f"enable the subchart, see {file}"
    return f"which {file} does not render here", f"turn it on for this environment, see {file}"


def _nearest(users: tuple[KafkaUser, ...], name: str) -> str:
    near = sorted({one.name for one in users if undashed(one.name) == undashed(name)})
    return f"there is `{near[0]}`" if near else ""


def _taken(scene: Scene, access: KafkaAccess) -> str:
    """Return what the listener of a KafkaAccess takes, empty where that is not known."""
    wanted = (access.cluster_namespace, access.cluster)
    for cluster in scene.environment.clusters:
        if (cluster.namespace, cluster.name) == wanted:
            listeners = below(cluster.data, "spec", "kafka", "listeners")
            for one in listeners if isinstance(listeners, list) else ():
                if below(one, "name") == access.listener:
                    return str(below(one, "authentication", "type") or "")
    known = cluster_of(scene, access)
    return "tls" if known and known.listener == access.listener else ""
