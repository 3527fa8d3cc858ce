from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.errors import TryLater
from bot.github.app import PERMISSIONS, App, BadKey, NotInstalled, Suspended, UnknownApp, WrongClock
from bot.github.errors import Gone, NotAllowed, Unauthorised, Unreachable
from bot.sandbox.faults import Fault
from tests.github.conftest import NAME, Stage, make_app


def mints(stage: Stage) -> list[object]:
    return [one.body for one in stage.sandbox.requests if one.path.endswith("/access_tokens")]


def other_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_who_the_bot_is_is_asked_once(stage: Stage) -> None:
    with stage.open() as one, stage.open() as two:
        assert one.bot is two.bot
        assert one.bot.login == "kafka-access[bot]"
        assert one.bot.slug == "kafka-access"
    assert [
        one.path for one in stage.sandbox.requests if "%5B" in one.path or "[bot]" in one.path or one.path == "/app"
    ] == [
        "/app",
        "/users/kafka-access[bot]",
    ]


def test_a_token_is_for_one_repository_and_these_permissions(stage: Stage) -> None:
    other = stage.sandbox.repository("lsst-sqre/other", private=True)
    app = stage.sandbox.app("both")
    bot = make_app(stage.sandbox, app)
    token = bot.token(app.installation_id, stage.home.id)
    assert mints(stage)[-1] == {"repository_ids": [stage.home.id], "permissions": dict(PERMISSIONS)}
    assert len(token.value) > 400
    with bot.repository(app.installation_id, stage.home.id, other.full_name) as elsewhere, pytest.raises(Gone):
        elsewhere.pulls.get(1)


def test_a_token_that_may_only_read_cannot_write(stage: Stage) -> None:
    kind = {"metadata": "read", "contents": "read"}
    value = stage.app.token(stage.registered.installation_id, stage.home.id, kind).value
    status = _post(stage, f"/repos/{NAME}/issues/1/comments", value)
    assert status == 403


def _post(stage: Stage, path: str, token: str) -> int:
    import requests

    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{stage.sandbox.url}{path}", headers=headers, json={"body": "x"}, timeout=5).status_code


def test_a_token_is_kept_until_five_minutes_before_its_end(stage: Stage) -> None:
    ids = stage.registered.installation_id, stage.home.id
    for seconds in (290, 310):
        expires = datetime.now(UTC) + timedelta(seconds=seconds)
        body = {"token": f"ghs_{seconds}", "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        stage.sandbox.faults.add(Fault("POST", "/app/.*", status=201, body=body))
    assert [stage.app.token(*ids).value for _ in range(4)] == ["ghs_290", "ghs_310", "ghs_310", "ghs_310"]
    assert len(mints(stage)) == 2


def test_twenty_threads_share_one_token(stage: Stage) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(stage.app.token(stage.registered.installation_id, stage.home.id)))
        for _ in range(20)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 20
    assert len(set(map(id, found))) == 1
    assert len(mints(stage)) == 1


def test_a_token_that_is_no_longer_accepted_is_not_handed_out_again(stage: Stage) -> None:
    with stage.open() as repository:
        stage.sandbox.faults.add(Fault("GET", "/repos/.*", status=401, body={"message": "Bad credentials"}))
        with pytest.raises(Unauthorised):
            repository.branches.head("main")
    with stage.open() as repository:
        assert repository.branches.head("main")
    assert len(mints(stage)) == 2


def test_a_token_is_not_shown(stage: Stage) -> None:
    token = stage.app.token(stage.registered.installation_id, stage.home.id)
    assert token.value not in f"{token} {token!r} {stage.app!r}"


@pytest.mark.parametrize("times", [1, 2])
def test_a_mint_without_an_answer_is_made_again(stage: Stage, times: int) -> None:
    stage.sandbox.faults.add(Fault("POST", "/app/.*", when="after", drop=True, times=times))
    assert stage.app.token(stage.registered.installation_id, stage.home.id).value.startswith("ghs_")


