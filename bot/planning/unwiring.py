"""The application's side of a revocation: its KafkaAccess, its workloads' variables and files, and the switch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.errors import UserError
from bot.phalanx.charts import value_at
from bot.phalanx.resources import KafkaDocument
from bot.phalanx.workloads import FoundWorkload
from bot.planning.connected import Connected, check_init, check_unused
from bot.planning.guards import PrintsAllValues, printing_all_values, scopes
from bot.planning.sketch import Sketch
from bot.planning.subchart import edit_values
from bot.planning.unprinting import unprint_all
from bot.planning.wiring import CannotWire
from bot.proof.model import RemovedObject, UnwiredWorkload
from bot.roundtrip.documents import without
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.removal import unwire
from bot.roundtrip.template import Template
from bot.roundtrip.values_removal import remove_key, remove_rows
from bot.roundtrip.workloads import workloads


class InSharedChart(UserError):
    """A client in a chart that other applications use too."""

    def __init__(self, found: FoundWorkload) -> None:
        super().__init__(
            f"{found.label} in {found.file} serves other applications too, so it stays as it is",
            "turn the connection off in the application's values by hand",
        )


class PrintsWhatGoes(UserError):
    """A template prints every value there is, so that other objects change when one of them goes."""

    def __init__(self, found: PrintsAllValues, value: str) -> None:
        super().__init__(
            f"{found.text.partition(',')[0]}, so it would change in other environments when {value} goes", found.hint
        )


class CannotRemove(UserError):
    """A document that cannot be taken out of its file."""

    def __init__(self, document: KafkaDocument, error: UserError) -> None:
        super().__init__(f"{document.kind} {document.name} in {document.file}: {error.text}", "take it out by hand")


def remove_document(sketch: Sketch, found: KafkaDocument) -> None:
    """Take a Kafka object out of its file, and the file where nothing else is in it."""
    template = Template(sketch.workspace.text(found.file) or "")
    document = next(one for one in template.documents if one.kind == found.kind and one.name == found.document.name)
    try:
        splices = without(template, document)
    except CannotEdit as error:
        raise CannotRemove(found, error) from error
    if splices is None:
        sketch.workspace.delete(found.file)
    else:
        sketch.workspace.edit(found.file, splices)


def announce_gone(sketch: Sketch, application: str, found: KafkaDocument, where: frozenset[str]) -> None:
    """Say that an object goes from these environments."""
    metadata = found.data.get("metadata")
    written = metadata.get("namespace") if isinstance(metadata, dict) else None
    namespace = str(written) if written and "{{" not in str(written) else None
    sketch.removed_objects.append(RemovedObject(application, where, found.kind, found.name, namespace))
    shown = namespace or (sketch.cluster.namespace if found.kind == "KafkaUser" else sketch.application)
    sketch.record(found.kind, found.name, shown, found.file, "delete")


def unwire_all(sketch: Sketch, clients: Sequence[Connected], secrets: frozenset[str], where: frozenset[str]) -> None:
    """Take the entries of every client out of its template; raises a UserError where something of them would stay."""
    unprint_all(sketch, clients, secrets)
    for client in clients:
        unwire_one(sketch, client, where)
        check_init(client.found, client.entries.volumes, min(secrets))
    check_unused(sketch.workspace, sketch.application, secrets)
    _drop_guard(sketch, clients)


def unwire_one(sketch: Sketch, client: Connected, where: frozenset[str]) -> None:
    """Take a client's own entries out of its template, and announce it."""
    announce_unwired(sketch, client, where)
    template = Template(sketch.workspace.text(client.found.file) or "")
    workload = workloads(template, client.found.chart.name)[client.found.workload.index]
    try:
        splices = unwire(template, workload, client.container, client.named)
    except CannotEdit as error:
        raise CannotWire(client.found, error) from error
    sketch.workspace.edit(client.found.file, splices)


