"""Which applications, in which environments, the files of a change can reach: what has to be rendered to judge it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from bot.checkout.files import Files
from bot.landscape.stats import TOPS
from bot.phalanx.environments import Environment, environments
from bot.proof.reach import reached

_VALUES = re.compile(r"environments/values-([\w-]+)\.yaml")


def deciding(paths: Sequence[str]) -> tuple[str, ...]:
    """Return those of the paths that can decide what is rendered: not the README.md that helm-docs writes."""
    return tuple(path for path in paths if path.split("/", 1)[0] in TOPS and not path.endswith("/README.md"))


def affected(before: Files, after: Files, paths: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return applications with the environments in which they may come to something else, by name.

    An application is reached through its chart and the charts that it shares, through its Argo CD Application, and
    through the values of the environment that enables it.
    """
    sides = [environments(one) for one in (before, after)]
    found: dict[str, frozenset[str]] = {}
    for first, second in ((before, after), (after, before)):
        # The other way round finds what is gone.
        _join(found, dict(reached(first, second, paths, {})))
    for path in paths:
        if path.startswith("environments/"):
            _join(found, _through(path, sides, {*before.names("applications"), *after.names("applications")}))
    return {name: places for name, places in sorted(found.items()) if places}


def _join(found: dict[str, frozenset[str]], more: Mapping[str, frozenset[str]]) -> None:
    for name, places in more.items():
        found[name] = found.get(name, frozenset()) | places


def _through(
    path: str, sides: Sequence[Mapping[str, Environment]], applications: set[str]
) -> dict[str, frozenset[str]]:
    """Return what a file of the `environments` chart reaches: an environment, an application, or everything."""
    named = _VALUES.fullmatch(path)
    only = {PurePosixPath(path).stem} & applications if path.startswith("environments/templates/") else set()
    places: dict[str, set[str]] = {}
    for one in (environment for side in sides for environment in side.values()):
        if named is None or named.group(1) == one.name:
            for name in one.enabled & (only or applications):
                places.setdefault(name, set()).add(one.name)
    return {name: frozenset(names) for name, names in places.items()}
