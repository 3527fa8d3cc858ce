"""Damage right edits in many ways and see that the proof catches each: `python -m tests.mutants [TREE]`.

Counted as `unseen` is damage at a place that no environment and no grade of the proof renders: there a template error
goes unnoticed as well, and the byte check cannot judge what an insertion says. Exits 1 where any other survives.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import NamedTuple

from bot.policy.rules import default_directory, load
from bot.proof.model import Change, Expected, Status
from bot.proof.prove import prove
from tests.damage import ADDED, Damaged
from tests.edits import SCHEMAS, Edit, edits
from tests.removals import REMOVED, granted, removals

KINDS = {**ADDED, "removal": REMOVED}
KIND_NAMES = tuple(dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds))
TREE = Path(__file__).parent / "phalanx"


class Verdict(NamedTuple):
    """What became of one mutant: `caught`, `partly`, `unseen` or `SURVIVES`; of a right edit: `right` or why not."""

    kind: str
    edit: str
    result: str
    diff: str = ""


def choose(found: list[Edit], seed: int, each: int) -> list[tuple[Edit, list[tuple[str, Damaged]]]]:
    """Return edits with their mutants: of every kind `each`, of as many edits, the same ones for the same seed."""
    chosen: dict[str, list[tuple[str, Damaged]]] = {}
    for kind in KIND_NAMES:
        random = Random(f"{seed} {kind}")
        count = 0
        for edit in random.sample(found, len(found)):
            if count == each:
                break
            all_of_kind = list(KINDS[edit.variant][kind](edit, random)) if kind in KINDS[edit.variant] else []
            if all_of_kind:
                chosen.setdefault(edit.name, []).append((kind, random.choice(all_of_kind)))
                count += 1
    return [(edit, chosen[edit.name]) for edit in found if edit.name in chosen]


def attack(root: Path, item: tuple[Edit, list[tuple[str, Damaged]]]) -> list[Verdict]:
    """Prove a right edit, then its mutants."""
    edit, mutants = item
    proof = _prove(root, edit.changes, edit.expected)
    if proof is not Status.PROVED:
        return [Verdict("", edit.name, f"left out: {proof}")]
    return [Verdict("", edit.name, "right"), *(judge(root, edit, *one) for one in mutants)]


def judge(root: Path, edit: Edit, kind: str, one: Damaged) -> Verdict:
    """Prove a mutant."""
    status = _prove(root, one.changes, one.expected)
    if status is Status.REFUTED:
        return Verdict(kind, edit.name, "caught")
    if one.probe is not None and _prove(root, one.probe, one.announced or edit.expected) is not Status.REFUTED:
        return Verdict(kind, edit.name, "unseen")
    result = "partly" if status is Status.PARTLY else "SURVIVES"
    return Verdict(kind, edit.name, result, (one.changes[0].after or b"").decode())


def _prove(root: Path, changes: Iterable[Change], expected: Expected) -> Status:
    return prove(root, tuple(changes), expected, schemas=SCHEMAS, jobs=1).status


def report(verdicts: list[Verdict], seconds: float, *, verbose: bool = False) -> int:
    """Print kinds by result; returns the exit status."""
    for one in verdicts:
        if one.result.startswith("left out") or (one.kind and one.result in {"SURVIVES", "partly"}):
            print(f"{one.result}: {one.kind}: {one.edit}\n{one.diff if verbose else ''}".strip())
    results = ("caught", "partly", "unseen", "SURVIVES")
    counted = Counter((one.kind, one.result) for one in verdicts if one.kind)
    print(f"{'':<42}" + "".join(f"{result:>10}" for result in results))
    for kind in KIND_NAMES:
        print(f"{kind:<42}" + "".join(f"{counted[kind, result]:>10}" for result in results))
    sums = Counter(one.result for one in verdicts if one.kind)
    print(f"{'sum':<42}" + "".join(f"{sums[result]:>10}" for result in results))
    right = sum(one.result == "right" for one in verdicts)
    print(f"\n{sum(sums.values())} mutants of {right} right edits in {seconds:.0f} s")
    return int(sums["SURVIVES"] > 0)


def main() -> int:
    """Run all, or a deterministic choice, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, nargs="?", default=TREE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=12, help="mutants of each kind")
    parser.add_argument("--limit", type=int, help="right edits to choose from")
    parser.add_argument("--only", default="", help="part of an edit's name: variant and path")
    parser.add_argument("--verbose", action="store_true", help="print the templates that survive")
    options = parser.parse_args()
    began = time.monotonic()
    root = options.tree.resolve()
    verdicts = _attack_all(root, list(edits(root)), options)
    with tempfile.TemporaryDirectory() as folder:
        rules = load(default_directory())
        tree = Path(shutil.copytree(root, Path(folder) / "tree", symlinks=True))
        given = set(granted(tree, rules))
        verdicts += _attack_all(tree, [one for one in removals(tree, rules) if one.application in given], options)
    return report(verdicts, time.monotonic() - began, verbose=options.verbose)


def _attack_all(root: Path, found: list[Edit], options: argparse.Namespace) -> list[Verdict]:
    found = [edit for edit in found if options.only in edit.name]
    if options.limit is not None and options.limit < len(found):
        found = Random(options.seed).sample(found, options.limit)
    with get_context("spawn").Pool() as pool:
        done = list(pool.imap_unordered(partial(attack, root), choose(found, options.seed, options.each), chunksize=1))
    return sorted(verdict for one in done for verdict in one)


if __name__ == "__main__":
    sys.exit(main())
