"""Lists of names as people type them after an option."""

from __future__ import annotations

import click


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them; blanks around a comma say nothing."""

    name = "names"

    def convert(
        self, value: str | tuple[str, ...], _param: click.Parameter | None, _ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names."""
        return tuple(one.strip() for one in value.split(",")) if isinstance(value, str) else value
