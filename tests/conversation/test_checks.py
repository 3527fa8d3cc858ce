"""Pull requests of people, of the bot and of forks, and the check runs that they get; all of it in one repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.conversation import check
from bot.errors import TryLater
from bot.pipeline import Prover
from bot.sandbox.server import Request
from tests.support.bot import World, bot_and_sandbox
from tests.support.jobs import until

ACCESS = "applications/reader/templates/kafkaaccess.yaml"
DEPLOYMENT = "applications/reader/templates/deployment.yaml"
USER = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
TOPICS = "applications/sasquatch/charts/square-events/templates/notify-topics.yaml"
ALPHA = "environments/values-alpha.yaml"

Annotation = tuple[str, int, str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, prover: Prover) -> Iterator[World]:
    with bot_and_sandbox(tmp_path_factory.mktemp("checks"), prover=prover) as found:
        yield found


def replaced(world: World, path: str, old: str, new: str) -> dict[str, bytes]:
    """Return a file of main with a text in place of another, for a push."""
    text = (world.home.file("main", path) or b"").decode()
    assert text.count(old) == 1, text
    return {path: text.replace(old, new).encode()}


def proposed(world: World, branch: str, files: dict[str, bytes | None] | dict[str, bytes], base: str = "main") -> str:
    """Have alice propose files, wait until nothing is left to be done, and return the head."""
    sha = world.home.push("alice", branch, files, f"Change {branch}")
    world.home.open_pull("alice", branch, base, f"Change {branch}")
    world.settle()
    return sha


def only(world: World, sha: str) -> dict[str, Any]:
    """Return the one check run of a commit."""
    (run,) = world.home.check_runs(sha)
    assert run["name"] == "kafka-access"
    return run


def annotated(world: World, run: dict[str, Any]) -> list[Annotation]:
    found = world.home.annotations(run["id"])
    return [(one["path"], one["start_line"], one["annotation_level"], one["title"]) for one in found]


def line_of(world: World, branch: str, path: str, text: str) -> int:
    lines = (world.home.file(branch, path) or b"").decode().splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if text in line]
    return number


FAULTS = {
    "user-missing": (ACCESS, "    name: reader\n    namespace", "    name: raeder\n    namespace", "apiVersion:"),
    "secret-missing": (DEPLOYMENT, 'secretName: "reader-kafka"', 'secretName: "reader-kafak"', "apiVersion:"),
    "prefix-star": (
        USER,
        'name: "lsst.square-events.notify.message"\n          patternType: literal',
        'name: "lsst.square-events.notify.*"\n          patternType: prefix',
        "lsst.square-events.notify.*",
    ),
    "operation-invalid": (USER, '          - "Describe"', '          - "IdempotentWrite"', "lsst.square-events.notify"),
    "not-rendered": (ACCESS, "    listener: tls", "    listener: {{ tls", ""),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_fails_at_its_file_and_line(world: World, rule: str) -> None:
    path, old, new, at = FAULTS[rule]
    sha = proposed(world, rule, replaced(world, path, old, new))
    run = only(world, sha)
    assert (run["status"], run["conclusion"]) == ("completed", "failure")
    assert "1 error" in run["output"]["title"]
    line = line_of(world, rule, path, at) if at else line_of(world, rule, path, "{{ tls")
    errors = [one for one in annotated(world, run) if one[2] == "failure"]
    assert errors == [(path, line, "failure", rule)]
    assert f"`{rule}`" in run["output"]["summary"]
    assert "`alpha`, `beta`" in run["output"]["summary"]


def test_a_fault_is_found_in_what_the_pull_request_does_not_touch(world: World) -> None:
    files = replaced(world, ALPHA, "strimzi-access-operator: true", "strimzi-access-operator: false")
    run = only(world, proposed(world, "operator", files))
    assert run["conclusion"] == "failure"
    found = annotated(world, run)
    assert (ACCESS, 1, "failure", "access-operator-not-enabled") in found
    assert {"In alpha." in one["message"] for one in world.home.annotations(run["id"])} == {True}


def test_a_clean_change_says_who_gains_what(world: World) -> None:
    rule = """      - resource:
          type: topic
          name: "lsst.square-events.notify.receipt"
          patternType: literal
        operations:
          - "Read"
        host: "*"
