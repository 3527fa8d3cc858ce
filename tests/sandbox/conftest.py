"""A sandbox with a repository and an App, and who listens and asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.repository import SandboxRepository
from tests.sandbox import openapi
from tests.support import shared
from tests.support.serving import answering

REPO = "lsst-sqre/phalanx"
SECRET = "a secret that is long enough"
ALL_EVENTS = [
    *("issues", "issue_comment", "pull_request", "pull_request_review", "push", "check_run", "check_suite"),
    *("create", "delete", "label", "repository"),
]
PERMISSIONS = {"issues": "write", "contents": "write", "pull_requests": "write", "checks": "write", "members": "read"}
MANIFEST: Mapping[str, Any] = {"default_permissions": PERMISSIONS, "default_events": ALL_EVENTS}


@dataclass
class Listener:
    """A server that keeps the webhooks it gets; `answers` are the next statuses, then 202."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    wait: threading.Event = field(default_factory=threading.Event)

    def events(self) -> list[str]:
        return [headers["X-GitHub-Event"] for headers, _ in self.got]


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    found.wait.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.wait.wait(20)
            found.got.append((dict(self.headers), body))
            self.send_response(found.answers.pop(0) if found.answers else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/webhook"
    with answering(server):
        yield found
        found.wait.set()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path / "github") as found:
        yield found


@pytest.fixture
def files(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "applications" / "myapp").mkdir(parents=True)
    (top / "README.md").write_text("# Phalanx\n")
    (top / ".gitignore").write_text("*.log\n")
    (top / "kept.log").write_text("ignored, and there\n")
    (top / "applications" / "myapp" / "values.yaml").write_bytes(b"a: 1\r\nb: 2\r\n")
    script = top / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (top / "link").symlink_to("README.md")
    return top


@pytest.fixture
def repo(sandbox: Sandbox, files: Path) -> SandboxRepository:
    found = sandbox.repository(REPO, files)
    sandbox.user("alice", role="write", name="Alice")
    sandbox.user("rita", role="read")
    return found


@pytest.fixture
def app(sandbox: Sandbox, repo: SandboxRepository, listener: Listener) -> Registered:
    return sandbox.app(webhook_url=listener.url, webhook_secret=SECRET, manifest=MANIFEST)


def signed(app: Registered, **changes: Any) -> str:
    """Return a JWT of the App; `changes` to its claims, None takes one out."""
    now = int(time.time())
    claims = {"iss": str(app.id), "iat": now - 60, "exp": now + 540} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, app.private_key, algorithm="RS256")


class Api(httpx.Client):
    """A client whose every request and answer is judged by GitHub's description of its API."""

    def __init__(self, base_url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        hooks = {"response": [self.judge]} if (shared.FOLDER / "github").is_dir() else {}
        super().__init__(base_url=base_url, headers=headers, event_hooks=hooks, timeout=30)

    @staticmethod
    def judge(response: httpx.Response) -> None:
        response.request.read()
        response.read()
        openapi.check(response)

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, **query: Any) -> Any:
        response = self.request(method, path, json=body, params=query or None)
        assert response.status_code == status, f"{response.status_code}: {response.text}"
        return response.json() if response.content else None


@pytest.fixture
def as_app(sandbox: Sandbox, app: Registered) -> Iterator[Api]:
    """Asks with the App's JWT."""
    with Api(sandbox.url, signed(app)) as api:
        yield api


def mint(as_app: Api, app: Registered, **asked: Any) -> str:
    """Return an installation token."""
    found: str = as_app.ask("POST", f"/app/installations/{app.installation_id}/access_tokens", asked, 201)["token"]
    return found


@pytest.fixture
def api(sandbox: Sandbox, as_app: Api, app: Registered) -> Iterator[Api]:
    """Asks with a token of the installation."""
    with Api(sandbox.url, mint(as_app, app)) as api:
        yield api
