"""Migrate a Phalanx tree: `make migrations`.

Every application that has KafkaUsers or KafkaTopics of an old version gets them migrated in memory, and Helm has to
prove it; `--no-proof` only plans. Exits 1 where anything is refuted, or where a second migration changes something.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from bot.checkout.files import Files
from bot.errors import UserError
from bot.planning import migrate
from bot.policy.rules import Rules, default_directory, load
from bot.proof.model import Status
from bot.proof.prove import prove
from tests.revocations import after, command


def judged(root: Path, rules: Rules, application: str, *, rendering: bool) -> str:
    """Migrate one application in memory; returns what came of it, a word and perhaps a colon and more."""
    try:
        line = command(f"/kafka-access migrate app={application}")
        planned = migrate.plan(Files(root), rules, line)
    except UserError as refusal:
        return f"refused: {type(refusal).__name__}: {refusal.text}. {refusal.hint}"
    if not planned.changes:
        return "nothing old"
    again = migrate.plan(Files(root, after(planned)), rules, line)
    if again.changes:
        return f"differs: {again.changes[0].path} changes again"
    told = f"{len(planned.changes)} files, {len(planned.resources)} objects, {len(planned.targets)} environments"
    if not rendering:
        return f"planned: {told}"
    proof = prove(root, planned.changes, planned.expected, schemas=planned.schemas, jobs=1)
    if proof.status is Status.PROVED:
        return f"proved: {told}" + "".join(f"\n    {note}" for note in (*planned.notes, *proof.notes))
    return f"{proof.status.value}: {'; '.join(f'{one.environment} {one.text}' for one in proof.problems[:3])}"


def main() -> int:
    """Run over all applications of a tree, print a line for each and a count, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--no-proof", action="store_true")
    parser.add_argument("--only", nargs="*", default=())
    options = parser.parse_args()
    rules = load(default_directory())
    counted: Counter[str] = Counter()
    for application in options.only or Files(options.root).names("applications"):
        result = judged(options.root, rules, application, rendering=not options.no_proof)
        counted[result.partition(":")[0]] += 1
        if result != "nothing old":
            print(f"{application}: {result}", flush=True)
    print(", ".join(f"{number} {what}" for what, number in sorted(counted.items())))
    return 1 if counted["differs"] or counted["refuted"] else 0


if __name__ == "__main__":
    sys.exit(main())
