from __future__ import annotations

import asyncio
import html
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs
from yarl import URL

from bot.settings import Basics, load, load_basics
from bot.web import registration
from bot.web.credentials import AlreadyThere, CannotWrite, Place, Registered
from bot.web.registration import GitHub, Registration, github_at
from bot.web.setup import SetupPages, Wishes, serve_setup, setup_application
from tests.web.github import CLIENT_SECRET, HOOK, PEM, Forge, registered

TOKEN = "a setup token of the tests"
Serve = Callable[[web.Application], Awaitable[TestServer]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in [name for name in os.environ if name.startswith("KAFKA_ACCESS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAFKA_ACCESS_SETTINGS", str(tmp_path / "kafka-access.env"))
    return Place(tmp_path / "kafka-access.env")


@pytest.fixture
async def forge(aiohttp_server: Serve) -> tuple[Forge, GitHub]:
    forge = Forge()
    server = await aiohttp_server(forge.application())
    url = str(server.make_url("")).rstrip("/")
    return forge, GitHub(url, f"{url}/api/v3")


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def setup(aiohttp_server: Serve, forge: tuple[Forge, GitHub], place: Place) -> tuple[SetupPages, URL]:
    pages = SetupPages(
        Registration(forge[1], place), place, "/setup", Wishes(public_url="https://bot.example.org"), TOKEN
    )
    server = await aiohttp_server(setup_application(Basics(), pages))
    return pages, server.make_url("/setup")


def wishes(**other: str) -> dict[str, str]:
    return {
        "token": TOKEN,
        "name": "kafka-access-test",
        "organisation": "lsst-sqre",
        "public_url": "https://bot.example.org/",
        **other,
    }


async def posted(session: ClientSession, url: URL, **other: str) -> tuple[int, str]:
    async with session.post(url, data=wishes(**other), headers={"Origin": str(url.origin())}) as response:
        return response.status, await response.text()


def github_form(page: str) -> tuple[str, dict[str, str]]:
    """Return what the page's form would send to GitHub, as a browser reads it."""
    (action,) = re.findall(r'<form method="post" action="([^"]*)"', page)
    (manifest,) = re.findall(r'name="manifest" value="([^"]*)"', page)
    return html.unescape(action), {"manifest": html.unescape(manifest)}


async def test_the_whole_way(
    session: ClientSession, forge: tuple[Forge, GitHub], setup: tuple[SetupPages, URL], place: Place
) -> None:
    pages, url = setup
    status, page = await posted(session, url)
    assert status == 200
    action, form = github_form(page)
    manifest = json.loads(form["manifest"])
    assert action.startswith(f"{forge[1].web_url}/organizations/lsst-sqre/settings/apps/new?state=")
    assert manifest["hook_attributes"] == {"url": "https://bot.example.org/webhook", "active": True}
    assert manifest["redirect_url"] == f"{url}/done"
    assert manifest["callback_urls"] == ["https://bot.example.org/sign-in/github/done"]
    assert manifest["public"] is False

    async with session.post(action, data=form) as response:
        assert response.status == 200
        assert "/apps/kafka-access-test/installations/new" in await response.text()
    assert pages.finished.is_set()
    assert place.settings.stat().st_mode & 0o777 == 0o600
    assert place.key.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in place.settings.parent.iterdir()) == ["kafka-access.env", "kafka-access.pem"]

    found = load()
    assert (found.app_id, found.private_key.get_secret_value()) == ("4711", PEM)
    assert [one.get_secret_value() for one in found.webhook_secrets] == [HOOK]
    assert found.client_id == "Iv23.abc"
    assert found.client_secret is not None
    assert found.client_secret.get_secret_value() == CLIENT_SECRET
    assert (found.public_url, found.web_url, found.api_url) == (
        "https://bot.example.org",
        forge[1].web_url,
        forge[1].api_url,
    )


async def test_setup_is_off_once_an_app_is_registered(session: ClientSession, setup: tuple[SetupPages, URL]) -> None:
    url = setup[1]
    _, page = await posted(session, url)
    action, form = github_form(page)
    async with session.post(action, data=form) as response:
        back = response.url
    for method, where in (("GET", url), ("POST", url), ("GET", back), ("GET", url / "done")):
        async with session.request(method, where, data=wishes() if method == "POST" else None) as response:
            assert response.status == 404, (method, where)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN} ", "ü"])
async def test_without_the_token_nothing_begins(
    session: ClientSession, setup: tuple[SetupPages, URL], token: str
) -> None:
    status, page = await posted(session, setup[1], token=token)
    expected = 200 if token.strip() == TOKEN else 403
    assert status == expected
    assert ("manifest" in page) is (expected == 200)
    assert "Begin again" in page or expected == 200


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"name": ""}, "The name has 1 to 34 letters"),
        ({"name": "x" * 35}, "The name has 1 to 34 letters"),
        ({"name": "<script>alert(1)</script>"}, "The name has 1 to 34 letters"),
        ({"organisation": "../admin"}, "The organisation has up to 39 letters"),
        ({"organisation": "a?b"}, "The organisation has up to 39 letters"),
        ({"public_url": "bot.example.org"}, "The public address has to be an address"),
        ({"public_url": "javascript:alert(1)"}, "The public address has to be an address"),
        ({"public_url": "https://user:password@bot.example.org"}, "must not hold a user or a password"),
    ],
)
async def test_wishes_that_github_would_refuse_are_said(
    session: ClientSession, setup: tuple[SetupPages, URL], wish: dict[str, str], words: str
) -> None:
    status, page = await posted(session, setup[1], **wish)
    assert status == 400
    assert words in html.unescape(page)
    assert "<script" not in page


