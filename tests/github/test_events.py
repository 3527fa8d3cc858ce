from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from bot.github.events import (
    CheckRequested,
    Event,
    Ignored,
    PullRequestChanged,
    PullRequestClosed,
    Pushed,
    Reviewed,
    Said,
    as_json,
    from_json,
)
from bot.github.reading import EVENTS, understand
from bot.github.webhooks import Delivery, Malformed

EXAMPLES = Path(__file__).parents[2].parent / "shared" / "github" / "webhooks"

ALICE = {"id": 1, "login": "alice", "type": "User", "site_admin": False}
BOB = {"id": 2, "login": "bob", "type": "User"}
BOT = {"id": 3, "login": "kafka-access[bot]", "type": "Bot"}
HOME = {
    "id": 10,
    "full_name": "lsst-sqre/phalanx",
    "private": False,
    "html_url": "https://github.com/lsst-sqre/phalanx",
    "clone_url": "https://github.com/lsst-sqre/phalanx.git",
    "default_branch": "main",
    "owner": {},
}
ISSUE = {
    "number": 7,
    "title": "Grant",
    "node_id": "I_7",
    "html_url": "https://github.com/lsst-sqre/phalanx/issues/7",
    "body": "/kafka-access myapp",
    "user": ALICE,
}
COMMENT = {"id": 70, "node_id": "IC_70", "html_url": "https://x/70", "body": "/kafka-access myapp", "user": ALICE}
PULL = {
    "number": 8,
    "title": "Grant myapp",
    "node_id": "PR_8",
    "html_url": "https://github.com/lsst-sqre/phalanx/pull/8",
    "body": None,
    "user": BOT,
    "merged": True,
    "merge_commit_sha": "m" * 40,
    "draft": False,
    "head": {"ref": "kafka-access/myapp-7", "sha": "a" * 40, "repo": {"id": 10, "full_name": "lsst-sqre/phalanx"}},
    "base": {"ref": "main", "sha": "b" * 40, "repo": {"id": 10, "full_name": "lsst-sqre/phalanx"}},
}
PUSH: dict[str, Any] = {"ref": "refs/heads/main", "before": "a" * 40, "after": "b" * 40, "deleted": False}


def delivery(event: str, action: str = "", **parts: Any) -> Delivery:
    shared = {"installation": {"id": 100}, "repository": HOME, "sender": ALICE}
    payload = {**shared, **parts, **({"action": action} if action else {})}
    found = {name: value for name, value in payload.items() if value is not None}
    return Delivery("g", event, action, copy.deepcopy(found))


def comment(action: str = "created", issue: Any = ISSUE, comment: Any = COMMENT, **parts: Any) -> Delivery:
    return delivery("issue_comment", action, issue=issue, comment=comment, **parts)


def pull(action: str, **parts: Any) -> Delivery:
    return delivery("pull_request", action, number=8, pull_request={**PULL, **parts})


def said(found: Event) -> Said:
    assert isinstance(found, Said)
    return found


def test_a_comment() -> None:
    found = said(understand(comment()))
    assert (found.installation, found.repository.full_name, found.repository.id) == (100, "lsst-sqre/phalanx", 10)
    assert (found.number, found.comment, found.title, found.node_id) == (7, 70, "Grant", "IC_70")
    assert (found.action, found.body, found.previous) == ("created", "/kafka-access myapp", None)
    assert (found.sender.login, found.author.login, found.by_author) == ("alice", "alice", True)
    assert not found.is_pull_request


def test_a_comment_on_a_pull_request() -> None:
    assert said(understand(comment(issue={**ISSUE, "pull_request": {"url": "x"}}))).is_pull_request


def test_an_edit_knows_what_was_there_and_who_edited() -> None:
    found = said(understand(comment("edited", changes={"body": {"from": "before"}}, sender=BOB)))
    assert (found.action, found.previous, found.sender.login, found.author.login) == (
        "edited",
        "before",
        "bob",
        "alice",
    )
    assert not found.by_author


def test_an_account_that_takes_over_a_login_is_not_the_author() -> None:
    found = said(understand(comment("edited", changes={"body": {"from": "x"}}, sender={**BOB, "login": "alice"})))
    assert not found.by_author


