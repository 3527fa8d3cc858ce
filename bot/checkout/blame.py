"""Since when a line is as it is: the commit of a checkout that wrote it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.checkout.failures import GitFailed
from bot.checkout.files import Files
from bot.checkout.git import Git
from bot.errors import TryLater, UserError

_HEADER = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)")
_NOBODY = {"blame.ignoreRevsFile": "", "blame.coloring": "none", "blame.showRoot": "true"}


@dataclass(frozen=True, slots=True)
class Since:
    """The commit that wrote a line, and its day in UTC as ISO 8601 has it."""

    commit: str
    date: str


def since(files: Files, wanted: Mapping[str, Collection[int]]) -> dict[tuple[str, int], Since]:
    """Return since when lines, by file and number, are as they are; those that no commit has are left out.

    A line whose history is cut off (a shallow clone) is left out too. Asks git once for each file, and nothing where
    the folder is no checkout of git.
    """
    git = _git(files.root)
    if git is None:
        return {}
    try:
        cut = set((_place(git, files.root, "shallow") or Path("/dev/null")).read_text(encoding="ascii").split())
    except OSError:
        cut = set()
    found = {}
    for path, numbers in sorted(wanted.items()):
        for number, line, one in _blamed(git, files, path, sorted(set(numbers))):
            # What is in the working tree only, no commit has written.
            if one.commit not in cut and _line(files, path, number) == line:
                found[path, number] = one
    return found


def _git(root: Path) -> Git | None:
    """Return git for a checkout at `root`, whose `.git` is a folder, or a file in a further worktree."""
    place = root / ".git"
    try:
        if place.is_file():
            place = root / place.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        return Git(place.resolve()) if (place / "HEAD").is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def _place(git: Git, root: Path, name: str) -> Path | None:
    try:
        return root / git.run("rev-parse", "--path-format=absolute", "--git-path", name).stdout.strip()
    except TryLater:
        return None


def _blamed(git: Git, files: Files, path: str, numbers: list[int]) -> Iterator[tuple[int, str, Since]]:
    """Yield lines of the newest commit with their number and origin. The commit is named, so that no filter runs."""
    count = len((files.text(path) or "").splitlines())
    ranges = [f"-L{number},{number}" for number in numbers if 0 < number <= count]
    if not ranges:
        return
    try:
        done = git.run("blame", "--porcelain", "--no-textconv", *ranges, "HEAD", "--", path, settings=_NOBODY)
    except GitFailed:  # it is new, or was longer or shorter when it was committed
        return
    dates: dict[str, str] = {}
    commit, number = "", 0
    for text in done.stdout.split("\n"):
        header = _HEADER.match(text)
        if header:
            commit, number = header.group(1), int(header.group(2))
        elif text.startswith("committer-time "):
            dates[commit] = datetime.fromtimestamp(int(text.split()[1]), UTC).date().isoformat()
        elif text.startswith("\t"):
            yield number, text[1:].rstrip("\r"), Since(commit, dates[commit])


def _line(files: Files, path: str, number: int) -> str:
    try:
        return (files.text(path) or "").split("\n")[number - 1].rstrip("\r")
    except (IndexError, UserError):
        return ""
