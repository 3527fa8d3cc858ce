"""Wire every workload template of a real Phalanx tree and prove each edit: `make corpus`.

Each template file that holds workloads gets entries under names that exist nowhere yet, in the main container of each
of its workloads; the proof judges the result, and the same again must change nothing. With `--guarded` the
entries depend on a value that is off by default: off, every environment must stay as it is; on, the entries appear.
Exits 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.environments import environments
from bot.phalanx.workloads import FoundWorkload, application_workloads
from bot.planning.guards import check_schema, printing_all_values
from bot.proof.model import Change, Expected, Proof, Status, WiredWorkload
from bot.proof.prove import prove
from bot.roundtrip.splice import Draft
from bot.roundtrip.template import Template
from bot.roundtrip.values import ValuesFile
from bot.roundtrip.wiring import Entries, wire
from bot.roundtrip.workloads import workloads

SWITCH = ("zzzProbe", "enabled")
ENTRIES = Entries(
    (
        {"name": "ZZZ_FROM", "valueFrom": {"secretKeyRef": {"name": "zzz-probe", "key": "one"}}},
        {"name": "ZZZ_PATH", "value": "/etc/zzz/one"},
    ),
    ({"name": "zzz-probe", "mountPath": "/etc/zzz/one", "subPath": "one"},),
    ({"name": "zzz-probe", "secret": {"secretName": "zzz-probe", "defaultMode": 420}},),
)


@dataclass
class Result:
    """What became of one template file; `why` explains a refusal or what is wrong."""

    path: str
    documents: int
    status: str = "proved"
    why: str = ""
    moved: int = 0
    deleted: int = 0
    environments: int = 0
    again: int = 0
    """How many changes the same request makes on the result."""


def files_of(root: Path) -> Iterator[tuple[str, str, list[FoundWorkload]]]:
    """Yield application, template and workloads of every template file under `applications/` that holds any."""
    files = Files(root)
    for application in files.names("applications"):
        own = [one for one in application_workloads(files, application) if not one.shared]
        for path, found in groupby(own, key=lambda one: one.file):
            yield application, path, list(found)


def judge(root: Path, guarded: bool, item: tuple[str, str]) -> Result:
    """Edit and prove one file of the tree."""
    application, path = item
    files = Files(root)
    found = [one for one in application_workloads(files, application) if one.file == path]
    result = Result(path, len(found))
    try:
        charts = (found[0].chart.path, f"applications/{application}")
        if guarded:
            check_schema(files, charts, SWITCH[0])
        change, wired = _edit(files, application, found, result, guarded)
    except UserError as error:
        result.status, result.why = "refused", str(error)
        return result
    runs = frozenset(name for name, one in environments(files).items() if application in one.enabled)
    wired = [replace(one, environments=runs) for one in wired]
    try:
        proofs = list(_proofs(root, files, application, found, change, wired, runs, guarded))
    except UserError as error:
        result.status, result.why = "refused", str(error)
        return result
    result.environments = len(runs)
    for proof in proofs:
        if proof.status is not Status.PROVED:
            doubt = next(printing_all_values(files, charts, SWITCH[0]), None) if guarded else None
            result.status = "partly" if proof.status is not Status.REFUTED else "refused" if doubt else "wrong"
            result.why = f"{doubt or ''} " + "; ".join(f"{one.environment}: {one.text}" for one in proof.problems[:3])
            return result
    result.why = "; ".join(note for note in proofs[-1].notes if "rendered in no" in note)
    result.again = _again(change, found)
    return result


def _edit(
    files: Files, application: str, found: list[FoundWorkload], result: Result, guarded: bool
) -> tuple[Change, list[WiredWorkload]]:
    text = files.text(found[0].file) or ""
    draft = Draft(text)
    wired = []
    switches = tuple(".".join((*scope, *SWITCH)) for scope in _scopes(found[0])) if guarded else ()
    for one in reversed(found):
        main = one.workload.main
        if main is None:
            raise UserError(f"{one.label}: no telling which container is meant")
        done = wire(one.template, one.workload, main, ENTRIES, guard=".".join(SWITCH) if guarded else None)
        draft.apply(done.splices)
        result.moved += len(done.moved)
        result.deleted += sum(edit.end - edit.start for edit in done.splices) - sum(map(len, done.moved))
        wired.append(
            WiredWorkload(
                application, frozenset(), one.file, one.workload.kind, one.workload.index, main,
                ENTRIES.env, ENTRIES.mounts, ENTRIES.volumes, switches,
            )
        )  # fmt: skip
    edits = tuple((edit.start, edit.end, edit.new) for edit in draft.splices)
    return Change(found[0].file, text.encode(), draft.text.encode(), edits), wired


def _scopes(one: FoundWorkload) -> list[tuple[str, ...]]:
    return [(alias,) for alias in one.aliases] or [()]


def _proofs(
    root: Path,
    files: Files,
    application: str,
    found: list[FoundWorkload],
    change: Change,
    wired: list[WiredWorkload],
    runs: frozenset[str],
    guarded: bool,
) -> Iterator[Proof]:
    if not guarded:
        yield prove(root, [change], Expected(wired=tuple(wired)), jobs=1)
        return
    default = _put(files, f"{found[0].chart.path}/values.yaml", [SWITCH], False)
    yield prove(root, [change, default], Expected(), jobs=1)
    paths = [(*scope, *SWITCH) for scope in _scopes(found[0])]
    here = [name for name in sorted(runs) if files.text(f"applications/{application}/values-{name}.yaml") is not None]
    on = [_put(files, f"applications/{application}/values-{name}.yaml", paths, True) for name in here]
    yield prove(root, [change, default, *on], Expected(wired=tuple(wired)), jobs=1)


def _put(files: Files, path: str, keys: list[tuple[str, ...]], value: bool) -> Change:
    text = files.text(path)
    draft = Draft(text or "")
    for key in keys:
        draft.apply(ValuesFile(draft.text).put(key, value))
    edits = tuple((edit.start, edit.end, edit.new) for edit in draft.splices)
    return Change(path, None if text is None else text.encode(), draft.text.encode(), () if text is None else edits)


def _again(change: Change, found: list[FoundWorkload]) -> int:
    """Count the workloads of the result in which an entry is not seen."""
    text = (change.after or b"").decode()
    seen = workloads(Template(text), found[0].chart.name)
    return sum(
        not (
            {entry["name"] for entry in ENTRIES.env} <= set(one.containers[one.main or 0].environment)
            and {entry["mountPath"] for entry in ENTRIES.mounts} <= set(one.containers[one.main or 0].mounts)
            and {entry["name"] for entry in ENTRIES.volumes} <= set(one.volumes)
        )
        for one in seen
    )


def main() -> int:
    """Run, print one line per file that is not simply proved, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--guarded", action="store_true")
    parser.add_argument("--only", default="", help="part of a path")
    parser.add_argument("--json", type=Path, help="write all results here")
    options = parser.parse_args()
    if not Files(options.tree).is_phalanx:
        print(f"skipped: {options.tree} is not a Phalanx tree")
        return 0
    began = time.monotonic()
    items = [(application, path) for application, path, _ in files_of(options.tree) if options.only in path]
    with get_context("spawn").Pool() as pool:
        results = list(pool.imap_unordered(partial(judge, options.tree.resolve(), options.guarded), items, chunksize=1))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in results], indent=1), encoding="utf-8")
    return report(sorted(results, key=lambda one: one.path), options.guarded, time.monotonic() - began)


def report(results: list[Result], guarded: bool, seconds: float) -> int:
    """Print what came out; returns the exit status."""
    for one in results:
        if one.status != "proved" or one.why or one.again:
            print(f"{one.status:<8} {one.path}: {one.why}" + (f" AGAIN {one.again}" if one.again else ""))
    counted = Counter(one.status for one in results)
    proved = [one for one in results if one.status == "proved"]
    print(
        f"\n{'guarded' if guarded else 'unguarded'}: {len(results)} files with {sum(one.documents for one in results)} "
        f"workloads: {dict(counted)}; "
        f"{sum(one.environments > 0 and not one.why for one in proved)} in real environments; "
        f"key lines moved: {sum(one.moved for one in proved)} in {sum(one.moved > 0 for one in proved)} files; "
        f"other characters deleted: {sum(one.deleted for one in proved)}; changes by the same again: "
        f"{sum(one.again for one in proved)}; {seconds:.0f} s"
    )
    bad = counted["wrong"] + counted["partly"]
    return int(bad > 0 or any(one.again for one in results))


if __name__ == "__main__":
    sys.exit(main())
