"""Grant and revoke on a Phalanx tree: `make revocations`.

Every application that has no access gets it, and loses it again: not a byte of the tree may differ. One that runs in
more than two environments gets it in two of them one after the other too, which has to come to the same as at once.
With `--by-hand`, the applications that have access already lose it, Helm has to prove it, and they get it again by the
equivalent command: what Helm prints then is compared with what it printed at first. With `--metrics`, those that
publish no metrics do, and stop. Exits 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.commands.parser import parse
from bot.errors import UserError
from bot.phalanx.resources import documents
from bot.planning import metrics, metrics_revoke, revoke
from bot.planning.connected import MadeByTemplate
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.policy.rules import Rules, default_directory, load
from bot.proof.model import Status
from bot.proof.prove import prove
from tests.regrants import again, equivalent, equivalent_metrics

Contents = Mapping[str, bytes | None]


def command(text: str) -> Command:
    """Return the command of a line."""
    [found] = parse(text).commands
    if isinstance(found, UserError):
        raise found
    return found


def after(planned: Plan) -> dict[str, bytes | None]:
    """Return the files that a plan changes, as they will be."""
    return {change.path: change.after for change in planned.changes}


def there_and_back(root: Path, rules: Rules, application: str, options: str = "") -> tuple[Contents, Contents, Plan]:
    """Grant and revoke in memory; returns what both touched, as it was and as it is in the end, and the revocation."""
    files = Files(root)
    topic = f"topic=lsst.square-events.{application}.ingest"
    granted = after(plan(files, rules, command(f"/kafka-access {application} {topic} {options}")))
    back = revoke.plan(Files(root, granted), rules, command(f"/kafka-access revoke {application}"))
    touched = granted | after(back)
    return {path: files.data(path) for path in touched}, touched, back


def step_by_step(root: Path, rules: Rules, application: str, names: Sequence[str]) -> tuple[Contents, Contents]:
    """Grant one environment after the other, and all at once; returns what both come to."""
    line = f"/kafka-access {application} topic=lsst.square-events.{application}.ingest workload=all"
    once = after(plan(Files(root), rules, command(f"{line} env={','.join(names)}")))
    grown = after(plan(Files(root), rules, command(f"{line} env={names[0]}")))
    for name in names[1:]:
        grown |= after(plan(Files(root, grown), rules, command(f"/kafka-access app={application} env={name}")))
    paths = {*once, *grown}
    return {path: once.get(path) for path in paths}, {path: grown.get(path) for path in paths}


def differing(old: Contents, new: Contents) -> list[str]:
    """Return the files that differ; an empty one counts as one that is not there."""
    return [path for path in sorted(new) if (old[path] or b"") != (new[path] or b"")]


def metrics_there_and_back(root: Path, rules: Rules, application: str) -> tuple[Contents, Contents, Plan]:
    """Let an application publish metrics, and take that away, in memory; see there_and_back.

    What is of the Kafka service is left out: the list and its tags stay, as a KafkaTopic is never deleted.
    """
    files, line = Files(root), f"{application} metrics"
    granted = after(metrics.plan(files, rules, command(f"/kafka-access {line} workload=all")))
    back = metrics_revoke.plan(Files(root, granted), rules, command(f"/kafka-access revoke {line}"))
    service = f"applications/{rules.cluster.application}/"
    touched = {path: now for path, now in (granted | after(back)).items() if not path.startswith(service)}
    return {path: files.data(path) for path in touched}, touched, back


def _grantable(root: Path, rules: Rules, application: str) -> str:
    """Everywhere, and where the application runs in several environments in the first of them alone, with a switch."""
    if revoke.plan(Files(root), rules, command(f"/kafka-access revoke app={application}")).changes:
        return "has access"
    wrong: list[str] = []
    try:
        old, new, back = there_and_back(root, rules, application, "workload=all")
        wrong += differing(old, new)
        if len(back.targets) > 1:
            old, new, _ = there_and_back(root, rules, application, f"workload=all env={back.targets[0]}")
            wrong += [f"with a switch {path}" for path in differing(old, new)]
        if len(back.targets) > 2:
            old, new = step_by_step(root, rules, application, back.targets[:2])
            wrong += [f"step by step {path}" for path in differing(old, new)]
    except UserError as refusal:
        return f"differs: {', '.join(wrong)}" if wrong else f"refused: {type(refusal).__name__}: {refusal.text}"
    return f"differs: {', '.join(wrong)}" if wrong else "same bytes"


def _metrics(root: Path, rules: Rules, application: str) -> str:
    """Let it publish metrics, and take that away."""
    if metrics_revoke.plan(Files(root), rules, command(f"/kafka-access revoke {application} metrics")).changes:
        return "has access"
    try:
        old, new, back = metrics_there_and_back(root, rules, application)
    except UserError as refusal:
        return f"refused: {type(refusal).__name__}: {refusal.text}"
    read = [note for note in back.notes if " stays in " in note]
    kept = {f"{folder}/{name}" for note in read for folder in _folders(note) for name in ("values.yaml", "README.md")}
    wrong = set(differing(old, new))
    if wrong - kept - ({f"applications/{application}/README.md"} if kept else set()):
        return f"differs: {', '.join(sorted(wrong))}"
    return f"same bytes, but for values that stay: {'; '.join(read)}" if wrong else "same bytes"


def _folders(note: str) -> list[str]:
    return [word.removesuffix("/values.yaml,") for word in note.split() if word.endswith("/values.yaml,")]


def _by_hand(root: Path, rules: Rules, application: str) -> str:
    """Take away what is there, prove it, and grant it again."""
    files = Files(root)
    if not any(documents(files, application, "KafkaAccess")):
        return "no access"
    try:
        planned, commands = _taken_away(files, rules, application)
    except UserError as refusal:
        return f"refused: {type(refusal).__name__}: {refusal.text}"
    if not planned.changes:
        return "nothing to take away"
    proof = prove(root, planned.changes, planned.expected, schemas=planned.schemas, jobs=2)
    if proof.status is not Status.PROVED:
        problems = [f"{one.environment} {one.text}" for one in proof.problems]
        return f"{proof.status.value}: {'; '.join(problems[:3])}"
    try:
        differences = again(root, rules, commands, planned, proof)
    except UserError as refusal:
        return f"proved, not granted again: {type(refusal).__name__}: {refusal.text}"
    what = "proved, the same granted again" if not differences else "proved, granted again with differences:"
    return "\n  ".join((what, *differences))


def _taken_away(files: Files, rules: Rules, application: str) -> tuple[Plan, list[Command]]:
    """Return the revocation of what an application has (metrics, where it has these alone), and how to get it again."""
    try:
        planned = revoke.plan(files, rules, command(f"/kafka-access revoke {application}"))
        return planned, list(equivalent(files, rules, application))
    except MadeByTemplate:
        planned = metrics_revoke.plan(files, rules, command(f"/kafka-access revoke {application} metrics"))
        return planned, list(equivalent_metrics(files, rules, application, planned.targets))


def main() -> int:
    """Run over all applications of a tree, print a line for each and a count, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--by-hand", dest="judge", action="store_const", const=_by_hand, default=_grantable)
    parser.add_argument("--metrics", dest="judge", action="store_const", const=_metrics)
    parser.add_argument("--only", nargs="*", default=())
    options = parser.parse_args()
    rules = load(default_directory())
    judge: Callable[[Path, Rules, str], str] = options.judge
    counted: Counter[str] = Counter()
    for application in options.only or Files(options.root).names("applications"):
        try:
            result = judge(options.root, rules, application)
        except UserError as refusal:
            result = f"has access: {type(refusal).__name__}"
        counted[result.partition(":")[0]] += 1
        if result not in {"no access", "has access"}:
            print(f"{application}: {result}", flush=True)
    print(", ".join(f"{number} {what}" for what, number in sorted(counted.items())))
    return 1 if counted["differs"] or counted["refuted"] else 0


if __name__ == "__main__":
    sys.exit(main())
