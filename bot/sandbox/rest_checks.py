"""Check runs, which only Apps make."""

from __future__ import annotations

from typing import Any

from bot.sandbox import payloads, payloads_git
from bot.sandbox.checks import run_happened
from bot.sandbox.clock import stamp
from bot.sandbox.model import CheckRun
from bot.sandbox.problems import Forbidden, Invalid, Unprocessable, there
from bot.sandbox.rest_repository import resolved
from bot.sandbox.routes import Answer, Call, endpoint

_RUNS = "/repos/{owner}/{repo}/check-runs"
_LONGEST = 65_535
"""Characters of a check run's summary, and of its text."""
_MOST_ANNOTATIONS = 50
_MOST_ACTIONS = 3
_CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale")


def _change(call: Call, run: CheckRun) -> None:
    """Take over what the request says about a check run; raises Refused where GitHub would."""
    now = stamp(call.world.clock.now())
    if output := call.get("output"):
        _check_output(output)
        run.annotations += output.get("annotations") or []
        run.output |= {name: output[name] for name in ("title", "summary", "text") if name in output}
    if len(call.get("actions") or []) > _MOST_ACTIONS:
        raise Invalid("CheckRun", "actions", "custom", "Only three actions are allowed")
    run.name = call.get("name") or run.name
    run.details_url = call.get("details_url") or run.details_url
    run.external_id = call.get("external_id") or run.external_id
    run.started = call.get("started_at") or run.started
    if conclusion := call.get("conclusion"):
        if conclusion not in _CONCLUSIONS:
            message = f"Invalid request.\n\n{conclusion} is not a member of {list(_CONCLUSIONS)}."
            raise Unprocessable(message)
        run.status, run.conclusion, run.completed = "completed", conclusion, call.get("completed_at") or now
    elif status := call.get("status"):
        if status == "completed":
            message = 'Invalid request.\n\n"conclusion" wasn\'t supplied.'
            raise Unprocessable(message)
        run.status, run.conclusion, run.completed = status, None, None


def _check_output(output: dict[str, Any]) -> None:
    for name in ("title", "summary"):
        if not output.get(name):
            message = f'Invalid request.\n\n"{name}" wasn\'t supplied.'
            raise Unprocessable(message)
    for name in ("summary", "text"):
        if len(output.get(name) or "") > _LONGEST:
            message = f"Only {_LONGEST} characters are allowed; {len(output[name])} were supplied."
            raise Invalid("CheckRun", name, "custom", message)
    if len(output.get("annotations") or []) > _MOST_ANNOTATIONS:
        raise Invalid("CheckRun", "annotations", "custom", f"No more than {_MOST_ANNOTATIONS} items are allowed")


def _shown(call: Call, run: CheckRun) -> dict[str, Any]:
    return payloads_git.check_run(call.world, call.repository, run)


@endpoint(f"POST {_RUNS}")
def _create(call: Call) -> Answer:
    name, sha, world = call.text("name"), call.text("head_sha"), call.world
    if call.repository.git.kind(sha) != "commit":
        message = f"No commit found for SHA: {sha}"
        raise Unprocessable(message)
    if call.caller.token is None:
        raise Forbidden
    suites = {one.suite for one in call.repository.checks if one.head_sha == sha and one.app is call.app}
    suite = suites.pop() if suites else world.next_id()
    now = stamp(world.clock.now())
    run = CheckRun(world.next_id(), suite, call.app, sha, name, "queued", None, now, None, None, "", {})
    _change(call, run)
    call.repository.checks.append(run)
    run_happened(world, call.repository, run, "created", call.account)
    if run.status == "completed":
        run_happened(world, call.repository, run, "completed", call.account)
    return Answer(201, _shown(call, run))


def _one(call: Call) -> CheckRun:
    number = call.number("id")
    return there(next((run for run in call.repository.checks if run.id == number), None))


@endpoint(f"GET {_RUNS}/{{id}}")
def _show(call: Call) -> Answer:
    return Answer(200, _shown(call, _one(call)))


@endpoint(f"PATCH {_RUNS}/{{id}}")
def _update(call: Call) -> Answer:
    run = _one(call)
    if run.app is not call.app:
        raise Forbidden
    before = run.status
    _change(call, run)
    if run.status == "completed" != before:
        run_happened(call.world, call.repository, run, "completed", call.account)
    return Answer(200, _shown(call, run))


@endpoint(f"GET {_RUNS}/{{id}}/annotations")
def _annotations(call: Call) -> Answer:
    run = _one(call)
    unset = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    blob = f"{payloads.page_url(call.world, call.repository)}/blob/{run.head_sha}"
    return call.page(run.annotations, lambda one: {**unset, **one, "blob_href": f"{blob}/{one['path']}"})


@endpoint("GET /repos/{owner}/{repo}/commits/{ref+}/check-runs")
def _of_commit(call: Call) -> Answer:
    sha = resolved(call.repository, call.params["ref"])
    found = [one for one in call.repository.checks if one.head_sha == sha]
    if name := call.query.get("check_name"):
        found = [one for one in found if one.name == name]
    if number := call.query.get("app_id"):
        found = [one for one in found if str(one.app.id) == number]
    if call.query.get("filter", "latest") == "latest":
        found = list({(one.app.id, one.name): one for one in found}.values())
    return call.page(found[::-1], lambda one: _shown(call, one), "check_runs")


@endpoint("GET /repos/{owner}/{repo}/commits/{sha}/pulls")
def _pulls_of_commit(call: Call) -> Answer:
    sha = resolved(call.repository, call.params["sha"])
    found = [one for one in call.repository.pulls() if one.pull and sha in {one.pull.head_sha, one.pull.merge_commit}]
    return call.page(found, lambda one: payloads_git.pull(call.world, one, one.pull))
