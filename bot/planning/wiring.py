"""The application's side of a grant: its KafkaAccess, its workloads' variables and files, and the switch for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ruamel.yaml.nodes import SequenceNode

from bot.errors import UserError
from bot.phalanx.charts import chart
from bot.phalanx.names import resolved
from bot.phalanx.resources import KafkaDocument, is_on
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import FoundWorkload, application_workloads, definitions
from bot.planning.connected import connected
from bot.planning.guards import scopes, switch_on
from bot.planning.manifests import kafka_access
from bot.planning.selection import Client, Known, clients
from bot.planning.sketch import Sketch
from bot.planning.taken import check_new_secret
from bot.proof.model import WiredWorkload
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.template import start
from bot.roundtrip.wiring import Entries, wire


class CannotWire(UserError):
    """A workload's template leaves no sound place."""

    def __init__(self, found: FoundWorkload, error: UserError, path: str = "") -> None:
        super().__init__(f"{found.label} in {path or found.file} cannot be edited: {error.text}", error.hint)


class OnElsewhere(UserError):
    """A further workload would depend on a switch that is on where nothing is asked for."""

    def __init__(self, found: FoundWorkload, guard: str, environments: Iterable[str], asked: Iterable[str]) -> None:
        super().__init__(
            f"what {found.label} gets depends on {guard}, as the KafkaAccess does, and that is on in "
            f"{listed(environments)}, not {listed(asked)}",
            f"type env={','.join(sorted(environments))}, or leave env= out",
        )


class SeveralConditions(UserError):
    """The KafkaAccess depends on more than one value, so that no single one is right for a further workload."""

    def __init__(self, access: KafkaDocument) -> None:
        super().__init__(
            f"{access.name} in {access.file} depends on {listed(access.guards)}, and a workload can be wired under one "
            "value only",
            "put the KafkaAccess under one value first",
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


def choose_clients(sketch: Sketch, access: KafkaDocument | None) -> tuple[Client, ...]:
    """Pick the containers that are to be clients; raises a UserError that lists what there is to choose from.

    Those that take the Secret of the KafkaAccess that is there are known by that, whatever their variables are called.
    """
    found = [one for one in application_workloads(sketch.files, sketch.application) if one.workload.kind != "Pod"]
    secrets = frozenset({access.name} if access else ())
    connections = connected(sketch.files, sketch.rules, sketch.application, secrets)
    places = frozenset(one.place for one in connections if one.entries.env or one.entries.mounts)
    others = [one for one in sketch.rules.profiles.profiles if one != sketch.profile]
    known = Known([sketch.profile, *others], places)
    return clients(sketch.files, sketch.command, sketch.application, found, known)


def wire_all(sketch: Sketch, chosen: Sequence[Client], secret: str, access: KafkaDocument | None) -> None:
    """Give every chosen container that is no client yet its variables and files from a Secret.

    What goes into the chart of the `access` that is there depends on the same value as that. Raises OnElsewhere.
    """
    waiting = [client for client in chosen if not client.wired]
    guards = {client.found.chart.path: _guard(sketch, client.found, access) for client in waiting}
    # From the last workload of a file to the first, so that the offsets of the others stay true.
    for client in sorted(waiting, key=lambda one: (one.found.file, one.found.workload.index), reverse=True):
        _wire(sketch, client, secret, guards[client.found.chart.path])
        if client.found.workload.hook:
            sketch.notes.append(
                f"{client.found.label} is a hook: it runs before the sync makes Secret {secret}, so its first run fails"
            )
    for found in {client.found.chart.path: client.found for client in waiting}.values():
        if sketch.guard and guards[found.chart.path] == sketch.guard:
            switch_on(sketch, found.chart.path, found.aliases)


def _guard(sketch: Sketch, found: FoundWorkload, access: KafkaDocument | None) -> str | None:
    """Return the value that entries of a workload have to depend on."""
    if access is None or not access.guards or access.chart != found.chart:
        return sketch.guard
    if len(access.guards) > 1:
        raise SeveralConditions(access)
    files, application, targets = sketch.files, sketch.application, sketch.targets
    on = targets.wanted | {name for name in targets.runs if is_on(files, application, access, access.guards[0], name)}
    if on != targets.wanted:
        raise OnElsewhere(found, access.guards[0], on, targets.wanted)
    return access.guards[0]


def _wire(sketch: Sketch, client: Client, secret: str, guard: str | None) -> None:
    found = client.found
    entries = _entries(sketch, client, secret, guard)
    try:
        done = wire(found.template, found.workload, client.container, entries, guard=guard)
    except CannotEdit as error:
        raise CannotWire(found, error) from error
    sketch.workspace.edit(found.file, done.splices)
    switches = tuple(".".join((*scope, guard)) for scope in scopes(found.aliases)) if guard else ()
    sketch.wired.append(
        WiredWorkload(
            sketch.application, sketch.targets.wanted, found.file, found.workload.kind, found.workload.index,
            client.container, entries.env, entries.mounts, entries.volumes, switches,
        )
    )  # fmt: skip


def _entries(sketch: Sketch, client: Client, secret: str, guard: str | None) -> Entries:
    access, profile = sketch.rules.access, sketch.profile
    taken = {*client.target.mounts} & {mount.path for mount in profile.mounts}
    if taken:
        raise MountTaken(client.found, min(taken))
    there = _volume_of(client.found, secret, guard)
    free = access.names.volume not in client.found.workload.volumes
    volume = there or (access.names.volume if free else secret)
    env: list[dict[str, Any]] = [
        {"name": one.name, "value": one.value}
        if one.secret_key is None
        else {"name": one.name, "valueFrom": {"secretKeyRef": {"name": secret, "key": one.secret_key}}}
        for one in profile.env
    ]
    mounts = [{"name": volume, "mountPath": one.path, "subPath": one.secret_key} for one in profile.mounts]
    volumes = [{"name": volume, "secret": {"secretName": secret, "defaultMode": access.volume_mode}}]
    return Entries(tuple(env), tuple(mounts), () if there else tuple(volumes))


def _volume_of(found: FoundWorkload, secret: str, guard: str | None) -> str | None:
    """Return the volume of the pod that holds all of the Secret wherever the entries will be, or None."""
    read, pod = found.template, found.workload.pod
    asked = {f"if $.Values.{guard}", f"if .Values.{guard}"}
    for node in (node for key, node in pod.value if key.value == "volumes" and isinstance(node, SequenceNode)):
        for item in node.value:
            data = read.plain(item)
            taken = data.get("secret") if isinstance(data, dict) else None
            if not isinstance(taken, dict) or "items" in taken:
                continue
            inside = read.context(start(item))[len(found.workload.pod_context) :]
            bodies = {read.block(number).branches[branch].body for number, branch in inside}
            if resolved(str(taken.get("secretName")), found.chart.name) == secret and bodies <= asked:
                return str(data["name"])
    return None
