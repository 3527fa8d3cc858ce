"""Every kind of job that the bot does is one that people can ask for."""

from __future__ import annotations

from typing import Any, cast

from bot.conversation.bot import Bot
from bot.conversation.wiring import KINDS, register
from bot.jobs.model import Jobs


class Recorder:
    """Takes whatever is registered, and keeps the kinds."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def _take(self, kind: str, *_: Any, **__: Any) -> None:
        self.kinds.append(kind)

    sort = register = every = _take

    def again_at_start(self, kind: str) -> None:
        assert kind in self.kinds


def test_every_kind_of_job_is_known() -> None:
    recorder = Recorder()
    register(cast("Jobs", recorder), cast("Bot", None))
    assert sorted(recorder.kinds) == sorted(KINDS)
