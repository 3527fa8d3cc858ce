"""What the bot says about itself: JSON lines, or text for a terminal, without anybody's secrets.

Everything goes through the standard library's root logger, so that libraries are heard too. Facts bound with
`structlog.contextvars.bound_contextvars(delivery=…, job=…, repository=…)` stand on every line, theirs included.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[hidden]"

_SECRET = re.compile(
    # Installation tokens are App id and JWT since 2026, hence the dots and the open end:
    # https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    r"(?P<token>gh[opsur]_[A-Za-z0-9_.\-]{16,}|github_pat_\w{16,}"
    r"|eyJ[\w\-]{8,}\.[\w\-]{8,}\.[\w\-]*)"
    r"|(?P<scheme>\b(?:bearer|basic|token)\s+)(?P<credentials>[A-Za-z0-9+/=_.~\-]{16,})"
    r"|(?P<user>x-access-token:)[^@\s\"'\\]+"
    r"|(?P<login>://[^/\s:@\"']*:)[^/\s@\"']+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_SIGNS = ("gh", "github_pat", "eyj", "bearer", "basic", "token", "://", "private key")
"""One of these is in whatever `_SECRET` finds, once case is folded; to look for them takes a tenth of its time."""

_SHORTEST = 8
"""Characters. A shorter text would be struck out of words that have nothing to do with it."""

_ENCODER = json.JSONEncoder(default=repr, ensure_ascii=False)

_ESCAPES: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: repr(text)[1:-1],
)


def redactor(secrets: Iterable[str] = ()) -> Callable[[str], str]:
    """Return a function that strikes out of a text what looks like a credential, and these secrets wherever they stand.

    A secret of several lines (a key) is struck out line by line too.
    """
    known = {part for secret in secrets for part in (secret, *secret.split("\n")) if len(part) >= _SHORTEST}
    # A field may hold the repr of an exception that holds the repr of a string, all of it in JSON.
    written = {outer(inner(one)) for one in known for inner in _ESCAPES for outer in _ESCAPES}
    exact = re.compile("|".join(re.escape(one) for one in sorted(written, key=len, reverse=True)) or r"(?!)")

    def redact(text: str) -> str:
        text = exact.sub(HIDDEN, text)
        folded = text.casefold()
        return _SECRET.sub(_struck, text) if any(sign in folded for sign in _SIGNS) else text

    return redact


def _struck(found: re.Match[str]) -> str:
    before = found["scheme"] or found["user"] or found["login"] or ""
    return f"{before}{HIDDEN}"


def configure(form: Literal["json", "text"], level: str, secrets: Iterable[str] = ()) -> None:
    """Send the logs of this process to standard error; `level` is debug, info, warning or error."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *common,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[*_rendering(form), _redacting(redactor(secrets))],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    _listen_to_libraries()


def _rendering(form: Literal["json", "text"]) -> list[Processor]:
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        return [
            meta,
            structlog.processors.format_exc_info,
            # An encoder for each line would cost more than the line.
            structlog.processors.JSONRenderer(lambda line, **_: _ENCODER.encode(line)),
        ]
    # The plain formatter: rich would print the variables of every frame, and break secrets at the end of its lines.
    plain = structlog.dev.plain_traceback
    return [meta, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _redacting(redact: Callable[[str], str]) -> Callable[[Any, str, EventDict | str], str]:
    """The last step: over the whole line, so that no field and no traceback is forgotten."""

    def last(_logger: object, _method: str, line: EventDict | str) -> str:
        return redact(str(line))

    return last


def _listen_to_libraries() -> None:
    logging.captureWarnings(True)
    # A line that cannot be formatted would be printed with its arguments, past the redaction.
    logging.raiseExceptions = False
    # DBOS adds a handler of its own unless there is one already.
    engine = logging.getLogger("dbos")
    engine.handlers[:] = [logging.NullHandler()]
    engine.propagate = True
    # Else it lists a hundred migrations at the first start, and says at each that SQLite is not for production.
    engine.setLevel(logging.WARNING)
    # Requests are logged by their handlers; these would say everything twice, and urllib3 with the addresses.
    for name in ("aiohttp.access", "urllib3", "httpcore", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    threading.excepthook = _thread_failed


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None and not isinstance(failure.exc_value, SystemExit):
        name = failure.thread.name if failure.thread else "?"
        logging.getLogger("bot").error("the thread %s failed", name, exc_info=failure.exc_value)
