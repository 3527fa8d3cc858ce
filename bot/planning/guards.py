"""The switch for what a grant writes, where the application also runs in environments that get no access."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import value_at
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import listed
from bot.planning.chosen import elsewhere
from bot.planning.sketch import Sketch
from bot.planning.subchart import add_rows_to, add_switch, turn_on
from bot.roundtrip.readme import Row

_PRINTS = "to(?:Yaml|Json|PrettyJson|Toml)"


class SchemaForbids(UserError):
    """The chart checks its values, and does not know one that is needed."""

    def __init__(self, path: str, value: str) -> None:
        super().__init__(
            f"{path} does not allow the new value {value}, which is needed as the application also runs where it gets "
            "no access",
            f"add {value} to {path} first, or name every environment in which it runs with env=",
        )


class PrintsAllValues(UserError):
    """A template prints every value there is, so that a new one would change other objects in every environment."""

    def __init__(self, path: str, line: int, value: str, below: str) -> None:
        self.path, self.line, self.below = path, line, below
        root = value.rpartition(".")[0]
        super().__init__(
            f"line {line} of {path} prints all {f'of {below}' if below else 'values of the chart'}, so the new value "
            f"{value} would change it in environments that get no access",
            f"add {root} to the chart's values first, off, in a pull request of its own; then ask again"
            if below
            else "print only what is needed there (often `toYaml .` is meant, not `toYaml $`)",
        )


class SwitchOfAnotherCluster(UserError):
    """The guard's value turns on the application's access to another Kafka cluster, where it is off."""

    def __init__(self, access: KafkaDocument, guard: str, environments: Iterable[str]) -> None:
        super().__init__(
            f"{guard}, which would be turned on in {listed(environments)}, turns on {access.name} in {access.file} "
            "there too, and that is for another Kafka cluster",
            "name other environments with env=, or give one of the two another switch by hand",
        )


def switched_too(sketch: Sketch) -> Iterator[tuple[KafkaDocument, frozenset[str]]]:
    """Yield the KafkaAccesses for other clusters under the guard's value, with the targets in which it is on."""
    for access in elsewhere(sketch.files, sketch.application, sketch.cluster):
        if sketch.rules.access.names.guard in access.guards:
            yield access, rendered_in(sketch.files, sketch.application, access, sketch.targets.wanted)


def switch_on(sketch: Sketch, path: str, aliases: Sequence[str]) -> None:
    """Add the guard's value to the chart at `path`: off by default, on in the targets under each alias.

    A value that is there already keeps its default. Raises SwitchOfAnotherCluster, and SchemaForbids.
    """
    guard = sketch.guard or ""
    keys = tuple(guard.split("."))
    for access, on in switched_too(sketch):
        if sketch.targets.wanted - on:
            raise SwitchOfAnotherCluster(access, guard, sketch.targets.wanted - on)
    comment = f"Whether to give {sketch.application} access to Kafka"
    if value_at(sketch.files, path, guard, "") is None:
        check_schema(sketch.files, (path, sketch.path), guard)
        if sketch.targets.guard:
            sketch.doubts |= {one.text: one for one in printing_all_values(sketch.files, (path, sketch.path), guard)}
        add_switch(sketch.workspace, path, keys, comment)
    for scope in scopes(aliases):
        turn_on(sketch.workspace, sketch.path, (*scope, *keys), sketch.targets.wanted)
        readme = sketch.workspace.text(f"{sketch.path}/README.md") or ""
        if scope and f"| {scope[0]}." in readme:
            row = Row(".".join((*scope, *keys)), "bool", "`false`", comment, subchart=True)
            add_rows_to(sketch.workspace, sketch.path, [row])


def scopes(aliases: Sequence[str]) -> list[tuple[str, ...]]:
    """Return under which of the application's values a chart's own values are."""
    return [(alias,) for alias in aliases] or [()]


def check_schema(files: Files, charts: Iterable[str], value: str) -> None:
    """Raise SchemaForbids where one of the charts does not allow a new value of this dotted path."""
    keys = value.split(".")
    for path in dict.fromkeys(charts):
        text = files.text(f"{path}/values.schema.json")
        try:
            schema = json.loads(text) if text else {}
        except ValueError as error:
            raise UserError(f"{path}/values.schema.json is not JSON: {error}", "mend it first") from error
        for depth, key in enumerate(keys, 1):
            known = schema.get("properties", {})
            if schema.get("additionalProperties") is False and key not in known:
                raise SchemaForbids(f"{path}/values.schema.json", ".".join(keys[:depth]))
            schema = known.get(key, {})


def printing_all_values(files: Files, charts: Iterable[str], value: str) -> Iterator[PrintsAllValues]:
    """Yield what to say if a new value changes other objects: templates that may print all values, or all round it.

    Whether they do is for the proof to find out: most of them stand under conditions that are off everywhere.
    """
    round_it = value.split(".")[:-1]
    below = "".join(rf"(?:\.{re.escape(key)}" for key in round_it) + ")?" * len(round_it)
    pattern = re.compile(
        rf"{_PRINTS}\s+(?:\$|\$?\.Values(?P<one>{below}))(?=[\s|)}}-])"
        rf"|(?:[\s({{]\$|\.Values(?P<two>{below}))\s*\|\s*{_PRINTS}\b"
    )
    for file in [file for path in dict.fromkeys(charts) for file in files.below(f"{path}/templates")]:
        text = files.text(file) or ""
        match = pattern.search(text)
        if match:
            where = (match["one"] or match["two"] or "").lstrip(".")
            yield PrintsAllValues(file, text.count("\n", 0, match.start()) + 1, value, where)
