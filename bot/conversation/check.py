"""A job for one head of one pull request: whether it touches Kafka, and if it does, the check run about that.

A review makes it anew, so that it says who has agreed by now.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass

from bot.checkout.mirror import Mirror
from bot.conversation.approval import agreements
from bot.conversation.bot import Bot, Session
from bot.conversation.comparison import Pair, Unreadable, compare, pair
from bot.errors import TryLater, UserError
from bot.github.checks import Annotation, Check
from bot.github.events import CheckRequested, PullRequestChanged, Reviewed, from_json
from bot.jobs.model import Enqueues, Failure, Json, Steps
from bot.landscape.affected import deciding
from bot.landscape.cache import Cache
from bot.landscape.selection import MENTIONS_KAFKA
from bot.reporting import check as report

CHECK = "check"
"""The kind of the jobs that check a pull request."""

_EXTERNAL = re.compile(r"pull-(\d+):.+")

Event = PullRequestChanged | Reviewed | CheckRequested


class NotThereYet(TryLater):
    """GitHub told of a commit before git can have it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the newest commit of pull request {number} cannot be fetched yet")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be checked: a commit, as the head of a pull request that goes to `base`."""

    number: int
    base: str
    sha: str
    by_bot: bool

    @property
    def ref(self) -> str:
        """The pull request's head in the repository that it goes to, wherever its branch lives."""
        return f"refs/pull/{self.number}/head"


def ask(jobs: Enqueues, event: Event, payload: Json) -> Json:
    """Enqueue the check that an event asks for, one at a time for each pull request; returns what was made of it."""
    place = event.repository.id
    if isinstance(event, PullRequestChanged):
        base = hashlib.sha256(event.base_ref.encode()).hexdigest()[:6]
        job, key = f"check-{place}-{event.number}-{event.head_sha[:12]}-{base}", str(event.number)
    elif isinstance(event, Reviewed):
        job, key = f"check-{place}-{event.number}-review-{event.review}-{event.action}", str(event.number)
    elif event.run:
        found = _EXTERNAL.fullmatch(event.external_id)
        if event.name != report.NAME or found is None:
            return {"ignored": "another check is to run again"}
        job, key = f"check-{place}-run-{event.run}", found.group(1)
    else:
        # A suite may be asked for again and again, and each time means it.
        job, key = f"check-{place}-suite-{event.suite}-{round(payload['received'])}", event.head_sha
    jobs.enqueue(CHECK, job, f"{place}/{key}", {**payload, "check": job})
    return {"into": job}


