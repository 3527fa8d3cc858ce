from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.logs import HIDDEN, configure, redactor

KEY = """-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo
4lgOEePzNm0tRgeLezV6ffAt0gunVTLwSmpl
-----END RSA PRIVATE KEY-----
"""
HOOK = "a webhook secret"
ODD = "p\"a's\\s wörd\u2028"
SECRETS = (KEY, HOOK, ODD)

# Shapes of credentials that nobody told the log about.
SHAPES = {
    "installation token": "ghs_1234567_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTY3In0.c2lnbmF0dXJl-_",
    "old token": "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "fine-grained token": "github_pat_11ABCDEFG0abcdefghijkl_0123456789abcdefghij",
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTY3In0.c2lnbmF0dXJl",
}


@pytest.fixture
def restored() -> Iterator[None]:
    """Logging as it was, whatever a test made of it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    raising, hook = logging.raiseExceptions, threading.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising
    threading.excepthook = hook
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(capture: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capture.readouterr().err.splitlines()]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("around", ["{}", "token {}.", "https://x-access-token:{}@github.com/x", "'{}'", "a={}&b"])
def test_shapes_of_credentials_are_struck_out(shape: str, around: str) -> None:
    redacted = redactor()(around.format(shape))
    assert shape[8:] not in redacted
    assert HIDDEN in redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abcdefghijklmnopqrst", f"Authorization: Bearer {HIDDEN}"),
        ("AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46eA==", f"AUTHORIZATION: basic {HIDDEN}"),
        (
            "git clone https://x-access-token:abc@github.com/a/b",
            f"git clone https://x-access-token:{HIDDEN}@github.com/a/b",
        ),
        ("postgresql://bot:hunter2@db/jobs", f"postgresql://bot:{HIDDEN}@db/jobs"),
        (f"key: {KEY} end", f"key: {HIDDEN}\n end"),
        ("cut off: -----BEGIN PRIVATE KEY-----\nMIIE", f"cut off: {HIDDEN}"),
        ("basic authentication", "basic authentication"),
        ("at 10:30: see https://example.org/a:b@c", "at 10:30: see https://example.org/a:b@c"),
        ("bearer of bad news", "bearer of bad news"),
        ("the topic lsst.square-events.ghs_x", "the topic lsst.square-events.ghs_x"),
    ],
)
def test_credentials_go_and_words_stay(text: str, expected: str) -> None:
    assert redactor()(text) == expected


@given(st.from_regex(logs._SECRET), st.text())
def test_whatever_looks_like_a_credential_shows_the_signs_of_one(text: str, before: str) -> None:
    assert redactor()(f"{before} {text}") == logs._SECRET.sub(logs._struck, f"{before} {text}")


def leak(secret: str) -> None:
    structlog.get_logger("ours").info("in a field", field=secret, nested={"a": [secret]}, thing=Holder(secret))
    logging.getLogger("theirs").warning("as an argument: %s and %r", secret, {"a": secret})
    try:
        fail(secret)
    except RuntimeError:
        structlog.get_logger("ours").exception("in a traceback")
        logging.getLogger("theirs").exception("in another")
    logging.getLogger("theirs").warning("%d cannot be formatted", secret)
    warnings.warn(f"a warning with {secret}", UserWarning, stacklevel=1)
    thread = threading.Thread(target=fail, args=(secret,))
    thread.start()
    thread.join()


def fail(secret: str) -> None:
    raise RuntimeError(f"failed: {secret}") from KeyError(secret)


class Holder:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"Holder({self.secret!r})"


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("secret", [*SECRETS, *SHAPES.values()], ids=["key", "hook", "odd", *SHAPES])
def test_secrets_are_in_no_line(capsys: pytest.CaptureFixture[str], form: Any, secret: str) -> None:
    configure(form, "debug", SECRETS)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        leak(secret)
    said = capsys.readouterr().err
    for part in secret.strip().splitlines():
        for shown in (part, repr(part)[1:-1], json.dumps(part)[1:-1], json.dumps(repr(part))[2:-2]):
            assert shown not in said
    assert said.count(HIDDEN) >= 8
    assert "the thread Thread-" in said


@pytest.mark.usefixtures("restored")
def test_every_line_is_json_and_carries_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    with structlog.contextvars.bound_contextvars(delivery="guid-1", repository="o/r"):
        structlog.get_logger("ours").info("over\ntwo lines", count=1)
        logging.getLogger("dbos").warning("from a library: %s", "ü")
        logging.getLogger("theirs").debug("too fine")
    structlog.get_logger("ours").info("later")
    one, other, later = lines(capsys)
    assert (one["event"], one["count"], one["level"]) == ("over\ntwo lines", 1, "info")
    assert (other["event"], other["logger"], other["level"]) == ("from a library: ü", "dbos", "warning")
    assert {line["delivery"] for line in (one, other)} == {"guid-1"}
    assert "delivery" not in later
    assert later["timestamp"].endswith("Z")


@pytest.mark.usefixtures("restored")
def test_the_job_engine_adds_no_handler_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    from dbos._logger import init_logger

    init_logger()
    logging.getLogger("dbos").error("once")
    assert [line["event"] for line in lines(capsys)] == ["once"]


@pytest.mark.usefixtures("restored")
def test_standard_output_is_left_to_answers(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text", "info")
    structlog.get_logger("ours").info("said")
    assert capsys.readouterr().out == ""
    assert sys.stdout.isatty() is False
