"""The list of applications whose metrics the Kafka service takes, against the applications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.audit.finding import Fault, Scene, Subject, about, undashed
from bot.kafka.access import right
from bot.kafka.acl import Operation, ResourceType
from bot.landscape.model import KafkaUser, Origin


def metrics_not_listed(scene: Scene) -> Iterator[Fault]:
    """Find KafkaAccesses that name a user of the list that is not on it."""
    application = scene.rules.cluster.application
    if not scene.knows(application):
        return
    some = any(scene.rules.metrics.name_of(user.name) for user in scene.environment.users)
    for access in scene.environment.accesses:
        name = scene.rules.metrics.name_of(access.user)
        if name and not scene.user(access):
            where = f"{scene.rules.metrics.list} of {application}"
            why = f"`{name}` is not in {where}" if some else f"{where} is empty or switched off"
            text = f"KafkaAccess `{access.name}` names KafkaUser `{access.user}`, and {why}"
            hint = f"add `{name}` to {scene.rules.metrics.list} in that environment, or switch the metrics off"
            yield Fault("metrics-not-listed", text, access.origin, about(access), hint)


def metrics_unused(scene: Scene) -> Iterator[Fault]:
    """Find names on the list that stand for no application here, or for one that does not publish."""
    named = {(one.user_namespace, one.user) for one in scene.environment.accesses}
    for user in {one.name: one for one in scene.environment.users}.values():
        name = scene.rules.metrics.name_of(user.name)
        if not name or (user.namespace, user.name) in named or _writes_otherwise(scene, name):
            continue
        found = [one for one in sorted(scene.environment.enabled) if undashed(one) == undashed(name)]
        if any(one in scene.environment.installed and not scene.knows(one) for one in found):
            continue
        where = f"`{name}` is in {scene.rules.metrics.list}"
        text = f"{where}, and publishes no metrics" if found else f"{where}, and no such application is enabled"
        yield Fault("metrics-unused", text, _place(scene, name, user), Subject("KafkaUser", user.namespace, user.name))


def metrics_twice(scene: Scene) -> Iterator[Fault]:
    """Find names that are on the list more than once."""
    counts = Counter(user.name for user in scene.environment.users)
    for user in {one.name: one for one in scene.environment.users}.values():
        name = scene.rules.metrics.name_of(user.name)
        if name and counts[user.name] > 1:
            text = f"`{name}` is in {scene.rules.metrics.list} {counts[user.name]} times"
            yield Fault("metrics-twice", text, _place(scene, name, user), about(user))


def _writes_otherwise(scene: Scene, name: str) -> bool:
    """Whether somebody writes the metrics of `name` with a user that is not made of the list."""
    topic = scene.rules.metrics.topic.format(application=name)
    users = filter(None, map(scene.user, scene.environment.accesses))
    return any(Operation.WRITE in right(one.acls, ResourceType.TOPIC, topic).operations for one in users)


def _place(scene: Scene, name: str, user: KafkaUser) -> Origin:
    """Return the last place on the list, else the template."""
    places = [place for one, place in scene.facts.listed.get(scene.environment.name, ()) if one == name]
    return places[-1] if places else user.origin
