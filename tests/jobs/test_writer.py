"""The thread that writes for all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.jobs.writer import Writer


class Disk:
    """Keeps what is stored together; the first transaction lasts until it is told to end."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.begun, self.end = threading.Event(), threading.Event()

    def store(self, asked: Sequence[str]) -> list[bool | Exception]:
        """Refuse what is called `wrong`, and all of it where one is called `away`."""
        self.transactions.append(list(asked))
        self.begun.set()
        assert self.end.wait(20)
        if "away" in asked:
            raise ConnectionError
        return [ValueError(one) if one == "wrong" else one != "known" for one in asked]


@pytest.fixture
def disk() -> Disk:
    """Return a disk that is slow once."""
    return Disk()


@pytest.fixture
def writer(disk: Disk) -> Iterator[Writer[str]]:
    """Yield the writer of the disk."""
    made = Writer(disk.store)
    yield made
    disk.end.set()
    made.close()


def test_what_is_asked_for_meanwhile_is_one_transaction_and_each_gets_its_own_answer(
    disk: Disk, writer: Writer[str]
) -> None:
    with ThreadPoolExecutor(4) as callers:
        first = callers.submit(writer, "first", 20)
        assert disk.begun.wait(20)
        others = {name: callers.submit(writer, name, 20) for name in ("new", "known", "wrong")}
        while writer.waiting < len(others):
            assert not first.done()
        disk.end.set()
        assert first.result()
        assert others["new"].result() is True
        assert others["known"].result() is False
        with pytest.raises(ValueError, match="wrong"):
            others["wrong"].result()
    assert [sorted(one) for one in disk.transactions] == [["first"], ["known", "new", "wrong"]]


def test_a_failed_transaction_is_everybodys(disk: Disk, writer: Writer[str]) -> None:
    disk.end.set()
    with pytest.raises(ConnectionError):
        writer("away", 20)
    assert writer("next", 20)


def test_who_has_given_up_is_not_stored_later(disk: Disk, writer: Writer[str]) -> None:
    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(writer, "first", 20)
        assert disk.begun.wait(20)
        with pytest.raises(TimeoutError):
            writer("late", 0.01)
        disk.end.set()
        assert first.result()
    assert writer("next", 20)
    assert [one for transaction in disk.transactions for one in transaction] == ["first", "next"]
