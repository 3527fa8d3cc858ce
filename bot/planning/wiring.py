"""The application's side of a grant: its KafkaAccess, its workloads' variables and files, and the switch for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.errors import UserError
from bot.phalanx.charts import chart
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import FoundWorkload, application_workloads, definitions
from bot.planning.guards import scopes, switch_on
from bot.planning.manifests import kafka_access
from bot.planning.selection import Client, clients
from bot.planning.sketch import Sketch
from bot.planning.taken import check_new_secret
from bot.proof.model import WiredWorkload
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.wiring import Entries, wire


class CannotWire(UserError):
    """A workload's template leaves no sound place."""

    def __init__(self, found: FoundWorkload, error: UserError) -> None:
        super().__init__(f"{found.label} in {found.file} cannot be edited: {error.text}", error.hint)


class AccessIsOff(UserError):
    """The application's KafkaAccess is not rendered in all targets."""

    def __init__(self, access: KafkaDocument, environments: Iterable[str]) -> None:
        values = " and ".join(f"{guard}: true" for guard in access.guards if guard != "?") or "its condition"
        super().__init__(
            f"{access.name} in {access.file} is not rendered in {listed(environments)}",
            f"set {values} there first, or name the other environments with env=",
        )


class MountTaken(UserError):
    """Something else is mounted where a file of the client belongs."""

    def __init__(self, found: FoundWorkload, path: str) -> None:
        super().__init__(
            f"{found.label} mounts something else at {path}",
            "move it, or change the mounts of the profile in the rules",
        )


def create_access(sketch: Sketch, name: str, user: str) -> None:
    """Write the KafkaAccess that gives `user`'s credentials to the application; raises SecretTaken."""
    check_new_secret(sketch.files, sketch.application, sketch.path, name)
    cluster, access = sketch.cluster, sketch.rules.access
    own = chart(sketch.files, sketch.path)
    labels = f"{own.name}.labels" if own and f"{own.name}.labels" in definitions(sketch.files, own) else None
    kafka = {"name": cluster.name, "namespace": cluster.namespace, "listener": cluster.listener}
    namespace, version = sketch.application, access.api_versions["KafkaAccess"]
    manifest = kafka_access(name, namespace, user, kafka, version, labels, sketch.guard)
    file = access.names.access_file.format(application=sketch.application)
    sketch.create(sketch.application, f"{sketch.path}/templates/{file}", manifest)
    if sketch.guard:
        switch_on(sketch, sketch.path, ())


def check_access(sketch: Sketch, access: KafkaDocument) -> None:
    """Raise AccessIsOff unless an existing KafkaAccess is rendered in every target."""
    lacking = sketch.targets.wanted - rendered_in(sketch.files, sketch.application, access, sketch.targets.wanted)
    if lacking:
        raise AccessIsOff(access, lacking)


def choose_clients(sketch: Sketch) -> tuple[Client, ...]:
    """Pick the containers that are to be clients; raises a UserError that lists what there is to choose from."""
    found = [one for one in application_workloads(sketch.files, sketch.application) if one.workload.kind != "Pod"]
    others = [one for one in sketch.rules.profiles.profiles if one != sketch.profile]
    return clients(sketch.files, sketch.command, sketch.application, found, [sketch.profile, *others])


def wire_all(sketch: Sketch, chosen: Sequence[Client], secret: str) -> None:
    """Give every chosen container that is no client yet its variables and files from a Secret."""
    waiting = [client for client in chosen if not client.wired]
    # From the last workload of a file to the first, so that the offsets of the others stay true.
    for client in sorted(waiting, key=lambda one: (one.found.file, one.found.workload.index), reverse=True):
        _wire(sketch, client, secret)
        if client.found.workload.hook:
            sketch.notes.append(
                f"{client.found.label} is a hook: it runs before the sync makes Secret {secret}, so its first run fails"
            )
    if sketch.guard:
        for found in {client.found.chart.path: client.found for client in waiting}.values():
            switch_on(sketch, found.chart.path, found.aliases)


def _wire(sketch: Sketch, client: Client, secret: str) -> None:
    found = client.found
    entries = _entries(sketch, client, secret)
    try:
        done = wire(found.template, found.workload, client.container, entries, guard=sketch.guard)
    except CannotEdit as error:
        raise CannotWire(found, error) from error
    sketch.workspace.edit(found.file, done.splices)
    switches = tuple(".".join((*scope, sketch.guard)) for scope in scopes(found.aliases)) if sketch.guard else ()
    sketch.wired.append(
        WiredWorkload(
            sketch.application, sketch.targets.wanted, found.file, found.workload.kind, found.workload.index,
            client.container, entries.env, entries.mounts, entries.volumes, switches,
        )
    )  # fmt: skip


def _entries(sketch: Sketch, client: Client, secret: str) -> Entries:
    access, profile = sketch.rules.access, sketch.profile
    taken = {*client.target.mounts} & {mount.path for mount in profile.mounts}
    if taken:
        raise MountTaken(client.found, min(taken))
    volume = access.names.volume if access.names.volume not in client.found.workload.volumes else secret
    env: list[dict[str, Any]] = [
        {"name": one.name, "value": one.value}
        if one.secret_key is None
        else {"name": one.name, "valueFrom": {"secretKeyRef": {"name": secret, "key": one.secret_key}}}
        for one in profile.env
    ]
    mounts = [{"name": volume, "mountPath": one.path, "subPath": one.secret_key} for one in profile.mounts]
    volumes = [{"name": volume, "secret": {"secretName": secret, "defaultMode": access.volume_mode}}]
    return Entries(tuple(env), tuple(mounts), tuple(volumes))
