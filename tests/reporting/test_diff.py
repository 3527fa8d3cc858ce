from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.proof.model import Change
from bot.reporting.diff import count, lines, unified

PATH = "applications/myapp/values.yaml"

CASES: dict[str, tuple[bytes | None, bytes | None, tuple[int, int]]] = {
    "a new file": (None, b"a: 1\n", (1, 0)),
    "an empty new file": (None, b"", (0, 0)),
    "a new file without a last line end": (None, b"a: 1", (1, 0)),
    "a file that goes": (b"a: 1\n", None, (0, 1)),
    "an added line": (b"a: 1\n", b"a: 1\nb: 2\n", (1, 0)),
    "a line for another": (b"a: 1\n", b"a: 2\n", (1, 1)),
    "lines that begin as headers do": (b"-- a\n++ b\n", b"++ c\n-- d\n", (2, 2)),
    "a document marker that goes": (b"---\na: 1\n", b"a: 1\n", (0, 1)),
    "no last line end before": (b"a: 1", b"a: 1\nb: 2\n", (2, 1)),
    "no last line end after": (b"a: 1\n", b"a: 1\nb: 2", (1, 0)),
    "two characters at line ends": (b"a: 1\r\n", b"a: 1\r\nb: 2\r\n", (1, 0)),
    "a form feed in a line": (b"a: 1 # \x0c\n", b"a: 1 # \x0c\nb: 2\n", (1, 0)),
    "separators of Unicode": ("# \u2028 \x85\n".encode(), "# \u2028 \x85\n\u2029\n".encode(), (1, 0)),
    "an empty file that gains": (b"", b"a: 1\n", (1, 0)),
}


def patched(folder: Path, change: Change) -> bytes | None:
    """What git makes of the old file with the diff."""
    place = folder / PATH
    place.parent.mkdir(parents=True)
    if change.before is not None:
        place.write_bytes(change.before)
    done = subprocess.run(
        ["git", "apply", "-"], cwd=folder, input=unified([change]).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return place.read_bytes() if place.exists() else None


@pytest.mark.parametrize(("before", "after", "counted"), CASES.values(), ids=[*CASES])
def test_git_takes_it(before: bytes | None, after: bytes | None, counted: tuple[int, int], tmp_path: Path) -> None:
    change = Change(PATH, before, after)
    assert count(change) == counted
    assert patched(tmp_path, change) == after


@given(st.text(alphabet="a\n\r\x0b\x0c\x1c\x85\u2028\u2029"))
def test_lines_are_the_file(content: str) -> None:
    found = lines(content.encode())
    assert "".join(found) == content
    assert all(line.find("\n") in {-1, len(line) - 1} for line in found)


def test_nothing() -> None:
    assert unified([]) == ""
