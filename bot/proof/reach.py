"""What a change can reach: applications, each with the environments in which it has to be rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.checkout.files import Files
from bot.phalanx.charts import chart
from bot.phalanx.environments import environments
from bot.proof.model import Expected

_VALUES = re.compile(r"applications/[^/]+/values-([\w-]+)\.yaml")


def announced_places(expected: Expected) -> dict[str, frozenset[str]]:
    """Return the applications that have to change, with the environments in which they do."""
    found = dict(expected.enabled_applications)
    added: tuple[Any, ...] = (*expected.new_objects, *expected.added_rules, *expected.changed_quotas, *expected.wired)
    removed: tuple[Any, ...] = (*expected.removed_objects, *expected.removed_rules, *expected.unwired)
    for one in (*added, *removed, *expected.changed_values, *expected.migrated):
        found[one.application] = found.get(one.application, frozenset()) | one.environments
    return found


def reached(
    before: Files, after: Files, paths: Sequence[str], announced: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each application that the changed files belong to or that should change, where it runs before or after.

    Values files of an environment matter only there, all other files everywhere.
    """
    known = *environments(before).values(), *environments(after).values()
    for application in after.names("applications"):
        own = list(_own(after, application, paths))
        if own or application in announced:
            named = [_VALUES.fullmatch(path) for path in own]
            only = {match.group(1) for match in named if match} | announced.get(application, frozenset())
            places = frozenset(one.name for one in known if application in one.enabled)
            yield application, places & only if all(named) else places


def _own(files: Files, application: str, paths: Sequence[str]) -> Iterator[str]:
    """Yield those of the paths that belong to an application, or to a chart that it shares with others."""
    folders = [f"applications/{application}/"]
    if any(path.startswith("charts/") for path in paths):
        found = chart(files, f"applications/{application}")
        folders += [f"{one.path}/" for one in found.dependencies if one.path] if found else []
    yield from (path for path in paths if path.startswith(tuple(folders)))
