"""The steps of a pull request: planned, committed, opened, labelled, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.checkout.trees import Blob
from bot.commands.expiry import in_time
from bot.commands.model import Command, Verb
from bot.conversation import proposal
from bot.conversation.bot import Session
from bot.conversation.existing import Existing, existing, refuse_foreign
from bot.conversation.proposal import Proposal, propose
from bot.conversation.requests import ON_PULL_REQUEST
from bot.conversation.state import State, sealed
from bot.errors import TryLater, UserError
from bot.github.comments import is_same
from bot.github.commits import File
from bot.github.errors import Stale
from bot.github.labels import Label
from bot.github.pulls import PullRequest
from bot.jobs.model import Json
from bot.policy.verdict import Severity
from bot.proof.model import Status
from bot.reporting import pull_request, replies
from bot.reporting.answer import Answer
from bot.reporting.markdown import paragraphs
from bot.reporting.record import status

LINK = "\0link\0"
"""Stands in texts for the link to the pull request, which has no number yet when they are written."""

_COLOUR = "5319e7"


class Work:
    """The steps of one application's commands under one issue or pull request; each may run twice."""

    def __init__(
        self,
        session: Session,
        application: str,
        number: int,
        is_pull_request: bool,
        commands: list[Command],
        requester: int | None = None,
    ) -> None:
        """`requester` is the account that wrote the commands, None where nobody did."""
        self.session = session
        self.bot = session.bot
        self.application = application
        self.number = number
        self.is_pull_request = is_pull_request
        self.commands = commands
        self.requester = requester

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
        there = self._existing()
        mirror, main = self.session.main(there.branch)
        head = mirror.head(there.branch)
        if there.pull is None and head is not None:
            refuse_foreign(self.session, mirror, main, head, there.branch)
        day = self.bot.today()
        new = [in_time(one, day) for one in self.commands if one.verb not in ON_PULL_REQUEST]
        try:
            found = propose(mirror, self.bot.rules, self.bot.prove, main, head, there.state, new)
        except TryLater as error:
            # Waiting does not install Helm: people hear of it now.
            return {"said": [["later", replies.later(error, one.text)] for one in self.commands]}
        said = self._said(found, there.pull)
        if not found.accepted or found.is_nothing or not any(kind == "done" for kind, _ in said):
            return {"said": said}
        return {"said": said, "publish": self._publication(found, there, head)}

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
                files = {path: None if blob is None else File(blob.data, blob.mode) for path, blob in changes.items()}
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
        if not is_same(pull.body, one["body"]):
            pulls.edit(pull.number, body=one["body"])
        return {"number": pull.number, "url": pull.url}

    def pages(self, found: Json, number: int) -> bool:
        """Write what the description has no room for below it, each page in the comment that it had before."""
        for name, text in found["publish"]["pages"]:
            self.session.github.comments.reply(number, name, text)
        return True

    def label(self, found: Json, number: int) -> bool:
        """Label the pull request and ask for reviews, also of the owners who have to agree."""
        rules = self.bot.rules.github.pull_request
        self.session.github.labels.add(
            number, [Label(name, _COLOUR, "Kafka access by comment") for name in rules.labels]
        )
        teams = dict.fromkeys((*rules.team_reviewers, *found["publish"]["owners"]))
        self.session.github.pulls.request_reviewers(number, rules.reviewers, [*teams])
        return True

    def cancel(self) -> list[str]:
        """Close the pull request and delete its branch as far as nobody else has a part in it."""
        there = self._existing()
        if there.pull is None:
            return ["unchanged", "Nothing to do: there is no open pull request of the bot here."]
        self.session.github.pulls.close(there.pull.number)
        try:
            self.session.github.branches.delete(there.branch, there.pull.head_sha)
        except Stale:
            return ["done", "Closed. The branch stays, as somebody has just pushed to it."]
        return ["done", "Closed, and the branch is deleted. Nothing on the main branch has changed."]

    def _existing(self) -> Existing:
        return existing(self.session, self.application, self.number, is_pull_request=self.is_pull_request)

    def _said(self, found: Proposal, pull: PullRequest | None) -> list[list[str]]:
        answers = iter(found.answers)
        return [
            self._refreshed(found, pull) if one.verb in ON_PULL_REQUEST else self._answer(next(answers), found, pull)
            for one in self.commands
        ]

    def _answer(self, answer: Answer, found: Proposal, pull: PullRequest | None) -> list[str]:
        plan = answer.plan
        if answer.refusal is not None:
            return ["refused", replies.refusal(answer.refusal)]
        if plan is None or answer.proof.status is Status.REFUTED:
            return ["bug", replies.BUG]
        if status(answer) == "unchanged":
            return ["unchanged", replies.unchanged(plan)]
        if plan.command.verb is Verb.PLAN:
            return ["answered", replies.planned(answer)]
        if plan.revokes and pull and found.is_nothing:
            return ["refused", replies.takes_back_itself(pull.number)]
        return ["done", replies.granted(answer, f"{'Added to' if pull else 'Opened'} pull request {LINK}")]

    def _refreshed(self, found: Proposal, pull: PullRequest | None) -> list[str]:
        if pull is None:
            return ["refused", replies.none_open()]
        if found.is_nothing:
            return ["unchanged", "The main branch holds all of this by now. `/kafka-access cancel` closes this."]
        return ["done", f"Pull request {LINK} now stands on the newest `{self._main}`, and was proved there again."]

    def _sealed(self, memory: State, branch: str) -> str:
        return sealed(memory, self.session.place.id, branch, self.bot.key)

    def _publication(self, found: Proposal, there: Existing, head: str | None) -> Json:
        issue = there.state.issue if there.state else self.number
        memory = State(
            self.application,
            issue,
            found.commands,
            found.main,
            found.own,
            found.deployed.applications,
            found.deployed.domains,
            pull_request.MOST_PAGES,
            self._requesters(there.state),
        )
        longest = len(self._sealed(memory, there.branch)) + len("\n\n")
        body = pull_request.body(found.accepted, issue, found.deployed, found.kept, longest)
        memory = replace(memory, pages=len(body.pages))
        texts = self.bot.rules.github.pull_request
        verbs = {one.command.verb for one in found.accepted if one.command is not None}
        titles = {Verb.REVOKE: texts.title_of_revocation, Verb.MIGRATE: texts.title_of_migration}
        text = titles.get(next(iter(verbs)), texts.title) if len(verbs) == 1 else texts.title
        title = text.format(application=self.application, issue=issue)
        lines = "\n".join(found.commands)
        return {
            "branch": there.branch,
            "head": head,
            "main": found.main,
            "main_tree": found.main_tree,
            "contained": found.contained,
            "changes": proposal.to_json(found.changes),
            "title": title,
            "message": f"{lines}\n\nAsked for in #{issue}.",
            "body": f"{body.text}\n\n{self._sealed(memory, there.branch)}",
            "pages": _pages(body.pages, there.state.pages if there.state else 0),
            "owners": self._owners(found),
        }

    def _requesters(self, before: State | None) -> tuple[int, ...] | None:
        """Return who has asked for what the branch holds, None where that is lost; to redo it asks for nothing."""
        earlier = before.requesters if before else ()
        if earlier is None:
            return None
        new = any(one.verb not in ON_PULL_REQUEST for one in self.commands)
        asking = [self.requester] if new and self.requester is not None else []
        return tuple(dict.fromkeys((*earlier, *asking)))

    def _owners(self, found: Proposal) -> list[str]:
        """Return the slugs of the teams that have to agree; GitHub asks no team of another organisation."""
        organisation = self.session.place.full_name.partition("/")[0]
        named = dict.fromkeys(
            owner
            for answer in found.accepted
            for verdict in (answer.plan.verdicts if answer.plan else ())
            if verdict.severity is Severity.NEEDS_APPROVAL
            for owner in verdict.owners
        )
        places = [one.rpartition("/") for one in named]
        return [slug for place, _, slug in places if place.lower() in {"", organisation.lower()}]


def _pages(texts: Sequence[str], before: int) -> list[tuple[str, str]]:
    """Return the comments that go on with a description by their keys; `before` is how many there were."""
    head = "*Page {} of {} of what the description has no room for.*"
    found = [
        (f"page-{number}", paragraphs([head.format(number, len(texts)), text])) for number, text in enumerate(texts, 1)
    ]
    none = "*This page is empty now: the description says all of it.*"
    return [*found, *((f"page-{number + 1}", none) for number in range(len(texts), before))]


def _data(changes: dict[str, Blob | None]) -> dict[str, bytes | None]:
    return {path: None if blob is None else blob.data for path, blob in changes.items()}
