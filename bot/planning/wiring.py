"""The application's side of a grant: its KafkaAccess, its workloads' variables and files, and the switch for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import chart, value_at
from bot.phalanx.resources import KafkaDocument, is_on
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import FoundWorkload, application_workloads, definitions
from bot.planning.connected import connected
from bot.planning.entries import entries
from bot.planning.guards import scopes, switch_on
from bot.planning.manifests import kafka_access
from bot.planning.selection import Client, Known, clients
from bot.planning.sketch import Sketch
from bot.planning.taken import check_new_secret
from bot.proof.model import WiredWorkload
from bot.roundtrip.emit import Verbatim
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.wiring import Entries, Items, wire

_VALUE = re.compile(r"\$?\.Values\.([\w.]+)")

Wish = tuple[Client, Entries, str | None]
"""A container, what it is to get, and the value that this depends on."""


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
    """The KafkaAccess depends on more than one plain value, so that none is right for a further workload."""

    def __init__(self, access: KafkaDocument) -> None:
        guards = ["a condition that only rendering tells" if one == "?" else one for one in access.guards]
        super().__init__(
            f"{access.name} in {access.file} depends on {listed(guards)}, and a workload can be wired under one "
            "value only",
            "put the KafkaAccess under one value first",
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
    waiting = [(client, _guard(sketch, client.found, access)) for client in chosen if not client.wired]
    put_all(
        sketch, [(client, entries(sketch, client, secret, sketch.profile, guard), guard) for client, guard in waiting]
    )
    note_hooks(sketch, [client for client, _ in waiting], secret)


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


def _guard(sketch: Sketch, found: FoundWorkload, access: KafkaDocument | None) -> str | None:
    """Return the value that entries of a workload have to depend on."""
    if access is None or not access.guards or access.chart != found.chart:
        return sketch.guard
    if len(access.guards) > 1 or "?" in access.guards:
        raise SeveralConditions(access)
    files, application, targets = sketch.files, sketch.application, sketch.targets
    on = targets.wanted | {name for name in targets.runs if is_on(files, application, access, access.guards[0], name)}
    if on != targets.wanted:
        raise OnElsewhere(found, access.guards[0], on, targets.wanted)
    return access.guards[0]


def put_all(sketch: Sketch, wanted: Sequence[Wish]) -> None:
    """Put entries into containers; the grant's own guard is switched on in the targets."""
    # From the last workload of a file to the first, so that the offsets of the others stay true.
    for wish in sorted(wanted, key=lambda one: (one[0].found.file, one[0].found.workload.index), reverse=True):
        _put(sketch, wish)
    guarded = {client.found.chart.path: client.found for client, _, guard in wanted if guard and guard == sketch.guard}
    for found in guarded.values():
        switch_on(sketch, found.chart.path, found.aliases)


def _put(sketch: Sketch, wish: Wish) -> None:
    client, new, guard = wish
    found = client.found
    try:
        done = wire(found.template, found.workload, client.container, new, guard=guard)
    except CannotEdit as error:
        raise CannotWire(found, error) from error
    sketch.workspace.edit(found.file, done.splices)
    switches = tuple(".".join((*scope, guard)) for scope in scopes(found.aliases)) if guard else ()
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
