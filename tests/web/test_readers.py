"""What people may read: asked once at a time, kept for a while, and not waited for without end."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from bot.github.events import Person
from bot.github.homes import Home
from bot.github.people import Permission
from bot.web.site import readers
from bot.web.site.readers import FRESH, CannotTell, Readers
from tests.web.site import HOME, PLACE

ALICE, BOB = Person(1, "alice", "User"), Person(2, "bob", "User")
OTHER = replace(HOME, place=replace(PLACE, id=8, full_name="lsst-sqre/other"))


class GitHub:
    """Answers when the gate is open, and remembers what it was asked."""

    def __init__(self, **answers: Permission) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def __call__(self, person: Person, home: Home) -> Permission:
        self.asked.append((person.login, home.place.full_name))
        self.gate.wait(20)
        return self.answers[person.login]


async def test_an_answer_is_kept_for_some_minutes_for_one_person_and_one_repository() -> None:
    github, time = GitHub(alice=Permission.YES, bob=Permission.NO), [0.0]
    known = Readers(github, lambda: time[0])
    for _ in range(2):
        assert await known.visible(ALICE, [HOME, OTHER]) == [HOME, OTHER]
        assert await known.visible(BOB, [HOME]) == []
    assert len(github.asked) == len(set(github.asked)) == 3
    renamed = replace(ALICE, login="carol")
    github.answers["carol"] = Permission.NO
    assert await known.visible(renamed, [HOME]) == [], "another login is another question"
    github.answers["alice"] = Permission.NO
    time[0] = FRESH - 1
    assert await known.visible(ALICE, [HOME]) == [HOME]
    time[0] = FRESH
    assert await known.visible(ALICE, [HOME]) == []


async def test_a_doubt_is_no_answer_and_asked_again() -> None:
    github = GitHub(alice=Permission.UNKNOWN)
    known = Readers(github)
    for _ in range(2):
        with pytest.raises(CannotTell):
            await known.visible(ALICE, [HOME])
    assert len(github.asked) == 2


async def test_nobody_asks_twice_at_a_time_or_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_PATIENCE", 0.05)
    github = GitHub(alice=Permission.YES)
    github.gate.clear()
    known = Readers(github)
    found = await asyncio.gather(*(known.visible(ALICE, [HOME]) for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in found] == [CannotTell] * 5
    github.gate.set()
    monkeypatch.setattr(readers, "_PATIENCE", 20)
    assert await known.visible(ALICE, [HOME]) == [HOME]
    assert len(github.asked) == 1, "the answer that nobody waited for is the answer"


async def test_not_more_is_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_MOST", 3)
    github = GitHub(alice=Permission.YES)
    known = Readers(github)
    for number in range(10):
        await known.visible(replace(ALICE, id=number), [HOME])
    assert len(known._known) == 3
    assert not known._asking


async def test_a_bug_is_told_to_whoever_asked() -> None:
    known = Readers(GitHub())
    with pytest.raises(KeyError):
        await known.visible(ALICE, [HOME])
    assert not known._asking
