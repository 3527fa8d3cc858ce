"""`kafka-access jobs`, on the database of a bot that has run, and of none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.errors import TryLater, UserError
from bot.jobs.cli import jobs
from bot.jobs.engine import Engine
from bot.jobs.model import (
    DatabaseAway,
    EndedAlready,
    Json,
    NoJobsHere,
    Status,
    Steps,
    Succeeded,
    UnknownDatabase,
    UnknownJob,
)
from tests.support.jobs import until

Run = Callable[..., Result]


def work(steps: Steps, payload: Json) -> Json:
    steps("look", lambda: 1)
    if payload.get("bad"):
        steps("break", lambda: payload["\x1b[31mmissing"])
    return {"answer": 42}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, str]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('cli')}/jobs.sqlite"
    engine = Engine(url, poll=0.05, drain=0)
    engine.register("work", work, queue="work")
    engine.start()
    engine.enqueue("work", "good", "owner/repo/app", {"text": "hello"})
    engine.enqueue("work", "bad", "owner/repo/app", {"bad": True})
    until(lambda: engine.job("bad").status is Status.FAILED)
    yield engine, url
    engine.stop()


@pytest.fixture
def run(bot: tuple[Engine, str]) -> Run:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(jobs, arguments, env={"KAFKA_ACCESS_DATABASE_URL": bot[1]})

    return invoke


def test_list_says_what_there_is_and_why_it_failed(run: Run) -> None:
    done = run("list", "--kind", "work")
    assert done.exit_code == 0
    lines = {line.split()[0]: line for line in done.output.splitlines()}
    assert lines["good"].split()[1:4] == ["done", "work", "owner/repo/app"]
    assert "KeyError" in lines["bad"]
    assert "\x1b" not in done.output
    assert run("list", "--kind", "nothing").output == "no jobs\n"


def test_list_as_json_is_json_alone(run: Run) -> None:
    found = json.loads(run("list", "--status", "failed", "--format", "json").output)
    assert [(job["id"], job["status"], job["failure"]["cause"]) for job in found] == [("bad", "failed", "bug")]


def test_show_has_payload_steps_and_traceback(run: Run) -> None:
    shown = run("show", "bad").output
    for words in ('"bad": true', "2  failed", "break", "1  done", "look", "Traceback", "KeyError"):
        assert words in shown
    assert "\x1b" not in shown
    assert '"answer": 42' in run("show", "good").output
    assert [step["name"] for step in json.loads(run("show", "good", "--format", "json").output)["steps"]] == ["look"]


def test_colours_are_for_terminals(bot: tuple[Engine, str]) -> None:
    painted = CliRunner().invoke(jobs, ["list", "--database", bot[1]], color=True).output
    assert "\x1b[32mdone" in painted


def test_retry_and_cancel_while_the_bot_runs(run: Run, bot: tuple[Engine, str]) -> None:
    assert run("retry", "bad", "--step", "2").output == "bad is waiting again\n"
    until(lambda: bot[0].job("bad").status is Status.FAILED)
    assert bot[0].enqueue("work", "other", "other", {})
    until(lambda: bot[0].job("other").status is Status.DONE)


@pytest.mark.parametrize(
    ("arguments", "error", "kind"),
    [
        (["show", "nobody"], UnknownJob, UserError),
        (["retry", "nobody"], UnknownJob, UserError),
        (["cancel", "nobody"], UnknownJob, UserError),
        (["retry", "good"], Succeeded, UserError),
        (["cancel", "good"], EndedAlready, UserError),
        (["list", "--database", "mysql://x"], UnknownDatabase, UserError),
        (["list", "--database", "sqlite:////nonexistent/jobs.sqlite"], NoJobsHere, TryLater),
        (["list", "--database", "postgresql://bot@/jobs?host=/nonexistent"], DatabaseAway, TryLater),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors(run: Run, arguments: list[str], error: type[Exception], kind: type[Exception]) -> None:
    failed = run(*arguments).exception
    assert isinstance(failed, error)
    assert isinstance(failed, kind)


def test_looking_creates_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch()
    for name in ("none.sqlite", "empty.sqlite"):
        failed = CliRunner().invoke(jobs, ["list", "--database", f"sqlite:///{tmp_path}/{name}"])
        assert isinstance(failed.exception, NoJobsHere)
    assert (tmp_path / "empty.sqlite").stat().st_size == 0
    assert not (tmp_path / "none.sqlite").exists()
