"""Lists and numbers in sentences."""

from __future__ import annotations

import pytest

from bot.words import capital, counted, joined

LISTS = {"nothing": ("", ""), "one": ("a", "a"), "two": ("b a", "b and a"), "three": ("c a b", "c, a and b")}
NUMBERS = {"none": (0, "0 topics"), "one": (1, "1 topic"), "two": (2, "2 topics")}


@pytest.mark.parametrize(("names", "text"), LISTS.values(), ids=LISTS)
def test_joined(names: str, text: str) -> None:
    assert joined(names.split()) == text
    assert joined(names.split(), "or") == text.replace(" and ", " or ")


@pytest.mark.parametrize(("number", "text"), NUMBERS.values(), ids=NUMBERS)
def test_counted(number: int, text: str) -> None:
    assert counted(number, "topic") == text
    assert counted(number, "entry", "entries").endswith("entry" if number == 1 else "entries")


def test_capital() -> None:
    assert (capital(""), capital("a KafkaUser")) == ("", "A KafkaUser")
