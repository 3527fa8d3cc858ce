"""The switch of an application's metrics: where it goes on and off, what depends on it, and how it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import UserError
from bot.phalanx.charts import value_at
from bot.phalanx.resources import KafkaDocument
from bot.phalanx.templates import BrokenTemplate, template
from bot.planning.guards import printing_all_values
from bot.planning.sketch import Sketch
from bot.planning.subchart import edit_values
from bot.planning.unwiring import asking_for, drop_value
from bot.proof.model import ChangedValue
from bot.roundtrip.template import Document


class SwitchesMore(UserError):
    """Something else than the access to Kafka comes and goes with the switch."""

    def __init__(self, switch: str, found: Document, path: str) -> None:
        super().__init__(
            f"{switch} turns more on and off than the metrics: {found.kind} {found.name} in {path} depends on it too",
            "put that under another value in a pull request of its own first, then ask again",
        )


def on_in(sketch: Sketch) -> frozenset[str]:
    """Return where the application runs with the switch on, as templates take it: neither false nor empty."""
    files, switch = sketch.files, sketch.switch or ""
    return frozenset(name for name in sketch.targets.runs if value_at(files, sketch.path, switch, name))


def off_in(sketch: Sketch) -> list[str]:
    """Return the targets in which the switch is off."""
    return sorted(sketch.targets.wanted - on_in(sketch))


def announce_switch(sketch: Sketch, made: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Say in which targets a switch that the chart has turns on; `made` are the objects that it makes, by environment.

    A switch that is new needs no announcement: no template of before asks for it.
    """
    switch = sketch.switch or ""
    if value_at(sketch.files, sketch.path, switch, "") is None:
        return
    keys = tuple(switch.split("."))
    for name in off_in(sketch):
        objects = tuple(made.get(name, ()))
        sketch.changed_values.append(ChangedValue(sketch.application, frozenset({name}), keys, True, objects))


def doubt_switched(sketch: Sketch, access: KafkaDocument | None) -> None:
    """Say what to answer if the proof finds that the switch does more: the objects under it but the KafkaAccess."""
    files, switch = sketch.files, sketch.switch or ""
    asks = re.compile(rf"\.Values\.{re.escape(switch)}(?![\w.])")
    for path in files.below(f"{sketch.path}/templates", ".yaml", ".yml"):
        if not asks.search(files.text(path) or ""):
            continue
        try:
            read = template(files, path)
        except BrokenTemplate:
            continue
        for one in read.documents:
            known = access is not None and (path, one.index) == (access.file, access.document.index)
            if not known and any(asks.search(body) for body in read.conditions(one)):
                doubt = SwitchesMore(switch, one, path)
                sketch.doubts[doubt.text] = doubt


def drop_settings(sketch: Sketch, charts: Mapping[str, Sequence[str]]) -> None:
    """Take the switch and the values beside it out of charts (aliases by path), unless something reads them.

    What stays is off by default.
    """
    switch = sketch.switch or ""
    root = switch.rpartition(".")[0] or switch
    for path, aliases in charts.items():
        if value_at(sketch.files, path, root, "") is None:
            continue
        printing = (one.path for one in printing_all_values(sketch.files, (path, sketch.path), switch))
        if reader := asking_for(sketch, path, root) or _taking_all(sketch, path, root) or next(printing, ""):
            sketch.notes.append(f"{root} stays in {path}/values.yaml, off, as {reader} reads it")
            if value_at(sketch.files, path, switch, ""):
                edit_values(
                    sketch.workspace, f"{path}/values.yaml", lambda values: values.put(switch.split("."), False)
                )
        else:
            drop_value(sketch, path, aliases, tuple(root.split(".")))


def _taking_all(sketch: Sketch, path: str, value: str) -> str:
    """Return a template of the chart at `path` that takes all that is round a value, as `with .Values.config` does.

    Who sets a value there, or passes `.Values` on under its own name, asks for none by that.
    """
    above = "".join(rf"(?:\.{re.escape(key)}" for key in value.split(".")[:-1]) + ")?" * value.count(".")
    takes = re.compile(rf"(?<!set \$)(?<!set )(?<!\"Values\" \$)(?<!\"Values\" )\.Values{above}(?![\w.])")
    files = sketch.files.below(f"{path}/templates", ".yaml", ".yml", ".tpl", ".txt")
    return next((file for file in files if takes.search(sketch.workspace.text(file) or "")), "")