"""
    text = (world.home.file("main", USER) or b"").decode()
    run = only(world, proposed(world, "clean", {USER: f"{text.rstrip()}\n{rule}".encode()}))
    assert (run["conclusion"], annotated(world, run)) == ("action_required", [])
    assert run["output"]["title"] == "needs approval; reader gains access in alpha and beta"
    row = "| `User:CN=reader` | read | topic `lsst.square-events.notify.receipt` | literal | Read | `alpha`, `beta` |"
    assert row in run["output"]["summary"]
    assert re.search(r'^\+ +name: "lsst.square-events.notify.receipt"$', run["output"]["text"], re.MULTILINE)


def test_what_only_looks_wrong_is_a_warning(world: World) -> None:
    old = '"lsst.square-events.notify.message"\n          patternType: literal'
    run = only(world, proposed(world, "open", replaced(world, USER, old, old.replace("literal", "prefix"))))
    assert run["conclusion"] == "action_required"
    assert run["output"]["title"].startswith("1 warning; needs approval; reader has other access")
    line = line_of(world, "open", USER, "lsst.square-events.notify.message")
    assert annotated(world, run) == [(USER, line, "warning", "prefix-open")]


def test_a_new_topic_is_a_success(world: World) -> None:
    text = (world.home.file("main", TOPICS) or b"").decode()
    more = text.split("---\n")[-1].replace("notify.receipt", "notify.other")
    run = only(world, proposed(world, "topic", {TOPICS: f"{text}---\n{more}".encode()}))
    assert (run["conclusion"], annotated(world, run)) == ("success", [])
    assert "New: `lsst.square-events.notify.other`" in run["output"]["text"]
    assert "| `alpha`, `beta` | ✅ before and after | 1 new |" in run["output"]["summary"]


QUIET: dict[str, dict[str, bytes | None]] = {
    "words only": {"docs/kafka.md": b"Kafka, in words.\n", "README.md": b"strimzi\n"},
    "an application without Kafka": {"applications/publisher/values.yaml": None},
    "an image": {"applications/reader/Chart.yaml": None},
}


@pytest.mark.parametrize("name", QUIET)
def test_what_does_not_touch_kafka_is_left_alone(world: World, name: str) -> None:
    files = {
        path: data if data is not None else (world.home.file("main", path) or b"") + b"# A comment\n"
        for path, data in QUIET[name].items()
    }
    if name == "an image":
        chart = (world.home.file("main", "applications/reader/Chart.yaml") or b"").decode()
        files = {"applications/reader/Chart.yaml": chart.replace("1.4.0", "1.4.1").encode()}
    before = len(world.sandbox.requests)
    sha = proposed(world, f"quiet-{name.replace(' ', '-')}", files)
    assert world.home.check_runs(sha) == []
    asked = [one for one in world.sandbox.requests[before:] if "deliveries" not in one.path]
    assert asked == []


def test_a_fork_is_checked_by_the_pull_requests_own_ref(world: World) -> None:
    theirs = world.home.fork("mallory")
    path, old, new, _ = FAULTS["user-missing"]
    sha = theirs.push("mallory", "theirs", replaced(world, path, old, new), "Change")
    number = world.home.open_pull("mallory", "mallory:theirs", "main", "From elsewhere")
    world.settle()
    run = only(world, sha)
    assert run["conclusion"] == "failure"
    # GitHub names no pull request of a fork with a suite or a check run.
    world.home.rerequest_suite(run["id"], "alice")
    world.settle()
    assert [one["conclusion"] for one in world.home.check_runs(sha)] == ["failure", "failure"]
    assert world.home.pull(number)["head"]["sha"] == sha


def test_a_push_while_it_is_checked_ends_the_older_check(world: World) -> None:
    path, old, new, _ = FAULTS["prefix-star"]
    second: list[str] = []

    def push(when: str, request: Request) -> None:
        if when == "after" and request.method == "POST" and request.path.endswith("/check-runs") and not second:
            second.append("")
            mended = replaced(world, ACCESS, "kind: KafkaUser", "kind: KafkaUser # as it was")
            mended |= replaced(world, TOPICS, "partitions: 4", "partitions: 5")
            second[0] = world.home.push("alice", "pushed", {**mended, path: world.home.file("main", path)}, "Mend")

    forget = world.sandbox.on_request(push)
    first = proposed(world, "pushed", replaced(world, path, old, new))
    forget()
    assert only(world, first)["conclusion"] == "cancelled"
    assert annotated(world, only(world, first)) == []
    assert only(world, second[0])["conclusion"] == "success"


def test_an_older_head_is_not_looked_at(world: World) -> None:
    path, old, new, _ = FAULTS["prefix-star"]
    world.sandbox.hold_deliveries()
    first = world.home.push("alice", "older", replaced(world, path, old, new), "Change")
    world.home.open_pull("alice", "older", "main", "Older")
    second = world.home.push("alice", "older", replaced(world, TOPICS, "partitions: 4", "partitions: 6"), "Mend")
    world.sandbox.release_deliveries()
    world.settle()
    assert world.home.check_runs(first) == []
    assert only(world, second)["status"] == "completed"


def test_run_again(world: World) -> None:
    sha = proposed(world, "again", replaced(world, TOPICS, "partitions: 4", "partitions: 8"))
    first = only(world, sha)
    world.home.rerequest(first["id"], "alice")
    world.settle()
    runs = world.home.check_runs(sha)
    assert [one["conclusion"] for one in runs] == ["success", "success"]
    assert runs[0]["output"] | {"annotations_url": ""} == runs[1]["output"] | {"annotations_url": ""}


def test_another_base(world: World) -> None:
    """What the other base has already is no longer the pull request's."""
    path, old, new, _ = FAULTS["prefix-star"]
    world.home.push("alice", "release", replaced(world, path, old, new), "Break")
    files = replaced(world, path, old, new) | replaced(world, TOPICS, "partitions: 4", "partitions: 9")
    sha = proposed(world, "based", files)
    assert only(world, sha)["conclusion"] == "failure"
    (pull,) = (one for one in world.home.pulls() if one["head"]["ref"] == "based")
    world.home.set_base(pull["number"], "alice", "release")
    world.settle()
    second = world.home.check_runs(sha)[-1]
    assert second["conclusion"] == "success"
    assert "about the same applications, which this does not change" in second["output"]["summary"]


