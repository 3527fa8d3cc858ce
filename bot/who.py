"""`kafka-access who`: who may use a topic, what an application may do, or all access there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from bot import options
from bot.checkout.files import phalanx
from bot.landscape.answers import Matrix
from bot.landscape.cache import Cache, default_folder
from bot.progress import shown
from bot.questions import Found, Question, answer
from bot.reporting import who_text

_FORMATS = click.Choice(["text", "json", "markdown", "html"])


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        options.no_cache,
        options.applications_at_a_time,
        click.option("--rules", is_flag=True, help="Show each rule of a KafkaUser, and where it stands."),
        click.option("--format", "form", type=_FORMATS, default="text", show_default=True),
        options.environments,
        click.option("--all", "everything", is_flag=True, help="All access there is; html is one page."),
        click.option("--app", metavar="APP", help="What this application may do."),
        click.option("--topic", metavar="NAME", help="Who may use this topic."),
        options.repo,
    ):
        command = option(command)
    return command


@click.command()
@_options
def who(
    repo: Path,
    topic: str | None,
    app: str | None,
    everything: bool,
    environments: tuple[str, ...] | None,
    form: str,
    rules: bool,
    env_jobs: int | None,
    no_cache: bool,
) -> None:
    """Say who may use a topic, what an application may do, or all of it.

    What is said is what Kafka would let them do once everything in the checkout is deployed.
    """
    if sum((topic is not None, app is not None, everything)) != 1:
        message = "type one of --topic NAME, --app APP and --all"
        raise click.UsageError(message)
    if form == "html" and not everything:
        message = "html is for --all: it holds every topic and every application"
        raise click.UsageError(message)
    files = phalanx(repo)
    question = Question(topic, app, environments)
    cache = Cache(None if no_cache else default_folder())
    with shown("rendering") as progress:
        found = answer(files, question, cache, jobs=env_jobs, progress=progress)
    click.echo(who_text.text(found, rules=rules) if form == "text" else _written(found, form))


def _written(found: Found, form: str) -> str:
    """Return an answer as JSON, Markdown or HTML, importing only what that takes."""
    if form == "json":
        from bot.reporting.who_record import record  # noqa: PLC0415

        return json.dumps(record(found), indent=2)
    if isinstance(found, Matrix) and form == "html":
        from bot.reporting.who_html import page  # noqa: PLC0415

        return page(found)
    from bot.reporting.who_markdown import markdown  # noqa: PLC0415

    return markdown(found)
