"""The application's side of a revocation: its KafkaAccess, its workloads' variables and files, and the switch."""

from __future__ import annotations

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
        announce_unwired(sketch, client, where)
        template = Template(sketch.workspace.text(client.found.file) or "")
        workload = workloads(template, client.found.chart.name)[client.found.workload.index]
        try:
            splices = unwire(template, workload, client.container, client.named)
        except CannotEdit as error:
            raise CannotWire(client.found, error) from error
        sketch.workspace.edit(client.found.file, splices)
        check_init(client.found, client.entries.volumes, min(secrets))
    check_unused(sketch.workspace, sketch.application, secrets)
    _drop_guard(sketch, clients)


def announce_unwired(sketch: Sketch, client: Connected, where: frozenset[str]) -> None:
    """Say that a container loses its entries in these environments; raises InSharedChart."""
    found, named = client.found, client.entries
    if found.shared:
        raise InSharedChart(found)
    guard = sketch.rules.access.names.guard
    switches = tuple(".".join((*scope, guard)) for scope in scopes(found.aliases)) if _guarded(sketch, found) else ()
    sketch.unwired.append(
        UnwiredWorkload(
            sketch.application, where, found.file, found.workload.kind, found.workload.index, client.container,
            tuple(sorted(named.env)), tuple(sorted(named.mounts)), tuple(sorted(named.volumes)), switches,
        )
    )  # fmt: skip


def _guarded(sketch: Sketch, found: FoundWorkload) -> bool:
    return value_at(sketch.files, found.chart.path, sketch.rules.access.names.guard, "") is not None


def _drop_guard(sketch: Sketch, clients: Iterable[Connected]) -> None:
    """Take the switch out of each chart in which no template asks for it any more."""
    guard = sketch.rules.access.names.guard
    keys = tuple(guard.split("."))
    charts = {sketch.path: ()} | {one.found.chart.path: one.found.aliases for one in clients}
    for path, aliases in charts.items():
        if value_at(sketch.files, path, guard, "") is None or _asked_for(sketch, path, keys[0]):
            continue
        for found in printing_all_values(sketch.files, (path, sketch.path), guard):
            doubt = PrintsWhatGoes(found, guard)
            sketch.doubts[doubt.text] = doubt
        edit_values(sketch.workspace, f"{path}/values.yaml", lambda values: remove_key(values, keys))
        drop_rows(sketch, path, {guard})
        names = [(*scope, *keys) for scope in scopes(aliases)]
        for file in environment_values(sketch, sketch.path):
            for name in names:
                edit_values(sketch.workspace, file, lambda values, name=name: remove_key(values, name))  # type: ignore[misc]
        drop_rows(sketch, sketch.path, {".".join(name) for name in names})


def _asked_for(sketch: Sketch, path: str, key: str) -> bool:
    texts = (sketch.workspace.text(file) or "" for file in sketch.files.below(f"{path}/templates"))
    return any(f".Values.{key}" in text for text in texts)


def environment_values(sketch: Sketch, path: str) -> list[str]:
    """Return the values files of environments of the chart at `path`."""
    return [
        f"{path}/{name}" for name in sketch.files.names(path) if name.startswith("values-") and name.endswith("yaml")
    ]


def drop_rows(sketch: Sketch, path: str, keys: set[str]) -> None:
    """Take values out of the table of a chart's README."""
    readme = sketch.workspace.text(f"{path}/README.md")
    if readme is not None:
        sketch.workspace.edit(f"{path}/README.md", remove_rows(readme, keys.__contains__))
