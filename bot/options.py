"""Options that several commands have, and the lists of names that people type after one."""

from __future__ import annotations

from pathlib import Path

import click


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them; blanks around a comma say nothing."""

    name = "names"

    def convert(
        self, value: str | tuple[str, ...], _param: click.Parameter | None, _ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names."""
        return tuple(one.strip() for one in value.split(",")) if isinstance(value, str) else value


_PATH = click.Path(path_type=Path)

repo = click.option("--repo", type=_PATH, default=".", show_default=True, help="The checkout.")
rules = click.option("--rules", "rules_folder", type=_PATH, help="Rules in place of the built-in.")
environments = click.option("--env", "environments", type=Names(), metavar="E[,E]...", help="Only these environments.")
applications_at_a_time = click.option("--env-jobs", type=click.IntRange(1), help="Applications to render at a time.")
no_cache = click.option("--no-cache", is_flag=True, help="Render everything, and keep nothing for the next time.")
