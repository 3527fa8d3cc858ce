"""An answer for a person at a terminal: what, where, verdicts, proof, then the diff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import click

from bot.errors import TryLater, UserError
from bot.planning.model import Plan
from bot.policy.verdict import Severity, Verdict
from bot.proof.model import Outcome, Proof, Status
from bot.reporting.diff import count, unified

_COLOURS = {Severity.REFUSE: "red", Severity.NEEDS_APPROVAL: "yellow", Severity.WARN: "yellow", Severity.INFO: "cyan"}
_OUTCOMES = {Outcome.PROVED: "green", Outcome.NOT_RENDERED: "yellow", Outcome.REFUTED: "red"}
_STATUSES = {Status.PROVED: "green", Status.PARTLY: "yellow", Status.REFUTED: "red", Status.SKIPPED: "yellow"}


def failure(error: UserError | TryLater) -> str:
    """Return an error as people read it at a terminal."""
    return f"{error.text}\n{_hint(error.hint)}" if error.hint else error.text


def summary(planned: Plan, proof: Proof, *, written: bool) -> str:
    """Return the whole answer but the diff; `written` says whether the files are in place."""
    return "\n".join(_summary(planned, proof, written=written))


def diff(plan: Plan) -> str:
    """Return the diff in the colours that git uses."""
    return "".join(_painted(line) for line in unified(plan.changes).splitlines(keepends=True))


def _summary(plan: Plan, proof: Proof, *, written: bool) -> Iterator[str]:
    where = ", ".join(plan.targets)
    if not plan.changes:
        yield _title(f"{plan.application}: nothing to do, {_already(plan)}") + (f" ({where})" if where else "")
    else:
        yield _title(f"{plan.application}: {'written' if written else 'planned'} for {where}")
    yield from _section("Environments", [_environment(plan, index) for index in range(len(plan.environments))])
    resources = [f"{item.change:<7} {item.kind} {item.namespace}/{item.name}" for item in plan.resources]
    yield from _section("Resources", resources)
    yield from _section("Files", _files(plan))
    yield from _section("Verdicts", [line for verdict in plan.verdicts for line in _verdict_lines(verdict)])
    yield from _section("Notes", list(plan.notes))
    if plan.changes:
        yield from _section("Proof", list(_proof(proof)))


def _already(plan: Plan) -> str:
    if plan.migrates:
        return "nothing is of an old version"
    return "nothing is there to take away" if plan.revokes else "everything is there already"


def _environment(plan: Plan, index: int) -> str:
    note = plan.environments[index]
    width = max(len(other.name) for other in plan.environments)
    return f"{note.name:<{width}}  {note.state}" + (f": {note.reason}" if note.reason else "")


def _files(plan: Plan) -> list[str]:
    width = max((len(change.path) for change in plan.changes), default=0)
    lines = []
    for change in plan.changes:
        added, removed = count(change)
        action = "create" if change.before is None else "delete" if change.after is None else "edit"
        lines.append(f"{action:<7} {change.path:<{width}}  +{added}" + (f" -{removed}" if removed else ""))
    return lines


def _verdict_lines(verdict: Verdict) -> Iterator[str]:
    word = click.style(verdict.severity.value, fg=_COLOURS[verdict.severity])
    yield f"{word} {verdict.text} [{verdict.rule}]"
    if verdict.remedy:
        yield _hint(verdict.remedy)


def _proof(proof: Proof) -> Iterator[str]:
    status = click.style(proof.status.value, fg=_STATUSES[proof.status])
    yield f"{status}" + (f" by {proof.renders} renders" if proof.renders else "")
    by_outcome: defaultdict[Outcome, list[str]] = defaultdict(list)
    for name, outcome in sorted(proof.environments.items()):
        by_outcome[outcome].append(name)
    for outcome, names in by_outcome.items():
        yield f"{click.style(outcome.value, fg=_OUTCOMES[outcome])}: {', '.join(names)}"
    yield from (f"{problem.environment or 'everywhere'}: {problem.text}" for problem in proof.problems)
    yield from proof.notes


def _section(name: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"\n{click.style(name, bold=True)}"
        yield from (f"  {line}" for line in "\n".join(lines).splitlines())


def _title(text: str) -> str:
    return click.style(text, bold=True)


def _hint(text: str) -> str:
    return click.style(f"  → {text}", fg="cyan")


def _painted(line: str) -> str:
    if line.startswith(("diff ", "--- ", "+++ ", "new file", "deleted file")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line
