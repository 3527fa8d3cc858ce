"""A job for one application: its commands of one comment, from the permission to the pull request."""

from __future__ import annotations

from typing import Any

from bot.checkout.failures import NoBranch
from bot.checkout.mirror import Mirror
from bot.commands.model import Command, Verb
from bot.conversation import proposal
from bot.conversation.bot import Bot, Session
from bot.conversation.proposal import Proposal, propose
from bot.conversation.requests import ON_PULL_REQUEST, Asked, outcome
from bot.conversation.state import State, opened, sealed
from bot.errors import TryLater, UserError
from bot.github.commits import File
from bot.github.errors import Stale
from bot.github.events import Pushed, from_json
from bot.github.labels import Label
from bot.github.pulls import PullRequest
from bot.jobs.model import Json, Steps
from bot.proof.model import Status
from bot.reporting import pull_request, replies
from bot.reporting.answer import Answer
from bot.reporting.record import status

_TRIES = 4
"""How often a branch may move under a job before the job gives up."""

_COLOUR = "5319e7"


class NotAllowed(UserError):
    """Somebody who may not."""

    def __init__(self, roles: tuple[str, ...], teams: tuple[str, ...]) -> None:
        named = " or ".join(filter(None, (", ".join(roles[:-1]), *roles[-1:])))
        allowed = [f"with the role {named}"] * bool(roles) + [f"in the team {', '.join(teams)}"] * bool(teams)
        who = f"people {' or '.join(allowed)}"
        super().__init__(f"only {who} can command the bot in this repository", "ask one of them to write the comment")


class BranchTaken(UserError):
    """The branch that the pull request would have is not the bot's."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"the branch {branch} was made by somebody else, and the bot does not touch it",
            "delete or rename the branch, or ask in another issue",
        )


class Unsealed(UserError):
    """A pull request of the bot without its memory."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"pull request {number} no longer says what it is made of: somebody has edited its description",
            "close it, delete its branch and ask again",
        )


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
            work = Work(session, payload["application"], event.number, event.is_pull_request, commands)
            cancels = any(one.verb is Verb.CANCEL for one in commands)
            said = [steps("cancel", work.cancel)] * len(commands) if cancels else carry_out(work, steps)
    return {"outcomes": [outcome(number, *one) for number, one in zip(numbers, said, strict=True)]}


def refresh(bot: Bot, steps: Steps, payload: Json) -> Json:
    """Redo a pull request after main moved; says so there only where that does not work."""
    event = from_json(payload["event"])
    if not isinstance(event, Pushed):
        raise TypeError(event)
    number = payload["number"]
    with Session(bot, event.installation, event.repository) as session:
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
        if not steps("commit", lambda found=found: job.commit(found)):  # type: ignore[misc]
            continue
        pull: Json = steps("pull request", lambda found=found: job.pull_request(found))  # type: ignore[misc]
        steps("label", lambda pull=pull: job.label(pull["number"]))  # type: ignore[misc]
        link = f"[#{pull['number']}]({pull['url']})"
        return [[kind, text.replace(_LINK, link) if kind == "done" else text] for kind, text in found["said"]]
    raise Moving


_LINK = "\0link\0"


