"""Signing in with GitHub, over real HTTP: the whole bot, a GitHub of its own, and browsers that keep cookies."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.demo.stage import serving
from bot.jobs.model import Query
from bot.pipeline import skip
from bot.sandbox.faults import Fault
from bot.sandbox.local import running
from bot.sandbox.repository import SandboxRepository
from bot.web.assembly import assemble
from bot.web.manifest import CALLBACK
from bot.web.site.build import SitePages
from bot.web.site.by_github import FLOW
from bot.web.site.cookies import SESSION
from bot.web.site.door import BEGUN
from bot.web.site.readers import FRESH
from tests.support.bot import NAME, SECRET, World, free_port, settings_for
from tests.support.jobs import until
from tests.support.permissions import needed
from tests.support.sign_in import BEGIN, agreed, sent, signed_in
from tests.support.tree import TREE

HIDDEN = "lsst-sqre/not-for-everybody"
TOKEN = "the token of the pages, long enough"
PERMISSION = r"/repos/.*/collaborators/.*/permission"


@dataclass
class SignIn(World):
    """Two private repositories: alice reads both, rita one of them, mallory none."""

    hidden: SandboxRepository
    pages: SitePages
    logs: list[Any] = field(default_factory=list)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignIn]:
    folder, port = tmp_path_factory.mktemp("world"), free_port()
    with running(folder / "sandbox") as sandbox, capture_logs() as logs:
        home, hidden = (sandbox.repository(name, TREE, private=True) for name in (NAME, HIDDEN))
        for login in ("alice", "rita", "mallory", "dora"):
            sandbox.user(login)
        for login, repositories in {"alice": (home, hidden), "rita": (home,), "dora": (home, hidden)}.items():
            for one in repositories:
                one.set_role(login, "write" if login == "alice" else "read")
        registered = sandbox.app(webhook_secret=SECRET)
        sandbox.set_callback(registered.slug, "https://elsewhere.example.org", f"http://127.0.0.1:{port}{CALLBACK}")
        settings = settings_for(
            sandbox,
            registered,
            folder / "bot",
            public_url=f"http://127.0.0.1:{port}",
            pages_token=SecretStr(TOKEN),
        )
        parts = assemble(settings, pauses=(0.01, 0.05), poll=0.05, prover=skip)
        assert isinstance(parts.pages, SitePages)
        with serving(parts, port) as address:
            sandbox.set_webhook(registered.slug, f"{address}/webhook")
            found = SignIn(sandbox, home, registered, parts, address, hidden, parts.pages, logs)
            for one in (home, hidden):
                one.open_issue("alice", "Help", "/kafka-access help")
            found.settle()
            until(lambda: found.pages.site.sources.homes().value is not None)
            yield found


@pytest.fixture(autouse=True)
def _no_faults(world: SignIn) -> Iterator[None]:
    yield
    world.sandbox.faults.clear()


@pytest.fixture
def browser(world: SignIn) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.address, timeout=30) as found:
        yield found


def test_somebody_sees_what_they_may_read_on_github(world: SignIn, browser: httpx.Client) -> None:
    before = len(world.sandbox.requests)
    form = browser.get("/jobs?status=done")
    assert form.status_code == 401
    assert f'href="{BEGIN}?next=/jobs%3Fstatus%3Ddone"' in form.text
    assert 'name="token"' in form.text, "both ways are on"
    address = sent(browser, "/jobs?status=done")
    query = parse_qs(urlsplit(address).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{world.address}{CALLBACK}"]
    back = agreed(address, "rita")
    response = browser.get(back)
    assert (response.status_code, response.headers["Location"]) == (303, "/jobs?status=done")
    (cookie,) = [one for one in response.headers.get_list("Set-Cookie") if one.startswith(SESSION)]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "its public address is http"
    assert BEGUN not in browser.cookies, "what was begun has ended"

    first = browser.get("/").text
    assert "rita" in first
    assert NAME in first
    assert HIDDEN not in first
    jobs = browser.get("/jobs").text
    assert f"{NAME}#1" in jobs
    assert HIDDEN not in jobs
    assert "redelivery" not in re.sub(r"<option.*?</option>", "", jobs), "what belongs to no repository"
    assert HIDDEN not in browser.get("/requests").text
    assert browser.get(f"/repositories/{NAME}/access").status_code == 200
    for path in ("access", "audit"):
        there, nowhere = (browser.get(f"/repositories/{name}/{path}") for name in (HIDDEN, "lsst-sqre/nothing"))
        assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text) == (404, nowhere.text)
    theirs = [one for one in world.pages.site.jobs.jobs(Query(limit=99)) if one.key.startswith(f"{world.hidden.id}/")]
    assert theirs
    for one in theirs:
        found, nothing = browser.get(f"/jobs/{one.id}"), browser.get("/jobs/nothing")
        assert found.status_code == nothing.status_code == 404
        assert found.text.replace(one.id, "nothing") == nothing.text

    asked = world.sandbox.requests[before:]
    assert [(one.method, one.path) for one in asked if one.caller == "rita"] == [("GET", "/user")], "its only use"
    calls = [(one.method, one.path) for one in asked]
    # The open requests are looked up for everybody.
    assert needed(calls).items() <= {"metadata": "read", "pull_requests": "read"}.items()
    secrets = [world.registered.client_secret, *world.sandbox.tokens, parse_qs(urlsplit(back).query)["code"][0]]
    seen = f"{world.logs} {response.headers} {browser.cookies} {first} {jobs} {address}"
    assert [one for one in secrets if one in seen] == []


def test_who_may_read_more_sees_more_and_the_token_shows_everything(world: SignIn, browser: httpx.Client) -> None:
    signed_in(browser, "alice")
    first = browser.get("/").text
    assert NAME in first
    assert HIDDEN in first
    assert f"{HIDDEN}#1" in browser.get("/jobs").text
    browser.cookies.clear()
    jobs = browser.get("/jobs", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert f"{HIDDEN}#1" in jobs
    assert "redelivery" in re.sub(r"<option.*?</option>", "", jobs)


def test_who_may_read_nothing_sees_nothing(world: SignIn, browser: httpx.Client) -> None:
    signed_in(browser, "mallory")
    first = browser.get("/")
    assert first.status_code == 200
    assert "on no repository that you may read" in first.text
    assert not {one for one in (NAME, HIDDEN) if one in first.text + browser.get("/jobs").text}
    assert browser.get(f"/repositories/{NAME}/access").status_code == 404


def test_signing_out_ends_it(world: SignIn, browser: httpx.Client) -> None:
    signed_in(browser, "rita")
    assert browser.get("/jobs").status_code == 200
    response = browser.post("/sign-out")
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert SESSION not in browser.cookies
    assert browser.get("/jobs").status_code == 401


def test_who_loses_access_loses_the_pages_after_some_minutes(
    world: SignIn, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(browser, "dora")
    assert HIDDEN in browser.get("/").text
    world.hidden.set_role("dora", "none")
    assert HIDDEN in browser.get("/").text, "GitHub is not asked for every page"
    later = FRESH + 1
    monkeypatch.setattr(world.pages.site.readers, "_now", lambda: time.monotonic() + later)
    first = browser.get("/").text
    assert NAME in first
    assert HIDDEN not in first
    world.hidden.set_role("dora", "read")


def test_a_doubt_is_no_yes_and_no_no(world: SignIn, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(browser, "alice")
    monkeypatch.setattr(world.pages.site.readers, "_now", lambda: time.monotonic() + 10 * FRESH)
    world.sandbox.faults.add(Fault("GET", PERMISSION, times=999))
    for path in ("/", "/jobs", "/requests", f"/repositories/{NAME}/access"):
        page = browser.get(path)
        assert page.status_code == 503, path
        assert "GitHub did not say which repositories you may read" in page.text
        assert NAME not in page.text
    world.sandbox.faults.clear()
    assert browser.get("/").status_code == 200, "a doubt is not kept"


@pytest.mark.parametrize(
    "target", ["//evil.example.org", "https://evil.example.org/", "/\\evil.example.org", f"/{'x' * 4000}"]
)
def test_nobody_is_sent_elsewhere(world: SignIn, browser: httpx.Client, target: str) -> None:
    assert signed_in(browser, "rita", target).headers["Location"] == "/"


def refused(browser: httpx.Client, address: str, status: int, words: str) -> None:
    """Ask for a page that signs nobody in and says why."""
    response = browser.get(address)
    assert response.status_code == status, response.text
    assert words in unescape(response.text)
    assert SESSION not in browser.cookies
    assert browser.get("/jobs").status_code == 401


def test_a_code_that_this_browser_did_not_ask_for_is_refused(world: SignIn, browser: httpx.Client) -> None:
    with httpx.Client(base_url=world.address) as other:
        theirs = agreed(sent(other), "mallory")
        words = "belongs to no sign-in that was begun in this browser"
        refused(browser, theirs, 400, words)  # nothing was begun here
        mine = agreed(sent(browser), "alice")
        refused(browser, theirs, 400, words)  # another state
        begun = sent(browser)
        code, state = (parse_qs(urlsplit(one).query)[name][0] for one, name in ((theirs, "code"), (begun, "state")))
        # Somebody else's code under a state of one's own: only PKCE tells that they do not belong together.
        refused(browser, f"{CALLBACK}?code={code}&state={state}", 400, "GitHub does not take the code")
        refused(browser, mine, 400, words)  # what was begun has ended
        assert other.get(theirs).status_code == 400, "a code works once"


def test_a_sign_in_that_takes_too_long_is_refused(world: SignIn, browser: httpx.Client) -> None:
    back = agreed(sent(browser), "alice")
    world.sandbox.clock.advance(FLOW + 1)
    refused(browser, back, 400, "it was used already, or is too old")


def test_who_does_not_agree_is_not_signed_in(world: SignIn, browser: httpx.Client) -> None:
    refused(
        browser, agreed(sent(browser), "alice", cancel="1"), 400, "you did not agree that the bot learns who you are"
    )


def test_an_outage_of_github_is_said(world: SignIn, browser: httpx.Client) -> None:
    back = agreed(sent(browser), "alice")
    world.sandbox.faults.add(Fault("GET", "/user", times=9))
    refused(browser, back, 503, "GitHub could not be reached")


@pytest.mark.parametrize("wrong", ["secret", "address"])
def test_settings_that_github_does_not_know_are_said(
    world: SignIn, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    (app,) = world.sandbox._world.apps
    address = sent(browser)
    if wrong == "secret":
        back = agreed(address, "alice")
        monkeypatch.setattr(app, "client_secret", "another one")
    else:
        back = httpx.get(address.replace("done", "elsewhere")).headers["Location"]
        assert back.startswith("https://elsewhere.example.org?error=redirect_uri_mismatch")
        back = f"{CALLBACK}?{urlsplit(back).query}"
    refused(browser, back, 503, "KAFKA_ACCESS_CLIENT_SECRET")