def test_a_newer_main_is_not_the_pull_requests_doing(world: World) -> None:
    """The base has got a fault and more lines since: neither is new, and lines are those of the head."""
    path, old, new, _ = FAULTS["prefix-star"]
    world.home.push("alice", "trunk", {"start": b""}, "Start")
    readme = {"applications/reader/values.yaml": (world.home.file("main", "applications/reader/values.yaml") or b"")}
    world.home.push("alice", "moved", readme, "Nothing")
    world.home.push("alice", "trunk", replaced(world, path, old, new), "Break elsewhere")
    access = (world.home.file("main", ACCESS) or b"").decode()
    world.home.push("alice", "trunk", {ACCESS: f"# One\n# Two\n{access}".encode()}, "Comment")
    broken = access.replace("    name: reader\n    namespace", "    name: raeder\n    namespace")
    sha = proposed(world, "moved", {ACCESS: broken.encode()}, "trunk")
    run = only(world, sha)
    errors = [one for one in annotated(world, run) if one[2] == "failure"]
    assert errors == [(ACCESS, 1, "failure", "user-missing")]


def test_the_bots_own_pull_request(world: World) -> None:
    number = world.home.open_issue("alice", "Kafka", "/kafka-access myapp topic=lsst.square-events.myapp.ingest create")
    before = len(world.sandbox.requests)
    world.settle()
    (pull,) = (one for one in world.home.pulls() if one["head"]["ref"] == f"kafka-access/myapp-{number}")
    run = only(world, pull["head"]["sha"])
    assert run["conclusion"] == "success", run["output"]
    assert "The bot opened this pull request" in run["output"]["summary"]
    assert "myapp gains access" in run["output"]["title"]
    calls = [one.path for one in world.sandbox.requests[before:] if "check-runs" in one.path]
    assert len(calls) == 3, world.home.annotations(run["id"])


def test_hostile_words_stay_words(world: World) -> None:
    name = "@alice-[x](https://evil.example) `<img src=x>` | #1"
    files = replaced(world, ACCESS, "    name: reader\n    namespace", f"    name: '{name}'\n    namespace")
    run = only(world, proposed(world, "hostile", files))
    assert run["conclusion"] == "failure"
    messages = "".join(one["message"] for one in world.home.annotations(run["id"]))
    assert "@alice" not in run["output"]["title"] + messages
    page = httpx.get(f"{world.sandbox.url}/{world.home.full_name}/runs/{run['id']}").text
    assert "evil.example" in page
    assert "<img src=x" not in page
    assert 'href="https://evil.example' not in page


class Away(TryLater):
    def __init__(self) -> None:
        super().__init__("the mill is closed", "come back on Monday")


@pytest.mark.parametrize(
    ("error", "began", "says"),
    [
        pytest.param(Away(), True, "the mill is closed", id="the surroundings"),
        pytest.param(Away(), False, "the mill is closed", id="before there was a check run"),
        pytest.param(KeyError("secret"), True, "a bug of the bot", id="a bug"),
    ],
)
def test_what_cannot_be_checked_does_not_stay_in_progress(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, *, began: bool, says: str
) -> None:
    def fail(*arguments: Any, **_: Any) -> None:
        if began:
            arguments[5]()
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(check, "compare", fail)
        branch = f"failing-{type(error).__name__}-{began}"
        sha = proposed(world, branch, replaced(world, TOPICS, "partitions: 4", f"partitions: {len(branch)}"))
        # Failures are looked for every other second, by a job of their own.
        until(lambda: [one["status"] for one in world.home.check_runs(sha)] == ["completed"])
    run = only(world, sha)
    assert run["conclusion"] == "action_required"
    assert says in run["output"]["summary"]
    assert "secret" not in run["output"]["summary"]
    assert "Re-run" in run["output"]["summary"]
    world.home.rerequest(run["id"], "alice")
    world.settle()
    assert world.home.check_runs(sha)[-1]["conclusion"] == "success"
