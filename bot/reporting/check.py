"""The check run: what a pull request does to Kafka, what is wrong with that, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.audit.approval import Agreement, Need
from bot.audit.finding import Finding
from bot.errors import UserError
from bot.github.checks import LONGEST_TEXT, Annotation, Check, Conclusion, Level
from bot.jobs.model import Cause, Failure
from bot.kafka.acl import Acl
from bot.kafka.names import user_of
from bot.landscape.delta import Delta, places
from bot.landscape.essence import Thing
from bot.landscape.model import Origin
from bot.policy.audited import Gravity
from bot.reporting import access_delta, approval
from bot.reporting.changes import blocks, broken, counts
from bot.reporting.effect import listed
from bot.reporting.markdown import bullets, code, ended, folded, paragraphs, plain, prose, table
from bot.reporting.sections import Section, fit, portions
from bot.words import counted

NAME = "kafka-access"
"""What the check run is called, also in a branch protection rule."""

_ROOM = LONGEST_TEXT - 2_000
_LEFT = "{number} more are left out here, as GitHub has no room for them."
_MOST_ANNOTATIONS = 200
_ERROR_TEXT = 1_500
_LEVELS: Mapping[Gravity, Level] = {Gravity.ERROR: "failure", Gravity.WARNING: "warning", Gravity.NOTE: "notice"}
_WORDS = {Gravity.ERROR: "error", Gravity.WARNING: "warning", Gravity.NOTE: "note"}

AGAIN = "To have it checked again, press *Re-run* on this check, or push a commit."


@dataclass(frozen=True)
class Compared:
    """What the environments in which something about Kafka changes hold before and after a pull request.

    `new` are the findings that come with it, `known` those about the same applications that were there, `others` how
    many more there are. `lines` are the places of findings at the pull request's head, as far as they are there.
    `conflicts` says that the branch does not merge, and so was looked at by itself. `needs` are what others have to
    agree to.
    """

    before: Mapping[str, tuple[Thing, ...]]
    after: Mapping[str, tuple[Thing, ...]]
    deltas: Mapping[str, Delta]
    new: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()
    others: int = 0
    lines: Mapping[Origin, int] = field(default_factory=dict)
    conflicts: bool = False
    by_bot: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The environments that were compared."""
        return tuple(sorted({*self.before, *self.after}))

    @cached_property
    def gained(self) -> Mapping[tuple[str, Acl], tuple[str, ...]]:
        """Rules that principals gain, with the environments where they do."""
        return places((name, one.gained) for name, one in self.deltas.items())

    @cached_property
    def lost(self) -> Mapping[tuple[str, Acl], tuple[str, ...]]:
        """Rules that principals lose, likewise."""
        return places((name, one.lost) for name, one in self.deltas.items())

    def count(self, gravity: Gravity) -> int:
        """How many new findings are so grave."""
        return sum(one.severity is gravity for one in self.new)


def running(external_id: str) -> Check:
    """Return what is said while environments are rendered."""
    return Check(NAME, external_id, "Rendering before and after", "What changes about Kafka is being worked out.")


def concluded(external_id: str, compared: Compared, agreed: Sequence[Agreement] = ()) -> Check:
    """Return the whole check run; `agreed` is what became of each need."""
    waits = any(not one.by for one in agreed)
    summary, _ = fit([*_summary(compared, agreed, waits=waits)], _ROOM, _LEFT)
    text, _ = fit([*_details(compared)], _ROOM, _LEFT)
    conclusion = _conclusion(compared, waits=waits)
    title = _title(compared, waits=waits)
    return Check(NAME, external_id, title, summary, text, conclusion, tuple(_annotations(compared)))


def unreadable(external_id: str, error: UserError, *, before: bool) -> Check:
    """Return the check run of a pull request that cannot be compared; `before`: the base cannot be read either."""
    said = paragraphs([ended(prose(error.text[:_ERROR_TEXT])), ended(prose(error.hint)) if error.hint else ""])
    if before:
        return Check(NAME, external_id, "Could not be checked: the base is broken", said, "", "neutral")
    return Check(NAME, external_id, "1 error: the change cannot be read", said, "", "failure")


def superseded(external_id: str) -> Check:
    """Return the end of the check run of a commit that is no longer the head."""
    said = "The pull request has a newer commit, which has a check run of its own."
    return Check(NAME, external_id, "A newer commit took its place", said, "", "cancelled")


def failed(external_id: str, failure: Failure, job: str) -> Check:
    """Return the end of a check run that came to no result: nobody knows whether somebody has to agree."""
    if failure.cause is Cause.BUG:
        why = f"That is a bug of the bot. Its operator finds the details with {code(f'kafka-access jobs show {job}')}."
    else:
        why = paragraphs([ended(prose(failure.text[:_ERROR_TEXT])), ended(prose(failure.hint)) if failure.hint else ""])
    said = paragraphs(["What this pull request changes about Kafka could not be worked out.", why, AGAIN])
    return Check(NAME, external_id, "Could not be checked", said, "", "action_required")


def _conclusion(compared: Compared, *, waits: bool) -> Conclusion:
    if compared.count(Gravity.ERROR):
        return "failure"
    if waits:
        return "action_required"
    return "neutral" if compared.count(Gravity.WARNING) else "success"


def _title(compared: Compared, *, waits: bool) -> str:
    errors, warnings = compared.count(Gravity.ERROR), compared.count(Gravity.WARNING)
    found = [counted(errors, "error")] * bool(errors) + [counted(warnings, "warning")] * bool(warnings)
    parts = [*([", ".join(found)] if found else []), *["needs approval"] * waits, _gist(compared)]
    return plain("; ".join(parts), 250)


