"""`kafka-access serve`: the bot itself, from its settings to its end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import click
import structlog

from bot import exits
from bot.errors import TryLater, UserError
from bot.logs import configure
from bot.policy.rules import load as load_rules
from bot.settings import Basics, NotRegistered, Settings, describe, load, load_basics, warnings
from bot.web.assembly import assemble
from bot.web.serve import serve as serve_bot
from bot.web.setup import serve_setup

log = structlog.get_logger("bot")


@click.command()
@click.option("--check", is_flag=True, help="Only show the settings, secrets masked, and say whether all is there.")
def serve(check: bool) -> None:
    """Run the bot: take GitHub's webhooks, answer commands, until SIGTERM.

    Settings come from KAFKA_ACCESS_* variables and a settings file. Without an App it serves /setup, where one is
    registered, and then goes on. Logs go to standard error.

    Exit status: 0 ended by a signal, 3 settings or surroundings are wrong, 1 a bug.
    """
    if check:
        _check()
    else:
        sys.exit(_run())


def _check() -> None:
    settings = load()
    load_rules(settings.rules)
    click.echo(describe(settings))
    for warning in warnings():
        click.echo(f"warning: {warning}", err=True)


def _run() -> int:
    try:
        settings = load()
    except NotRegistered:
        basics = load_basics()
        configure(basics.log_format, basics.log_level, _known(basics))
        return _logged(lambda: _register_and_serve(basics))
    return _logged(lambda: _serve(settings))


def _register_and_serve(basics: Basics) -> None:
    if asyncio.run(serve_setup(basics)):
        _serve(load())


def _serve(settings: Settings) -> None:
    configure(settings.log_format, settings.log_level, settings.secrets)
    for warning in warnings():
        log.warning(warning)
    asyncio.run(serve_bot(settings, assemble(settings)))


def _known(basics: Basics) -> tuple[str, ...]:
    return (basics.setup_token.get_secret_value(),) if basics.setup_token else ()


def _logged(do: Callable[[], None]) -> int:
    """Do it and return the exit status; what goes wrong is said by the log alone, which hides secrets."""
    try:
        do()
    except (TryLater, UserError) as error:
        # Where it was raised says nothing to an operator.
        log.error(error.text, hint=error.hint)  # noqa: TRY400
        return exits.SURROUNDINGS
    except Exception:
        log.exception("this is a bug in kafka-access")
        return exits.BUG
    return exits.DONE
