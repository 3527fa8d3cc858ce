from __future__ import annotations

import threading
from collections.abc import Callable

from bot.errors import TryLater
from bot.web.site.background import Background
from tests.support.jobs import until


class Finder:
    """Finds how often it was asked; `problem` is what it raises, `gate` what it waits for."""

    def __init__(self) -> None:
        self.count = 0
        self.problem: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.ended = threading.Event()

    def __call__(self, _key: str, before: int | None, tell: Callable[[str], None]) -> int:
        try:
            self.count += 1
            assert before in {None, self.count - 1}
            self.gate.wait(20)
            tell("on the way")
            if self.problem:
                raise self.problem
            return self.count
        finally:
            self.ended.set()


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


def test_what_is_old_is_found_again_when_somebody_asks() -> None:
    find, clock = Finder(), Clock()
    known = Background(find, 60, clock)
    assert known.get("a").value is None
    until(lambda: known.get("a").value == 1)
    clock.time = 59
    assert not known.get("a").busy
    clock.time = 61
    assert (known.get("a").value, known.get("a").busy) == (1, True), "the old is shown until the new is there"
    until(lambda: known.get("a").value == 2)
    assert find.count == 2


def test_it_is_found_once_for_many_who_ask() -> None:
    find = Finder()
    find.gate.clear()
    known = Background(find, 60)
    assert all(known.get("a").busy for _ in range(50))
    find.gate.set()
    until(lambda: known.get("a").value)
    assert find.count == 1


def test_what_fails_is_said_kept_apart_and_tried_again_after_a_while() -> None:
    find, clock = Finder(), Clock()
    known = Background(find, 600, clock)
    known.get("a")
    until(lambda: known.get("a").value == 1)
    clock.time, find.problem = 601, TryLater("GitHub is away")
    known.get("a")
    until(lambda: known.get("a").problem)
    assert (known.get("a").value, known.get("a").problem) == (1, "GitHub is away")
    clock.time, find.problem = 632, None
    find.count = 1
    known.get("a")
    until(lambda: known.get("a").value == 2)
    assert known.get("a").problem == ""


def test_a_bug_says_nothing_of_itself_on_a_page() -> None:
    find = Finder()
    find.problem = KeyError("a secret")
    known = Background(find, 60)
    known.get("a")
    until(lambda: known.get("a").problem)
    assert "secret" not in known.get("a").problem


def test_at_the_end_nothing_is_found_any_more() -> None:
    find = Finder()
    find.gate.clear()
    known = Background(find, 60)
    known.get("a")
    known.get("b")
    known.close()
    find.gate.set()
    assert find.ended.wait(20)
    assert known.get("a").value is None
    assert known.get("c").busy is False
    assert find.count == 1
