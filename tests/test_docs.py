"""What the page for requesters shows: commands that parse, and answers that the bot gives."""

from __future__ import annotations

import re
from pathlib import Path

from bot.commands.model import Command
from bot.commands.parser import parse_line
from bot.commands.registry import ACTIONS

PAGE = (Path(__file__).parents[1] / "docs" / "requesters.md").read_text(encoding="utf-8")
GOLDENS = Path(__file__).parent / "conversation" / "goldens"
_LINK = re.compile(r"\[([^\]]*)\]\(https://[^)]*\)")
_QUOTED = re.compile(r"^> ?(.*)$", re.MULTILINE)


def test_every_command_is_there_and_works() -> None:
    commands = [parse_line(line) for line in re.findall(r"^/kafka-access .*$", PAGE, re.MULTILINE)]
    assert all(isinstance(one, Command) for one in commands)
    verbs = {one.verb for one in commands if isinstance(one, Command)}
    assert verbs == {one.verb for one in ACTIONS.values()}


def test_the_bot_says_what_is_quoted() -> None:
    """Links are left out on the page, and `…` stands for what is."""
    said = {
        line for path in GOLDENS.glob("*.md") for line in _QUOTED.findall(_LINK.sub(r"\1", path.read_text("utf-8")))
    }
    quoted = _QUOTED.findall(PAGE)
    assert len(quoted) > 50
    assert [line for line in quoted if line not in {*said, "…"}] == []