def announce_unwired(sketch: Sketch, client: Connected, where: frozenset[str]) -> None:
    """Say that a container loses its entries in these environments; raises InSharedChart."""
    found, named = client.found, client.entries
    if found.shared:
        raise InSharedChart(found)
    guard = sketch.switch or sketch.rules.access.names.guard
    guarded = value_at(sketch.files, found.chart.path, guard, "") is not None
    switches = tuple(".".join((*scope, guard)) for scope in scopes(found.aliases)) if guarded else ()
    sketch.unwired.append(
        UnwiredWorkload(
            sketch.application, where, found.file, found.workload.kind, found.workload.index, client.container,
            tuple(sorted(named.env)), tuple(sorted(named.mounts)), tuple(sorted(named.volumes)), switches,
        )
    )  # fmt: skip


def _drop_guard(sketch: Sketch, clients: Iterable[Connected]) -> None:
    """Take the switch out of each chart in which no template asks for it any more."""
    guard = sketch.rules.access.names.guard
    keys = tuple(guard.split("."))
    charts = {sketch.path: ()} | {one.found.chart.path: one.found.aliases for one in clients}
    for path, aliases in charts.items():
        if value_at(sketch.files, path, guard, "") is None or asking_for(sketch, path, keys[0]):
            continue
        for found in printing_all_values(sketch.files, (path, sketch.path), guard):
            doubt = PrintsWhatGoes(found, guard)
            sketch.doubts[doubt.text] = doubt
        drop_value(sketch, path, aliases, keys)


def asking_for(sketch: Sketch, path: str, value: str) -> str:
    """Return a template of the chart at `path` that still asks for a dotted value; empty where none does."""
    asks = re.compile(rf"\.Values\.{re.escape(value)}\b")
    files = sketch.files.below(f"{path}/templates")
    return next((file for file in files if asks.search(sketch.workspace.text(file) or "")), "")


def drop_value(sketch: Sketch, path: str, aliases: Sequence[str], keys: tuple[str, ...]) -> None:
    """Take a value and all below it out of the chart at `path`: its values, those of environments, and tables."""
    edit_values(sketch.workspace, f"{path}/values.yaml", lambda values: remove_key(values, keys))
    drop_rows(sketch, path, keys)
    for name in [(*scope, *keys) for scope in scopes(aliases)]:
        for file in environment_values(sketch, sketch.path):
            edit_values(sketch.workspace, file, lambda values, name=name: remove_key(values, name))  # type: ignore[misc]
        drop_rows(sketch, sketch.path, name)


def turn_off(sketch: Sketch, path: str, keys: tuple[str, ...], where: Iterable[str], below: str = "") -> None:
    """Take a switch out of the values of environments; say false there where the chart's own values say true.

    `below` is the chart whose values stand under the first of the keys, where that is an alias.
    """
    files = sketch.workspace.overlaid()
    default = value_at(files, path, ".".join(keys), "")
    if default is None and below:
        default = value_at(files, below, ".".join(keys[1:]), "")
    for name in sorted(where):
        file = f"{path}/values-{name}.yaml"
        if default:
            edit_values(sketch.workspace, file, lambda values: values.put(keys, value=False))
        elif sketch.workspace.text(file) is not None:
            edit_values(sketch.workspace, file, lambda values: remove_key(values, keys))


def environment_values(sketch: Sketch, path: str) -> list[str]:
    """Return the values files of environments of the chart at `path`."""
    return [
        f"{path}/{name}" for name in sketch.files.names(path) if name.startswith("values-") and name.endswith("yaml")
    ]


def drop_rows(sketch: Sketch, path: str, keys: Sequence[str]) -> None:
    """Take a value and all below it out of the table of a chart's README."""
    readme, dotted = sketch.workspace.text(f"{path}/README.md"), ".".join(keys)
    if readme is not None:
        gone = remove_rows(readme, lambda key: f"{key}.".startswith(f"{dotted}."))
        sketch.workspace.edit(f"{path}/README.md", gone)
