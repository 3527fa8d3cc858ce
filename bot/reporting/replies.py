"""What the bot says in a conversation: the first line says what happened, the last one what to type next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.commands.model import CommandError
from bot.errors import TryLater, UserError
from bot.phalanx.strimzi import NEWEST
from bot.planning.model import Plan, ResourceChange
from bot.policy.verdict import Severity
from bot.proof.model import Outcome, Proof, Status
from bot.reporting.answer import Answer
from bot.reporting.effect import Effect
from bot.reporting.headline import gist, proved
from bot.reporting.markdown import bullets, code, ended, fenced, paragraphs, prose, table
from bot.words import capital, counted

_SEVERITIES = {
    Severity.REFUSE: "Refused",
    Severity.NEEDS_APPROVAL: "Needs approval",
    Severity.WARN: "Warning",
    Severity.INFO: "Note",
}

RESOURCES = ("change", "kind", "name", "file")

BUG = "This is a bug in the bot, and nothing was changed. Its operator finds the reason in the log."

_RULE = "\n\n---\n\n"
_COUNTED = 200
"""Characters of the sentence about answers that find no room."""


def refusal(error: UserError | TryLater) -> str:
    """Return why something was not done, and what to type instead."""
    # The parser's own errors are Markdown already, with what was typed inside of their fence.
    text = error.text if isinstance(error, CommandError) else prose(ended(error.text))
    return paragraphs([f"Not done: {text}", hint(error.hint)])


def together(texts: Sequence[str], room: int) -> str:
    """Return answers below each other in at most `room` characters: those that do not fit are only counted."""
    left = room - _COUNTED
    shown = []
    for text in texts:
        if len(text) + len(_RULE) <= left:
            shown.append(text)
            left -= len(text) + len(_RULE)
    missing = len(texts) - len(shown)
    if missing:
        answers = counted(missing, "more answer")
        shown.append(f"There is no room here for {answers}: ask for less at a time, each in a comment of its own.")
    return _RULE.join(shown)


def hint(text: str) -> str:
    """Return what to type or do next: a command in a block that can be copied, else a sentence."""
    if text.startswith("/kafka-access"):
        return f"This works:\n\n{fenced(text)}"
    return prose(ended(capital(text))) if text else ""


def later(error: TryLater, command: str) -> str:
    """Return the answer to a command that failed through no fault of anybody in the conversation."""
    return paragraphs(
        [f"This could not be done now: {prose(ended(error.text))}", f"Try it again later:\n\n{fenced(command)}"]
    )


def planned(answer: Answer) -> str:
    """Return the answer to `plan`: everything that would be done."""
    plan = answer.plan
    if plan is None:
        return BUG
    if not plan.changes:
        return unchanged(plan)
    shown = {one.file for one in plan.resources}
    others = [code(one.path) for one in plan.changes if one.path not in shown]
    again = plan.command.text.replace(" plan ", " ", 1)
    return paragraphs(
        [
            f"Planned, and nothing was changed: {gist(Effect([answer]))}",
            resources(plan),
            f"Changed besides: {', '.join(others)}." if others else "",
            bullets(findings(plan)),
            proof_of(answer.proof),
            f"To have it done:\n\n{fenced(again)}",
        ]
    )


def unchanged(plan: Plan) -> str:
    """Return the answer where everything is there already."""
    return paragraphs(
        [
            f"Nothing to do: {code(plan.application)} {_already(plan)}.",
            bullets(map(prose, plan.notes)),
        ]
    )


def _already(plan: Plan) -> str:
    if plan.revokes:
        return "has nothing to take away"
    if plan.migrates:
        return f"has nothing older than {code(NEWEST)}"
    return f"has all of this already in {_listed(plan.targets)}"


def granted(answer: Answer, head: str) -> str:
    """Return what a command added to its pull request, which `head` names, and what can be typed next."""
    if answer.plan is None:
        return BUG
    effect = Effect([answer])
    return paragraphs(
        [
            f"{head}: {gist(effect)} {proved(effect)}",
            bullets(findings(answer.plan)),
            "Next: have it reviewed and merged; then the bot says what to sync. A further command adds to it, "
            f"{code('/kafka-access cancel')} on the pull request closes it.",
        ]
    )


def takes_back_itself(number: int) -> str:
    """Return the answer to a revocation of what only an open pull request would grant."""
    return (
        f"Not done: nothing on the main branch gives this access, only pull request #{number} would. "
        f"{code('/kafka-access cancel')} there takes it back."
    )


def none_open() -> str:
    """Return the answer to `refresh` where the pull request is closed."""
    return paragraphs(
        [
            "Not done: there is no open pull request of the bot here.",
            "A command for the application, on the issue, opens a new one.",
        ]
    )


def resources(plan: Plan) -> str:
    """Return the resources as a table; empty where there are none."""
    rows = resource_rows(plan.resources)
    return table(RESOURCES, rows) if rows else ""


def resource_rows(resources: Iterable[ResourceChange]) -> list[Sequence[str]]:
    """Return the rows of a table of resources, below the head RESOURCES."""
    return [
        (one.change, one.kind, code(f"{one.namespace}/{one.name}" if one.namespace else one.name), code(one.file))
        for one in resources
    ]


def findings(*plans: Plan) -> list[str]:
    """Return verdicts and then notes, a line each, the gravest verdicts first."""
    verdicts = dict.fromkeys(one for plan in plans for one in plan.verdicts)
    lines = []
    for one in sorted(verdicts, key=lambda one: [*Severity].index(one.severity)):
        text = " ".join(filter(None, (prose(ended(one.text)), hint(one.remedy))))
        lines.append(f"**{_SEVERITIES[one.severity]}:** {text}")
    notes = dict.fromkeys(note for plan in plans for note in plan.notes)
    return [*lines, *(prose(ended(one)) for one in notes)]


def proof_of(proof: Proof) -> str:
    """Return the proof in a sentence, with what keeps it from being whole."""
    names = [name for name, one in proof.environments.items() if one is Outcome.PROVED]
    if proof.status is Status.SKIPPED:
        return "Nothing was rendered, so nothing is proved."
    head = (
        f"Rendered before and after in {_listed(names)}: nothing else changes."
        if proof.status is Status.PROVED
        else f"**Not all of it is proved**; rendered before and after in {_listed(names)}."
    )
    problems = [f"{prose(one.environment or 'everywhere')}: {prose(one.text)}" for one in proof.problems]
    return paragraphs([head, bullets(map(ended, [*problems, *map(prose, proof.notes)]))])


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(code, names)) if names else "no environment"
