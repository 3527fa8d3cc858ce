"""Pull requests, their reviews and reviewers, and merging them."""

from __future__ import annotations

from bot.sandbox import branches, merging, payloads_git, payloads_issues, pull_facts, pulls, reviews
from bot.sandbox.model import Issue
from bot.sandbox.problems import Invalid, NotFound, Refused, Unprocessable
from bot.sandbox.pull_facts import of
from bot.sandbox.rest_issues import change, newest_first
from bot.sandbox.routes import Answer, Call, endpoint

_PULLS = "/repos/{owner}/{repo}/pulls"


@endpoint(f"GET {_PULLS}")
def _list(call: Call) -> Answer:
    state = call.query.get("state", "open")
    found = [one for one in call.repository.pulls() if state in {"all", one.state}]
    if head := call.query.get("head"):
        owner, _, branch = head.rpartition(":")
        found = [one for one in found if of(one).head == branch and owner.lower() == of(one).source.owner.login.lower()]
    if base := call.query.get("base"):
        found = [one for one in found if of(one).base == base]
    return call.page(newest_first(found, call), lambda one: _simple(call, one))


def _simple(call: Call, issue: Issue) -> dict[str, object]:
    return payloads_git.pull(call.world, issue, of(issue))


def _full(call: Call, issue: Issue) -> dict[str, object]:
    return payloads_git.full_pull(call.world, issue, of(issue), pull_facts.facts(issue))


@endpoint(f"POST {_PULLS}")
def _open(call: Call) -> Answer:
    issue = pulls.open_pull(
        call.world,
        call.repository,
        call.account,
        title=call.text("title"),
        body=call.get("body"),
        head=call.text("head"),
        base=call.text("base"),
        draft=bool(call.get("draft")),
    )
    return Answer(201, _full(call, issue), {"Location": str(_simple(call, issue)["url"])})


@endpoint(f"GET {_PULLS}/{{number}}")
def _show(call: Call) -> Answer:
    return Answer(200, _full(call, call.pull))


@endpoint(f"PATCH {_PULLS}/{{number}}")
def _edit(call: Call) -> Answer:
    issue = call.pull
    if base := call.get("base"):
        pulls.set_base(call.world, issue, call.account, base)
    if call.get("state") == "open" and issue.state == "closed":
        _check_reopening(issue)
    change(call, issue)
    return Answer(200, _full(call, issue))


def _check_reopening(issue: Issue) -> None:
    pull = of(issue)
    head = pull.source.git.ref(f"refs/heads/{pull.head}")
    if pull.merged or head is None:
        reason = "merged" if pull.merged else f"the {pull.head} branch has been deleted"
        raise Invalid("PullRequest", "state", "invalid", f"state cannot be changed. {reason}.")
    pull.head_sha = head


@endpoint(f"GET {_PULLS}/{{number}}/commits")
def _commits(call: Call) -> Answer:
    git, pull = call.repository.git, of(call.pull)
    shas = git.commits(pull.base_sha, pull.head_sha)
    return call.page(shas, lambda sha: payloads_git.commit(call.world, call.repository, git.read_commit(sha)))


@endpoint(f"GET {_PULLS}/{{number}}/files")
def _files(call: Call) -> Answer:
    head = of(call.pull).head_sha
    return call.page(
        pull_facts.files(call.pull), lambda one: payloads_git.diff_entry(call.world, call.repository, head, one)
    )


@endpoint(f"GET {_PULLS}/{{number}}/merge")
def _is_merged(call: Call) -> Answer:
    if of(call.pull).merged is None:
        raise NotFound
    return Answer(204)


@endpoint(f"PUT {_PULLS}/{{number}}/merge")
def _merge(call: Call) -> Answer:
    asked = call.body or {}
    title = asked.get("commit_title") or ""
    sha = merging.merge(call.world, call.pull, call.account, sha=asked.get("sha"), title=title)
    return Answer(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@endpoint(f"PUT {_PULLS}/{{number}}/update-branch")
def _update(call: Call) -> Answer:
    git, issue = call.repository.git, call.pull
    pull = of(issue)
    expected = (call.body or {}).get("expected_head_sha")
    if expected not in {None, pull.head_sha}:
        raise Unprocessable("expected head sha didn't match current head ref.")
    tree = git.merged_tree(pull.head_sha, pull.base_sha)
    if pull.source is not issue.repository:
        raise Refused(403, "Resource not accessible by integration")
    if tree is None:
        raise Unprocessable("merge conflict between base and head")
    if not git.is_ancestor(pull.base_sha, pull.head_sha):
        who, web = branches.signature(call.world, call.account), branches.web_signature(call.world)
        message = f"Merge branch '{pull.base}' into {pull.head}"
        sha = git.commit(tree, [pull.head_sha, pull.base_sha], message, who, web)
        call.repository.verified[sha] = call.world.clock.now()
        branches.move(call.world, call.repository, f"refs/heads/{pull.head}", sha, pull.head_sha, call.account)
    url = str(_simple(call, issue)["url"])
    return Answer(202, {"message": "Updating pull request branch.", "url": url})


@endpoint(f"GET {_PULLS}/{{number}}/requested_reviewers")
def _reviewers(call: Call) -> Answer:
    shown = _simple(call, call.pull)
    return Answer(200, {"users": shown["requested_reviewers"], "teams": shown["requested_teams"]})


@endpoint(f"POST {_PULLS}/{{number}}/requested_reviewers")
def _request_reviewers(call: Call) -> Answer:
    issue, pull = call.pull, of(call.pull)
    for login in call.get("reviewers") or []:
        account = call.world.accounts.get(str(login).lower())
        if account is None or not call.world.may(call.repository, account, "read"):
            message = "Reviews may only be requested from collaborators."
            raise Unprocessable(message + " One or more of the users or teams you specified is not a collaborator.")
        if account is issue.user:
            raise Unprocessable("Review cannot be requested from pull request author.")
        if account not in pull.reviewers:
            pull.reviewers.append(account)
    for name in call.get("team_reviewers") or []:
        if (call.repository.owner.login.lower(), str(name).lower()) not in call.world.teams:
            raise Unprocessable("Could not resolve to a node with the global id of the team.")
        if name not in pull.team_reviewers:
            pull.team_reviewers.append(name)
    return Answer(201, _simple(call, issue))


@endpoint(f"GET {_PULLS}/{{number}}/reviews")
def _reviews(call: Call) -> Answer:
    return call.page(of(call.pull).reviews, lambda one: payloads_issues.review(call.world, call.pull, one))


@endpoint(f"POST {_PULLS}/{{number}}/reviews")
def _review(call: Call) -> Answer:
    made = reviews.review(call.world, call.pull, call.account, call.get("event"), call.get("body") or "")
    return Answer(200, payloads_issues.review(call.world, call.pull, made))


@endpoint(f"GET {_PULLS}/{{number}}/reviews/{{id}}")
def _show_review(call: Call) -> Answer:
    return Answer(200, payloads_issues.review(call.world, call.pull, reviews.find(call.pull, call.number("id"))))


@endpoint(f"PUT {_PULLS}/{{number}}/reviews/{{id}}/dismissals")
def _dismiss(call: Call) -> Answer:
    found = reviews.find(call.pull, call.number("id"))
    call.text("message")
    reviews.dismiss(call.world, call.pull, found, call.account)
    return Answer(200, payloads_issues.review(call.world, call.pull, found))
