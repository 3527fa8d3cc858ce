"""Rows in the tables of values that helm-docs writes, where helm-docs would put them.

Its order: `global` values (apart and first where subcharts are documented too), the chart's own in order of their keys,
then those of each subchart. https://github.com/norwoodj/helm-docs
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.roundtrip.splice import Splice

_HEADER = re.compile(r"^\| Key \| Type \| Default \| Description \|\r?\n\|[-|]+\|\r?\n", re.MULTILINE)
_ROW = re.compile(r"\| (\S+) \|[^\n]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Row:
    """One value: its dotted key, helm-docs type (`bool`, `string`, …), default as code, and description."""

    key: str
    type: str
    default: str
    description: str
    subchart: bool = False
    """Whether the value is one of a subchart, listed in the parent's table."""

    @property
    def text(self) -> str:
        """The row, without its line end."""
        description = self.description.replace("|", "\\|")
        return f"| {self.key} | {self.type} | {self.default} | {description} |"


def add_rows(text: str, rows: Sequence[Row]) -> tuple[Splice, ...]:
    """Add rows to a README's table of values, those that are there already left out; without a table, nothing."""
    header = _HEADER.search(text)
    if header is None:
        return ()
    listed: list[tuple[str, int]] = []
    at = header.end()
    while match := _ROW.match(text, at):
        listed.append((match.group(1), at))
        at = match.end()
    newline = "\r\n" if header.group(0).endswith("\r\n") else "\n"
    present = {key for key, _ in listed}
    runs = _runs([key for key, _ in listed])
    splices = []
    for row in sorted(rows, key=lambda row: row.key):
        if row.key not in present:
            number = _place([key for key, _ in listed], runs, row)
            place = listed[number][1] if number < len(listed) else at
            alone = place == 0 or text[place - 1] == "\n"
            splices.append(Splice(place, place, row.text + newline if alone else newline + row.text))
    return tuple(splices)


def new_readme(name: str, description: str, rows: Sequence[Row]) -> str:
    """Return the README that helm-docs writes for a chart without sources, homepage or maintainers."""
    table = "".join(f"{row.text}\n" for row in sorted(rows, key=lambda row: row.key))
    head = f"# {name}\n\n{description}\n\n## Values\n\n"
    return f"{head}| Key | Type | Default | Description |\n|-----|------|---------|-------------|\n{table}"


def _runs(keys: list[str]) -> list[int]:
    """Return where the ascending runs of keys begin: globals, own values, subcharts."""
    return [number for number, key in enumerate(keys) if number == 0 or key < keys[number - 1]]


def _place(keys: list[str], runs: list[int], row: Row) -> int:
    apart = len(runs) > 1 and all(key.startswith("global.") for key in keys[: runs[1]])
    own = runs[1] if apart else 0
    after_own = next((number for number in runs if number > own), len(keys))
    if not row.subchart:
        return next((number for number in range(own, after_own) if keys[number] > row.key), after_own)
    order = (row.key.partition(".")[0], row.key)
    numbers = range(after_own, len(keys))
    return next((number for number in numbers if (keys[number].partition(".")[0], keys[number]) > order), len(keys))
