"""The application's side of metrics: values, KafkaAccess and workloads, and the switch for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.errors import UserError
from bot.phalanx.charts import value_at
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.spelled import spelled_out
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import application_workloads
from bot.planning.entries import entries
from bot.planning.metrics_settings import put_settings, told
from bot.planning.metrics_switch import announce_switch, doubt_switched, off_in, on_in
from bot.planning.plan import check_secret, default_names
from bot.planning.publisher import OddAccess, Publisher
from bot.planning.selection import (
    Client,
    Known,
    NoWorkload,
    PartlyWired,
    WhichContainer,
    WhichWorkload,
    clients,
    secret_of,
)
from bot.planning.sketch import Sketch
from bot.planning.subchart import turn_on
from bot.planning.wiring import OnElsewhere, create_access, note_hooks, note_kept, put_all
from bot.roundtrip.values import ValuesFile
from bot.roundtrip.wiring import Entries


class AccessIsOffThere(UserError):
    """The KafkaAccess that the metrics would go through is not rendered in all targets."""

    def __init__(self, application: str, access: KafkaDocument, environments: Collection[str]) -> None:
        super().__init__(
            f"{access.name} in {access.file}, which the metrics go through, is not rendered in {listed(environments)}",
            f"have it turned on there first: /kafka-access {application} env={','.join(sorted(environments))}",
        )


def connect(sketch: Sketch, publisher: Publisher) -> None:
    """Write all of it, as far as it is not there; raises a UserError where something is in the way."""
    access, switch = publisher.access, sketch.switch or ""
    secret = access.name if access else sketch.command.secret or default_names(sketch.rules, sketch.application)[1]
    if access is not None and sketch.command.secret not in (None, secret):
        what = f"is there already, so the metrics do not go through {sketch.command.secret}"
        raise OddAccess(access, what, "leave secret= out")
    chosen = _clients(sketch, access)
    check_secret(sketch, access, chosen, secret)
    if access is None:
        note_kept(sketch, chosen, secret)
    charts: dict[str, tuple[str, ...]] = {sketch.path: ()}
    charts |= {client.found.chart.path: client.found.aliases for client in chosen}
    for path, aliases in charts.items():
        put_settings(sketch, path, aliases, publisher.name)
    announce_switch(sketch, _appearing(sketch, publisher))
    doubt_switched(sketch, access)
    if access is None:
        create_access(sketch, secret, sketch.rules.metrics.user.format(application=publisher.name))
    elif publisher.user is not None and (lacking := _without(sketch, access)):
        raise AccessIsOffThere(sketch.application, access, lacking)
    off = off_in(sketch)
    _note_turned(sketch, off)
    turn_on(sketch.workspace, sketch.path, tuple(switch.split(".")), off)
    new = [(client, items) for client in chosen if (items := _entries(sketch, client, secret)) != Entries()]
    on = on_in(sketch) | sketch.targets.wanted
    if new and on != sketch.targets.wanted:
        raise OnElsewhere(new[0][0].found, switch, on, sketch.targets.wanted)
    put_all(sketch, [(client, items, sketch.guard) for client, items in new])
    note_hooks(sketch, [client for client in chosen if not client.wired], secret)


def _note_turned(sketch: Sketch, off: Collection[str]) -> None:
    """Say where somebody has turned the switch off, which may have had a reason."""
    keys = tuple((sketch.switch or "").split("."))
    texts = {name: sketch.files.text(f"{sketch.path}/values-{name}.yaml") or "" for name in sorted(off)}
    said = [name for name, text in texts.items() if ValuesFile(text).layout.find(keys)[0] is not None]
    if said:
        sketch.notes.append(f"{sketch.switch} is false in the values of {listed(said)}, and becomes true")


def _clients(sketch: Sketch, access: KafkaDocument | None) -> Sequence[Client]:
    """Pick the clients; an application that has the switch and a KafkaAccess may leave its workloads as they are."""
    command = sketch.command
    found = [one for one in application_workloads(sketch.files, sketch.application) if one.workload.kind != "Pod"]
    known = Known((sketch.rules.metrics.client, *sketch.rules.profiles.profiles))
    named = bool(command.workloads or command.all_workloads)
    try:
        chosen = clients(sketch.files, command, sketch.application, found, known)
    except (WhichWorkload, NoWorkload, WhichContainer, PartlyWired):
        if access is None or named or value_at(sketch.files, sketch.path, sketch.switch or "", "") is None:
            raise
        sketch.notes.append("no workload was touched, as the application has access already; name one with workload=")
        return []
    return [client for client in chosen if named or _publishes(sketch, client, access)]


def _publishes(sketch: Sketch, client: Client, access: KafkaDocument | None) -> bool:
    """Whether a container that nobody named is one that metrics go out of.

    A Job that prepares a sync, and is a client for other reasons, has nothing to publish; one that takes its variables
    from another Secret than that of the KafkaAccess connects as somebody who may not.
    """
    if not client.wired:
        return True
    through = access is None or secret_of(sketch.files, client) in (None, access.name)
    return through and not client.found.workload.hook


def _entries(sketch: Sketch, client: Client, secret: str) -> Entries:
    """Return what a container lacks: all of a client's, and what tells it of the settings."""
    metrics = sketch.rules.metrics
    new = Entries() if client.wired else entries(sketch, client, secret, metrics.client, sketch.guard)
    return replace(new, env=(*new.env, *told(sketch, client)))


def _without(sketch: Sketch, access: KafkaDocument) -> frozenset[str]:
    """Return the targets in which a KafkaAccess is off."""
    wanted = sketch.targets.wanted
    return wanted - rendered_in(sketch.files, sketch.application, access, wanted)


def _appearing(sketch: Sketch, publisher: Publisher) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the KafkaAccess that the templates make as soon as the switch is on, by the targets where it is off."""
    access, files, application = publisher.access, sketch.files, sketch.application
    if access is None or publisher.user is not None:
        return {}
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for name in sorted(_without(sketch, access)):
        manifest = spelled_out(files, application, access, name, access.template.text)
        if manifest is None:
            raise OddAccess(access, "is written with directives of which only rendering tells what they print")
        found[name] = (manifest,)
        sketch.record(access.kind, access.name, application, access.file, "create")
    return found
