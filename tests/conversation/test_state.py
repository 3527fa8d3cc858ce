"""What a pull request remembers is what the bot has written, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.state import State, opened, sealed

KEY = b"k" * 32
BRANCH = "kafka-access/myapp-7"
STATE = State(
    "myapp", 7, ("/kafka-access myapp topic=lsst.x.y",), "a" * 40, "b" * 40, ("sasquatch", "myapp"), {"alpha": "a.org"}
)
LINE = sealed(STATE, 5, BRANCH, KEY)


def test_comes_back() -> None:
    assert opened(f"Some text.\r\n\r\n{LINE}\r\n", 5, BRANCH, KEY) == STATE


@pytest.mark.parametrize("requesters", [None, (), (1, 2)])
def test_who_asked_is_nobody_or_not_known(requesters: tuple[int, ...] | None) -> None:
    state = replace(STATE, requesters=requesters)
    assert opened(sealed(state, 5, BRANCH, KEY), 5, BRANCH, KEY) == state


def test_the_last_line_counts() -> None:
    older = sealed(State("other", 1, (), "a" * 40, "b" * 40, (), {}), 5, BRANCH, KEY)
    assert opened(f"{older}\n{LINE}", 5, BRANCH, KEY) == STATE


FORGED = {
    "nothing": "Some text.",
    "another key": sealed(STATE, 5, BRANCH, b"x" * 32),
    "another repository": sealed(STATE, 6, BRANCH, KEY),
    "the pull request of another branch": sealed(STATE, 5, "kafka-access/other", KEY),
    "other data": LINE.replace("state:ey", "state:eY"),
    "no seal": LINE[: LINE.rindex(":")] + " -->",
    "a seal of zeros": LINE[: LINE.rindex(":")] + ":" + "0" * 64 + " -->",
}


@pytest.mark.parametrize("body", FORGED.values(), ids=[*FORGED])
def test_forged(body: str) -> None:
    assert opened(body, 5, BRANCH, KEY) is None


def test_it_is_one_html_comment() -> None:
    assert LINE.count("-->") == 1
    assert "--" not in LINE.removeprefix("<!-- ").removesuffix(" -->")
