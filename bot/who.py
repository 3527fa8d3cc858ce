"""`kafka-access who`: who may use a topic, what an application may do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.checkout.files import Files, NotPhalanx
from bot.errors import UserError
from bot.kafka.names import topic_problem
from bot.landscape.answers import about_topic
from bot.landscape.cache import Cache, default_folder
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.reporting import who_text


class NoTopic(UserError):
    """What was asked about can be no topic."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name!r} is not the name of a topic: {problem}", "type the whole name of one topic")


@click.command()
@click.option("--repo", type=click.Path(path_type=Path), default=".", show_default=True, help="The checkout.")
@click.option("--topic", metavar="NAME", help="Say who may use this topic.")
@click.option("--env", "environments", metavar="E[,E]...", help="Only these environments.")
@click.option("--env-jobs", type=click.IntRange(1), help="Applications to render at a time.")
@click.option("--no-cache", is_flag=True, help="Render everything, and keep nothing for the next time.")
def who(repo: Path, topic: str, environments: str | None, env_jobs: int | None, no_cache: bool) -> None:
    """Say who may use a topic."""
    files = Files(repo)
    if not files.is_phalanx:
        raise NotPhalanx(repo)
    problem = topic_problem(topic)
    if problem:
        raise NoTopic(topic, problem)
    cache = Cache(None if no_cache else default_folder())
    progress = _progress if sys.stderr.isatty() else None
    asked = None if environments is None else environments.split(",")
    landscape = read(files, asked, HOLDS_KAFKA_OBJECTS, cache=cache, jobs=env_jobs, progress=progress)
    if progress:
        click.echo("\r\x1b[2K", nl=False, err=True)
    click.echo(who_text.topic(about_topic(landscape, topic)))


def _progress(done: int, total: int, what: str) -> None:
    click.echo(f"\r\x1b[2Krendering {done}/{total} {what}"[:100], nl=False, err=True)