def _gist(compared: Compared) -> str:
    """Return in a few words whose access changes."""
    gain, lose = ({user_of(name) for name, _ in found} for found in (compared.gained, compared.lost))
    groups = [
        (gain - lose, "gains access", "gain access"),
        (lose - gain, "loses access", "lose access"),
        (gain & lose, "has other access", "have other access"),
    ]
    parts = [
        f"{_few(sorted(names), 'users')} {one if len(names) == 1 else many}" for names, one, many in groups if names
    ]
    return f"{', '.join(parts)} in {_few([*compared.deltas], 'environments')}" if parts else "no access changes"


def _few(names: Sequence[str], what: str) -> str:
    return " and ".join(names) if len(names) < 3 else f"{len(names)} {what}"


def _summary(compared: Compared, agreed: Sequence[Agreement], *, waits: bool) -> Iterator[Section]:
    yield Section("", (_verdict(compared, waits=waits),), 0)
    yield Section("Approval", tuple(approval.blocks(agreed)), 1)
    wrong = any(one.severity is not Gravity.NOTE for one in compared.new)
    yield Section("What is wrong" if wrong else "Worth knowing", tuple(_found(compared.new)), 1)
    gains = access_delta.rules(compared) or ("No rule in Kafka changes: nobody gains or loses access.",)
    yield Section("Who gains and loses what", gains, 2)
    yield Section("Environments", tuple(_environments(compared)), 3)
    yield Section("What could not be rendered", tuple(_unrendered(compared)), 1)
    yield Section("Already there", tuple(_already(compared)), 4)


def _verdict(compared: Compared, *, waits: bool) -> str:
    errors, warnings = compared.count(Gravity.ERROR), compared.count(Gravity.WARNING)
    if errors:
        head = f"**{counted(errors, 'new error')}.** Something does not work, or not as it looks, once this is synced."
    elif waits:
        head = "**Owners have to agree first.** This gives access to what is theirs: see *Approval*."
    elif warnings:
        head = f"**{counted(warnings, 'new warning')}.** Look whether this is what you mean."
    else:
        head = "**Nothing wrong was found in what this changes about Kafka.**"
    parts = [head]
    if compared.by_bot:
        parts.append(
            "The bot opened this pull request, and proved its own changes before it committed them: the proof is in "
            "the description. This check has rendered the pull request again as it is now, with whatever others pushed."
        )
    if compared.conflicts:
        parts.append("The branch does not merge as it is. It was compared with where it began, not with the base.")
    return paragraphs(parts)


def _found(findings: Sequence[Finding]) -> Iterator[str]:
    rows = [
        (
            f"{_icon(one.severity)} {_WORDS[one.severity]}",
            f"{prose(one.text[:_ERROR_TEXT])} {prose(one.hint[:_ERROR_TEXT])}",
            code(one.origin.place),
            listed(one.environments),
            code(one.rule),
        )
        for one in findings
    ]
    yield from access_delta.tables(("", "what", "where", "in", "rule"), rows)


def _icon(gravity: Gravity) -> str:
    return {Gravity.ERROR: "❌", Gravity.WARNING: "⚠️"}.get(gravity, "ℹ️")


def _environments(compared: Compared) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in compared.targets:
        before, after = compared.before.get(name, ()), compared.after.get(name, ())
        whole = not any(broken(after))
        rendered = "✅ before and after" if whole else "⚠️ not all of it"
        access = ("changes" if name in compared.deltas else "stays") if whole else "not all of it known"
        groups.setdefault((rendered, counts(before, after), access), []).append(name)
    rows = [(listed(names, 40), *row) for row, names in groups.items()]
    yield table(("environment", "rendered", "Kafka objects and wiring", "access"), rows)


def _unrendered(compared: Compared) -> Iterator[str]:
    groups: dict[tuple[Thing, bool], list[str]] = {}
    for name in compared.targets:
        there = {one.place for one in broken(compared.before.get(name, ()))}
        for one in broken(compared.after.get(name, ())):
            groups.setdefault((one, one.place in there), []).append(name)
    lines = [
        f"{code(one.name)} in {listed(names)}{', as before this change' if was else ''}: {code(one.text[:_ERROR_TEXT])}"
        for (one, was), names in sorted(groups.items(), key=lambda group: (group[0][1], group[0][0]))
    ]
    for portion in portions(lines):
        yield bullets(portion)


def _already(compared: Compared) -> Iterator[str]:
    tables = [*_found(compared.known)]
    head = f"{counted(len(compared.known), 'finding')} about the same applications, which this does not change"
    for number, one in enumerate(tables):
        yield folded(f"{head}{', continued' if number else ''}", one)
    if compared.others:
        others = counted(compared.others, "other finding")
        yield f"{others} in these environments: `/kafka-access audit` or `kafka-access audit` lists them."


def _details(compared: Compared) -> Iterator[Section]:
    yield Section("Effective access, before and after", access_delta.effective(compared), 1)
    yield Section("Rendered, before and after", tuple(blocks(compared.before, compared.after)), 2)


def _annotations(compared: Compared) -> Iterator[Annotation]:
    """Yield the new findings that have a place at the head; what the bot writes itself, it wrote as its notes say."""
    placed = [
        one
        for one in compared.new
        if one.origin in compared.lines and not (compared.by_bot and one.severity is Gravity.NOTE)
    ]
    for one in placed[:_MOST_ANNOTATIONS]:
        line = max(1, compared.lines[one.origin])
        message = f"{one.text} {one.hint} In {', '.join(one.environments)}."
        yield Annotation(
            one.origin.file,
            line,
            line,
            _LEVELS[one.severity],
            plain(message),
            plain(one.rule, 200),
        )
