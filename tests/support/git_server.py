"""Real git over real HTTP, for whoever fetches: `git http-backend` behind Basic auth, with failures on demand."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.serving import answering

TOKEN = "ghs_1234567890abcdefNeverToBeSeen"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


@dataclass
class Request:
    """One request as it came in."""

    line: str
    headers: Message
    body: str


@dataclass
class Answer:
    """What is said instead of what git would say."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories below `root`; `private` ones want the token.

    `interfere` sees each request first, in the thread that answers it: it may wait, or return another Answer.
    """

    daemon_threads = True
    # Closing waits for no thread that a test has left waiting.
    block_on_close = False

    def __init__(self, root: Path, *, private: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.private = private
        self.requests: list[Request] = []
        self.interfere: Callable[[Request], Answer | None] = lambda _: None

    def url(self, name: str) -> str:
        """Return the address of a repository."""
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: GitServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def _serve(self, body: bytes) -> None:
        request = Request(self.requestline, self.headers, body.decode("latin-1"))
        self.server.requests.append(request)
        answer = self.server.interfere(request)
        if answer is None and self.server.private and self.headers["Authorization"] != f"Basic {BASIC}":
            answer = Answer(401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        self._say(answer or self._backend(body))

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _backend(self, body: bytes) -> Answer:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
            "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers["Content-Type"] or "",
            "CONTENT_LENGTH": str(len(body)),
        }
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=False)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        return Answer(int(headers.pop("Status", "200").split()[0]), rest, headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving(root: Path, *, private: bool = True) -> Iterator[GitServer]:
    """Serve the repositories below `root` for the length of a test."""
    server = GitServer(root, private=private)
    with answering(server):
        yield server
