"""What people and Apps do by reviewing a pull request."""

from __future__ import annotations

from bot.sandbox import issues, payloads_git, payloads_issues
from bot.sandbox.events import tell
from bot.sandbox.model import Account, Issue, Review
from bot.sandbox.problems import Refused, Unprocessable, there
from bot.sandbox.pull_facts import of
from bot.sandbox.world import World

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", None: "PENDING"}
_VERBS = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}


def review(world: World, issue: Issue, by: Account, event: str | None, body: str) -> Review:
    """Review the newest commit of a pull request; without an `event` nobody is told of it yet.

    Whoever was asked for a review is no longer, and neither are the teams that they are in.
    """
    if event not in _STATES:
        raise Unprocessable("Variable $event of type PullRequestReviewEvent was provided invalid value")
    if event in _VERBS and issue.user is by:
        raise Refused(422, "Unprocessable Entity", errors=[f"Can not {_VERBS[event]} your own pull request"])
    issues.check_length("PullRequestReview", body)
    pull, now = of(issue), world.clock.now()
    made = Review(world.next_id(), by, body, _STATES[event], pull.head_sha, now)
    pull.reviews.append(made)
    if event is not None:
        owner = issue.repository.owner.login.lower()
        pull.reviewers = [one for one in pull.reviewers if one is not by]
        pull.team_reviewers = [one for one in pull.team_reviewers if by not in world.teams[owner, one.lower()]]
        issue.updated = now
        _happened(world, issue, made, "submitted", by)
    return made


def dismiss(world: World, issue: Issue, review: Review, by: Account) -> None:
    """Take an opinion back, one's own or that of somebody else; raises Unprocessable for what is none."""
    if review.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise Unprocessable(f"Can not dismiss a {review.state.lower()} pull request review")
    review.state, issue.updated = "DISMISSED", world.clock.now()
    _happened(world, issue, review, "dismissed", by)


def find(issue: Issue, number: int) -> Review:
    """Return a review of a pull request; raises NotFound."""
    return there(next((one for one in of(issue).reviews if one.id == number), None))


def _happened(world: World, issue: Issue, given: Review, action: str, by: Account) -> None:
    """Tell of a review. In events, and only there, its state is in lower case."""
    shown = payloads_issues.review(world, issue, given)
    parts = {
        "action": action,
        "review": {**shown, "state": given.state.lower()},
        "pull_request": payloads_git.pull(world, issue, of(issue)),
    }
    tell(world, issue.repository, "pull_request_review", by, parts)
