"""GitHub does what it is asked, and does not say so: nothing is done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from tests.crash.test_grant import undisturbed
from tests.crash.world import Write, crash, differences


def after(write: Write, fault: Fault) -> list[Fault]:
    """Return faults so that this one strikes at the write, having let earlier ones of the same kind pass."""
    _, _, number = write
    passing = [Fault(fault.method, fault.path, status=0, times=number)] if number else []
    return [*passing, fault]


@pytest.mark.parametrize("drop", [False, True], ids=["answers 502", "cuts the connection"])
def test_every_write_of_a_grant_is_done_and_its_answer_lost(tmp_path: Path, drop: bool) -> None:
    with crash(tmp_path) as world:
        expected, _, writes = undisturbed(world)
        for write in writes:
            method, path, _ = write
            fault = Fault(method, path.replace("N", r"\d+"), when="after", status=502, drop=drop)
            for one in after(write, fault):
                world.sandbox.faults.add(one)
            asked = world.ask()
            world.settle()
            world.sandbox.faults.clear()
            assert fault.met == 1
            assert not differences(world.outcome(*asked), expected), write
        assert world.deaths == 0
