"""Who may see the pages: every way to ask, with and without a token."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from pydantic import SecretStr

from bot.settings import Settings
from bot.web.site.build import door
from bot.web.site.by_token import Attempts, ByToken
from bot.web.site.cookies import LIFETIME, Cookies
from bot.web.site.cookies import SESSION as COOKIE
from bot.web.site.door import OwnMachine, SignIn, own_path
from bot.web.site.origin import client_address
from bot.web.site.seal import Seal
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
    return await aiohttp_client(served(sources(LANDSCAPE), door=by_token(TOKEN, clock)))


def by_token(token: str, clock: Clock, proxies: str = "127.0.0.1") -> SignIn:
    """Return a door behind a proxy that can be trusted."""
    return SignIn(Cookies(https=False), ByToken(token, [ip_network(proxies)], clock, Attempts(clock)))


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
    other = await aiohttp_client(served(sources(LANDSCAPE), door=by_token("another token of the pages", Clock())))
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


async def test_guesses_are_refused_after_some_and_the_token_never_is(guarded: Client, clock: Clock) -> None:
    for n in range(10):
        response = await guarded.post("/sign-in", data={"token": f"guess {n}"})
        assert response.status == 401
        assert "This is not the token." in await response.text()
    response = await guarded.post("/sign-in", data={"token": "guess 10"})
    assert response.status == 429
    assert "Retry-After" in response.headers
    assert (await guarded.get("/jobs", headers=BEARER)).status == 200, "else whoever guesses could keep people out"
    assert (await sign_in(guarded)).status == 303
    clock.time += 301
    assert (await guarded.post("/sign-in", data={"token": "guess 11"})).status == 401


@pytest.mark.parametrize(
    ("forwarded", "proxies", "status"),
    [
        pytest.param("192.0.2.2", "127.0.0.1", 401, id="another address behind a trusted proxy"),
        pytest.param("192.0.2.1, 192.0.2.2", "127.0.0.1", 401, id="whatever it claims to be"),
        pytest.param("192.0.2.2, 192.0.2.1", "127.0.0.1", 429, id="the address itself, whatever it claims to be"),
        pytest.param("192.0.2.2", "10.0.0.0/8", 429, id="no proxy that is trusted"),
    ],
)
async def test_guesses_count_for_the_address_that_is_known(
    aiohttp_client: Serve, clock: Clock, forwarded: str, proxies: str, status: int
) -> None:
    client = await aiohttp_client(served(sources(LANDSCAPE), door=by_token(TOKEN, clock, proxies)))
    for n in range(10):
        await client.post("/sign-in", data={"token": f"guess {n}"}, headers={"X-Forwarded-For": "192.0.2.1"})
    response = await client.post("/sign-in", data={"token": "guess"}, headers={"X-Forwarded-For": forwarded})
    assert response.status == status


def test_addresses_are_forgotten_when_there_are_many() -> None:
    attempts = Attempts(Clock())
    for n in range(3000):
        assert not attempts.failed(f"address {n}")
    assert len(attempts._failed) == 1000


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.1.1.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.1.1", ["203.0.113.1, 198.51.100.1, 10.2.2.2"], "198.51.100.1"),
        ("10.1.1.1", ["203.0.113.1", "198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.1.1.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.1.1.1", ["nonsense"], "nonsense"),
        ("10.1.1.1", ["10.2.2.2"], "10.2.2.2"),
        ("10.1.1.1", [" , "], "10.1.1.1"),
        ("10.1.1.1", ["x" * 500], "x" * 64),
    ],
)
def test_whom_a_request_comes_from(remote: str, forwarded: list[str], address: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", one) for one in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)
    assert client_address(request, [ip_network("10.0.0.0/8")]) == address


SEAL = Seal("a secret of the bot", "person")
CLOSED = SEAL.close({"id": 7, "login": "alice"}, 1000)
TEXT, _, CODE = CLOSED.partition(".")
OTHER, _, _ = SEAL.close({"id": 8, "login": "bob"}, 1000).partition(".")


@pytest.mark.parametrize(
    ("seal", "text", "now", "known"),
    [
        pytest.param(SEAL, CLOSED, 999.9, True, id="in time"),
        pytest.param(SEAL, CLOSED, 1000, False, id="expired"),
        pytest.param(Seal("another secret", "person"), CLOSED, 0, False, id="another key"),
        pytest.param(Seal("a secret of the bot", "token"), CLOSED, 0, False, id="another purpose"),
        pytest.param(
            SEAL,
            SEAL.close({"id": 8, "login": "bob"}, 1000).partition(".")[0] + f".{CODE}",
            0,
            False,
            id="other content",
        ),
        pytest.param(SEAL, f"{TEXT}.{CODE[:-1]}", 0, False, id="most of the code"),
        pytest.param(SEAL, f"{TEXT}.", 0, False, id="no code"),
        pytest.param(SEAL, f"{TEXT}A.{CODE}", 0, False, id="more"),
        pytest.param(SEAL, TEXT, 0, False, id="the content alone"),
        pytest.param(SEAL, "", 0, False, id="nothing"),
        pytest.param(SEAL, ".", 0, False, id="nothing and no code"),
        pytest.param(SEAL, "²²².\udcff", 0, False, id="odd letters"),
    ],
)
def test_a_seal_opens_what_it_closed_and_nothing_else(seal: Seal, text: str, now: float, known: bool) -> None:
    assert seal.open(text, now) == ({"id": 7, "login": "alice", "until": 1000} if known else None)


@given(st.text(), st.text())
def test_nothing_that_is_made_up_is_opened(text: str, code: str) -> None:
    assert SEAL.open(text, 0) is None
    assert SEAL.open(f"{text}.{code}", 0) is None


async def test_what_machines_ask_needs_no_token(guarded: Client) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await guarded.get(path)).status == 200, path
    assert (await guarded.post("/webhook", data=b"{}", headers=signed(b"{}"))).status == 202


LOCAL, PUBLIC, SANDBOX = "http://127.0.0.1:8080", "https://bot.example.org", "http://127.0.0.1:3000"
CLIENT = ("Iv23.abc", "a client secret of the tests")


@pytest.mark.parametrize(
    ("host", "public_url", "api_url", "token", "client", "ways"),
    [
        pytest.param("127.0.0.1", LOCAL, None, None, None, "free", id="an address of this machine"),
        pytest.param("::1", "http://localhost:8080", None, None, None, "free", id="by its name, and of version 6"),
        pytest.param("localhost", None, SANDBOX, None, None, "free", id="GitHub on this machine"),
        pytest.param("127.0.0.1", None, None, None, None, "", id="a proxy that nobody has told of"),
        pytest.param("127.0.0.1", PUBLIC, None, None, None, "", id="behind a proxy"),
        pytest.param("127.0.0.1", PUBLIC, SANDBOX, None, None, "", id="behind a proxy, GitHub on this machine"),
        pytest.param("0.0.0.0", None, SANDBOX, None, None, "", id="every address"),
        pytest.param("0.0.0.0", LOCAL, SANDBOX, None, None, "", id="every address, whatever it is called"),
        pytest.param("bot.example.org", LOCAL, None, None, None, "", id="a name"),
        pytest.param("0.0.0.0", None, None, TOKEN, None, "token", id="every address, with a token"),
        pytest.param("127.0.0.1", LOCAL, SANDBOX, TOKEN, None, "token", id="this machine, with a token"),
        pytest.param("0.0.0.0", PUBLIC, None, None, CLIENT, "github", id="with GitHub"),
        pytest.param("127.0.0.1", LOCAL, SANDBOX, None, CLIENT, "github", id="this machine, with GitHub"),
        pytest.param("127.0.0.1", PUBLIC, None, TOKEN, CLIENT, "token github", id="with both"),
        pytest.param("127.0.0.1", None, None, TOKEN, CLIENT, "token", id="GitHub knows no way back"),
        pytest.param("127.0.0.1", None, None, None, CLIENT, "", id="GitHub knows no way back, and no token"),
        pytest.param("127.0.0.1", PUBLIC, None, None, (CLIENT[0], None), "", id="no client secret"),
        pytest.param("127.0.0.1", PUBLIC, None, None, (None, CLIENT[1]), "", id="no client id"),
    ],
)
async def test_the_settings_say_who_may(
    aiohttp_client: Serve,
    host: str,
    public_url: str | None,
    api_url: str | None,
    token: str | None,
    client: tuple[str | None, str | None] | None,
    ways: str,
) -> None:
    client_id, secret = client or (None, None)
    settings: dict[str, Any] = {"host": host, "public_url": public_url, "client_id": client_id}
    settings |= {"api_url": api_url} if api_url else {}
    settings |= {
        "pages_token": SecretStr(token) if token else None,
        "client_secret": SecretStr(secret) if secret else None,
    }
    found = door(Settings.model_construct(**settings))
    if found is None:
        assert ways == ""
        return
    assert isinstance(found, OwnMachine) is (ways == "free")
    browser = await aiohttp_client(served(sources(LANDSCAPE), door=found))
    response = await browser.get("/jobs?page=2")
    text = await response.text()
    assert response.status == (200 if ways == "free" else 401)
    assert ('name="token"' in text) is ("token" in ways)
    assert ('href="/sign-in/github?next=/jobs%3Fpage%3D2"' in text) is ("github" in ways)
    assert ("WWW-Authenticate" in response.headers) is ("token" in ways)
    assert (await browser.post("/sign-in", data={})).status == (401 if "token" in ways else 404)
    assert (await browser.get("/sign-in/github", allow_redirects=False)).status == (303 if "github" in ways else 404)
