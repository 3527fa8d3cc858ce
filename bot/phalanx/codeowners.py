"""Who speaks for a file by the repository's CODEOWNERS.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.checkout.files import Files
from bot.errors import UserError

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""GitHub takes the first of these that is there."""

_LARGEST = 3 * 2**20
"""Bytes. GitHub does not load one that is larger: then nobody owns anything."""

_OWNER = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]*(?:_[A-Za-z0-9]+)?)(/[A-Za-z0-9._-]+)?")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def code_owners(files: Files, path: str) -> tuple[str, ...]:
    """Return who owns a file: logins and `organisation/team`, without the @; nobody where CODEOWNERS cannot be read.

    Owners by their e-mail address are left out, as GitHub tells nobody whose that is.
    """
    try:
        text = next((text for place in PLACES if (text := files.text(place)) is not None), "")
    except UserError:
        return ()
    return owners_of(text, path) if len(text.encode()) <= _LARGEST else ()


def owners_of(text: str, path: str) -> tuple[str, ...]:
    """Return the owners by the last line of a CODEOWNERS file that matches; a line without owners takes them away."""
    found: tuple[str, ...] = ()
    for pattern, owners in _lines(text):
        if pattern.match(path):
            found = owners
    return found


def _lines(text: str) -> Iterator[tuple[re.Pattern[str], tuple[str, ...]]]:
    """Yield the lines that GitHub does not skip: a pattern, and owners each of which is spelt as one."""
    for line in text.splitlines():
        words = re.split(r"(?<!\\)\s+", re.sub(r"(^|\s)#.*", "", line).strip())
        pattern, owners = words[0], words[1:]
        # What .gitignore has and CODEOWNERS has not: negation, ranges of characters, an escaped #.
        if not pattern or pattern.startswith(("!", "\\#")) or "[" in pattern:
            continue
        if all(_OWNER.fullmatch(one) or _ADDRESS.fullmatch(one) for one in owners):
            yield _compiled(pattern.replace("\\ ", " ")), tuple(one[1:] for one in owners if _OWNER.fullmatch(one))


def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of .gitignore as an expression for whole paths: what names a folder matches all below it."""
    anchored = "/" in pattern.rstrip("/")
    parts = pattern.strip("/").split("/")
    steps = []
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            steps.append(".*" if last else "(?:[^/]+/)*")
        else:
            text = "".join({"*": "[^/]*", "?": "[^/]"}.get(one, re.escape(one)) for one in part)
            steps.append(text if last else f"{text}/")
    # Of CODEOWNERS alone: `docs/*` matches the files of the folder, and nothing further down.
    below = r"\Z" if anchored and parts[-1] in {"*", "**"} else r"(?:/|\Z)"
    if pattern.endswith("/"):
        below = "/"
    return re.compile(("" if anchored else "(?:.*/)?") + "".join(steps) + below)