class Work:
    """The steps of one application's commands under one issue or pull request; each may run twice."""

    def __init__(
        self, session: Session, application: str, number: int, is_pull_request: bool, commands: list[Command]
    ) -> None:
        self.session = session
        self.bot = session.bot
        self.application = application
        self.number = number
        self.is_pull_request = is_pull_request
        self.commands = commands

    @property
    def _main(self) -> str:
        return self.session.place.default_branch

    def plan(self) -> Json:
        """Think through what the branch should hold; {"said"} and, where there is anything to write, {"publish"}."""
        try:
            return self._plan()
        except UserError as error:
            return {"said": [["refused", replies.refusal(error)] for _ in self.commands]}

    def _plan(self) -> Json:
        pull, state, branch = self._existing()
        mirror = self.session.fetch(self._main, branch)
        main, head = mirror.head(self._main), mirror.head(branch)
        if main is None:
            raise NoBranch(self.session.place.full_name, self._main)
        if pull is None and head is not None:
            self._refuse_foreign(mirror, main, head, branch)
        new = [one for one in self.commands if one.verb not in ON_PULL_REQUEST]
        try:
            found = propose(mirror, self.bot.rules, self.bot.prove, main, head, state, new)
        except TryLater as error:
            # Waiting does not install Helm: people hear of it now.
            return {"said": [["later", replies.later(error, one.text)] for one in self.commands]}
        said = self._said(found, pull)
        if not found.accepted or found.is_nothing or not any(kind == "done" for kind, _ in said):
            return {"said": said}
        return {"said": said, "publish": self._publication(found, branch, head, state)}

    def commit(self, found: Json) -> bool:
        """Bring the branch to the planned tree; False where it is no longer what it was planned on."""
        one = found["publish"]
        changes = proposal.from_json(one["changes"])
        github = self.session.github
        try:
            if one["head"] is None:
                github.branches.create(one["branch"], one["main"])
                github.commits.commit(one["branch"], one["main"], one["title"], one["message"], _data(changes))
            elif one["contained"]:
                github.commits.commit(one["branch"], one["head"], one["title"], one["message"], _data(changes))
            else:
                files = {path: None if blob is None else File(blob.data, blob.mode) for path, blob in changes.items()}  # type: ignore[arg-type]
                message = f"{one['title']}\n\n{one['message']}"
                github.commits.merge(one["branch"], [one["head"], one["main"]], one["main_tree"], files, message)
        except Stale:
            return False
        return True

    def pull_request(self, found: Json) -> Json:
        """Open the pull request, or bring its description up to date."""
        one = found["publish"]
        pulls = self.session.github.pulls
        pull = pulls.open(one["branch"], self._main, one["title"], one["body"])
        if pull.body.replace("\r\n", "\n").rstrip() != one["body"].rstrip():
            pulls.edit(pull.number, body=one["body"])
        return {"number": pull.number, "url": pull.url}

    def label(self, number: int) -> bool:
        """Label the pull request and ask for reviews."""
        rules = self.bot.rules.github.pull_request
        self.session.github.labels.add(
            number, [Label(name, _COLOUR, "Kafka access by comment") for name in rules.labels]
        )
        self.session.github.pulls.request_reviewers(number, rules.reviewers, rules.team_reviewers)
        return True

    def cancel(self) -> list[str]:
        """Close the pull request and delete its branch as far as nobody else has a part in it."""
        pull, _, branch = self._existing()
        if pull is None:
            return ["unchanged", "There is no open pull request to close."]
        self.session.github.pulls.close(pull.number)
        try:
            self.session.github.branches.delete(branch, pull.head_sha)
        except Stale:
            return ["done", "Closed. The branch stays, as somebody has just pushed to it."]
        return ["done", "Closed, and the branch is deleted. Nothing on the main branch has changed."]

    def _existing(self) -> tuple[PullRequest | None, State | None, str]:
        """Return the open pull request of this application and issue, what it is made of, and its branch."""
        github = self.session.github
        pull = None
        if self.is_pull_request:
            under = github.pulls.get(self.number)
            pull = under if under.by_bot and under.state == "open" else None
            known = opened(pull.body, self.session.place.id, self.bot.key) if pull else None
            if known is None or known.application != self.application:
                pull = None
        texts = self.bot.rules.github.pull_request
        branch = (
            pull.head_ref if pull else texts.branch_of_issue.format(application=self.application, issue=self.number)
        )
        pull = pull or github.pulls.find(branch)
        if pull is None:
            return None, None, branch
        if not pull.by_bot:
            raise BranchTaken(branch)
        state = opened(pull.body, self.session.place.id, self.bot.key)
        if state is None:
            raise Unsealed(pull.number)
        return pull, state, branch

    def _refuse_foreign(self, mirror: Mirror, main: str, head: str, branch: str) -> None:
        """A branch without a pull request is one that the bot left behind in the middle, or somebody else's."""
        bot = self.session.github.bot
        own = f"{bot.id}+{bot.login}@users.noreply.github.com"
        base = mirror.history.merge_base(main, head)
        if base is None or any(one.email != own for one in mirror.history.log(main, head)):
            raise BranchTaken(branch)

    def _said(self, found: Proposal, pull: PullRequest | None) -> list[list[str]]:
        answers = iter(found.answers)
        return [
            self._refreshed(found, pull) if one.verb in ON_PULL_REQUEST else self._answer(next(answers), pull)
            for one in self.commands
        ]

    def _answer(self, answer: Answer, pull: PullRequest | None) -> list[str]:
        plan = answer.plan
        if answer.refusal is not None:
            return ["refused", replies.refusal(answer.refusal)]
        if plan is None or answer.proof.status is Status.REFUTED:
            return ["bug", replies.BUG]
        if status(answer) == "unchanged":
            return ["unchanged", replies.unchanged(plan)]
        if plan.command.verb is Verb.PLAN:
            return ["answered", replies.planned(answer)]
        head = f"{'Added to' if pull else 'Opened'} pull request {_LINK}."
        tail = "Have it reviewed and merged; it says what to sync afterwards."
        return ["done", f"{head} {replies.granted(plan, answer.proof)}\n\n{tail}"]

    def _refreshed(self, found: Proposal, pull: PullRequest | None) -> list[str]:
        if pull is None:
            return ["refused", "There is no open pull request of the bot here."]
        if found.is_nothing:
            return ["unchanged", "The main branch holds all of this by now. `/kafka-access cancel` closes this."]
        return ["done", f"Pull request {_LINK} now stands on the newest `{self._main}`, and was proved there again."]

    def _publication(self, found: Proposal, branch: str, head: str | None, state: State | None) -> Json:
        issue = state.issue if state else self.number
        memory = State(
            self.application,
            issue,
            found.commands,
            found.main,
            found.tree,
            found.deployed.applications,
            found.deployed.domains,
        )
        body = pull_request.body(found.accepted, issue, found.deployed, found.kept)
        title = self.bot.rules.github.pull_request.title.format(application=self.application, issue=issue)
        lines = "\n".join(found.commands)
        return {
            "branch": branch,
            "head": head,
            "main": found.main,
            "main_tree": found.main_tree,
            "contained": found.contained,
            "changes": proposal.to_json(found.changes),
            "title": title,
            "message": f"{lines}\n\nAsked for in #{issue}.",
            "body": f"{body}\n\n{sealed(memory, self.session.place.id, self.bot.key)}",
        }


def _data(changes: dict[str, Any]) -> dict[str, bytes | None]:
    return {path: None if blob is None else blob.data for path, blob in changes.items()}
