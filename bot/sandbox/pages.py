"""Pages on which a person does what people do: open an issue, comment, read the bot's pull request, merge it."""

from __future__ import annotations

from html import escape

from aiohttp import web

from bot.sandbox import checks, issues, merging, pull_facts, reviews
from bot.sandbox.model import Account, CheckRun, Comment, Issue, Repository
from bot.sandbox.payloads_issues import comment_page, issue_page
from bot.sandbox.problems import NotFound, Refused, there
from bot.sandbox.visits import STATIC, View, Visit, served
from bot.sandbox.world import World

_REPO = "/{owner:[^/]+}/{repo:[^/]+}"
_NUMBER = r"{number:\d+}"


def add_pages(app: web.Application, world: World) -> None:
    """Add the pages to the application."""
    views: list[tuple[str, str, View]] = [
        ("GET", "/", _repositories),
        ("GET", r"/avatars/{id:\d+}", _avatar),
        ("GET", _REPO, _repository),
        ("GET", f"{_REPO}/{{kind:issues|pulls}}", _repository),
        ("POST", f"{_REPO}/issues", _open),
        ("GET", f"{_REPO}/{{kind:issues|pull}}/{_NUMBER}", _issue),
        ("GET", f"{_REPO}/pull/{_NUMBER}.diff", _diff),
        ("POST", f"{_REPO}/issues/{_NUMBER}/comments", _comment),
        ("POST", f"{_REPO}/issues/{_NUMBER}/state", _set_state),
        ("POST", rf"{_REPO}/comments/{{id:\d+}}", _edit_comment),
        ("POST", f"{_REPO}/pull/{_NUMBER}/merge", _merge),
        ("POST", f"{_REPO}/pull/{_NUMBER}/reviews", _review),
        ("POST", rf"{_REPO}/pull/{_NUMBER}/reviews/{{id:\d+}}", _dismiss),
        ("GET", f"{_REPO}/commit/{{sha:[0-9a-f]{{40}}}}", _commit),
        ("GET", rf"{_REPO}/runs/{{id:\d+}}", _run),
        ("POST", rf"{_REPO}/runs/{{id:\d+}}", _rerun),
    ]
    app.router.add_static("/-/", STATIC)
    for method, path, view in views:
        app.router.add_route(method, path, served(world, view))


def _repositories(visit: Visit) -> web.Response:
    return visit.show("repositories.html", title="Repositories")


def _avatar(visit: Visit) -> web.Response:
    """Return the picture of an account: its first letter."""
    account = next((one for one in visit.world.accounts.values() if one.id == int(visit.params["id"])), None)
    return web.Response(text=_letter(there(account)), content_type="image/svg+xml")


def _letter(account: Account) -> str:
    hue = account.id * 47 % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
        f'<rect width="40" height="40" rx="20" fill="hsl({hue} 45% 40%)"/>'
        '<text x="20" y="27" font-size="20" text-anchor="middle" fill="#fff" font-family="sans-serif">'
        f"{escape(account.login[:1].upper())}</text></svg>"
    )


def _repository(visit: Visit) -> web.Response:
    repository = visit.repository
    return visit.show("repository.html", title=repository.full_name, repository=repository)


def _open(visit: Visit) -> web.Response:
    title, body = visit.form.get("title", ""), visit.form.get("body", "")
    made = issues.open_issue(visit.world, visit.repository, visit.person, title, body)
    return visit.go(issue_page(visit.world, made))


def _issue(visit: Visit) -> web.Response:
    issue = visit.issue
    if (visit.params["kind"] == "pull") != bool(issue.pull):
        return visit.go(issue_page(visit.world, issue))
    if issue.pull is None:
        return visit.show("issue.html", title=issue.title, repository=visit.repository, issue=issue)
    git = visit.repository.git
    return visit.show(
        "pull.html",
        title=issue.title,
        repository=visit.repository,
        issue=issue,
        pull=issue.pull,
        mergeable=pull_facts.mergeable(issue),
        commits=[git.read_commit(sha) for sha in git.commits(issue.pull.base_sha, issue.pull.head_sha)],
        runs=_runs(visit.repository, issue.pull.head_sha),
        files=pull_facts.files(issue),
    )


def _runs(repository: Repository, sha: str) -> list[CheckRun]:
    """Return the newest check run of each name."""
    return list({one.name: one for one in repository.checks if one.head_sha == sha}.values())


def _diff(visit: Visit) -> web.Response:
    return web.Response(text=pull_facts.diff(_pull(visit)))


def _comment(visit: Visit) -> web.Response:
    made = issues.comment(visit.world, visit.issue, visit.person, visit.form.get("body", ""))
    return visit.go(comment_page(visit.world, made))


def _edit_comment(visit: Visit) -> web.Response:
    found: Comment = visit.world.comment(visit.repository, int(visit.params["id"]))
    person = visit.person
    if person is not found.user:
        visit.check(person, "write")
    issues.edit_comment(visit.world, found, person, visit.form.get("body", ""))
    return visit.go(comment_page(visit.world, found))


def _set_state(visit: Visit) -> web.Response:
    issue: Issue = visit.issue
    person = visit.person
    if person is not issue.user:
        visit.check(person, "triage")
    if issue.pull and issue.pull.merged:
        raise Refused(422, "A pull request that was merged stays closed")
    issues.set_state(visit.world, issue, person, visit.form.get("state", ""))
    return visit.go(issue_page(visit.world, issue))


def _merge(visit: Visit) -> web.Response:
    person = visit.person
    visit.check(person, "write")
    # Of what the person has seen: a commit that came meanwhile is not merged along.
    merging.merge(visit.world, visit.issue, person, sha=visit.form.get("sha"))
    return visit.go(issue_page(visit.world, visit.issue))


def _review(visit: Visit) -> web.Response:
    issue, person = _pull(visit), visit.person
    reviews.review(visit.world, issue, person, visit.form.get("event", ""), visit.form.get("body", ""))
    return visit.go(issue_page(visit.world, issue))


def _dismiss(visit: Visit) -> web.Response:
    issue, person = _pull(visit), visit.person
    visit.check(person, "write")
    reviews.dismiss(visit.world, issue, reviews.find(issue, int(visit.params["id"])), person)
    return visit.go(issue_page(visit.world, issue))


def _pull(visit: Visit) -> Issue:
    if visit.issue.pull is None:
        raise NotFound
    return visit.issue


def _commit(visit: Visit) -> web.Response:
    git = visit.repository.git
    if git.kind(visit.params["sha"]) != "commit":
        raise NotFound
    commit = git.read_commit(visit.params["sha"])
    files = git.diff(commit.parents[0], commit.sha) if commit.parents else []
    title = commit.message.partition("\n")[0]
    return visit.show("commit.html", title=title, repository=visit.repository, commit=commit, files=files)


def _run(visit: Visit) -> web.Response:
    run = _found(visit)
    return visit.show("run.html", title=run.name, repository=visit.repository, run=run)


def _rerun(visit: Visit) -> web.Response:
    person, run = visit.person, _found(visit)
    visit.check(person, "write")
    checks.rerequest(visit.world, visit.repository, run, person)
    pulls = [one for one in visit.repository.pulls() if one.pull and one.pull.head_sha == run.head_sha]
    return visit.go(issue_page(visit.world, pulls[-1]) if pulls else f"/{visit.repository.full_name}/runs/{run.id}")


def _found(visit: Visit) -> CheckRun:
    return there(next((run for run in visit.repository.checks if run.id == int(visit.params["id"])), None))
