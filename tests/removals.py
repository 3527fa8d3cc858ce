"""Right removals, to be proved and to be damaged: what grants gave to the applications of a tree, taken away again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from bot.checkout.files import Files, write_all
from bot.errors import UserError
from bot.planning import revoke
from bot.planning.plan import plan
from bot.policy.rules import Rules
from bot.proof.model import Change, Expected
from tests.damage import PROBE, Damaged, Kind, meaning, with_template
from tests.edits import Edit, replace_all
from tests.revocations import after, command

Spliced = tuple[tuple[int, int, str], ...]


def granted(root: Path, rules: Rules) -> Iterator[str]:
    """Give access to each application of the tree at `root` that can have it; yields their names."""
    for application in Files(root).names("applications"):
        line = f"/kafka-access app={application} topic=lsst.square-events.{application}.ingest workload=all"
        try:
            write_all(root, after(plan(Files(root), rules, command(line))))
        except UserError:
            continue
        yield application


def removals(root: Path, rules: Rules) -> Iterator[Edit]:
    """Yield what takes all access away from each application that has any, its templates first."""
    files = Files(root)
    for application in files.names("applications"):
        try:
            found = revoke.plan(files, rules, command(f"/kafka-access revoke app={application}"))
        except UserError:
            continue
        sources = [one.source for one in found.expected.unwired]
        changes = sorted(found.changes, key=lambda one: one.path not in sources)
        if changes and changes[0].path in sources and changes[0].after is not None:
            yield Edit("removal", application, tuple(changes), found.expected)


def _spliced(edit: Edit, damage: Callable[[str, int, int], Iterator[tuple[int, int]]]) -> Iterator[Damaged]:
    """Take other stretches away: `damage` yields what becomes of each, from the old text and its start and end."""
    change = edit.changes[0]
    old = (change.before or b"").decode()
    for number, (start, end, new) in enumerate(change.spliced):
        rest: Spliced = (*change.spliced[:number], *change.spliced[number + 1 :])
        for one, two in damage(old, start, end) if not new else ():
            if any(one < last and begin < two for begin, last, _ in rest):
                continue
            damaged = replace_all(change, tuple(sorted((*rest, *([(one, two, "")] if two > one else [])))))
            if meaning(damaged) != meaning(change):
                yield probed(edit, damaged, one if one < start else min(start, two))


def probed(edit: Edit, damaged: Change, place: int) -> Damaged:
    """The edit with another template; the probe is a template error in the old one, where the damage begins."""
    old = (edit.changes[0].before or b"").decode()
    at = place + len(old[place:]) - len(old[place:].lstrip(" "))
    probe = replace_all(edit.changes[0], ((at, at, PROBE),))
    return replace(with_template(edit, damaged), probe=(probe,), announced=Expected())


def leave_in(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _spliced(edit, lambda old, start, end: iter([(start, start)]))


def take_less(edit: Edit, _: Random) -> Iterator[Damaged]:
    def less(old: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        for match in re.finditer("\n", old[start:end]):
            yield from ((start, start + match.end()), (start + match.end(), end))

    return _spliced(edit, less)


def take_more(edit: Edit, _: Random) -> Iterator[Damaged]:
    def more(old: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        yield start, (old.find("\n", end) + 1) or len(old)
        yield old.rfind("\n", 0, max(start - 1, 0)) + 1, end

    return _spliced(edit, more)


def drop_another_line(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _elsewhere(edit, lambda line: "")


def alter_another_line(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _elsewhere(edit, lambda line: re.sub(r"\w(\W*)\Z", r"_\1", line))


def _elsewhere(edit: Edit, damage: Callable[[str], str]) -> Iterator[Damaged]:
    change = edit.changes[0]
    for match in re.finditer(r"[^\n]*\S[^\n]*\n", (change.before or b"").decode()):
        new = damage(match.group())
        near = any(start <= match.end() and match.start() <= end for start, end, _ in change.spliced)
        if near or new == match.group():
            continue
        damaged = replace_all(change, tuple(sorted((*change.spliced, (match.start(), match.end(), new)))))
        if meaning(damaged) != meaning(change):
            yield probed(edit, damaged, match.start())


def leave_a_template(edit: Edit, _: Random) -> Iterator[Damaged]:
    """In a chart that goes, nothing renders what stays."""
    gone = {change.path for change in edit.changes if change.after is None}
    for number, change in enumerate(edit.changes):
        if "/templates/" in change.path and f"{change.path.partition('/templates/')[0]}/Chart.yaml" not in gone:
            yield Damaged((*edit.changes[:number], *edit.changes[number + 1 :]), edit.expected)


def delete_a_template(edit: Edit, _: Random) -> Iterator[Damaged]:
    change = edit.changes[0]
    yield Damaged((replace(change, after=None, spliced=()), *edit.changes[1:]), edit.expected)


def fewer_announced(edit: Edit, _: Random) -> Iterator[Damaged]:
    expected = edit.expected
    for number in range(len(expected.removed_objects)):
        objects = (*expected.removed_objects[:number], *expected.removed_objects[number + 1 :])
        yield Damaged(edit.changes, replace(expected, removed_objects=objects))
    for one in expected.unwired:
        for name in (*one.env, *one.mounts, *one.volumes):
            env, mounts, volumes = (
                tuple(other for other in names if other != name) for names in (one.env, one.mounts, one.volumes)
            )
            fewer = replace(one, env=env, mounts=mounts, volumes=volumes)
            rest = tuple(fewer if other is one else other for other in expected.unwired)
            yield Damaged(edit.changes, replace(expected, unwired=rest))


def fewer_environments(edit: Edit, _: Random) -> Iterator[Damaged]:
    """Under a switch nothing changes where that is off."""
    for one in edit.expected.unwired:
        for name in one.environments if len(one.environments) > 1 and not one.switches else ():
            here = replace(one, environments=one.environments - {name})
            rest = tuple(here if other is one else other for other in edit.expected.unwired)
            yield Damaged(edit.changes, replace(edit.expected, unwired=rest))


REMOVED: dict[str, Kind] = {
    "leave a removal out": leave_in,
    "take fewer lines away": take_less,
    "take one more line away": take_more,
    "take another line away": drop_another_line,
    "alter another line": alter_another_line,
    "leave a template as it was": leave_a_template,
    "take a whole template away": delete_a_template,
    "announce fewer removals": fewer_announced,
    "announce fewer environments": fewer_environments,
}
