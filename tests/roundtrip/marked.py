"""Templates of which each line says in which versions of the text it is."""

from __future__ import annotations

from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template
from bot.roundtrip.wiring import Entries, Wiring, wire
from bot.roundtrip.workloads import workloads

HEAD = """\
kind: Pod
spec:
  containers:
  - name: app
"""
VARIABLE = Entries(env=({"name": "B", "value": "b"},))


def text_of(marked: str, which: str) -> str:
    """Return the lines marked with a letter, or not at all: `b` before, `p` plainly wired, `g` wired with a guard."""
    split = [line.partition("|") for line in marked.strip("\n").split("\n")]
    return "".join(f"{line}\n" for marks, bar, line in split if bar and (which in marks or not marks.strip()))


def wiring(text: str, entries: Entries = VARIABLE, guard: str | None = None) -> Wiring:
    """Return the edits that give the main container of the only workload its entries."""
    template = Template(text)
    (workload,) = workloads(template, "app")
    assert workload.main is not None
    return wire(template, workload, workload.main, entries, guard=guard)


def wired(text: str, entries: Entries = VARIABLE, guard: str | None = None) -> str:
    """Return the text with these edits made."""
    return splice(text, wiring(text, entries, guard).splices)