def test_a_deleted_account_wrote_it() -> None:
    found = said(understand(comment("edited", comment={**COMMENT, "user": None}, changes={"body": {"from": "x"}})))
    assert (found.author.login, found.by_author) == ("ghost", False)


def test_an_issue() -> None:
    found = said(understand(delivery("issues", "opened", issue=ISSUE)))
    assert (found.number, found.comment, found.body, found.node_id) == (7, None, "/kafka-access myapp", "I_7")
    assert said(understand(delivery("issues", "opened", issue={**ISSUE, "body": None}))).body == ""


def test_a_pull_request_was_merged_or_closed() -> None:
    merged = understand(pull("closed"))
    assert isinstance(merged, PullRequestClosed)
    assert (merged.merged, merged.merge_sha, merged.head_ref) == (True, "m" * 40, "kafka-access/myapp-7")
    # GitHub names a test merge where nothing was merged.
    closed = understand(pull("closed", merged=False))
    assert isinstance(closed, PullRequestClosed)
    assert (closed.merged, closed.merge_sha) == (False, None)


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened"])
@pytest.mark.parametrize(
    ("home", "from_fork"),
    [({"id": 10, "full_name": "x/y"}, False), ({"id": 11, "full_name": "z/y"}, True), (None, True)],
)
def test_a_pull_request_has_a_new_head(action: str, home: object, from_fork: bool) -> None:
    found = understand(pull(action, head={"ref": "x", "sha": "a" * 40, "repo": home}))
    assert isinstance(found, PullRequestChanged)
    assert (found.action, found.from_fork) == (action, from_fork)


def test_a_push_to_a_branch() -> None:
    found = understand(delivery("push", sender=BOT, **PUSH))
    assert isinstance(found, Pushed)
    assert (found.branch, found.after) == ("main", "b" * 40)


IGNORED = {
    "a bot": comment(sender=BOT, comment={**COMMENT, "user": BOT}),
    "an edit of a bot's comment": comment("edited", comment={**COMMENT, "user": BOT}, changes={"body": {"from": "x"}}),
    "a bot that edits": comment("edited", sender=BOT, changes={"body": {"from": "x"}}),
    "a bot by its login": comment(sender={**BOT, "type": "User"}),
    "a deleted comment": comment("deleted"),
    "a pinned comment": comment("pinned"),
    "an edit of nothing": comment("edited", changes={}),
    "an edit of the title": delivery("issues", "edited", issue=ISSUE, changes={"title": {"from": "x"}}),
    "an issue that was transferred here": delivery(
        "issues", "opened", issue=ISSUE, changes={"old_issue": {"id": 1}, "old_repository": {}}
    ),
    "a label": delivery("issues", "labeled", issue=ISSUE),
    "a fork's pull request": pull("closed", head={"ref": "x", "sha": "a" * 40, "repo": {"id": 9, "full_name": "a/b"}}),
    "one of a deleted fork": pull("closed", head={"ref": "x", "sha": "a" * 40, "repo": None}),
    "a pull request that was labelled": pull("labeled"),
    "a tag": delivery("push", **{**PUSH, "ref": "refs/tags/v1"}),
    "a deleted branch": delivery("push", **{**PUSH, "deleted": True}),
    "not installed": comment(installation=None),
    "an installation without a number": comment(installation={"id": "1"}),
    "an unknown event": delivery("star", "created"),
    "ping": Delivery("g", "ping", "", {"zen": "x"}),
    "an uninstallation": delivery("installation", "deleted"),
}


@pytest.mark.parametrize("one", IGNORED.values(), ids=IGNORED)
def test_what_is_nothing_for_the_bot_has_a_reason(one: Delivery) -> None:
    found = understand(one)
    assert isinstance(found, Ignored)
    assert found.reason


MALFORMED = {
    "no repository": (comment(repository=None), "repository"),
    "no sender": (comment(sender=None), "sender"),
    "no issue": (comment(issue=None), "issue"),
    "a number that is text": (comment(issue={**ISSUE, "number": "7"}), "issue.number"),
    "a body that is none": (comment(comment={**COMMENT, "body": ["/kafka-access"]}), "comment.body"),
    "a push without an end": (delivery("push", **{**PUSH, "after": None}), "after"),
}


