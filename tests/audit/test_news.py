from __future__ import annotations

import pytest

from bot.audit.finding import Finding, Subject
from bot.audit.news import news
from bot.landscape.model import Origin
from bot.policy.audited import Gravity

Short = tuple[str, int, str]
"""What it says, its line, and a letter for each environment."""


def findings(*short: Short) -> list[Finding]:
    return [
        Finding("r", Gravity.ERROR, text, "", Origin("app", "file", line), Subject("K", "n", "x"), tuple(names))
        for text, line, names in short
    ]


@pytest.mark.parametrize(
    ("before", "after", "new", "old"),
    [
        pytest.param([], [("t", 1, "a")], [("t", 1, "a")], [], id="new"),
        pytest.param([("t", 1, "a")], [("t", 1, "a")], [], [("t", 1, "a")], id="the same"),
        pytest.param([("t", 1, "a")], [("t", 9, "a")], [], [("t", 9, "a")], id="moved"),
        pytest.param([("t", 1, "a")], [("t", 1, "ab")], [("t", 1, "b")], [("t", 1, "a")], id="in one more place"),
        pytest.param([("t", 1, "a")], [("s", 1, "a")], [("s", 1, "a")], [], id="another text"),
        pytest.param([("t", 1, "a")], [], [], [], id="mended"),
        pytest.param([("t", 1, "a")], [("t", 1, "a"), ("t", 5, "a")], [("t", 5, "a")], [("t", 1, "a")], id="once more"),
    ],
)
def test_news(before: list[Short], after: list[Short], new: list[Short], old: list[Short]) -> None:
    assert news(findings(*before), findings(*after)) == (tuple(findings(*new)), tuple(findings(*old)))


def test_what_two_files_say_alike_is_new_in_the_one_that_did_not() -> None:
    was, came = (
        Finding("r", Gravity.NOTE, "t", "", Origin("app", file, 1), Subject("K", "n", "x"), ("a",))
        for file in ("the-old.yaml", "a-new.yaml")
    )
    moved = Finding("r", Gravity.NOTE, "t", "", Origin("app", "renamed.yaml", 1), Subject("K", "n", "x"), ("a",))
    assert news([was], [came, was]) == ((came,), (was,))
    assert news([was], [moved]) == ((), (moved,))
