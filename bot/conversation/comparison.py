"""Two states of the repository -> what changes about Kafka between them, in as few renders as that takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.audit.approval import needs
from bot.audit.audit import audit
from bot.audit.facts import facts
from bot.audit.finding import Finding
from bot.audit.news import news
from bot.checkout.files import Files
from bot.checkout.mirror import Mirror
from bot.errors import UserError
from bot.landscape.affected import affected, deciding
from bot.landscape.cache import Cache
from bot.landscape.compared import deltas
from bot.landscape.essence import Thing, things
from bot.landscape.model import Environment, Landscape, Origin
from bot.landscape.read import read
from bot.phalanx.environments import environments
from bot.policy.rules import Rules
from bot.proof.origins import printed_names
from bot.reporting.check import Compared

_TEMPLATE = re.compile(r"((?:[\w.-]+/)+templates/[\w./-]*\w)(?::(\d+))?")
"""A template in Helm's complaints, as it prints its name, with a line where it knows one."""

_JOBS = 1
"""Renders at a time: people wait for commands, and for checks they do not."""


class Unreadable(Exception):
    """The tree cannot be read as far as it takes; `before` says that the base is at fault."""

    def __init__(self, error: UserError, *, before: bool) -> None:
        super().__init__(error.text)
        self.error = error
        self.before = before


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared: two commits or trees, and the paths that differ. `conflicts`: see Compared."""

    before: str
    after: str
    paths: tuple[str, ...]
    conflicts: bool


def pair(mirror: Mirror, base: str, head: str) -> Pair | None:
    """Return what merging `head` into `base` would change, or None where that is nothing.

    Where it does not merge, that is what `head` changes since the two parted. Raises Unrelated.
    """
    merged = mirror.history.merge(base, head)
    if merged.contained:
        return None
    before, after = base, merged.tree
    if after is None:
        before, after = mirror.history.merge_base(base, head) or base, head
    return Pair(before, after, mirror.trees.changed(before, after), merged.tree is None)


def compare(
    mirror: Mirror, found: Pair, head: str, rules: Rules, cache: Cache, begin: Callable[[], object], *, by_bot: bool
) -> Compared | None:
    """Return what changes about Kafka, or None where nothing does; `begin` is called as soon as something does.

    First only what the paths reach is rendered, then, where Kafka is touched, all that it may have to do with.
    Raises Unreadable, and TryLater of the rooms below.
    """
    with mirror.worktree(found.before) as first, mirror.worktree(found.after) as second:
        before, after = (_Side(one, cache, rules, before=place == 0) for place, one in enumerate((first, second)))
        places = _affected(before, after, found.paths)
        if not places:
            return None
        reached = frozenset().union(*places.values())
        old, new = (side.read(reached, places) for side in (before, after))
        touched = {name for name in reached if _touches(old.get(name), new.get(name), rules)}
        if not touched:
            return None
        begin()
        changed = _changed(old, new, touched)
        old, new = (side.read(touched, None) for side in (before, after))
        fresh, known = news(before.audit(old), after.audit(new))
        mine = [one for one in known if one.origin.application in changed or one.subject.name in changed]
        placed = [_pointed(one, after.files) for one in fresh]
        shown = {name: (old.get(name, _none(name)), new.get(name, _none(name))) for name in sorted(touched)}
        differences = deltas({name: _rendered(*sides) for name, sides in shown.items()})
        applications = frozenset(after.files.names("applications"))
        return Compared(
            {name: things(one) for name, (one, _) in shown.items()},
            {name: things(one) for name, (_, one) in shown.items()},
            differences,
            tuple(placed),
            tuple(mine),
            len(known) - len(mine),
            _lines(mirror, after.files, head, placed),
            found.conflicts,
            by_bot,
            needs(differences, old, new, rules, before.files, applications),
        )


class _Side:
    """One of the two trees."""

    def __init__(self, root: Path, cache: Cache, rules: Rules, *, before: bool) -> None:
        self.files = Files(root)
        self._cache, self._rules, self._before = cache, rules, before

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Raise Unreadable for what this side is to blame for."""
        try:
            yield
        except UserError as error:
            raise Unreadable(error, before=self._before) from error

    def read(self, names: Collection[str], only: Collection[str] | None) -> Landscape:
        """Return those of these environments that there are."""
        with self.reading():
            there = [name for name in names if name in environments(self.files)]
            return read(self.files, there, only=only, cache=self._cache, jobs=_JOBS)

    def audit(self, landscape: Landscape) -> tuple[Finding, ...]:
        """Return all findings."""
        return audit(landscape, self._rules, facts(self.files, self._rules))


