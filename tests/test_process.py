from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

import pytest

from bot.process import NotInstalled, TookTooLong, run

PYTHON = sys.executable


def test_output_is_bytes_and_text(tmp_path: Path) -> None:
    done = run(
        [PYTHON, "-c", r"import os; os.write(1, b'\xff\n'); os.write(2, b'oh'); os._exit(3)"], cwd=tmp_path, timeout=20
    )
    assert (done.status, done.output, done.stdout, done.stderr) == (3, b"\xff\n", "\ufffd\n", "oh")


def test_nothing_of_the_environment_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_ACCESS_KEY", "secret")
    done = run(["env"], cwd=tmp_path, timeout=20, environment={"GIVEN": "1"})
    assert "GIVEN=1" in done.stdout
    assert "secret" not in done.stdout


def test_input_larger_than_a_pipe_comes_back(tmp_path: Path) -> None:
    data = os.urandom(2**20)
    assert run(["cat"], cwd=tmp_path, timeout=20, stdin=data).output == data


def test_input_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    assert run(["true"], cwd=tmp_path, timeout=20, stdin=b"x" * 2**20).status == 0


@pytest.mark.skipif("sys.platform != 'linux'", reason="memory of others can be bounded on Linux alone")
@pytest.mark.parametrize(("size", "fits"), [(10**6, True), (10**9, False)])
def test_memory_is_bounded(tmp_path: Path, size: int, fits: bool) -> None:
    done = run(
        [sys.executable, "-c", f"input(); bytearray({size})"], cwd=tmp_path, timeout=30, stdin=b"\n", memory=2**28
    )
    assert (done.status == 0) is fits, done.stderr


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match="no-such-program is not installed here"):
        run(["/nowhere/no-such-program"], cwd=tmp_path, timeout=20)


def test_a_program_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    started = time.monotonic()
    with pytest.raises(TookTooLong, match="sh did not end within 1 seconds"):
        run(["sh", "-c", "sleep 60 & wait"], cwd=tmp_path, timeout=1, keep=(theirs,))
    os.close(theirs)
    ended, _, _ = select.select([ours], [], [], 20)  # the pipe ends with the last who holds it
    os.close(ours)
    assert ended
    assert time.monotonic() - started < 20


def test_a_kept_handle_reaches_the_program_and_no_other_does(tmp_path: Path) -> None:
    kept, other = os.open(tmp_path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    try:
        done = run(["ls", "/proc/self/fd"], cwd=tmp_path, timeout=20, keep=(kept,))
    finally:
        os.close(kept)
        os.close(other)
    assert str(kept) in done.stdout.split()
    assert str(other) not in done.stdout.split()
