"""`kafka-access audit`: what is wrong with the access that exists."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot import exits, options
from bot.audit.finding import Finding
from bot.audit.look import Report, look
from bot.checkout.blame import Since, since
from bot.checkout.files import Files, phalanx
from bot.landscape.cache import Cache, default_folder
from bot.policy.audited import Gravity
from bot.policy.rules import load
from bot.progress import shown
from bot.reporting import audit_markdown, audit_record, audit_sarif, audit_text

_FAILING = {
    "error": {Gravity.ERROR},
    "warning": {Gravity.ERROR, Gravity.WARNING},
    "never": set[Gravity](),
}


@click.command()
@click.argument("application", metavar="[APP]", default="")
@options.repo
@options.environments
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "markdown"]),
    default="text",
    show_default=True,
    help="sarif is for code scanning.",
)
@click.option("--fail-on", type=click.Choice([*_FAILING]), default="error", show_default=True, help="What ends with 2.")
@click.option("--since/--no-since", "dated", default=True, show_default=True, help="Ask git since when each is there.")
@options.applications_at_a_time
@options.no_cache
@options.rules
def audit(
    application: str,
    repo: Path,
    environments: tuple[str, ...] | None,
    form: str,
    fail_on: str,
    dated: bool,
    env_jobs: int | None,
    no_cache: bool,
    rules_folder: Path | None,
) -> None:
    """Say what is wrong with the access that exists: of APP, or of everybody.

    Exit status: 0 nothing that is an error, 2 errors, 3 the surroundings failed, 1 a bug.
    """
    files = phalanx(repo)
    rules = load(rules_folder)
    cache = Cache(None if no_cache else default_folder())
    with shown("rendering") as progress:
        report = look(files, rules, application, environments, cache=cache, jobs=env_jobs, progress=progress)
    dates = _dates(files, report) if dated and form in {"text", "json"} else {}
    click.echo(_shown(report, form, dates), nl=False)
    if any(one.severity in _FAILING[fail_on] for one in report.findings):
        sys.exit(exits.REFUSED)


def _dates(files: Files, report: Report) -> dict[Finding, Since]:
    wanted: dict[str, set[int]] = {}
    for one in report.findings:
        if one.origin.file and one.origin.line:
            wanted.setdefault(one.origin.file, set()).add(one.origin.line)
    known = since(files, wanted)
    places = {one: known.get((one.origin.file, one.origin.line)) for one in report.findings}
    return {one: found for one, found in places.items() if found is not None}


def _shown(report: Report, form: str, dates: dict[Finding, Since]) -> str:
    match form:
        case "json":
            return audit_record.text(report, dates)
        case "sarif":
            return audit_sarif.text(report)
        case "markdown":
            return f"{audit_markdown.text(report)}\n"
        case _:
            return f"{audit_text.text(report, dates)}\n"
