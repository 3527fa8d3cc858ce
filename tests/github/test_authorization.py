"""Whatever GitHub answers to a code, nobody is taken for somebody; the whole way is in tests/web/test_sign_in.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import TryLater, UserError
from bot.github.authorization import Authorization, SpentCode, WrongClient
from bot.github.errors import Unreachable
from bot.github.events import Person

Serve = Callable[[web.Application], Awaitable[TestServer]]
SECRET = "a client secret of the tests"
TOKEN = {"access_token": "ghu_abc", "token_type": "bearer", "scope": ""}
ALICE = {"id": 7, "login": "alice", "type": "User"}


@pytest.mark.parametrize(
    ("exchanged", "user", "expected"),
    [
        pytest.param((200, TOKEN), (200, ALICE), Person(7, "alice", "User"), id="all is well"),
        pytest.param((200, {"error": "bad_verification_code"}), (200, ALICE), SpentCode, id="the code is spent"),
        pytest.param((200, {"error": "incorrect_client_credentials"}), (200, ALICE), WrongClient, id="wrong secret"),
        pytest.param((200, {"error": "redirect_uri_mismatch"}), (200, ALICE), WrongClient, id="wrong address"),
        pytest.param((200, {"error": ["?"]}), (200, ALICE), Unreachable, id="an odd error"),
        pytest.param((200, {**TOKEN, "access_token": 5}), (200, ALICE), Unreachable, id="an odd token"),
        pytest.param((200, []), (200, ALICE), Unreachable, id="a list"),
        pytest.param((200, "<html>"), (200, ALICE), Unreachable, id="a page"),
        pytest.param((404, {"error": "Not Found"}), (200, ALICE), Unreachable, id="not found"),
        pytest.param((502, {}), (200, ALICE), Unreachable, id="away"),
        pytest.param((307, {}), (200, ALICE), Unreachable, id="a redirect, which would carry the secret elsewhere"),
        pytest.param((200, TOKEN), (401, {"message": "Bad credentials"}), Unreachable, id="a token that is none"),
        pytest.param((200, TOKEN), (502, {}), Unreachable, id="away for the second question"),
        pytest.param((200, TOKEN), (200, {"login": "alice"}), Unreachable, id="no number"),
        pytest.param((200, TOKEN), (200, {"id": "7", "login": "alice"}), Unreachable, id="a number that is text"),
        pytest.param((200, TOKEN), (200, []), Unreachable, id="nobody"),
    ],
)
async def test_who_comes_back_with_a_code(
    aiohttp_server: Serve, exchanged: tuple[int, Any], user: tuple[int, Any], expected: Person | type[Exception]
) -> None:
    asked: list[web.Request] = []
    forms: list[dict[str, Any]] = []

    def answer(status: int, body: Any) -> web.Response:
        if isinstance(body, str):
            return web.Response(text=body, status=status, content_type="text/html")
        return web.json_response(body, status=status, headers={"Location": "/elsewhere"})

    async def exchange(request: web.Request) -> web.Response:
        asked.append(request)
        forms.append(dict(await request.post()))
        return answer(*exchanged)

    async def whose(request: web.Request) -> web.Response:
        asked.append(request)
        return answer(*user)

    app = web.Application()
    app.add_routes([web.post("/login/oauth/access_token", exchange), web.get("/api/v3/user", whose)])
    url = str((await aiohttp_server(app)).make_url("")).rstrip("/")
    known = Authorization("Iv23.abc", SECRET, web_url=url, api_url=f"{url}/api/v3", back="http://127.0.0.1:1/done")
    if isinstance(expected, Person):
        assert await known.person("code-12345", "verifier-12345") == expected
    else:
        with pytest.raises((UserError, TryLater)) as caught:
            await known.person("code-12345", "verifier-12345")
        assert type(caught.value) is expected
        shown = f"{caught.value} {caught.value.__cause__}"
        assert not {one for one in (SECRET, "code-12345", "ghu_abc") if one in shown}
    assert not {
        one for one in (SECRET, "code-12345", "verifier-12345", "ghu_abc") for each in asked if one in str(each.url)
    }
    (form,) = forms
    assert (form["code"], form["code_verifier"], form["client_secret"]) == ("code-12345", "verifier-12345", SECRET)
    if len(asked) == 2:
        assert asked[1].headers["Authorization"] == "Bearer ghu_abc"


def test_where_people_are_sent_says_no_secret() -> None:
    known = Authorization("Iv23.abc", SECRET, web_url="https://github.com", api_url="https://x", back="https://b/done")
    # The example of the standard: https://datatracker.ietf.org/doc/html/rfc7636#appendix-B
    address = urlsplit(known.address("the state", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://github.com/login/oauth/authorize"
    assert {name: value for name, (value,) in parse_qs(address.query).items()} == {
        "client_id": "Iv23.abc",
        "redirect_uri": "https://b/done",
        "state": "the state",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "allow_signup": "false",
    }
