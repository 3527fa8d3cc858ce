"""Who may see the pages: every way to ask, with and without a token."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from bot.settings import Settings
from bot.web.site.door import COOKIE, LIFETIME, Attempts, OwnMachine, TokenDoor, door, own_path
from tests.web.parts import signed
from tests.web.site import PATH, environment, served, sources

Client = TestClient[web.Request, web.Application]
Serve = Callable[[web.Application], Awaitable[Client]]

TOKEN = "the token of the pages, long enough"
LANDSCAPE = {"idfdev": environment("idfdev", ["lsst.a"], {})}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def guarded(aiohttp_client: Serve, clock: Clock) -> Client:
    return await aiohttp_client(served(sources(LANDSCAPE), door=TokenDoor(TOKEN, clock, Attempts(clock))))


@pytest.fixture
async def local(aiohttp_client: Serve) -> Client:
    return await aiohttp_client(served(sources(LANDSCAPE)))


async def sign_in(client: Client, **fields: str) -> Any:
    headers = {"Origin": fields.pop("origin", "http://127.0.0.1")}
    return await client.post("/sign-in", data={"token": TOKEN, **fields}, headers=headers, allow_redirects=False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="straight from this machine"),
        pytest.param({"Host": "localhost:8080"}, 200, id="by its name"),
        pytest.param({"Host": "[::1]:8080"}, 200, id="by its address of version 6"),
        pytest.param({"X-Forwarded-For": "127.0.0.1"}, 404, id="forwarded for somebody"),
        pytest.param({"X-Forwarded-Host": "bot.example.org"}, 404, id="forwarded from a name"),
        pytest.param({"Forwarded": "for=127.0.0.1"}, 404, id="forwarded by the standard"),
        pytest.param({"X-Real-IP": "127.0.0.1"}, 404, id="forwarded the way of nginx"),
        pytest.param({"Via": "1.1 proxy"}, 404, id="through a proxy"),
        pytest.param({"Host": "bot.example.org"}, 404, id="a proxy that keeps the name"),
        pytest.param({"Host": "rebound.example.com:8080"}, 404, id="a page's name that points here"),
        pytest.param({"Host": "[127.0.0.1"}, 404, id="no name at all"),
        pytest.param({"Host": "127.0.0.1.example.com"}, 404, id="a name that begins as an address"),
    ],
)
async def test_without_a_token_only_the_machine_itself_gets_in(
    local: Client, headers: dict[str, str], status: int
) -> None:
    for path in ("/", "/jobs", "/requests", f"{PATH}/access", f"{PATH}/audit"):
        assert (await local.get(path, headers=headers)).status == status, path


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="nothing"),
        pytest.param(BEARER, 200, id="the token"),
        pytest.param({"Authorization": f"bearer {TOKEN}"}, 200, id="the scheme in small letters"),
        pytest.param({**BEARER, "X-Forwarded-For": "192.0.2.1"}, 200, id="the token through a proxy"),
        pytest.param({"Authorization": f"Bearer {TOKEN[:-1]}"}, 401, id="most of the token"),
        pytest.param({"Authorization": "Bearer"}, 401, id="no token behind the scheme"),
        pytest.param({"Authorization": f"Basic {TOKEN}"}, 401, id="another scheme"),
        pytest.param({"Authorization": "Bearer tökén"}, 401, id="odd letters"),
        pytest.param({"Cookie": f"{COOKIE}=99999999999.00"}, 401, id="a made-up cookie"),
        pytest.param({"Cookie": f"{COOKIE}={TOKEN}"}, 401, id="the token as a cookie"),
        pytest.param({"Cookie": f"{COOKIE}=²²²²."}, 401, id="a cookie of odd digits"),
    ],
)
async def test_with_a_token_nobody_else_gets_in(guarded: Client, headers: dict[str, str], status: int) -> None:
    for path in ("/", "/jobs", "/jobs/x", "/requests", f"{PATH}/access", f"{PATH}/audit"):
        response = await guarded.get(path, headers=headers)
        assert (404 if response.status == 404 and path == "/jobs/x" else status) == response.status, path
        if status == 401:
            assert 'name="token"' in await response.text()


async def test_signing_in_lasts_for_half_a_day_and_goes_where_one_wanted(guarded: Client, clock: Clock) -> None:
    form = await (await guarded.get(f"{PATH}/access?env=a&q=%22%3E")).text()
    wanted = re.search(r'name="next" value="([^"]*)"', form)
    assert wanted is not None
    assert wanted[1] == f"{PATH}/access?env=a&amp;q=%22%3E"
    response = await sign_in(guarded, next="/jobs?status=done")
    assert (response.status, response.headers["Location"]) == (303, "/jobs?status=done")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    clock.time += LIFETIME - 1
    assert (await guarded.get("/jobs")).status == 200
    clock.time += 1
    assert (await guarded.get("/jobs")).status == 401


async def test_signing_out_ends_it(guarded: Client) -> None:
    await sign_in(guarded)
    assert (await guarded.get("/jobs")).status == 200
    await guarded.post("/sign-out", allow_redirects=False)
    assert (await guarded.get("/jobs")).status == 401


async def test_another_token_ends_every_session(aiohttp_client: Serve, guarded: Client) -> None:
    response = await sign_in(guarded)
    other = await aiohttp_client(served(sources(LANDSCAPE), door=TokenDoor("another token of the pages", Clock())))
    cookie = {"Cookie": response.headers["Set-Cookie"].partition(";")[0]}
    assert (await other.get("/jobs", headers=cookie)).status == 401


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://bot.example.org"}, {"X-Forwarded-Proto": "https"}],
    ids=["the browser says so", "the proxy says so"],
)
async def test_behind_https_the_cookie_is_for_https_alone(guarded: Client, headers: dict[str, str]) -> None:
    response = await guarded.post("/sign-in", data={"token": TOKEN}, headers=headers, allow_redirects=False)
    assert "Secure" in response.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        pytest.param("/jobs?page=2", "/jobs?page=2", id="a page"),
        pytest.param("//evil.example.org", "/", id="another server"),
        pytest.param("/\\evil.example.org", "/", id="another server, backwards"),
        pytest.param("https://evil.example.org", "/", id="a whole address"),
        pytest.param("javascript:alert(1)", "/", id="a script"),
        pytest.param("/x\r\nSet-Cookie: a=b", "/", id="a header"),
        pytest.param("/\t/evil.example.org", "/", id="a tab, which browsers leave out"),
        pytest.param("", "/", id="nothing"),
    ],
)
def test_nobody_is_sent_elsewhere(wanted: str, target: str) -> None:
    assert own_path(wanted) == target


async def test_guessing_ends_soon_and_is_forgiven_after_a_while(guarded: Client, clock: Clock) -> None:
    for n in range(10):
        response = await guarded.post("/sign-in", data={"token": f"guess {n}"})
        assert response.status == 401
        assert "This is not the token." in await response.text()
    response = await guarded.post("/sign-in", data={"token": TOKEN})
    assert response.status == 429, "else the right token could be guessed all the same"
    assert "Retry-After" in response.headers
    assert (await guarded.get("/jobs", headers=BEARER)).status == 429
    clock.time += 301
    assert (await guarded.get("/jobs", headers=BEARER)).status == 200


async def test_who_guesses_does_not_lock_others_out(guarded: Client) -> None:
    for n in range(10):
        await guarded.post("/sign-in", data={"token": f"guess {n}"}, headers={"X-Forwarded-For": "192.0.2.1"})
    headers = {**BEARER, "X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    assert (await guarded.get("/jobs", headers=headers)).status == 200


def test_made_up_addresses_do_not_make_more_guesses() -> None:
    attempts = Attempts(Clock())
    for n in range(200):
        assert not attempts.exhausted(f"address {n}")
        attempts.failed(f"address {n}")
    assert attempts.exhausted("one more")


async def test_what_machines_ask_needs_no_token(guarded: Client) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await guarded.get(path)).status == 200, path
    assert (await guarded.post("/webhook", data=b"{}", headers=signed(b"{}"))).status == 202


@pytest.mark.parametrize(
    ("host", "token", "public_url", "kind"),
    [
        pytest.param("127.0.0.1", None, None, OwnMachine, id="loopback"),
        pytest.param("::1", None, None, OwnMachine, id="loopback of version 6"),
        pytest.param("localhost", None, None, OwnMachine, id="loopback by name"),
        pytest.param("127.0.0.1", None, "https://bot.example.org", type(None), id="loopback behind a proxy"),
        pytest.param("0.0.0.0", None, None, type(None), id="every address"),
        pytest.param("bot.example.org", None, None, type(None), id="a name"),
        pytest.param("0.0.0.0", TOKEN, None, TokenDoor, id="every address, with a token"),
        pytest.param("127.0.0.1", TOKEN, None, TokenDoor, id="loopback, with a token"),
    ],
)
def test_the_settings_say_who_may(host: str, token: str | None, public_url: str | None, kind: type) -> None:
    settings = Settings.model_construct(
        host=host, pages_token=SecretStr(token) if token else None, public_url=public_url
    )
    assert isinstance(door(settings), kind)