def test_a_key_from_a_variable_of_the_environment_may_have_no_line_ends(stage: Stage) -> None:
    key = stage.registered.private_key.replace("\n", "\\n")
    app = App(stage.registered.id, key, stage.sandbox.url, traffic=stage.app.traffic)
    assert app.installation_of(NAME) == stage.registered.installation_id


@pytest.mark.parametrize("key", ["", "secret", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----"])
def test_a_key_that_is_none_is_told_at_once(stage: Stage, key: str) -> None:
    with pytest.raises(BadKey):
        App(1, key, stage.sandbox.url)


CASES: dict[str, tuple[Callable[[Stage], object], type[Exception], str]] = {
    "another App's key": (
        lambda stage: App(stage.registered.id, other_key(), stage.sandbox.url).installation_of(NAME),
        UnknownApp,
        "does not know App",
    ),
    "no such App": (
        lambda stage: App(4711, stage.registered.private_key, stage.sandbox.url).installation_of(NAME),
        UnknownApp,
        "does not know App 4711",
    ),
    "no such installation": (lambda stage: stage.app.token(4711, stage.home.id), NotInstalled, "not installed"),
    "no such repository in it": (
        lambda stage: stage.app.token(stage.registered.installation_id, 4711),
        NotInstalled,
        "not installed",
    ),
    "not installed there": (lambda stage: stage.app.installation_of("else/where"), NotInstalled, "not installed"),
    "a permission that was not granted": (
        lambda stage: stage.app.token(stage.registered.installation_id, stage.home.id, {"workflows": "write"}),
        NotAllowed,
        "workflows: write",
    ),
}


@pytest.mark.parametrize(("ask", "kind", "text"), CASES.values(), ids=CASES)
def test_what_is_wrong_with_the_app_is_said(
    stage: Stage, ask: Callable[[Stage], object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        ask(stage)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"message": "This installation has been suspended"}, Suspended),
        (502, "<html>Unicorn!</html>", Unreachable),
        (599, {"message": "?"}, Unreachable),
        (503, "{", Unreachable),
        (403, {"message": "You have exceeded a secondary rate limit"}, TryLater),
    ],
    ids=["suspended", "html", "an unknown status", "broken JSON", "limited"],
)
def test_answers_of_all_kinds(stage: Stage, status: int, body: object, kind: type[Exception]) -> None:
    stage.sandbox.faults.add(Fault("POST", "/app/.*", status=status, body=body, times=10))
    with pytest.raises(kind):
        stage.app.token(stage.registered.installation_id, stage.home.id)


@pytest.mark.parametrize(
    ("theirs", "claim", "text"),
    [
        (-300, "'Issued at' claim ('iat') must be an Integer", "300 s ahead of"),
        (900, "'Expiration time' claim ('exp') must be a numeric value", "900 s behind"),
    ],
)
def test_a_wrong_clock_is_said(stage: Stage, theirs: int, claim: str, text: str) -> None:
    headers = {"Date": format_datetime(datetime.now(UTC) + timedelta(seconds=theirs), usegmt=True)}
    stage.sandbox.faults.add(Fault("GET", ".*", status=401, headers=headers, body={"message": claim}))
    with pytest.raises(WrongClock, match=text.replace("300", r"(300|301)").replace("900", "(899|900)")):
        stage.app.installation_of(NAME)


def test_a_clock_that_is_a_little_off_does_no_harm(stage: Stage) -> None:
    for seconds in (45, -45):
        stage.sandbox.clock.advance(seconds)
        assert make_app(stage.sandbox, stage.registered).installation_of(NAME) == stage.registered.installation_id
        stage.sandbox.clock.advance(-seconds)


def test_the_manifest_of_the_sandbox_grants_what_tokens_ask_for(stage: Stage) -> None:
    from bot.sandbox.local import MANIFEST

    assert MANIFEST["default_permissions"] == {**PERMISSIONS, "members": "read"}
