"""The application's side of metrics: values, KafkaAccess and workloads, and the switch for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.phalanx.charts import value_at
from bot.phalanx.names import is_static, resolved
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import application_workloads
from bot.planning.entries import entries
from bot.planning.extension import check_access
from bot.planning.metrics_settings import announce_switch, put_settings, told
from bot.planning.plan import check_secret, default_names
from bot.planning.publisher import OddAccess, Publisher
from bot.planning.selection import Client, Known, NoWorkload, PartlyWired, WhichContainer, WhichWorkload, clients
from bot.planning.sketch import Sketch
from bot.planning.subchart import turn_on
from bot.planning.wiring import create_access, note_hooks, note_kept, put_all
from bot.roundtrip.values import ValuesFile
from bot.roundtrip.wiring import Entries


def connect(sketch: Sketch, publisher: Publisher) -> None:
    """Write all of it, as far as it is not there; raises a UserError where something is in the way."""
    access, switch = publisher.access, sketch.switch or ""
    secret = access.name if access else sketch.command.secret or default_names(sketch.rules, sketch.application)[1]
    if access is not None and sketch.command.secret not in (None, secret):
        raise OddAccess(access, f"is there already, so the metrics do not go through {sketch.command.secret}")
    chosen = _clients(sketch, access)
    check_secret(sketch, access, chosen, secret)
    if access is None:
        note_kept(sketch, chosen, secret)
    charts: dict[str, tuple[str, ...]] = {sketch.path: ()}
    charts |= {client.found.chart.path: client.found.aliases for client in chosen}
    for path, aliases in charts.items():
        put_settings(sketch, path, aliases, publisher.name)
    announce_switch(sketch, _appearing(sketch, publisher))
    if access is None:
        create_access(sketch, secret, sketch.rules.metrics.user.format(application=publisher.name))
    elif publisher.user is not None:
        check_access(sketch, access)
    off = [name for name in sketch.targets.wanted if value_at(sketch.files, sketch.path, switch, name) is not True]
    _note_turned(sketch, off)
    turn_on(sketch.workspace, sketch.path, tuple(switch.split(".")), off)
    new = [(client, _entries(sketch, client, secret)) for client in chosen]
    put_all(sketch, [(client, items, sketch.guard) for client, items in new if items != Entries()])
    note_hooks(sketch, [client for client in chosen if not client.wired], secret)


def _note_turned(sketch: Sketch, off: Collection[str]) -> None:
    """Say where somebody has turned the switch off, which may have had a reason."""
    keys = tuple((sketch.switch or "").split("."))
    texts = {name: sketch.files.text(f"{sketch.path}/values-{name}.yaml") or "" for name in sorted(off)}
    said = [name for name, text in texts.items() if ValuesFile(text).layout.find(keys)[0] is not None]
    if said:
        sketch.notes.append(f"{sketch.switch} is false in the values of {listed(said)}, and becomes true")


def _clients(sketch: Sketch, access: KafkaDocument | None) -> Sequence[Client]:
    """Pick the clients; an application that has a KafkaAccess may leave its workloads as they are."""
    command = sketch.command
    found = [one for one in application_workloads(sketch.files, sketch.application) if one.workload.kind != "Pod"]
    known = Known((sketch.rules.metrics.client, *sketch.rules.profiles.profiles))
    named = bool(command.workloads or command.all_workloads)
    try:
        chosen = clients(sketch.files, command, sketch.application, found, known)
    except (WhichWorkload, NoWorkload, WhichContainer, PartlyWired):
        if access is None or named:
            raise
        sketch.notes.append("no workload was touched, as the application has access already; name one with workload=")
        return []
    # A Job that prepares a sync, and is a client for other reasons, has nothing to publish.
    return [client for client in chosen if named or not (client.wired and client.found.workload.hook)]


def _entries(sketch: Sketch, client: Client, secret: str) -> Entries:
    """Return what a container lacks: all of a client's, and what tells it of the settings."""
    metrics = sketch.rules.metrics
    new = Entries() if client.wired else entries(sketch, client, secret, metrics.client, sketch.guard)
    return replace(new, env=(*new.env, *told(sketch, client)))


def _appearing(sketch: Sketch, publisher: Publisher) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the KafkaAccess that the templates make as soon as the switch is on, by the targets where it is off."""
    access = publisher.access
    if access is None or publisher.user is not None:
        return {}
    off = sketch.targets.wanted - rendered_in(sketch.files, sketch.application, access, sketch.targets.wanted)
    if off:
        sketch.record(access.kind, access.name, sketch.application, access.file, "create")
    return dict.fromkeys(sorted(off), (_manifest(access),))


def _manifest(access: KafkaDocument) -> Mapping[str, Any]:
    def spelled(data: Any) -> Any:  # noqa: ANN401 - YAML is what it is
        if isinstance(data, dict):
            return {key: spelled(item) for key, item in data.items()}
        if isinstance(data, list):
            return [spelled(item) for item in data]
        text = resolved(str(data), access.chart.name).strip("\"'")
        if not is_static(text):
            raise OddAccess(access, f"is written with `{text}`, which only rendering tells")
        return text

    data = {key: value for key, value in access.data.items() if key != "metadata"}
    metadata = {key: value for key, value in access.data["metadata"].items() if key != "labels"}
    return {**spelled(data), "metadata": spelled(metadata)}
