"""`kafka-access jobs`: what the bot has to do and has done, from outside while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from bot.jobs.model import Failure, Job, Query, Status, Step
from bot.jobs.store import Store
from bot.settings import load_basics
from bot.words import cut

_COLOURS = {
    Status.WAITING: "cyan",
    Status.RUNNING: "blue",
    Status.DONE: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "yellow",
    Status.ABANDONED: "red",
}


def _of_settings() -> str:
    return load_basics().database_url.get_secret_value()


_database = click.option(
    "--database",
    "url",
    default=_of_settings,
    show_default="that of the bot's settings",
    metavar="URL",
    help="The bot's database.",
)
_form = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group()
def jobs() -> None:
    """List, show, retry and cancel the jobs of the bot, while it runs or not.

    Exit status: 0 done, 2 refused (unknown id, wrong status), 3 the database cannot be reached.
    """


@jobs.command("list")
@_database
@click.option("--status", type=click.Choice([one.value for one in Status]), multiple=True, help="Only these.")
@click.option("--kind", help="Only jobs of this kind.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@_form
def list_(url: str, status: tuple[str, ...], kind: str | None, limit: int, form: str) -> None:
    """List jobs, the newest first."""
    with closing(_store(url)) as store:
        found = store.jobs(Query([Status(one) for one in status], kind, limit=limit))
    if form == "json":
        click.echo(_json([asdict(job) for job in found]))
    elif not found:
        click.echo("no jobs")
    else:
        click.echo("\n".join(_table(found)))


@jobs.command()
@_database
@click.argument("id_", metavar="ID")
@_form
def show(url: str, id_: str, form: str) -> None:
    """Show a job with its payload, its steps, and how it failed."""
    with closing(_store(url)) as store:
        job = store.job(id_)
    click.echo(_json(asdict(job)) if form == "json" else "\n".join(_description(job)))


@jobs.command(short_help="Do again what failed, was cancelled, or was set aside.")
@_database
@click.option(
    "--step", type=click.IntRange(1), default=1, show_default=True, help="Keep what the steps before returned."
)
@click.argument("id_", metavar="ID")
def retry(url: str, id_: str, step: int) -> None:
    """Do a job again that failed, was cancelled or abandoned, or sort a delivery that was set aside."""
    with closing(_store(url)) as store:
        store.retry(id_, step=step)
    click.echo(f"{id_} is waiting again")


@jobs.command(short_help="Cancel a job that waits or runs.")
@_database
@click.argument("id_", metavar="ID")
def cancel(url: str, id_: str) -> None:
    """Cancel a job: at once where it waits, before its next step where it runs."""
    with closing(_store(url)) as store:
        store.cancel(id_)
    click.echo(f"{id_} is cancelled")


def _store(url: str) -> Store:
    store = Store(url)
    try:
        store.check()
    except BaseException:
        store.close()
        raise
    return store


def _json(data: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    return json.dumps(data, indent=2, default=datetime.isoformat)


def _table(found: list[Job]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*map(_cells, found), strict=True)]
    for job in found:
        id_, status, *rest = (cell.ljust(width) for cell, width in zip(_cells(job), widths, strict=True))
        why = f"  {_reason(job.failure)}" if job.failure else ""
        yield f"{id_}  {_painted(job.status, status)}  {'  '.join(rest)}{why}".rstrip()


def _cells(job: Job) -> list[str]:
    # What came in a webhook ends up here: no control characters reach the terminal.
    return [_plain(job.id), job.status, _plain(job.kind), _plain(job.key), _time(job.created)]


def _description(job: Job) -> Iterator[str]:
    yield f"{click.style(_plain(job.id), bold=True)}  {_painted(job.status, job.status)}"
    times = [("created", job.created), ("started", job.started), ("ended", job.ended)]
    facts = [("kind", job.kind), ("queue", job.queue), ("key", job.key), ("attempts", str(job.attempts))]
    facts += [(name, _time(moment)) for name, moment in times if moment]
    yield from (f"  {name:<9} {_plain(value)}" for name, value in facts)
    yield from _section("Payload", _json(job.payload))
    if job.steps:
        yield from _section("Steps", "\n".join(map(_step, job.steps)))
    if job.result is not None:
        yield from _section("Result", _json(job.result))
    if job.failure is not None:
        yield from _section("Failure", _failure(job.failure))


def _step(step: Step) -> str:
    outcome = click.style("failed", fg="red") if step.failure else click.style("done", fg="green")
    why = f"  {_reason(step.failure)}" if step.failure else ""
    return f"{step.number:>3}  {outcome}  {step.seconds:>7.1f} s  {_plain(step.name)}{why}"


def _failure(failure: Failure) -> str:
    head = f"{failure.cause} ({failure.name}): {failure.text}"
    return "\n".join(_plain(line) for part in (head, failure.hint, failure.traceback) for line in part.splitlines())


def _section(name: str, text: str) -> Iterator[str]:
    yield f"\n{click.style(name, bold=True)}"
    yield from (f"  {line}" for line in text.splitlines())


def _painted(status: Status, text: str) -> str:
    return click.style(text, fg=_COLOURS[status])


def _reason(failure: Failure) -> str:
    return cut(_plain(failure.reason.partition("\n")[0]), 100)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone().isoformat(" ", "seconds")
