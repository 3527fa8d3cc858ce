"""The application's side of a grant: its KafkaAccess, its workloads' variables and files, and the switch for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import chart, value_at
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import FoundWorkload, application_workloads, definitions
from bot.planning.guards import scopes, switch_on
from bot.planning.manifests import kafka_access
from bot.planning.selection import Client, clients
from bot.planning.sketch import Sketch
from bot.planning.taken import check_new_secret
from bot.policy.profiles import Profile
from bot.proof.model import WiredWorkload
from bot.roundtrip.emit import Verbatim
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.wiring import Entries, Items, wire

_VALUE = re.compile(r"\$?\.Values\.([\w.]+)")


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
    put_all(sketch, [(client, entries(sketch, client, secret, sketch.profile)) for client in waiting])
    note_hooks(sketch, waiting, secret)


def note_kept(sketch: Sketch, chosen: Iterable[Client], secret: str) -> None:
    """Say of each container that is a client already what nobody can tell of it."""
    sketch.notes += [
        f"{client.found.label} has the variables already and keeps them: check that they come from {secret}"
        for client in chosen
        if client.wired
    ]


def note_hooks(sketch: Sketch, waiting: Iterable[Client], secret: str) -> None:
    """Say of each new client that runs before its Secret is there."""
    for client in waiting:
        if client.found.workload.hook:
            sketch.notes.append(
                f"{client.found.label} is a hook: it runs before the sync makes Secret {secret}, so its first run fails"
            )


def put_all(sketch: Sketch, wanted: Sequence[tuple[Client, Entries]]) -> None:
    """Put entries into containers, under the guard where there is one, which is switched on in the targets."""
    # From the last workload of a file to the first, so that the offsets of the others stay true.
    ordered = sorted(wanted, key=lambda one: (one[0].found.file, one[0].found.workload.index), reverse=True)
    for client, new in ordered:
        _put(sketch, client, new)
    if sketch.guard:
        for found in {client.found.chart.path: client.found for client, _ in wanted}.values():
            switch_on(sketch, found.chart.path, found.aliases)


def _put(sketch: Sketch, client: Client, new: Entries) -> None:
    found = client.found
    try:
        done = wire(found.template, found.workload, client.container, new, guard=sketch.guard)
    except CannotEdit as error:
        raise CannotWire(found, error) from error
    sketch.workspace.edit(found.file, done.splices)
    switches = tuple(".".join((*scope, sketch.guard)) for scope in scopes(found.aliases)) if sketch.guard else ()
    for env, environments in _printed(sketch, found, new):
        sketch.wired.append(
            WiredWorkload(
                sketch.application, environments, found.file, found.workload.kind, found.workload.index,
                client.container, env, new.mounts, new.volumes, switches,
            )
        )  # fmt: skip


def _printed(sketch: Sketch, found: FoundWorkload, new: Entries) -> Iterator[tuple[Items, frozenset[str]]]:
    """Yield the variables as they are rendered, with the targets in which they are so."""
    files = sketch.workspace.overlaid()
    groups: dict[str, tuple[Items, set[str]]] = {}
    for environment in sorted(sketch.targets.wanted):
        env = tuple(
            {key: _value(files, sketch.path, found, item, environment) for key, item in one.items()} for one in new.env
        )
        groups.setdefault(repr(env), (env, set()))[1].add(environment)
    yield from ((env, frozenset(environments)) for env, environments in groups.values())


def _value(files: Files, path: str, found: FoundWorkload, item: object, environment: str) -> object:
    """Return what becomes of a part of a variable: a directive prints a value of the workload's chart."""
    if not isinstance(item, Verbatim):
        return item
    dotted = _VALUE.findall(item)[0]
    above = value_at(files, path, ".".join((*scopes(found.aliases)[0], dotted)), environment)
    return str(value_at(files, found.chart.path, dotted, "") if above is None else above)


def entries(sketch: Sketch, client: Client, secret: str, profile: Profile) -> Entries:
    """Return what makes a container a client of the Secret; raises MountTaken."""
    access = sketch.rules.access
    paths = [one.path.format(secret=secret) for one in profile.mounts]
    taken = {*client.target.mounts} & {*paths}
    if taken:
        raise MountTaken(client.found, min(taken))
    volume = access.names.volume if access.names.volume not in client.found.workload.volumes else secret
    variables: list[dict[str, Any]] = [
        {"name": one.name, "value": (one.value or "").format(secret=secret)}
        if one.secret_key is None
        else {"name": one.name, "valueFrom": {"secretKeyRef": {"name": secret, "key": one.secret_key}}}
        for one in profile.env
    ]
    files = [
        {
            "name": volume,
            "mountPath": path,
            **({"readOnly": True} if one.read_only else {}),
            "subPath": one.secret_key,
        }
        for one, path in zip(profile.mounts, paths, strict=True)
    ]
    volumes = [{"name": volume, "secret": {"secretName": secret, "defaultMode": access.volume_mode}}]
    return Entries(tuple(variables), tuple(files), tuple(volumes))
