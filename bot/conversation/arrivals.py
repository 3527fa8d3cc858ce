"""What a delivery means, and which jobs that makes. Asks nobody, so that order is kept."""

from __future__ import annotations

import structlog

from bot.conversation import check
from bot.conversation.requests import Asked
from bot.conversation.thread import spread
from bot.github.events import (
    CheckRequested,
    Ignored,
    PullRequestChanged,
    PullRequestClosed,
    Pushed,
    Reviewed,
    Said,
    from_json,
)
from bot.jobs.model import Enqueues, Json

log = structlog.get_logger("bot.conversation")

THREAD, CLOSED, MOVED = "thread", "closed", "moved"
"""The kinds of the jobs that answer, that follow up a closed pull request, and that look after a push to main."""


def handle(jobs: Enqueues, payload: Json) -> Json:
    """Sort one delivery: `payload` is {"event", "received", "delivery"}; returns what was made of it."""
    with structlog.contextvars.bound_contextvars(delivery=payload.get("delivery", "")):
        made = _sorted(jobs, payload)
        (log.debug if "ignored" in made else log.info)("delivery sorted", **made)
    return made


def _sorted(jobs: Enqueues, payload: Json) -> Json:
    event = from_json(payload["event"])
    if isinstance(event, Said):
        return _said(jobs, payload)
    if isinstance(event, PullRequestClosed):
        # Closed, opened again and then merged are two ends of one head, and people hear of both.
        end = "merged" if event.merged else "closed"
        job = f"{end}-{event.repository.id}-{event.number}-{event.head_sha[:12]}"
        jobs.enqueue(CLOSED, job, f"{event.repository.id}/{event.number}", payload)
        return {"into": job}
    if isinstance(event, Pushed):
        if event.branch != event.repository.default_branch:
            return {"ignored": "not the main branch"}
        job = f"moved-{event.repository.id}-{event.after[:12]}"
        jobs.enqueue(MOVED, job, f"{event.repository.id}/main", payload)
        return {"into": job}
    if isinstance(event, PullRequestChanged | Reviewed | CheckRequested):
        return check.ask(jobs, event, payload)
    return {"ignored": event.reason if isinstance(event, Ignored) else event.kind}


def _said(jobs: Enqueues, payload: Json) -> Json:
    asked = Asked.from_json(payload)
    if not asked.commands:
        return {"ignored": "there is no command in it"}
    if asked.event.action == "edited" and not asked.event.by_author:
        return {"ignored": "somebody else edited it"}
    commands = {} if asked.event.is_pull_request else spread(jobs, asked)
    job = f"thread-{asked.id}"
    jobs.enqueue(THREAD, job, f"{asked.event.repository.id}/{asked.event.number}", {**payload, "jobs": commands})
    return {"into": job, "commands": [*commands]}
