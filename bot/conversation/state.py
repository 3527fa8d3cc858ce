"""What a pull request of the bot remembers of itself: a sealed hidden line at the end of its body."""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

_LINE = re.compile(r"<!-- kafka-access-state:([A-Za-z0-9+/=]+):([0-9a-f]{64}) -->")


@dataclass(frozen=True, slots=True)
class State:
    """What a pull request is made of, so that it can be made again.

    `commands` are the lines that it answers, `issue` where they were asked for, `base` the commit of the main branch
    that it was planned on and `tree` what its branch holds if nobody else has changed it. `sync` are the Argo CD
    Applications to sync after the merge in order, `domains` those of the target environments. `pages` counts the
    comments that go on with the description. `requesters` are the accounts that wrote the commands: none where the bot
    opened it by itself, and None where an earlier version did not write them down.
    """

    application: str
    issue: int
    commands: tuple[str, ...]
    base: str
    tree: str
    sync: tuple[str, ...]
    domains: Mapping[str, str]
    pages: int = 0
    requesters: tuple[int, ...] | None = None


_ADAPTER = TypeAdapter(State)


def sealed(state: State, repository: int, branch: str, key: bytes) -> str:
    """Return the hidden line of the pull request of a branch.

    Whoever may edit the body may not make the bot run what they could not command, nor copy a line from elsewhere.
    """
    text = json.dumps(_ADAPTER.dump_python(state, mode="json"), sort_keys=True)
    data = b64encode(text.encode()).decode()
    return f"<!-- kafka-access-state:{data}:{_seal(data, repository, branch, key)} -->"


def opened(body: str, repository: int, branch: str, key: bytes) -> State | None:
    """Return what the last hidden line of a body says, or None where there is none that the bot has sealed for it."""
    for data, seal in reversed(_LINE.findall(body)):
        if hmac.compare_digest(seal, _seal(data, repository, branch, key)):
            try:
                return _ADAPTER.validate_json(b64decode(data))
            except (ValueError, ValidationError):
                return None
    return None


def _seal(data: str, repository: int, branch: str, key: bytes) -> str:
    return hmac.digest(key, f"{repository}:{branch}:{data}".encode(), "sha256").hex()