def handle(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Check the commit that an event is about, if it is still the head of its pull request."""
    event = _event(payload)
    if not bot.rules.github.checks:
        return {"ignored": "checks are switched off"}
    with Session(bot, event.installation, event.repository) as session:
        found: Json = steps("compare", lambda: _compare(session, event, payload["check"]))
        if "ignored" in found:
            return found
        steps("conclude", lambda: _conclude(session, found))
    return {"pull": found["number"], "conclusion": found["check"]["conclusion"]}


def failed(bot: Bot, steps: Steps, payload: Json, failure: Failure) -> None:
    """End a check run without a result, so that nobody waits for one; where Kafka is not touched, say nothing."""
    event = _event(payload)
    if bot.rules.github.checks:
        with Session(bot, event.installation, event.repository) as session:
            steps("say", lambda: _give_up(session, event, payload["check"], failure))


def _event(payload: Json) -> Event:
    event = from_json(payload["event"])
    if not isinstance(event, Event):
        raise TypeError(event)
    return event


def _compare(session: Session, event: Event, job: str) -> Json:
    """Return the check run's number and how it ends, or why there is none."""
    subject = _subject(session, event)
    if subject is None:
        return {"ignored": "no pull request of a check of the bot"}
    mirror = session.fetch(subject.base, subject.ref)
    what = _pair(session, mirror, subject)
    if isinstance(what, str):
        return {"ignored": what}
    external = _external(subject, job)
    checks, began = session.github.checks, []

    def begin() -> None:
        began.append(checks.put(subject.sha, report.running(external)))

    bot = session.bot
    try:
        cache = Cache(bot.landscapes)
        compared = compare(mirror, what, subject.sha, bot.rules, cache, begin, by_bot=subject.by_bot)
    except Unreadable as found:
        check = report.unreadable(external, found.error, before=found.before)
    else:
        if compared is None:
            return {"ignored": "nothing about Kafka changes"}
        agreed = agreements(session, subject.number, subject.sha, compared.needs)
        check = report.concluded(external, compared, agreed)
    if not began:
        begin()
    return {
        "number": subject.number,
        "sha": subject.sha,
        "base": subject.base,
        "run": began[0],
        "check": asdict(check),
    }


def _subject(session: Session, event: Event) -> Subject | None:
    github = session.github
    if isinstance(event, PullRequestChanged):
        by_bot = event.author.login == github.bot.login
        return Subject(event.number, event.base_ref, event.head_sha, by_bot)
    if isinstance(event, Reviewed):
        pull = github.pulls.get(event.number)
        # What does not touch Kafka has none, and a newer commit is looked at by a job of its own.
        known = pull.state == "open" and github.checks.external_ids(pull.head_sha, report.NAME)
        return Subject(pull.number, pull.base_ref, pull.head_sha, pull.by_bot) if known else None
    ids = [event.external_id] if event.run else github.checks.external_ids(event.head_sha, report.NAME)
    found = next((match for one in ids if (match := _EXTERNAL.fullmatch(one))), None)
    if found is None:
        return None
    pull = github.pulls.get(int(found.group(1)))
    return Subject(pull.number, pull.base_ref, event.head_sha, pull.by_bot)


def _pair(session: Session, mirror: Mirror, subject: Subject) -> Pair | str:
    """Return what is to be compared, or why nothing is: all of this without a worktree."""
    base, head = mirror.head(subject.base), mirror.head(subject.ref)
    if head != subject.sha:
        if session.github.pulls.get(subject.number).head_sha != subject.sha:
            return "there is a newer commit"
        raise NotThereYet(subject.number)
    if base is None:
        return "the branch that it goes to is gone"
    try:
        found = pair(mirror, base, head)
    except UserError:
        return "it has no history in common with the branch that it goes to"
    if found is None or not _may_matter(mirror, found):
        return "it does not touch Kafka"
    return found


def _may_matter(mirror: Mirror, found: Pair) -> bool:
    """Whether the paths can reach anything that mentions Kafka; those of the `environments` chart may always."""
    paths = deciding(found.paths)
    folders = sorted({"/".join(path.split("/")[:2]) for path in paths})
    if any(not one.startswith("applications/") for one in folders):
        return True
    # A chart that is shared may mention what the application's own does not.
    pattern = f"{MENTIONS_KAFKA.pattern}|file://"
    return bool(folders) and any(mirror.trees.mention(one, pattern, folders) for one in (found.before, found.after))


def _conclude(session: Session, found: Json) -> str | None:
    """Say how the check ended, unless the pull request has gone on meanwhile: then only that."""
    data = found["check"]
    check = Check(**{**data, "annotations": [Annotation(**one) for one in data["annotations"]]})
    subject = Subject(found["number"], found["base"], found["sha"], by_bot=False)
    if session.fetch(subject.ref).head(subject.ref) != subject.sha:
        check = report.superseded(check.external_id)
    session.github.checks.update(subject.sha, found["run"], check)
    return check.conclusion


def _give_up(session: Session, event: Event, job: str, failure: Failure) -> bool:
    subject = _subject(session, event)
    if subject is None:
        return False
    external = _external(subject, job)
    checks = session.github.checks
    if external not in checks.external_ids(subject.sha, report.NAME):
        mirror = session.fetch(subject.base, subject.ref)
        if isinstance(_pair(session, mirror, subject), str):
            return False
    checks.put(subject.sha, report.failed(external, failure, job))
    return True


def _external(subject: Subject, job: str) -> str:
    """What a check run is found again by: its pull request, and what asked for it."""
    return f"pull-{subject.number}:{job}"
