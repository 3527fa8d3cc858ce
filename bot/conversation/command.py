"""A job for one application: its commands of one comment, from the permission to the pull request."""

from __future__ import annotations

from functools import partial

from bot.commands.model import Command, Verb
from bot.conversation.bot import Bot, Session
from bot.conversation.prolonged import withdraw
from bot.conversation.requests import Asked, outcome
from bot.conversation.work import LINK, Work
from bot.errors import TryLater, UserError
from bot.github.events import Pushed, event_of
from bot.jobs.model import Json, Steps
from bot.reporting import replies
from bot.words import joined

_TRIES = 4
"""How often a branch may move under a job before the job gives up."""


class NotAllowed(UserError):
    """Somebody who may not."""

    def __init__(self, roles: tuple[str, ...], teams: tuple[str, ...]) -> None:
        allowed = [f"with the role {joined(roles, 'or')}"] * bool(roles)
        allowed += [f"in the team {', '.join(teams)}"] * bool(teams)
        who = f"people {' or '.join(allowed)}"
        super().__init__(f"only {who} can command the bot in this repository", "ask one of them to write the comment")


class Moving(TryLater):
    """The branch moves faster than it can be planned on."""

    def __init__(self) -> None:
        super().__init__("others are pushing to the branch of the pull request all the time")


def handle(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Carry out the commands of one application in one comment; returns {"outcomes": [...]}, see `outcome`."""
    asked, numbers = Asked.from_json(payload), payload["numbers"]
    event = asked.event
    commands = [one for number in numbers if isinstance(one := asked.commands[number], Command)]
    with Session(bot, event.installation, event.repository) as session:
        if not steps("permission", lambda: session.may(event.sender)):
            github = bot.rules.github
            said = [["refused", replies.refusal(NotAllowed(github.roles, github.teams))]] * len(commands)
        else:
            work = Work(session, payload["application"], event.number, event.is_pull_request, commands, event.sender.id)
            cancels = any(one.verb is Verb.CANCEL for one in commands)
            said = [steps("cancel", work.cancel)] * len(commands) if cancels else carry_out(work, steps)
    return {"outcomes": [outcome(number, *one) for number, one in zip(numbers, said, strict=True)]}


def refresh(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Redo a pull request after main moved, or close what main makes wrong; says where it does not work."""
    event = event_of(Pushed, payload["event"])
    number = payload["number"]
    with Session(bot, event.installation, event.repository) as session:
        if steps("withdraw", lambda: withdraw(session, number)):
            return {"status": "closed"}
        work = Work(session, payload["application"], number, True, [Command(Verb.REFRESH, "/kafka-access refresh")])
        ((kind, text),) = carry_out(work, steps)
        if kind not in {"done", "unchanged"}:
            head = f"`{event.repository.default_branch}` has moved so that this no longer merges."
            steps("say", lambda: session.github.comments.reply(number, "refresh", f"{head}\n\n{text}").url)
    return {"status": kind}


def carry_out(job: Work, steps: Steps) -> list[list[str]]:
    """Bring the pull request up to date and return [status, Markdown] of each command."""
    for _ in range(_TRIES):
        found: Json = steps("plan", job.plan)
        if not found.get("publish"):
            return list(found["said"])
        if not steps("commit", partial(job.commit, found)):
            continue
        pull: Json = steps("pull request", partial(job.pull_request, found))
        if found["publish"]["pages"]:
            steps("pages", partial(job.pages, found, pull["number"]))
        steps("label", partial(job.label, found, pull["number"]))
        link = f"[#{pull['number']}]({pull['url']})"
        return [[kind, text.replace(LINK, link) if kind == "done" else text] for kind, text in found["said"]]
    raise Moving
