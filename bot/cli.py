"""The command line: the same commands as in comments, with a folder in place of GitHub."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bot import exits, options
from bot.checkout.files import phalanx, write_all
from bot.commands.model import Verb
from bot.pipeline import Prover, answer, answers_alone, keep, skip
from bot.planning.model import Plan
from bot.policy.rules import load
from bot.progress import shown
from bot.proof.model import Proof, Status
from bot.reporting import terminal
from bot.reporting.answer import Answer
from bot.reporting.diff import unified
from bot.reporting.record import record

_FORMATS = click.Choice(["text", "json", "diff"])


class _Lazy(click.Group):
    """Commands that are imported when they are called: planning must not wait for what serving needs."""

    elsewhere: Mapping[str, tuple[str, str]] = {
        "who": ("bot.who:who", "Say who may use a topic, what an application may do, or all of it."),
        "audit": ("bot.auditing:audit", "Say what is wrong with the access that exists, of everybody or of APP."),
        "serve": ("bot.web.cli:serve", "Run the bot: take GitHub's webhooks, answer commands."),
        "demo": ("bot.demo.cli:demo", "Say COMMENT to the bot in a local GitHub, and show what it does."),
        "register": ("bot.web.register:register", "Register the GitHub App in the browser."),
        "jobs": ("bot.jobs.cli:jobs", "List, show, retry and cancel the jobs of the bot."),
    }
    """Where each is, and its line in the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return [*super().list_commands(ctx), *self.elsewhere]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported if it is called."""
        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.elsewhere[cmd_name][0].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        here = [(name, command.get_short_help_str(90)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([*here, *((name, about) for name, (_, about) in self.elsewhere.items())])


def _comment(_context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]) -> str:
    return sys.stdin.read() if words == ("-",) else " ".join(words)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        # Whoever forgets the quotes means the whole line.
        click.argument("comment", nargs=-1, required=True, metavar="COMMENT", callback=_comment),
        click.option("--env-jobs", type=click.IntRange(1), help="Environments to render at a time."),
        click.option("--no-proof", is_flag=True, help="Do not render anything: fast, and nothing is promised."),
        options.rules,
        click.option("--format", "form", type=_FORMATS, default="text", show_default=True),
        options.repo,
    ):
        command = option(command)
    return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="kafka-access", prog_name="kafka-access")
def cli() -> None:
    """Give a Phalanx application a Kafka client, and prove that nothing else changes.

    COMMENT is what would be typed on GitHub, `-` reads it from standard input:

    \b
      kafka-access plan --repo phalanx '/kafka-access myapp topic=lsst.square-events.myapp.ingest'
      kafka-access plan '/kafka-access help'
      kafka-access demo

    Exit status: 0 done or nothing to do, 2 refused, 3 the surroundings failed, 1 a bug.
    """


@cli.command()
@_options
def plan(repo: Path, comment: str, form: str, rules_folder: Path | None, no_proof: bool, env_jobs: int | None) -> None:
    """Say what COMMENT would change, prove it, and write nothing."""
    if (alone := answers_alone(comment)) is not None:
        _finish(alone, form, written=False)
    root, rules = phalanx(repo).root, load(rules_folder)
    with _scratch(root, comment) as place:
        # Later commands of one comment build on the earlier ones, so these are carried out in the scratch copy.
        write = keep if place == root else write_all
        _finish(answer(place, comment, rules, _prover(no_proof, env_jobs), write), form, written=False)


@cli.command()
@_options
def apply(repo: Path, comment: str, form: str, rules_folder: Path | None, no_proof: bool, env_jobs: int | None) -> None:
    """Make COMMENT's changes in the working tree, all or none; nothing is committed."""
    if (alone := answers_alone(comment)) is not None:
        _finish(alone, form, written=False)
    root, rules = phalanx(repo).root, load(rules_folder)
    _finish(answer(root, comment, rules, _prover(no_proof, env_jobs), write_all), form, written=True)


@cli.command()
@click.option("--check", is_flag=True, help="Only say whether the rules are valid.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.rules
def rules(check: bool, form: str, rules_folder: Path | None) -> None:
    """Show what is decided by rules: names, defaults, owners, what is refused."""
    from bot.policy.show import as_data, describe  # noqa: PLC0415 - only this command needs it

    loaded = load(rules_folder)
    if check:
        click.echo(f"the rules in {rules_folder} are valid" if rules_folder else "the built-in rules are valid")
    elif form == "json":
        click.echo(json.dumps(as_data(loaded), indent=2))
    else:
        click.echo(describe(loaded))


@contextmanager
def _scratch(root: Path, comment: str) -> Iterator[Path]:
    if comment.count("/kafka-access") <= 1:
        yield root
        return
    with tempfile.TemporaryDirectory(prefix="kafka-access-") as folder:
        yield _copy(root, Path(folder))


def _copy(root: Path, folder: Path) -> Path:
    shutil.copytree(root, folder / "checkout", symlinks=True, ignore=shutil.ignore_patterns(".git"))
    return folder / "checkout"


def _prover(no_proof: bool, jobs: int | None) -> Prover:
    if no_proof:
        return skip

    def prove_plan(root: Path, planned: Plan) -> Proof:
        from bot.proof.prove import prove  # noqa: PLC0415 - rendering is not needed by --no-proof

        with shown("proof") as show:
            return prove(root, planned.changes, planned.expected, schemas=planned.schemas, jobs=jobs, progress=show)

    return prove_plan


def _finish(answers: list[Answer], form: str, *, written: bool) -> None:
    """Print the answers and exit with the gravest of their statuses."""
    if form == "json":
        records: list[dict[str, Any]] = [record(one) for one in answers]
        click.echo(json.dumps(records[0] if len(records) == 1 else records, indent=2))
    elif form == "diff":
        click.echo("".join(unified(one.plan.changes) for one in answers if one.plan), nl=False)
    for one in answers:
        if one.refusal is not None and form != "json":
            click.echo(terminal.failure(one.refusal), err=True)
        elif form == "text":
            _show(one, written=written)
        if one.proof.status is Status.REFUTED and one.refusal is None:
            click.echo("the proof refutes this change; it is a bug, and nothing was written", err=True)
    sys.exit(max(map(_status, answers), key=(exits.DONE, exits.REFUSED, exits.SURROUNDINGS, exits.BUG).index))


def _show(one: Answer, *, written: bool) -> None:
    if one.plan is None:
        click.echo(one.text)
        return
    wrote = written and one.plan.command.verb is not Verb.PLAN and one.proof.status is not Status.REFUTED
    click.echo(terminal.summary(one.plan, one.proof, written=wrote))
    if one.plan.changes:
        click.echo(f"\n{terminal.diff(one.plan)}", nl=False)


def _status(one: Answer) -> int:
    if one.refusal is not None:
        return exits.REFUSED
    return exits.BUG if one.proof.status is Status.REFUTED else exits.DONE
