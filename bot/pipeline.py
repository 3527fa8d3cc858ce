"""The life of a command inside a checkout: parse, plan, write, prove. The CLI and the bot both go this way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from bot.checkout.files import Files
from bot.commands.expiry import in_time
from bot.commands.help import help_text
from bot.commands.model import Command, Verb
from bot.commands.parser import parse
from bot.errors import UserError
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.policy.rules import Rules
from bot.proof.model import SKIPPED, Proof, Status
from bot.reporting.answer import Answer

Planner = Callable[[Files, Rules, Command], Plan]
Prover = Callable[[Path, Plan], Proof]
QUESTIONS = frozenset({Verb.WHO, Verb.AUDIT})
"""Verbs that change nothing and are answered from a checkout."""
Writer = Callable[[Path, Mapping[str, bytes | None]], None]


class NothingAsked(UserError):
    """A comment without a command."""

    def __init__(self) -> None:
        super().__init__(
            "there is no command in this comment: a command is a line that starts with /kafka-access, outside code "
            "and quotations",
            "/kafka-access help",
        )


class NotProved(UserError):
    """A change that could not be rendered where it matters."""

    def __init__(self, gaps: Sequence[str]) -> None:
        super().__init__(
            f"this cannot be proved, so it is not written ({'; '.join(gaps)})",
            "mend on the main branch what does not render, then ask again",
        )


class OnlyOnPullRequest(UserError):
    """`refresh` or `cancel` where there is no pull request of the bot."""

    def __init__(self, verb: Verb) -> None:
        super().__init__(
            f"{verb.value} works in a comment on a pull request of the bot", f"type /kafka-access {verb.value} there"
        )


def today_in_utc() -> date:
    """Return the day, as it is everywhere at once."""
    return datetime.now(UTC).date()


def answer(
    root: Path,
    comment: str,
    rules: Rules,
    prove: Prover,
    write: Writer,
    today: Callable[[], date] = today_in_utc,
) -> list[Answer]:
    """Carry out a comment's commands in order on the checkout at `root`.

    `prove` judges a plan before anything is written; `write` puts a proved plan's files in place. What is refused
    leaves the checkout as it was, and the commands after it are still carried out. `today` is the day in UTC.
    """
    asked = parse(comment).commands or (NothingAsked(),)
    return [answer_one(root, in_time(command, today()), rules, prove, write) for command in asked]


def answer_one(root: Path, command: Command | UserError, rules: Rules, prove: Prover, write: Writer) -> Answer:
    """Carry out one command; see `answer`."""
    if isinstance(command, UserError):
        return Answer(None, refusal=command)
    if (alone := answer_alone(command)) is not None:
        return alone
    if command.verb in QUESTIONS:
        return answer_question(root, command, rules)
    return _planned(root, command, rules, prove, write)


def answer_question(root: Path, command: Command, rules: Rules, cache: Path | None = None) -> Answer:
    """Answer a command that only asks something about the checkout at `root`.

    `cache` is a folder for what is found; without it, that of the user.
    """
    from bot import questions  # noqa: PLC0415 - planning does without
    from bot.landscape.cache import Cache, default_folder  # noqa: PLC0415

    try:
        return Answer(command, text=questions.replied(Files(root), command, rules, Cache(cache or default_folder())))
    except UserError as refusal:
        return Answer(command, refusal=refusal)


def answers_alone(comment: str) -> list[Answer] | None:
    """Return the answers to a comment of which nothing needs a checkout, or None."""
    found = []
    for command in parse(comment).commands or (NothingAsked(),):
        one = Answer(None, refusal=command) if isinstance(command, UserError) else answer_alone(command)
        if one is None:
            return None
        found.append(one)
    return found


def answer_alone(command: Command) -> Answer | None:
    """Return the answer to what needs no checkout: help, and what only works on a pull request; else None."""
    if command.verb is Verb.HELP:
        return Answer(command, text=help_text(command.word))
    if command.verb in {Verb.REFRESH, Verb.CANCEL}:
        return Answer(command, refusal=OnlyOnPullRequest(command.verb))
    return None


def _planner(command: Command) -> Planner:
    # Most commands are plain grants, and importing is half of what they take.
    if command.verb is Verb.REVOKE and command.metrics:
        from bot.planning import metrics_revoke  # noqa: PLC0415

        return metrics_revoke.plan
    if command.verb is Verb.REVOKE:
        from bot.planning import revoke  # noqa: PLC0415

        return revoke.plan
    if command.verb is Verb.MIGRATE:
        from bot.planning import migrate  # noqa: PLC0415

        return migrate.plan
    if command.metrics:
        from bot.planning import metrics  # noqa: PLC0415

        return metrics.plan
    return plan


def _planned(root: Path, command: Command, rules: Rules, prove: Prover, write: Writer) -> Answer:
    try:
        planned = _planner(command)(Files(root), rules, command)
        proof = prove(root, planned) if planned.changes else Proof(Status.PROVED)
        if proof.status is Status.REFUTED:
            doubt = next(iter(planned.doubts), None)
            return Answer(command, None if doubt else planned, proof, doubt)
        if proof.status is Status.PARTLY and (gaps := _gaps(planned, proof)):
            return Answer(command, None, proof, NotProved(gaps))
        if planned.changes and command.verb is not Verb.PLAN:
            write(root, {change.path: change.after for change in planned.changes})
    except UserError as refusal:
        return Answer(command, refusal=refusal)
    return Answer(command, planned, proof)


def _gaps(planned: Plan, proof: Proof) -> list[str]:
    """Return why something that the plan changes is not proved; what never rendered elsewhere is no reason."""
    return [
        f"{one.environment or 'everywhere'}: {one.text}"
        for one in proof.problems
        if not one.environment or one.environment in planned.targets
    ]


def keep(_root: Path, _contents: Mapping[str, bytes | None]) -> None:
    """Write nothing: the Writer of a plan."""


def skip(_root: Path, _planned: Plan) -> Proof:
    """Prove nothing: the Prover where the user said `--no-proof`."""
    return SKIPPED
