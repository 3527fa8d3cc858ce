"""Nothing secret is logged or raised."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import pytest
import structlog

from bot.errors import TryLater, UserError
from bot.github.people import Permission
from bot.github.repository import Repository
from bot.sandbox.faults import Fault
from tests.github.conftest import Stage
from tests.github.deeds import DEEDS, Deed


def chain(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__


def told(exc: BaseException) -> str:
    """All that a log or an error tracker may print of an exception: texts, tracebacks, and attributes."""
    parts = ["".join(traceback.format_exception(exc))]
    for one in chain(exc):
        parts += [str(one), repr(one), repr(one.args)]
        for value in vars(one).values():
            parts += [repr(value), repr(getattr(value, "headers", "")), repr(getattr(value, "__dict__", ""))]
    return "\n".join(parts)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
@pytest.mark.parametrize("drop", [False, True], ids=["418", "cut"])
def test_failures_tell_no_token(
    stage: Stage, repository: Repository, deed: Deed, drop: bool, caplog: pytest.LogCaptureFixture
) -> None:
    token = stage.app.token(stage.registered.installation_id, stage.home.id).value
    arguments = deed.ready(stage, repository)
    stage.sandbox.faults.add(Fault("*", "/(repos/.*|graphql)", status=418, drop=drop, times=999))
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs, pytest.raises(Exception) as raised:  # noqa: PT011
        deed.do(repository, arguments)
    assert isinstance(raised.value, TryLater) == drop
    everything = "\n".join([caplog.text, *map(str, logs), told(raised.value)])
    assert "DEBUG" in caplog.text
    for secret in (token, stage.registered.private_key.splitlines()[3]):
        assert secret not in everything


def test_minting_and_looking_up_tell_none_either(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs:
        with stage.open() as repository:
            token = stage.app.token(stage.registered.installation_id, stage.home.id).value
            stage.sandbox.faults.add(Fault("GET", "/repos/.*", status=418))
            assert repository.people.permission("alice", ["write"]) is Permission.UNKNOWN
        stage.sandbox.faults.add(Fault("GET", "/repos/.*", status=418, times=9))
        with pytest.raises(Exception) as raised:  # noqa: PT011
            stage.app.installation_of(stage.home.full_name)
    everything = "\n".join([caplog.text, *map(str, logs), told(raised.value)])
    assert token not in everything
    assert "eyJ" not in everything
    assert stage.registered.private_key.splitlines()[3] not in everything
    assert not isinstance(raised.value, UserError)
