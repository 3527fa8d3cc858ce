"""A job for each delivery: what it means, and which jobs that makes. Asks nobody, so that order is kept."""

from __future__ import annotations

from bot.conversation.requests import Asked
from bot.conversation.thread import spread
from bot.github.events import Ignored, PullRequestClosed, Pushed, Said, from_json
from bot.jobs.model import Json, Steps

THREAD, CLOSED, MOVED = "thread", "closed", "moved"
"""The kinds of the jobs that answer, that follow up a closed pull request, and that look after a push to main."""


def handle(steps: Steps, payload: Json) -> Json:
    """Sort one delivery: `payload` is {"event", "received"}; returns what was made of it."""
    event = from_json(payload["event"])
    if isinstance(event, Said):
        return _said(steps, payload)
    if isinstance(event, PullRequestClosed):
        job = f"closed-{event.repository.id}-{event.number}-{event.head_sha[:12]}"
        steps.enqueue(CLOSED, job, f"{event.repository.id}/{event.number}", payload)
        return {"job": job}
    if isinstance(event, Pushed):
        if event.branch != event.repository.default_branch:
            return {"ignored": "not the main branch"}
        job = f"moved-{event.repository.id}-{event.after[:12]}"
        steps.enqueue(MOVED, job, f"{event.repository.id}/main", payload)
        return {"job": job}
    return {"ignored": event.reason if isinstance(event, Ignored) else event.kind}


def _said(steps: Steps, payload: Json) -> Json:
    asked = Asked.from_json(payload)
    if not asked.commands:
        return {"ignored": "there is no command in it"}
    if asked.event.action == "edited" and not asked.event.by_author:
        return {"ignored": "somebody else edited it"}
    jobs = {} if asked.event.is_pull_request else spread(steps, asked)
    job = f"thread-{asked.id}"
    steps.enqueue(THREAD, job, f"{asked.event.repository.id}/{asked.event.number}", {**payload, "jobs": jobs})
    return {"job": job, "commands": [*jobs]}
