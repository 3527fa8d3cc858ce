"""A bot serves a private repository, with trouble; then everything that it wrote or started is searched for secrets."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot import helm
from bot.sandbox.faults import Fault
from bot.sandbox.local import Registered, Sandbox, running
from bot.sandbox.repository import SandboxRepository
from bot.web.manifest import CALLBACK
from bot.web.site.cookies import SESSION
from tests.support.bot import NAME, SECRET, free_port
from tests.support.jobs import until
from tests.support.sign_in import agreed, sent
from tests.support.tree import TREE

OLDER_SECRET = "the-webhook-secret-before-the-present-one"
GRANT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest"
JWT = re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}")


def recording(folder: Path, listing: Path) -> str:
    """Return a PATH on which git and Helm first write down what they are told."""
    found = {"git": shutil.which("git"), "helm": str(helm.find())}
    folder.mkdir()
    for name, program in found.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0" "$@" >> "{listing}"\nexec "{program}" "$@"\n')
        script.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@contextmanager
def serving(folder: Path, sandbox: Sandbox, registered: Registered) -> Iterator[str]:
    """Run `kafka-access serve` at its most talkative, and return its address once it is ready."""
    port = free_port()
    settings = {
        "APP_ID": str(registered.id),
        "PRIVATE_KEY": registered.private_key,
        "WEBHOOK_SECRETS": f"{SECRET},{OLDER_SECRET}",
        "CLIENT_ID": registered.client_id,
        "CLIENT_SECRET": registered.client_secret,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "API_URL": sandbox.url,
        "WEB_URL": sandbox.url,
        "STATE_DIR": str(folder / "state"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "debug",
        "WRITE_PAUSE": "0",
        "DRAIN": "5",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KAFKA_ACCESS_")}
    environment = {
        **inherited,
        **{f"KAFKA_ACCESS_{name}": value for name, value in settings.items()},
        "HOME": str(folder),
        "PATH": recording(folder / "bin", folder / "argv"),
    }
    with (folder / "log").open("wb") as log:
        bot = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=environment, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: bot.poll() is not None or answers(f"{address}/readyz"), within=60)
            assert bot.poll() is None, (folder / "log").read_text()
            sandbox.set_webhook(registered.slug, f"{address}/webhook")
            sandbox.set_callback(registered.slug, f"{address}{CALLBACK}")
            yield address
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(30) == 0
        finally:
            bot.kill()
            bot.wait()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def text_of(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())


def ask(home: SandboxRepository, registered: Registered, login: str, text: str) -> int:
    """Have somebody comment on a new issue, and wait for the answer."""
    number = home.open_issue(login, "Kafka", "Please.")
    home.comment(number, login, text)
    until(lambda: any(one["user"]["login"] == registered.bot for one in home.comments(number)), within=60)
    return number


def spoken(home: SandboxRepository) -> Iterator[tuple[str, str]]:
    """Yield all that can be read on GitHub, with where it is."""
    for number in home.numbers:
        yield f"#{number}", str(home.issue(number))
        yield f"comments of #{number}", str(home.comments(number))
    for pull in home.pulls("all"):
        yield f"pull request {pull['number']}", f"{pull} {home.diff(pull['number'])}"
        yield f"head of {pull['number']}", str(home.commit(pull["head"]["sha"]))
        yield f"checks of {pull['number']}", str(home.check_runs(pull["head"]["sha"]))


def left_behind(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the contents of every file that the bot has left, its log and the arguments of what it started too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_relative_to(folder / "sandbox") and not path.is_relative_to(folder / "bin"):
            yield str(path.relative_to(folder)), path.read_bytes().decode("utf-8", "replace")


def secrets_of(registered: Registered, tokens: list[str]) -> dict[str, str]:
    """Return whatever would give something away, also as HTTP would carry it."""
    lines = [line for line in registered.private_key.splitlines() if line and "-----" not in line]
    named = {"webhook secret": SECRET, "older webhook secret": OLDER_SECRET, "the key's middle": lines[len(lines) // 2]}
    named["client secret"] = registered.client_secret
    for number, token in enumerate(tokens):
        named[f"token {number}"] = token
        for user in ("x-access-token", "git"):
            # Any place in a longer base64 text would differ, but this is how Basic authentication begins.
            named[f"token {number} for {user}"] = base64.b64encode(f"{user}:{token}".encode()).decode()[:60]
    return named


def test_nothing_secret_is_left_anywhere(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        home = sandbox.repository(NAME, TREE, private=True)
        sandbox.user("alice", "write")
        sandbox.user("mallory", "read")
        registered = sandbox.app(webhook_secret=SECRET)
        with serving(tmp_path, sandbox, registered) as address:
            ask(home, registered, "alice", GRANT)
            ask(home, registered, "alice", f"{GRANT} topic=lsst.nothing.here*:frobnicate")
            ask(home, registered, "mallory", GRANT)
            # A write whose answer is lost, a token that is refused while git fetches, and an API that is down.
            faults = [
                Fault("POST", "/graphql", when="after", status=502),
                Fault("GET", r"/lsst-sqre/phalanx\.git/info/refs", status=401, body="Bad credentials"),
                Fault("GET", r"/repos/.*/collaborators/.*", status=500, times=2),
            ]
            for fault in faults:
                sandbox.faults.add(fault)
            ask(home, registered, "alice", "/kafka-access reader topic=lsst.square-events.reader.ingest:read")
            pages = {
                page: text_of(f"{address}/{page}") for page in ("healthz", "readyz", "metrics", "webhook", "setup")
            }
            with httpx.Client(base_url=address) as browser:
                back = agreed(sent(browser), "mallory")
                assert SESSION in str(browser.get(back).headers)
                pages |= {"signed in": browser.get("/jobs").text, "again": browser.get(back).text}
        tokens = sandbox.tokens
        assert [one for one in tokens if one.startswith("ghu_")]
        (code,) = parse_qs(urlsplit(back).query)["code"]
        assert all(fault.met for fault in faults)
        secrets = {**secrets_of(registered, tokens), "code": code}
        texts = [*spoken(home), *pages.items(), *left_behind(tmp_path)]
    names = {name for name, _ in texts}
    assert {"log", "argv", "state/jobs.sqlite"} <= names
    assert "pull request 2" in " ".join(names)
    log = dict(texts)["log"]
    assert '"level":"debug"' in log.replace(" ", ""), "the log is at its most talkative"
    assert "fetch" in dict(texts)["argv"], "git was seen"
    for where, text in texts:
        assert JWT.search(text) is None, f"a JSON web token in {where}"
        for name, secret in secrets.items():
            assert secret not in text, f"{name} in {where}"


@pytest.mark.parametrize("secret", ["webhook secret", "client secret", "token 0"])
def test_the_search_finds_what_is_there(tmp_path: Path, secret: str) -> None:
    """What looks for secrets would see one in any file."""
    registered = Registered(1, "a", "b", "-----\nAAAA\nBBBB\n-----", SECRET, 1, "bot", "a client secret")
    found = secrets_of(registered, ["ghs_abc"])[secret]
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "file").write_bytes(b"\xff" + found.encode() + b"\0")
    assert any(found in text for _, text in left_behind(tmp_path))
