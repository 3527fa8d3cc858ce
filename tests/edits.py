"""Right edits of a Phalanx tree, to be proved and to be damaged: workloads wired, objects and rules added."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import chart
from bot.phalanx.environments import environments
from bot.phalanx.resources import documents
from bot.phalanx.workloads import FoundWorkload
from bot.proof.model import AddedRules, Change, Expected, NewObject, WiredWorkload
from bot.roundtrip.splice import Draft
from bot.roundtrip.wiring import wire
from tests.corpus import ENTRIES, SWITCH, Result, _edit, _put, _scopes, files_of

ACCESS: Mapping[str, Any] = {
    "apiVersion": "access.strimzi.io/v1alpha1",
    "kind": "KafkaAccess",
    "metadata": {"name": "zzz-probe", "labels": {"zzz.example.org/part": "probe"}},
    "spec": {
        "kafka": {"name": "sasquatch", "namespace": "sasquatch", "listener": "tls"},
        "user": {"kind": "KafkaUser", "apiGroup": "kafka.strimzi.io", "name": "zzz-user", "namespace": "sasquatch"},
    },
}
ACCESS_TEXT = """\
apiVersion: access.strimzi.io/v1alpha1
kind: KafkaAccess
metadata:
  name: "zzz-probe"
  labels:
    zzz.example.org/part: "probe"
spec:
  kafka:
    name: "sasquatch"
    namespace: "sasquatch"
    listener: "tls"
  user:
    kind: "KafkaUser"
    apiGroup: "kafka.strimzi.io"
    name: "zzz-user"
    namespace: "sasquatch"
"""
RULE: Mapping[str, Any] = {
    "resource": {"type": "topic", "name": "zzz.probe", "patternType": "prefix"},
    "operations": ["Describe", "Read"],
    "host": "*",
}
RULE_LINES = (
    "- resource:",
    "    type: topic",
    '    name: "zzz.probe"',
    "    patternType: prefix",
    "  operations:",
    '    - "Describe"',
    '    - "Read"',
    '  host: "*"',
)
SCHEMAS: Mapping[str, Mapping[str, Any]] = {"KafkaUser": {"type": "object", "additionalProperties": True}}
"""The tree has no definition of KafkaUser; what the proof says of definitions is tested with KafkaAccess."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A right edit: `changes[0]` is the template; `wrong` are edits that the editor itself makes of another request."""

    variant: str
    """`plain`, `off` and `on` (guarded), `access` or `rules`."""
    application: str
    changes: tuple[Change, ...]
    expected: Expected
    wrong: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    others: tuple[Change, ...] = ()
    """The values files of each environment outside the targets, with the guard on."""

    @property
    def name(self) -> str:
        return f"{self.variant} {self.changes[0].path}"


def edits(root: Path) -> Iterator[Edit]:
    """Yield all edits of a tree, those that the editor refuses left out."""
    files = Files(root)
    known = environments(files)
    for application, path, found in files_of(root):
        runs = frozenset(name for name, one in known.items() if application in one.enabled)
        try:
            yield _plain(files, application, path, found, runs)
            yield from _guarded(files, application, path, found, runs)
        except UserError:
            continue
    for application in files.names("applications"):
        runs = frozenset(name for name, one in known.items() if application in one.enabled)
        if runs and chart(files, f"applications/{application}") is not None:
            path = f"applications/{application}/templates/zzz-access.yaml"
            change = Change(path, None, ACCESS_TEXT.encode())
            announced = Expected(new_objects=(NewObject(application, runs, ACCESS),))
            yield Edit("access", application, (change,), announced)
        yield from _rules(files, application, runs)


def _plain(files: Files, application: str, path: str, found: list[FoundWorkload], runs: frozenset[str]) -> Edit:
    change, wired = _edit(files, application, found, Result(path, len(found)), guarded=False)
    expected = Expected(wired=tuple(replace(one, environments=runs) for one in wired))
    wrong = [
        (kind, (replace_all(change, spliced),)) for kind, spliced in _wrong(found) if spliced != change.spliced
    ]  # fmt: skip
    return Edit("plain", application, (change,), expected, tuple(wrong))


def _wrong(found: list[FoundWorkload]) -> Iterator[tuple[str, tuple[tuple[int, int, str], ...]]]:
    """Wire another container than the one announced, or leave one workload of several out."""
    for one in found:
        for number in range(len(one.workload.containers)):
            if number != one.workload.main:
                yield "wire another container", _wired([(one, number)])
        if len(found) > 1:
            yield "leave a workload out", _wired([(other, other.workload.main or 0) for other in found if other != one])


def _wired(chosen: list[tuple[FoundWorkload, int]]) -> tuple[tuple[int, int, str], ...]:
    draft = Draft(chosen[0][0].template.text)
    for one, number in reversed(chosen):
        try:
            draft.apply(wire(one.template, one.workload, number, ENTRIES).splices)
        except UserError:
            return ()
    return tuple((edit.start, edit.end, edit.new) for edit in draft.splices)


def _guarded(
    files: Files, application: str, path: str, found: list[FoundWorkload], runs: frozenset[str]
) -> Iterator[Edit]:
    change, wired = _edit(files, application, found, Result(path, len(found)), guarded=True)
    default = _put(files, f"{found[0].chart.path}/values.yaml", [SWITCH], False)
    keys = [(*scope, *SWITCH) for scope in _scopes(found[0])]
    on = {name: _put(files, f"applications/{application}/values-{name}.yaml", keys, True) for name in sorted(runs)}
    yield Edit("off", application, (change, default), Expected(), others=tuple(on.values()))
    names = list(on)
    targets = names[: (len(names) + 1) // 2]
    expected = Expected(wired=tuple(replace(one, environments=frozenset(targets)) for one in wired))
    others = tuple(on[name] for name in names if name not in targets)
    yield Edit("on", application, (change, default, *(on[name] for name in targets)), expected, others=others)


def _rules(files: Files, application: str, runs: frozenset[str]) -> Iterator[Edit]:
    """Add a rule at the head of the list of each user that is spelled out."""
    for one in documents(files, application, "KafkaUser"):
        where = re.compile(r"^ +acls: *\n( +)- ", re.MULTILINE).search(one.template.text, one.document.start)
        if where is None or "{{" in one.name or one.dependency is None:
            continue
        text, place = one.template.text, where.start(1)
        new = "".join(f"{where.group(1)}{line}\n" for line in RULE_LINES)
        after = text[:place] + new + text[place:]
        change = Change(one.file, text.encode(), after.encode(), ((place, place, new),))
        targets = frozenset(name for name in runs if _is_there(files, application, one.dependency.condition, name))
        namespace = str(one.data["metadata"].get("namespace") or application)
        expected = Expected(added_rules=(AddedRules(application, targets, one.name, namespace, (RULE,)),))
        yield Edit("rules", application, (change,), expected)


def _is_there(files: Files, application: str, condition: str, environment: str) -> bool:
    from bot.phalanx.charts import value_at

    return not condition or value_at(files, f"applications/{application}", condition, environment) is True


def replace_all(change: Change, spliced: tuple[tuple[int, int, str], ...]) -> Change:
    """Return the change with other splices, and what they make of the file."""
    old, out, at = (change.before or b"").decode(), [], 0
    for start, end, new in sorted(spliced):
        out += [old[at:start], new]
        at = end
    return replace(change, after="".join((*out, old[at:])).encode(), spliced=spliced)


__all__ = ["ACCESS", "ACCESS_TEXT", "ENTRIES", "RULE", "SCHEMAS", "SWITCH", "Edit", "WiredWorkload", "edits"]
