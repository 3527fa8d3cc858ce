"""Servers that refuse, fail, hang or send elsewhere; and where the token must not be."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from bot.checkout.failures import GitFailed, Moved, NoAccess, NotOurs, Unreachable
from bot.checkout.mirror import Mirror
from bot.checkout.remote import Remote
from bot.errors import TryLater
from bot.process import NotInstalled
from tests.support.git_server import BASIC, TOKEN, Answer, GitServer, Request, serving
from tests.support.jobs import until
from tests.support.repository import Repository

REFUSALS = {
    "unauthorized": (Answer(401, headers={"WWW-Authenticate": "Basic"}), NoAccess),
    "forbidden": (Answer(403), NoAccess),
    "not found": (Answer(404, b"Not Found", {"Content-Type": "text/plain"}), NoAccess),
    "not git": (Answer(200, b"<h1>Log in</h1>", {"Content-Type": "text/html"}), NoAccess),
    "an empty page": (Answer(200), NoAccess),
    "a page of several lines": (Answer(200, b"<html>\n<body>\nlog in to go on\n</body>\n</html>\n"), NoAccess),
    "renamed": (Answer(301, headers={"Location": "/org/new.git/info/refs?service=git-upload-pack"}), Moved),
    "elsewhere": (Answer(302, headers={"Location": "http://127.0.0.1:1/"}), Moved),
    "too many": (Answer(429, headers={"Retry-After": "60"}), Unreachable),
    "broken": (Answer(500), Unreachable),
    "behind a proxy": (Answer(502), Unreachable),
    "down": (Answer(503), Unreachable),
    "cut short": (
        Answer(
            200, b"001e# service=git-upload-pack\n", {"Content-Type": "application/x-git-upload-pack-advertisement"}
        ),
        Unreachable,
    ),
}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "REQUESTS_CA_BUNDLE",
        "GIT_SSL_CAINFO",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("answer", "kind"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusals_by_name(
    over_http: Mirror, upstream: Repository, server: GitServer, answer: Answer, kind: type[TryLater]
) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    over_http.fetch("main")
    server.requests.clear()
    server.interfere = lambda _: answer
    with pytest.raises(kind) as caught:
        over_http.fetch("main")
    assert type(caught.value) is kind
    assert server.url("org/phalanx.git") in caught.value.text
    assert caught.value.hint
    assert len(server.requests) <= 4, "nothing is made anew where the server is the trouble"
    server.interfere = lambda _: None
    assert over_http.newest("main") == commit


@pytest.mark.parametrize("name", ["not git", "down"])
def test_refusals_of_the_first_fetch_leave_no_mirror(
    over_http: Mirror, upstream: Repository, server: GitServer, name: str
) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    answer, kind = REFUSALS[name]
    server.interfere = lambda _: answer
    with pytest.raises(kind):
        over_http.fetch("main")
    assert over_http.head("main") is None
    assert not over_http.folder.exists()
    server.interfere = lambda _: None
    assert over_http.newest("main") == commit


def test_a_wrong_token_and_none(state: Path, upstream: Repository, server: GitServer) -> None:
    upstream.commit({"a.yaml": b"one\n"})
    for token in (lambda: "ghs_old", None):
        with pytest.raises(NoAccess, match="is not there, or may not be read") as caught:
            Mirror(state, 7, server.url("org/phalanx.git"), token).fetch("main")
        assert "install the App" in caught.value.hint


@pytest.mark.parametrize("name", ["redirect.git", "not-found/returned.git"])
def test_a_name_does_not_decide_about_the_failure(state: Path, server: GitServer, name: str) -> None:
    server.interfere = lambda _: Answer(503)
    with pytest.raises(Unreachable, match="The requested URL returned error: 503"):
        Mirror(state, 7, server.url(name), lambda: TOKEN).fetch("main")


def test_a_public_repository_needs_no_token(state: Path, upstream: Repository, tmp_path: Path) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    with serving(tmp_path / "served", private=False) as server:
        assert Mirror(state, 7, server.url("org/phalanx.git")).newest("main") == commit
        assert all(request.headers["Authorization"] is None for request in server.requests)


def test_the_token_is_asked_for_each_time(state: Path, upstream: Repository, server: GitServer) -> None:
    upstream.commit({"a.yaml": b"one\n"})
    tokens = iter([TOKEN, "ghs_old", TOKEN])
    mirror = Mirror(state, 7, server.url("org/phalanx.git"), lambda: next(tokens))
    mirror.fetch("main")
    with pytest.raises(NoAccess):
        mirror.fetch("main")
    mirror.fetch("main")


def test_the_token_does_not_follow_a_redirect(over_http: Mirror, server: GitServer, tmp_path: Path) -> None:
    with serving(tmp_path / "served") as other:
        address = other.url("org/phalanx.git/info/refs?service=git-upload-pack")
        server.interfere = lambda _: Answer(302, headers={"Location": address})
        with pytest.raises(Moved):
            over_http.fetch("main")
        assert not other.requests


def test_nobody_there(state: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="cannot be fetched now: Failed to connect"):
            Mirror(state, 7, f"http://127.0.0.1:{free.getsockname()[1]}/a.git").fetch("main")


def test_no_such_host(state: Path) -> None:
    with pytest.raises(Unreachable, match="Could not resolve host"):
        Mirror(state, 7, "http://nowhere.invalid/a.git").fetch("main")


@pytest.fixture
def hanging(server: GitServer) -> Iterator[threading.Event]:
    """The server says nothing until the event is set."""
    answer = threading.Event()

    def wait(_: Request) -> None:
        answer.wait(20)

    server.interfere = wait
    yield answer
    answer.set()


@pytest.mark.parametrize(("timeout", "stall", "words"), [(1, 30, "did not end within 1 seconds"), (30, 1, "too slow")])
def test_a_server_that_hangs(
    state: Path, server: GitServer, hanging: threading.Event, timeout: float, stall: float, words: str
) -> None:
    url = server.url("org/phalanx.git")
    mirror = Mirror(state, 7, url, lambda: TOKEN, timeout=timeout, stall=stall)
    started = time.monotonic()
    with pytest.raises(Unreachable, match=words):
        mirror.fetch("main")
    assert time.monotonic() - started < 10
    # What was killed may be there for a moment, and other tests talk to servers of their own.
    until(lambda: not [argv for argv in command_lines() if url in argv and "remote-http" in argv])


def test_a_host_that_does_not_take_the_connection(state: Path) -> None:
    with socket.socket() as full, socket.socket() as waiting, socket.socket() as also:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (waiting, also):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        mirror = Mirror(state, 7, f"http://127.0.0.1:{full.getsockname()[1]}/a.git", timeout=0.5)
        with pytest.raises(Unreachable):
            mirror.fetch("main")


def test_certificates_are_checked_and_a_house_authority_is_named(
    state: Path, upstream: Repository, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = upstream.commit({"a.yaml": b"one\n"})
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_port}/org/phalanx.git"
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(Unreachable, match="certificate"):
        Mirror(state, 7, url, lambda: TOKEN).fetch("main")
    authority.cert_pem.write_to_path(str(tmp_path / "house.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "house.pem"))
    assert Mirror(state, 7, url, lambda: TOKEN).newest("main") == commit


def test_a_path_that_is_no_repository(state: Path, tmp_path: Path) -> None:
    with pytest.raises(NoAccess):
        Mirror(state, 7, str(tmp_path)).fetch("main")


def test_a_path_of_another_owner(mirror: Mirror, upstream: Repository) -> None:
    upstream.commit({"a.yaml": b"one\n"})
    if os.geteuid():
        pytest.skip("only root may give files away")
    os.chown(upstream.bare, 65534, 65534)
    with pytest.raises(NotOurs, match="belongs to another user"):
        mirror.fetch("main")


def test_no_git(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="git is not installed here"):
        mirror.fetch("main")


@pytest.mark.parametrize(
    "url",
    [
        "https://x-access-token:ghs_x@github.com/a/b.git",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b",
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=touch /tmp/x",
        "relative/path",
        "file:///etc",
        "https:///a/b",
        "https://github.com",
        "https://github.com/a b.git",
        "https://github.com/a'b.git",
        "https://github.com/a.git\n",
        "https://github.com/a/b?token=x",
        "",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a repository is named by") as caught:
        Remote(url, None, 1, 1)
    assert "ghs_" not in str(caught.value)


def command_lines() -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(place.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return found


def environments() -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            found.append(place.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return found


def test_the_token_is_in_no_argument_file_log_or_error(
    over_http: Mirror, upstream: Repository, server: GitServer, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    carriers: list[str] = []

    def look(_: Request) -> None:
        seen.extend(command_lines())
        carriers.extend(one for one in environments() if BASIC in one)

    server.interfere = look
    commit = upstream.commit({"a.yaml": b"one\n"})
    over_http.fetch("main")
    upstream.commit({"a.yaml": b"two\n"})
    over_http.fetch("main")
    with over_http.worktree(commit) as place:
        assert not (place / ".git").exists()
    server.interfere = lambda _: Answer(403, f"you sent {TOKEN} as {BASIC}".encode(), {"Content-Type": "text/plain"})
    with pytest.raises(NoAccess) as caught:
        over_http.fetch("main")
    cause = caught.value.__cause__
    assert isinstance(cause, GitFailed)
    assert "you sent *** as ***" in cause.complaint, "the server's words are in there"
    assert carriers, "the looking works: the environment, which no other user can read, has it"
    assert any("fetch" in argv and server.url("org") in argv for argv in seen)
    files = [path.read_bytes().decode("latin-1") for path in state.rglob("*") if path.is_file()]
    errors = [str(caught.value), caught.value.hint, repr(cause), cause.complaint]
    for text in (*seen, *files, *errors, caplog.text):
        assert TOKEN not in text
        assert BASIC not in text
    assert all(request.headers["Authorization"] == f"Basic {BASIC}" for request in server.requests)