def _affected(before: _Side, after: _Side, paths: Sequence[str]) -> dict[str, frozenset[str]]:
    with before.reading():
        environments(before.files)
    with after.reading():
        return affected(before.files, after.files, deciding(paths))


def _touches(old: Environment | None, new: Environment | None, rules: Rules) -> bool:
    """Whether something about Kafka differs between two states of an environment, or what Kafka itself needs."""
    clusters = rules.clusters.clusters
    platform = {name for one in clusters for name in (one.application, one.access_operator, *one.requires)}
    sides = [(things(one), one.enabled & platform) if one is not None else ((), frozenset()) for one in (old, new)]
    return sides[0] != sides[1]


def _changed(old: Landscape, new: Landscape, names: Collection[str]) -> frozenset[str]:
    """Return the applications of which something about Kafka differs, and the names of what does."""
    found: set[str] = set()
    for name in names:
        before, after = (set(things(side[name])) if name in side else set[Thing]() for side in (old, new))
        found |= {text for one in before ^ after for text in (one.application, one.name)}
    return frozenset(found)


def _none(name: str) -> Environment:
    return Environment(name, frozenset())


def _rendered(old: Environment, new: Environment) -> tuple[Environment, Environment]:
    """Return both without the applications of which one side is not known: nobody loses what does not render."""
    unknown = {one.application for side in (old, new) for one in side.installed.values() if one.error}
    everything = bool(old.error or new.error)
    first, second = (
        replace(
            side,
            installed={} if everything else {name: one for name, one in side.installed.items() if name not in unknown},
        )
        for side in (old, new)
    )
    return first, second


def _pointed(finding: Finding, files: Files) -> Finding:
    """Return a finding about a chart that does not render with the template that Helm complains of."""
    match = _TEMPLATE.search(finding.text) if finding.rule == "not-rendered" else None
    if match is None:
        return finding
    source, application = match.group(1), finding.origin.application
    for folder, names in printed_names(files, f"applications/{application}"):
        for name in names:
            if source.startswith(f"{name}/templates/"):
                file = f"{folder}{source.removeprefix(name)}"
                return replace(finding, origin=Origin(application, file, int(match.group(2) or 0)))
    return finding


def _lines(mirror: Mirror, files: Files, head: str, findings: Sequence[Finding]) -> dict[Origin, int]:
    """Return the lines of findings as they are at the head; the merge with a newer base may have moved them."""
    texts: dict[str, tuple[list[bytes], list[bytes]] | None] = {}
    found = {}
    for origin in dict.fromkeys(one.origin for one in findings if one.origin.file):
        if origin.file not in texts:
            there = mirror.trees.file(head, origin.file)
            here = files.data(origin.file) or b""
            texts[origin.file] = None if there is None else (here.splitlines(), there.splitlines())
        sides = texts[origin.file]
        if sides is not None:
            found[origin] = _moved(*sides, origin.line)
    return found


def _moved(here: list[bytes], there: list[bytes], line: int) -> int:
    if here == there or not line:
        return line
    for mine, theirs, size in difflib.SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks():
        if mine < line <= mine + size:
            return line - mine + theirs
        if mine >= line:
            return min(theirs + 1, len(there))
    return 0
