"""What happens by the day: access that ends is announced a week before, then taken away by a pull request.

Level-triggered: every day all that stands on the main branch is looked at, and what was done already is found again,
the announcement by its marker and the pull request by its branch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from bot.checkout.files import Files
from bot.commands.expiry import NOTICE
from bot.commands.model import Command
from bot.conversation.bot import Bot, Session
from bot.conversation.command import carry_out
from bot.conversation.requests import again
from bot.conversation.work import Work
from bot.errors import UserError
from bot.github.events import Place
from bot.github.homes import homes
from bot.jobs.model import Json, Steps
from bot.kafka.names import expiry
from bot.phalanx.resources import documents, static_name
from bot.planning.chosen import accesses
from bot.planning.existing import connects_as
from bot.policy.rules import Cluster, Rules
from bot.reporting import expiring

SWEEP, LOOK, EXPIRY = "expiry", "expiry-look", "expiry-of"
"""The kinds of the jobs that go round the repositories, look at one of them, and follow up one KafkaUser there."""

DAILY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Expiring:
    """An application whose KafkaUser has a last day that is near or over; `file` is where that stands.

    `cluster` is empty for the cluster that is meant where a command names none.
    """

    application: str
    user: str
    last: date
    file: str
    cluster: str = ""

    @property
    def asked(self) -> str:
        """The words of a command that name the application and the cluster."""
        return f"app={self.application}{f' cluster={self.cluster}' if self.cluster else ''}"

    @property
    def key(self) -> str:
        """What its announcement is found again by: another day is another announcement."""
        # Names may hold what a marker may not.
        name = hashlib.sha256(f"{self.asked}\0{self.user}".encode()).hexdigest()[:16]
        return f"expiry-{name}-{self.last}"


def sweep(bot: Bot, steps: Steps, _payload: Json) -> Json:
    """Have every repository of the App looked at."""
    today = steps("today", lambda: bot.today().isoformat())
    found: list[dict[str, Any]] = steps("repositories", lambda: [asdict(one) for one in homes(bot.app)])
    for one in found:
        place = one["place"]["id"]
        steps.enqueue(LOOK, f"{LOOK}-{place}-{today}", f"{place}/expiry", {**one, "today": today})
    return {"repositories": len(found)}


def look(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Have every KafkaUser of the main branch followed up whose last day is near or over."""
    today = date.fromisoformat(payload["today"])
    with _session(bot, payload) as session:
        found: list[dict[str, Any]] = steps("look", lambda: _look(session, today))
    for one in found:
        what = (one["cluster"], one["application"], one["user"], one["last"], payload["today"])
        job = "-".join((EXPIRY, str(session.place.id), *what))
        steps.enqueue(EXPIRY, job, f"{session.place.id}/{one['application']}", {**payload, **one})
    return {"expiring": [one["user"] for one in found]}


def follow_up(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Announce the end of an access, and once it is over open the pull request that takes it away; each of them once.

    A pull request that people closed is not opened again.
    """
    last = date.fromisoformat(payload["last"])
    one = Expiring(payload["application"], payload["user"], last, payload["file"], payload["cluster"])
    with _session(bot, payload) as session:
        issue: int = steps("announce", lambda: _announce(session, one))
        if one.last >= date.fromisoformat(payload["today"]):
            return {"issue": issue}
        if steps("before", lambda: session.github.comments.find_reply(issue, _DONE) is not None):
            return {"issue": issue, "status": "was proposed before"}
        ((kind, text),) = carry_out(Work(session, one.application, issue, False, [revocation(one)]), steps)
        if kind != "unchanged":
            key = _DONE if kind == "done" else _FAILED
            steps("say", lambda: session.github.comments.reply(issue, key, expiring.over(one.user, one.last, text)).url)
    return {"issue": issue, "status": kind}


_DONE, _FAILED = "expiry-done", "expiry-failed"


def revocation(one: Expiring) -> Command:
    """Return the command that takes an expired access away."""
    return again([f"/kafka-access revoke {one.asked} user={one.user}"])[0]


def _session(bot: Bot, payload: Json) -> Session:
    return Session(bot, payload["installation"], Place(**payload["place"]))


def _announce(session: Session, one: Expiring) -> int:
    body = expiring.announcement(one.application, one.user, one.last, one.file, one.asked)
    return session.github.issues.open(one.key, expiring.title(one.application, one.last), body).number


def _look(session: Session, today: date) -> list[dict[str, Any]]:
    main = session.place.default_branch
    mirror = session.fetch(main)
    head = mirror.head(main)
    if head is None:
        return []
    with mirror.worktree(head) as root:
        files = Files(root)
        if not files.is_phalanx:
            return []
        found = [*expiring_in(files, session.bot.rules, today)]
    return [{**asdict(one), "last": one.last.isoformat()} for one in found]


def expiring_in(files: Files, rules: Rules, today: date) -> Iterator[Expiring]:
    """Yield what ends within NOTICE or has ended, for each application that connects as a KafkaUser or has its name."""
    applications = files.names("applications")
    for cluster in rules.clusters.clusters:
        other = cluster.name if cluster != rules.cluster else ""
        for user in documents(files, cluster.application, "KafkaUser"):
            name, last = static_name(user), expiry(user.expires)
            if name is None or last is None or last - today > NOTICE:
                continue
            using = [one for one in applications if name in _users(files, one, cluster)]
            for application in using or [one for one in applications if one == name]:
                yield Expiring(application, name, last, user.file, other)


def _users(files: Files, application: str, cluster: Cluster) -> set[str]:
    """Return the KafkaUsers that an application connects as; those of a chart that cannot be read are left out."""
    try:
        return {connects_as(one) for one in accesses(files, application, cluster)}
    except UserError:
        return set()
