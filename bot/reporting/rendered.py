"""Rendered differences, resource by resource, folded; what is equal in several environments is shown once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.proof.model import Differing, Proof
from bot.proof.objects import Rendered
from bot.proof.workloads import POD_SPECS
from bot.reporting import fields
from bot.reporting.markdown import fenced, folded, paragraphs, table
from bot.reporting.sections import portions
from bot.words import counted, shortened
from bot.yaml import NotYaml

_SECRET = re.compile(r"\bSecret\b")
_ROWS = 25
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class _Shown:
    """How one difference reads: a title, tables of fields, and lines of a unified diff."""

    title: str
    fields: tuple[fields.FieldChange, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def essence(self) -> tuple[object, ...]:
        """What is compared: what stands around a difference, and at which line, may differ."""
        changed = (line for line in self.lines if line.startswith(("+", "-")))
        return self.title, self.fields, *changed


def differences(proofs: Sequence[Proof]) -> tuple[str, ...]:
    """Return every resource that differs; of several proofs in a row, from the first state to the last."""
    shown = cache(_shown)
    groups: dict[tuple[object, ...], tuple[_Shown, list[str]]] = {}
    for environment, found in _chained(proofs).items():
        for one in found:
            it = shown(one)
            groups.setdefault(it.essence, (it, []))[1].append(environment)
    ordered = sorted(groups.values(), key=lambda one: (one[0].title, one[1]))
    return tuple(block for one, names in ordered for block in _blocks(one, names))


def _chained(proofs: Sequence[Proof]) -> Mapping[str, list[Differing]]:
    found: dict[str, dict[tuple[str, str], Differing]] = {}
    for environment, one in (
        (name, one) for proof in proofs for name, ones in proof.differences.items() for one in ones
    ):
        here = found.setdefault(environment, {})
        key = (one.source, _named(one.after or one.before))
        before = here[key].before if key in here else one.before
        here[key] = Differing(one.source, before, one.after)
    return {name: [one for one in here.values() if one.before != one.after] for name, here in sorted(found.items())}


def _named(text: str) -> str:
    """Kind and name as text, for documents that may not be YAML."""
    return " ".join(re.findall(r"^(?:kind:|  name:)\s*(.*?)\s*$", text, re.MULTILINE)[:2]).replace('"', "")


def _shown(one: Differing) -> _Shown:
    word = "changes" if one.before and one.after else "is new" if one.after else "is gone"
    title = f"{_named(one.after or one.before)[:_LONGEST]} {word} ({one.source[:_LONGEST]})"
    try:
        before, after = (Rendered(one.source, text).data for text in (one.before, one.after))
    except NotYaml:
        hidden = _SECRET.search(one.before + one.after)
        return _Shown(title, lines=("This is not YAML, and not shown.",) if hidden else _lines(one))
    kinds = {str(value) for side in (before, after) for key, value in side.items() if str(key).startswith("kind")}
    if "Secret" in kinds:
        return _Shown(title, tuple(fields.secret(before, after)))
    if kinds & {"List", "SecretList"} and _SECRET.search(one.before + one.after):
        return _Shown(title, lines=("This list holds Secrets, and is not shown.",))
    kind = str(after.get("kind") or "")
    if kind in POD_SPECS and before and after:
        return _Shown(title, tuple(fields.workload(kind, before, after)), _lines(one))
    return _Shown(title, lines=_lines(one))


def _lines(one: Differing) -> tuple[str, ...]:
    first, second = one.before.splitlines(), one.after.splitlines()
    return tuple(difflib.unified_diff(first, second, one.source, one.source, lineterm=""))[2:]


def _blocks(one: _Shown, names: Sequence[str]) -> Iterator[str]:
    title = f"{one.title}, in {counted(len(names), 'environment')}: {shortened(names)}"
    rows = [(field.where, field.before, field.after) for field in one.fields]
    parts = [table(("field", "before", "after"), rows[at : at + _ROWS]) for at in range(0, len(rows), _ROWS)]
    parts += [fenced("\n".join(portion), "diff") for portion in portions(one.lines)]
    # What is short stays together: a resource is one block where it can be.
    together = paragraphs(parts)
    if len(together) <= 8_000 or len(parts) == 1:
        yield folded(title, together)
        return
    for number, part in enumerate(parts, 1):
        yield folded(f"{title} (part {number} of {len(parts)})", part)
