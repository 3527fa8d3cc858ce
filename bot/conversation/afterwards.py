"""What follows a pull request: it was merged or closed, or the main branch moved under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.commands.model import Verb
from bot.commands.parser import parse_line
from bot.conversation.bot import Bot, Session
from bot.conversation.existing import remembered
from bot.conversation.prolonged import prolonged
from bot.conversation.state import State
from bot.errors import UserError
from bot.github.errors import Stale
from bot.github.events import Place, PullRequestClosed, Pushed, event_of
from bot.jobs.model import Json, Steps
from bot.reporting.environments import GRANTED, IN_KAFKA, REVOKED, Deployment, after_merge
from bot.reporting.markdown import code, fenced, paragraphs

_GRANTED = ("gets its access", GRANTED)
_GRANTED_IN_KAFKA = ("gets its access", IN_KAFKA)
_MERGED: Mapping[Verb | None, tuple[str, str]] = {
    Verb.REVOKE: ("loses its access", REVOKED),
    Verb.MIGRATE: ("has its access by objects of the newer version", IN_KAFKA),
}
"""What a merge brings and what to look at then, where all commands have one of these verbs."""

REFRESH = "refresh"
"""The kind of the jobs that redo a pull request after main moved."""


def closed(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Say what to do after a merge, or that nothing has changed, and remove the branch."""
    event = event_of(PullRequestClosed, payload["event"])
    with Session(bot, event.installation, event.repository) as session:
        state = steps("look", lambda: _state(session, event.number))
        if state is None:
            return {"ignored": "not a pull request of the bot"}
        steps("say", lambda: _say(session, event, State(**state)))
        steps("clean up", lambda: _clean_up(session, event))
    return {"merged": event.merged}


def moved(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Have every pull request of the bot redone that no longer merges, or takes away what goes on."""
    event = event_of(Pushed, payload["event"])
    with Session(bot, event.installation, event.repository) as session:
        found: list[dict[str, Any]] = steps("look", lambda: _outdated(session, event.repository))
    for one in found:
        job = f"refresh-{event.repository.id}-{one['number']}-{event.after[:12]}"
        steps.enqueue(REFRESH, job, f"{event.repository.id}/{one['application']}", {**payload, **one})
    return {"outdated": [one["number"] for one in found]}


def _state(session: Session, number: int) -> dict[str, Any] | None:
    state = remembered(session, session.github.pulls.get(number))
    return asdict(state) if state else None


def _say(session: Session, event: PullRequestClosed, state: State) -> bool:
    link = f"[#{event.number}]({event.url})"
    if event.merged:
        verbs = {getattr(one, "verb", None) for one in map(parse_line, state.commands)}
        granted = _GRANTED if state.application in state.sync else _GRANTED_IN_KAFKA
        does, then = _MERGED.get(next(iter(verbs)), granted) if len(verbs) == 1 else granted
        text = paragraphs(
            [
                f"Pull request {link} is merged: {code(state.application)} {does} once Argo CD has synced.",
                after_merge(Deployment(tuple(state.sync), state.domains), then),
            ]
        )
    else:
        again = "\n".join(state.commands)
        text = f"Pull request {link} was closed without a merge; nothing has changed. To ask again:\n\n{fenced(again)}"
    session.github.comments.reply(state.issue, f"closed-{event.number}", text)
    return True


def _clean_up(session: Session, event: PullRequestClosed) -> bool:
    """Delete the branch unless somebody pushed to it since, or opened another pull request from it."""
    if session.github.pulls.find(event.head_ref) is not None:
        return False
    try:
        session.github.branches.delete(event.head_ref, event.head_sha)
    except Stale:
        return False
    return True


def _outdated(session: Session, place: Place) -> list[dict[str, Any]]:
    prefix = session.bot.rules.github.pull_request.branch_prefix
    pulls = session.github.pulls.of_bot(prefix)
    if not pulls:
        return []
    mirror = session.fetch(place.default_branch, *(one.head_ref for one in pulls))
    main = mirror.head(place.default_branch)
    found = []
    for one in pulls:
        state, head = remembered(session, one), mirror.head(one.head_ref)
        if main is None or head is None or state is None:
            continue
        try:
            conflicts = mirror.history.merge(main, head).tree is None
        except UserError:
            continue
        if conflicts or prolonged(mirror, main, state, session.bot.rules, session.bot.today()):
            found.append({"number": one.number, "application": state.application})
    return found