@pytest.mark.parametrize(("one", "where"), MALFORMED.values(), ids=MALFORMED)
def test_what_lacks_something_is_said_without_what_it_holds(one: Delivery, where: str) -> None:
    with pytest.raises(Malformed, match=where) as wrong:
        understand(one)
    assert "/kafka-access" not in str(wrong.value)


@pytest.mark.parametrize(
    "one",
    [comment(), pull("closed"), pull("opened"), delivery("push", **PUSH), delivery("star")],
    ids=["said", "closed", "changed", "pushed", "ignored"],
)
def test_jobs_can_keep_events(one: Delivery) -> None:
    event = understand(one)
    assert from_json(json.loads(json.dumps(as_json(event)))) == event


@pytest.mark.parametrize("data", [{}, {"kind": "said"}, {"kind": "other"}])
def test_what_was_not_kept_is_not_taken_for_an_event(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_json(data)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="GitHub's example payloads are not in ../shared")
def test_githubs_examples_are_understood() -> None:
    kinds: dict[str, int] = {}
    for path in sorted(EXAMPLES.glob("*.json")):
        if path.name == "MANIFEST.json":
            continue
        for one in json.loads(path.read_text()):
            payload = {"installation": {"id": 1}} | one["payload"]
            event = understand(Delivery("g", one["event"], one["action"] or "", payload))
            assert from_json(as_json(event)) == event
            kinds[event.kind] = kinds.get(event.kind, 0) + 1
    assert kinds.pop("ignored") > 50
    assert kinds == {
        "said": 10,
        "pull-request-changed": 10,
        "pull-request-closed": 2,
        "check-requested": 4,
        "reviewed": 1,
        "pushed": 2,
    }


def test_the_manifest_has_to_ask_for_these() -> None:
    assert sorted(EVENTS) == [
        *("check_run", "check_suite", "issue_comment", "issues", "pull_request", "pull_request_review", "push"),
    ]


def test_an_edit_of_a_pull_request_matters_where_it_goes_elsewhere() -> None:
    base = delivery("pull_request", "edited", number=8, pull_request=PULL, changes={"base": {"ref": {"from": "old"}}})
    found = understand(base)
    assert isinstance(found, PullRequestChanged)
    assert (found.action, found.base_ref) == ("edited", "main")
    words = delivery("pull_request", "edited", number=8, pull_request=PULL, changes={"title": {"from": "Old"}})
    assert isinstance(understand(words), Ignored)
    assert isinstance(understand(pull("ready_for_review")), PullRequestChanged)


def test_a_review() -> None:
    review = {"id": 9, "state": "approved"}
    found = understand(delivery("pull_request_review", "submitted", pull_request=PULL, review=review))
    assert isinstance(found, Reviewed)
    assert (found.number, found.review, found.action, found.head_sha) == (8, 9, "submitted", "a" * 40)
    assert from_json(json.loads(json.dumps(as_json(found)))) == found
    dismissed = understand(delivery("pull_request_review", "dismissed", pull_request=PULL, review=review))
    assert isinstance(dismissed, Reviewed)
    for action, state in (("edited", "approved"), ("submitted", "commented")):
        given = delivery("pull_request_review", action, pull_request=PULL, review={"id": 9, "state": state})
        assert isinstance(understand(given), Ignored)


RUN = {"id": 5, "name": "kafka-access", "head_sha": "a" * 40, "external_id": "pull-8:x", "check_suite": {"id": 6}}


def test_a_check_that_is_asked_for_again() -> None:
    run = understand(delivery("check_run", "rerequested", check_run=RUN))
    assert isinstance(run, CheckRequested)
    assert (run.run, run.suite, run.name, run.external_id) == (5, 6, "kafka-access", "pull-8:x")
    suite = understand(delivery("check_suite", "rerequested", check_suite={"id": 6, "head_sha": "a" * 40}))
    assert isinstance(suite, CheckRequested)
    assert (suite.run, suite.suite, suite.head_sha) == (0, 6, "a" * 40)
    for action in ("created", "completed"):
        assert isinstance(understand(delivery("check_run", action, check_run=RUN)), Ignored)
    assert isinstance(understand(delivery("check_suite", "requested", check_suite={})), Ignored)
