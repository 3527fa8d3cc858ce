"""`python -m bot`: the command line, with exceptions turned into exit statuses in one place."""

from __future__ import annotations

import gc
import os
import sys

import click

from bot.errors import TryLater, UserError
from bot.exits import BUG, REFUSED, SURROUNDINGS


def main() -> None:
    """Run the command line and exit: 0 done, 2 refused or misused, 3 the surroundings failed, 1 a bug."""
    # What is imported stays: looking through it for garbage is a tenth of what a small command takes.
    gc.disable()
    from bot.cli import cli  # noqa: PLC0415 - not before that
    from bot.reporting.terminal import failure  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    color = False if os.environ.get("NO_COLOR") else None  # https://no-color.org
    try:
        cli.main(prog_name="kafka-access", color=color)
    except UserError as error:
        click.echo(failure(error), err=True, color=color)
        sys.exit(REFUSED)
    except TryLater as error:
        click.echo(failure(error), err=True, color=color)
        sys.exit(SURROUNDINGS)
    except Exception:  # noqa: BLE001 - the last door: everything else is a bug, and says so
        import traceback  # noqa: PLC0415 - it costs more to import than a small command takes

        traceback.print_exc()
        click.echo("this is a bug in kafka-access; nothing was written", err=True)
        sys.exit(BUG)


if __name__ == "__main__":
    main()