async def test_without_a_public_address_webhooks_are_off(session: ClientSession, setup: tuple[SetupPages, URL]) -> None:
    _, page = await posted(session, setup[1], public_url="", organisation="")
    action, form = github_form(page)
    assert json.loads(form["manifest"])["hook_attributes"]["active"] is False
    assert "/organizations/" not in action
    assert "Webhooks are off at first" in page


@pytest.mark.parametrize("state", ["", "made up", "ü", "used", "old"])
async def test_a_state_that_was_not_begun_here_is_refused(
    session: ClientSession,
    forge: tuple[Forge, GitHub],
    setup: tuple[SetupPages, URL],
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    _, url = setup
    forge[0].manifests["code-x"] = {"name": "somebody-elses"}
    if state in {"used", "old"}:
        _, page = await posted(session, url)
        begun = URL(github_form(page)[0]).query["state"]
        if state == "used":
            async with session.get((url / "done").with_query(code="wrong", state=begun)) as response:
                assert response.status == 502
        else:
            monkeypatch.setattr(registration, "_LIFETIME", 0.0)
        state = begun
    async with session.get((url / "done").with_query(code="code-x", state=state)) as response:
        assert response.status == 400
        assert "was begun here within the last hour" in await response.text()
    assert "code-x" in forge[0].manifests, "the code was not even tried"
    assert not place.settings.exists()


ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "used up": (404, {"message": "Not Found"}),
    "broken": (502, {}),
    "no key": (201, {**registered("x", "https://github.com"), "pem": None}),
    "no secret": (201, {**registered("x", "https://github.com"), "webhook_secret": ""}),
    "no client secret": (201, {**registered("x", "https://github.com"), "client_secret": None}),
    "an address that is a script": (201, {**registered("x", "https://github.com"), "html_url": "javascript:alert(1)"}),
    "a redirect": (307, {}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_an_exchange_that_fails_writes_nothing_and_shows_no_secret(
    session: ClientSession,
    forge: tuple[Forge, GitHub],
    setup: tuple[SetupPages, URL],
    place: Place,
    answer: tuple[int, dict[str, Any]],
) -> None:
    forge[0].answer = answer
    _, page = await posted(session, setup[1])
    action, form = github_form(page)
    with capture_logs() as logs:
        async with session.post(action, data=form) as response:
            text = await response.text()
    assert response.status == 502
    assert "Delete the new App on GitHub and begin again" in text
    for secret in (HOOK, CLIENT_SECRET, PEM[100:150], "code-1"):
        assert secret not in text
        assert secret not in str(logs)
    assert not place.settings.exists()
    assert not place.key.exists()


async def test_a_github_that_is_away_is_said_without_the_code(
    aiohttp_server: Serve, session: ClientSession, place: Place, unused_tcp_port: int
) -> None:
    away = GitHub("http://127.0.0.1:1", f"http://127.0.0.1:{unused_tcp_port}")
    begun = Registration(away, place)
    pages = SetupPages(begun, place, "/setup", Wishes(), TOKEN)
    server = await aiohttp_server(setup_application(Basics(), pages))
    form = begun.begin(name="x", organisation="", public_url=None, redirect_url="http://x/")
    back = server.make_url("/setup/done").with_query(code="s3cr3t-code", state=URL(form.action).query["state"])
    async with session.get(back) as response:
        text = await response.text()
    assert response.status == 502
    assert "127.0.0.1 could not be asked" in text
    assert "s3cr3t-code" not in text


async def test_pages_are_for_this_server_and_github_only(
    session: ClientSession, forge: tuple[Forge, GitHub], setup: tuple[SetupPages, URL]
) -> None:
    async with session.get(setup[1]) as response:
        assert "form-action 'self';" in response.headers["Content-Security-Policy"]
        text = await response.text()
        assert not re.search(r"(src|href)=\"(https?:)?//", text)
    async with session.post(setup[1], data=wishes()) as response:
        assert f"form-action 'self' {forge[1].origin};" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/healthz", 200), ("/readyz", 503), ("/webhook", 404), ("/metrics", 404)]
)
async def test_a_bot_without_an_app_says_so(
    session: ClientSession, setup: tuple[SetupPages, URL], path: str, status: int
) -> None:
    async with session.get(setup[1].origin().with_path(path)) as response:
        assert response.status == status
        assert path != "/" or "not set up yet" in await response.text()


async def test_serving_the_setup_ends_when_an_app_is_registered(
    session: ClientSession,
    forge: tuple[Forge, GitHub],
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    unused_tcp_port: int,
) -> None:
    for name, value in {"WEB_URL": forge[1].web_url, "API_URL": forge[1].api_url, "PORT": str(unused_tcp_port)}.items():
        monkeypatch.setenv(f"KAFKA_ACCESS_{name}", value)
    began = asyncio.Event()
    said: dict[str, Any] = {}

    def watching(_logger: object, _method: str, event: Any) -> Any:
        if "setup_token" in event:
            said.update(event)
            began.set()
        raise structlog.DropEvent

    structlog.configure(processors=[watching])
    try:
        serving = asyncio.create_task(serve_setup(load_basics()))
        await asyncio.wait_for(began.wait(), 5)
        assert len(said["setup_token"]) >= 32
        status, page = await posted(session, URL(said["setup"]), token=said["setup_token"])
        assert status == 200
        action, form = github_form(page)
        async with session.post(action, data=form) as response:
            assert "is registered" in await response.text(), "the last page still arrives"
        assert await asyncio.wait_for(serving, 10) is True
    finally:
        structlog.reset_defaults()
    assert load().app_id == "4711"


async def test_a_token_of_the_operators_own_is_not_printed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_ACCESS_SETUP_TOKEN", TOKEN)
    monkeypatch.setenv("KAFKA_ACCESS_PORT", "0")
    with capture_logs() as logs:
        serving = asyncio.create_task(serve_setup(load_basics()))
        async with asyncio.timeout(5):
            while not logs:
                await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(serving, 10) is False
    assert TOKEN not in str(logs)


APP = Registered.model_validate(registered("x", "https://github.com"))


def test_credentials_of_another_app_are_not_overwritten(place: Place) -> None:
    place.write(APP, {})
    before = place.settings.read_text()
    for again in (place, Place(place.settings.parent / "kafka-access.txt")):
        with pytest.raises(AlreadyThere):
            again.write(APP, {})
    assert place.settings.read_text() == before
    Place(place.settings, force=True).write(APP.model_copy(update={"id": 12}), {})
    assert load().app_id == "12"


def test_other_settings_in_the_file_stay(place: Place) -> None:
    place.settings.write_text("# by hand\nKAFKA_ACCESS_PORT=9000\nKAFKA_ACCESS_PUBLIC_URL=https://old.example.org")
    place.write(APP, {"public_url": "https://it's.example.org/ü"})
    assert place.settings.read_text().startswith("# by hand\nKAFKA_ACCESS_PORT=9000\n")
    assert (load().port, load().public_url) == (9000, "https://it's.example.org/ü")


def test_a_key_over_several_lines_in_the_file_is_replaced_whole(place: Place) -> None:
    place.settings.write_text(f'KAFKA_ACCESS_PRIVATE_KEY="{PEM}"\nKAFKA_ACCESS_PORT=9000\n')
    with pytest.raises(AlreadyThere):
        place.check()
    Place(place.settings, force=True).write(APP, {})
    assert "BEGIN" not in place.settings.read_text()
    assert load().port == 9000


def test_a_place_that_cannot_be_written_is_said_before_github_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = Place(tmp_path / "file" / "kafka-access.env")
    with pytest.raises(CannotWrite, match="cannot be written: "):
        Registration(GitHub(), place).begin(name="x", organisation="", public_url=None, redirect_url="http://x")


@pytest.mark.parametrize(
    ("web_url", "api_url"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://octocorp.ghe.com/", "https://api.octocorp.ghe.com"),
        ("https://git.example.org", "https://git.example.org/api/v3"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/v3"),
    ],
)
def test_where_the_api_is(web_url: str, api_url: str) -> None:
    assert github_at(web_url).api_url == api_url


def test_forms_that_nobody_sends_are_forgotten(place: Place) -> None:
    begun = Registration(GitHub(), place)
    for _ in range(registration._PENDING + 5):
        begun.begin(name="x", organisation="", public_url=None, redirect_url="http://x")
    assert len(begun._begun) == registration._PENDING


async def test_register_from_the_command_line(
    session: ClientSession, forge: tuple[Forge, GitHub], place: Place, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bot.web.register import register; register()",
        "--no-browser", "--github", forge[1].web_url, "--org", "lsst-sqre", "--public-url", "https://bot.example.org",
        "--settings", str(place.settings),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(20):
            while not (line := (await process.stderr.readline()).decode()).strip().startswith("http"):
                assert line
        url = URL(line.strip())
        async with session.get(url.origin().with_path("/setup")) as response:
            assert response.status == 404, "the path is the secret"
        async with session.get(url) as response:
            text = await response.text()
            assert 'value="lsst-sqre"' in text
            assert "Setup token" not in text
        status, page = await posted(session, url)
        assert status == 200
        action, form = github_form(page)
        async with session.post(action, data=form) as response:
            assert "is registered" in await response.text()
        async with asyncio.timeout(20):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0, err.decode()
    assert "/apps/kafka-access-test/installations/new" in out.decode()
    assert HOOK not in (out + err).decode()
    assert CLIENT_SECRET not in (out + err).decode()
    assert load().app_id == "4711"
