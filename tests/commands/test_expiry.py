"""A day that is over or too near is pointed at, with the first that would do; what was accepted is not judged again."""

from __future__ import annotations

from datetime import date

import pytest

from bot.commands.expiry import in_time
from bot.commands.model import Command, CommandError
from bot.commands.parser import parse_line

TODAY = date(2031, 12, 24)


@pytest.mark.parametrize("day", ["2031-12-31", "2040-01-01", "never"])
def test_what_is_far_enough_away(day: str) -> None:
    command = parse_line(f"/kafka-access myapp expires={day}")
    assert in_time(command, TODAY) is command


@pytest.mark.parametrize(
    ("day", "says"),
    [("2031-12-30", "too soon to tell"), ("2031-12-24", "too soon to tell"), ("2031-12-23", "this day is over")],
)
def test_what_is_not(day: str, says: str) -> None:
    found = in_time(parse_line(f"/kafka-access myapp env=a 'expires={day}'".replace("'", "")), TODAY)
    assert isinstance(found, CommandError)
    assert f"{' ' * len('/kafka-access myapp env=a expires=')}{'^' * len(day)}\n" in found.text
    assert says in found.text
    assert "did you mean `2031-12-31`?" in found.text
    assert found.hint == "/kafka-access myapp env=a expires=2031-12-31"
    assert isinstance(in_time(parse_line(found.hint), TODAY), Command)


def test_other_mistakes_stay_what_they_are() -> None:
    mistake = parse_line("/kafka-access myapp expires=soon")
    assert in_time(mistake, TODAY) is mistake
