"""A job for one thing that somebody said: heard, carried out by other jobs, answered once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from bot.commands.model import Command
from bot.conversation.bot import Bot, Session
from bot.conversation.command import NotAllowed
from bot.conversation.existing import remembered
from bot.conversation.requests import Asked, by_application, outcome
from bot.errors import TryLater, UserError
from bot.github.comments import LONGEST_BODY, marker
from bot.jobs.model import Cause, Ended, Enqueues, Failure, Json, Steps
from bot.pipeline import QUESTIONS, OnlyOnPullRequest, answer_alone, answer_question
from bot.reporting import replies
from bot.reporting.answer import Answer
from bot.reporting.markdown import code

COMMAND = "command"
"""The kind of the jobs that carry out the commands of one application."""

_ROOM = LONGEST_BODY - 500
"""Characters of a reply without its hidden markers."""

_WELL = frozenset({"done", "answered", "unchanged"})
"""Outcomes that are as they were asked for."""


def spread(jobs: Enqueues, asked: Asked, of_pull_request: str | None = None) -> dict[str, list[int]]:
    """Enqueue a job for each application that is asked about; return their ids with the positions of their commands."""
    made = {}
    for application, numbers in by_application(asked.commands, of_pull_request).items():
        job = f"command-{asked.id}-{application}"
        payload = {**asked.to_json(), "application": application, "numbers": numbers}
        jobs.enqueue(COMMAND, job, f"{asked.event.repository.id}/{application}", payload)
        made[job] = numbers
    return made


def handle(bot: Bot, steps: Steps, payload: Json) -> Json:
    """See that people know they were heard, wait for the jobs of their commands, and answer."""
    asked = Asked.from_json(payload)
    with Session(bot, asked.event.installation, asked.event.repository) as session:
        steps("heard", lambda: _react(session, asked, "eyes"))
        jobs: dict[str, list[int]] = payload["jobs"]
        if asked.event.is_pull_request:
            jobs = spread(steps, asked, steps("pull request", lambda: _application(session, asked)))
        found = [one for job, numbers in jobs.items() for one in _outcomes(asked, numbers, steps.result(job))]
        rest = set(range(len(asked.commands))) - {one["number"] for one in found}
        if rest:
            found += _rest(session, steps, asked, sorted(rest))
        found.sort(key=lambda one: one["number"])
        same = len({one["markdown"] for one in found}) == 1
        texts = [found[0]["markdown"]] if same else [_headed(asked, one) for one in found]
        steps("reply", lambda: _reply(session, asked, texts))
        content = "rocket" if all(one["status"] in _WELL for one in found) else "confused"
        steps("react", lambda: _judge(session, asked, content))
    ended = steps("ended", time.time)
    for one in found:
        bot.observe(one["status"], ended - asked.received)
    return {"outcomes": [one["status"] for one in found]}


def _react(session: Session, asked: Asked, content: str) -> bool:
    session.github.comments.react(asked.target, content)
    return True


def _judge(session: Session, asked: Asked, content: str) -> bool:
    """React with the outcome; an edit takes back what was said of the text before it."""
    if asked.event.action == "edited":
        for other in {"rocket", "confused"} - {content}:
            session.github.comments.unreact(asked.target, other)
    return _react(session, asked, content)


def _application(session: Session, asked: Asked) -> str | None:
    """Return the application of the bot's pull request under which something was said."""
    state = remembered(session, session.github.pulls.get(asked.event.number))
    return state.application if state else None


def _outcomes(asked: Asked, numbers: Sequence[int], ended: Ended) -> list[dict[str, Any]]:
    """Return what a job said of its commands, or what its failure says to each of them."""
    if ended.failure is not None:
        return [_failed(asked, number, ended.failure) for number in numbers]
    return list((ended.result or {})["outcomes"])


def _failed(asked: Asked, number: int, failure: Failure) -> dict[str, Any]:
    command = asked.commands[number]
    if failure.cause is Cause.REFUSED:
        return outcome(number, "refused", replies.refusal(UserError(failure.text, failure.hint)))
    if failure.cause is Cause.SURROUNDINGS:
        text = command.text if isinstance(command, Command) else "/kafka-access help"
        return outcome(number, "later", replies.later(TryLater(failure.text, failure.hint), text))
    return outcome(number, "bug", replies.BUG)


def _rest(session: Session, steps: Steps, asked: Asked, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Answer what no job answers: who may not is told that, and nothing else."""
    try:
        allowed = steps("permission", lambda: session.may(asked.event.sender))
    except TryLater as error:
        failure = Failure(Cause.SURROUNDINGS, type(error).__name__, error.text, error.hint)
        return [_failed(asked, number, failure) for number in numbers]
    if allowed:
        return [_alone(session, steps, asked, number) for number in numbers]
    github = session.bot.rules.github
    no = replies.refusal(NotAllowed(github.roles, github.teams))
    return [outcome(number, "refused", no) for number in numbers]


def _alone(session: Session, steps: Steps, asked: Asked, number: int) -> dict[str, Any]:
    """Answer what changes nothing, and so concerns no application's branch."""
    command = asked.commands[number]
    if not isinstance(command, Command):
        return outcome(number, "refused", replies.refusal(command))
    found = answer_alone(command)
    if found is None and command.verb in QUESTIONS:
        kind, text = steps(f"answer {number}", lambda: _look(session, command))
        return outcome(number, kind, text)
    return outcome(number, *_told(found or Answer(command, refusal=OnlyOnPullRequest(command.verb))))


def _look(session: Session, command: Command) -> tuple[str, str]:
    """Answer a question from the newest main."""
    mirror, head = session.main()
    try:
        with mirror.worktree(head) as root:
            return _told(answer_question(root, command, session.bot.rules, session.bot.landscapes))
    except TryLater as error:
        # Waiting does not install Helm: people hear of it now.
        return "later", replies.later(error, command.text)


def _told(found: Answer) -> tuple[str, str]:
    if found.refusal is not None:
        return "refused", replies.refusal(found.refusal)
    return "answered", found.text


def _headed(asked: Asked, found: dict[str, Any]) -> str:
    """Return what is said of a command, below the command where there are others in the same comment."""
    command, text = asked.commands[found["number"]], str(found["markdown"])
    # A line that was mistyped is in its own error, with a caret below it.
    return text if len(asked.commands) == 1 or not isinstance(command, Command) else f"{code(command.text)}\n\n{text}"


def _reply(session: Session, asked: Asked, texts: Sequence[str]) -> str:
    """Write the one reply to a comment; after an edit, below what it said before."""
    section = f"{marker(asked.id)}\n{replies.together(texts, _ROOM)}"
    number, key = asked.event.number, asked.reply_key
    before = session.github.comments.find_reply(number, key) if asked.event.action == "edited" else None
    if before is not None and marker(asked.id) in before.body:
        return before.url
    earlier = before.body.removeprefix(marker(key)).strip() if before else ""
    # What was said of the text before an edit gives way where there is no room for both.
    both = f"{earlier}\n\n---\n\n{section}"
    whole = both if earlier and len(both) <= _ROOM else section
    return session.github.comments.reply(number, key, whole).url
