"""The body of a pull request: who gets what, where, what it rests on, and what to do after the merge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import UserError
from bot.proof.model import Status
from bot.reporting import replies
from bot.reporting.access_delta import effective, rules, tables
from bot.reporting.answer import Answer
from bot.reporting.diff import count
from bot.reporting.effect import Effect, listed
from bot.reporting.environments import Deployment, table_of
from bot.reporting.headline import headline
from bot.reporting.markdown import bullets, code, ended, fenced, paragraphs, prose
from bot.reporting.picture import picture
from bot.reporting.rendered import differences
from bot.reporting.sections import Section, fit, pages, portions
from bot.words import counted, shortened

ROOM = 62_000
"""Characters of a body with all that the bot adds to it. GitHub takes 65,536; the rest is for what people add."""
PAGE = 60_000
"""Characters of a page."""
MOST_PAGES = 10
"""Pages as comments; more would bury the conversation."""

_LEFT = "*There is no room for {number} more here: see the comments below.*"


class TooMuch(UserError):
    """More than a pull request can say."""

    def __init__(self, commands: int) -> None:
        super().__init__(
            f"the pull request would answer {counted(commands, 'command')}, more than its description has room for",
            "have the pull request merged first, then ask for the rest, or ask in another issue",
        )


@dataclass(frozen=True, slots=True)
class Body:
    """A description of bounded length, and pages with what it has no room for."""

    text: str
    pages: tuple[str, ...] = ()


def body(answers: Sequence[Answer], issue: int, deployed: Deployment, kept: Sequence[str], taken: int = 0) -> Body:
    """Return the description; `kept` are paths that people changed on the branch.

    `taken` are the characters that its hidden state needs. Raises TooMuch where even the shortest form does not fit.
    """
    effect = Effect([one for one in answers if one.plan is not None])
    room = ROOM - taken
    text, rest = fit(list(sections(effect, issue, deployed, kept)), room, _LEFT)
    if len(text) > room:
        raise TooMuch(len(effect.plans))
    found = pages(rest, PAGE)
    if len(found) > MOST_PAGES:
        last = f"{len(found) - MOST_PAGES} more pages are left out. `kafka-access plan` in a checkout shows all of it."
        found = [*found[: MOST_PAGES - 1], paragraphs([found[MOST_PAGES - 1], last])]
    return Body(text, tuple(found))


def sections(effect: Effect, issue: int, deployed: Deployment, kept: Sequence[str]) -> Iterator[Section]:
    """Yield everything that there is to say, in the order in which it is read."""
    yield Section("", (headline(effect, kept), f"Asked for in #{issue}:"))
    yield Section("", _commands(effect), 1)
    yield Section("Who gets what", rules(effect), 3)
    graph = picture(effect)
    yield Section("", (graph,) if graph else (), 6)
    yield Section("What the rules say", _findings(effect), 2)
    yield Section("Effective access, before and after", effective(effect), 5)
    yield Section("Environments", table_of(effect, deployed), 3)
    yield Section("Proof", tuple(_proof(effect)), 4)
    yield Section("What is written", tuple(_written(effect, kept)), 6)
    yield Section("Rendered differences", differences(effect.proofs), 7)
    yield Section("After the merge", (_afterwards(effect, deployed), _FOOT), 0)


_FOOT = (
    f"{code('/kafka-access refresh')} in a comment here redoes all of it on the newest main, "
    f"{code('/kafka-access cancel')} closes it."
)


def _commands(effect: Effect) -> tuple[str, ...]:
    lines = dict.fromkeys(plan.command.text for plan in effect.plans)
    return tuple(fenced("\n".join(portion)) for portion in portions(lines))


def _findings(effect: Effect) -> tuple[str, ...]:
    return tuple(bullets(portion) for portion in portions(replies.findings(*effect.plans)))


def _proof(effect: Effect) -> Iterator[str]:
    renders = sum(one.renders for one in effect.proofs)
    if effect.status is Status.SKIPPED:
        yield "Nothing was rendered, so nothing is proved."
    else:
        yield (
            f"Every chart that changes was rendered before and after, as Argo CD does it, in "
            f"{counted(len(effect.outcomes), 'environment')} ({counted(renders, 'run')} of Helm). The objects were "
            f"compared: only what is planned may differ. {_bytes(effect)}"
        )
    problems = [f"**Not proved** {_where(one.environment)}: {prose(ended(one.text))}" for one in effect.problems]
    notes = dict.fromkeys(prose(ended(note)) for proof in effect.proofs for note in proof.notes)
    for portion in portions((*problems, *notes)):
        yield bullets(portion)


def _bytes(effect: Effect) -> str:
    if effect.migrates:
        return "In the files, only versions and the spelling of lists of operations differ."
    if effect.revokes:
        return "Files lose what is taken away, and gain nothing."
    expected = [plan.expected for plan in effect.plans]
    if any(one.changed_quotas or any(user.annotations for user in one.added_rules) for one in expected):
        return "Beside the planned lines, every file is as it was."
    return "Without what is inserted, every file is as it was."


def _where(environment: str) -> str:
    return f"in {code(environment)}" if environment else "everywhere"


def _written(effect: Effect, kept: Sequence[str]) -> Iterator[str]:
    yield from tables(replies.RESOURCES, replies.resource_rows(effect.resources))
    others = _files(effect, {one.file for one in effect.resources})
    for portion in portions(others):
        yield paragraphs(["And in these files:", bullets(portion)])
    for portion in portions(map(code, kept)):
        head = "People have changed these files on the branch; their changes are kept, and not proved:"
        yield paragraphs([head, bullets(portion)])


def _files(effect: Effect, shown: set[str]) -> list[str]:
    """Return the other files with how many lines they gain and lose, over all plans."""
    found: dict[str, tuple[int, int]] = {}
    for change in (one for plan in effect.plans for one in plan.changes if one.path not in shown):
        added, removed = found.get(change.path, (0, 0))
        more, fewer = count(change)
        found[change.path] = (added + more, removed + fewer)
    return [
        f"{code(path)} +{added}{f' -{removed}' if removed else ''}" for path, (added, removed) in sorted(found.items())
    ]


def _afterwards(effect: Effect, deployed: Deployment) -> str:
    changed = [one for one in effect.resources if one.change != "delete"]
    gone = [one for one in effect.resources if one.change == "delete"]
    order = ", then ".join(map(code, deployed.applications))
    steps = [f"Sync {order} in each target: the links are in the table of environments."]
    if gone:
        names = listed([f"{one.kind} {one.name}" for one in gone])
        steps.append(f"See that Argo CD prunes {names}: it deletes nothing unless the sync says so.")
    kafka = [f"{one.kind} {code(one.name)}" for one in changed if one.kind in {"KafkaUser", "KafkaTopic"}]
    if kafka:
        steps.append(f"See that Strimzi reports {shortened(kafka)} as ready.")
    secrets = [f"{one.namespace}/{one.name}" for one in changed if one.kind == "KafkaAccess"]
    if secrets:
        steps.append(f"See that the Secret {listed(secrets)} is there, and that the pods have restarted with it.")
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
