from __future__ import annotations

import hmac
import json
from collections.abc import Mapping

import pytest
from multidict import CIMultiDict

from bot.github.webhooks import Delivery, Malformed, Unsigned, receive

SECRET = "correct horse battery staple"
GUID = "0b989ba4-242f-11e5-81e1-c7b6966d2516"
BODY = json.dumps({"action": "created", "text": "grüße"}, ensure_ascii=False).encode()


def signed(body: bytes, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def headers(body: bytes = BODY, **changes: str | None) -> dict[str, str]:
    """What GitHub sends; None leaves a header out."""
    usual = {
        "X-GitHub-Delivery": GUID,
        "X-GitHub-Event": "issue_comment",
        "Content-Type": "application/json",
        "X-Hub-Signature": signed(body, algorithm="sha1"),
        "X-Hub-Signature-256": signed(body),
    }
    changed: dict[str, str | None] = {**usual, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize(
    "sent",
    [
        headers(),
        {name.lower(): value for name, value in headers().items()},
        CIMultiDict(headers()),
        headers(X_Hub_Signature=None),
        headers(Content_Type="application/json; charset=UTF-8"),
        headers(X_GitHub_Delivery=GUID.upper()),
    ],
    ids=["as GitHub sends it", "lower case", "any case", "without SHA-1", "with a charset", "GUID in capitals"],
)
def test_a_delivery_is_received(sent: Mapping[str, str]) -> None:
    assert receive(sent, BODY, [SECRET]) == Delivery(
        GUID, "issue_comment", "created", {"action": "created", "text": "grüße"}
    )


def test_any_of_several_secrets_will_do_while_they_are_changed() -> None:
    old = "a secret from last year"
    for secrets in ([SECRET, old], [old, SECRET]):
        assert receive(headers(), BODY, secrets).guid == GUID


def test_an_event_without_an_action_has_none() -> None:
    assert receive(headers(b"{}"), b"{}", [SECRET]).action == ""


UNSIGNED = {
    "no signature": headers(X_Hub_Signature_256=None, X_Hub_Signature=None),
    "SHA-1 alone": headers(X_Hub_Signature_256=None),
    "SHA-1 in its place": headers(X_Hub_Signature_256=signed(BODY, algorithm="sha1")),
    "another secret": headers(X_Hub_Signature_256=signed(BODY, "another secret of theirs")),
    "another body": headers(X_Hub_Signature_256=signed(BODY + b" ")),
    "MD5": headers(X_Hub_Signature_256=signed(BODY, algorithm="md5")),
    "capitals": headers(X_Hub_Signature_256=signed(BODY).upper()),
    "not ASCII": headers(X_Hub_Signature_256="sha256=é" + "0" * 63),
    "empty": headers(X_Hub_Signature_256=""),
    "too short": headers(X_Hub_Signature_256=signed(BODY)[:-1]),
    "a line end": headers(X_Hub_Signature_256=signed(BODY) + "\n"),
    "the empty secret": headers(X_Hub_Signature_256=signed(BODY, "")),
}


@pytest.mark.parametrize("sent", UNSIGNED.values(), ids=UNSIGNED)
def test_whoever_knows_no_secret_is_turned_away(sent: Mapping[str, str]) -> None:
    with pytest.raises(Unsigned):
        receive(sent, BODY, [SECRET])


def test_the_signature_comes_first() -> None:
    with pytest.raises(Unsigned):
        receive({}, b"\xff{", [SECRET])


@pytest.mark.parametrize("secrets", [[], [""], ["short"], [SECRET, ""]])
def test_secrets_that_are_none_are_a_bug(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="at least 16 characters") as wrong:
        receive(headers(), BODY, secrets)
    assert SECRET not in str(wrong.value)


MALFORMED: dict[str, tuple[bytes, dict[str, str | None]]] = {
    "empty": (b"", {}),
    "broken JSON": (b"{", {}),
    "not UTF-8": (b'{"a": "\xff"}', {}),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), {}),
    "an array": (b"[]", {}),
    "text": (b'"x"', {}),
    "null": (b"null", {}),
    "nested too deep": (b"[" * 200_000, {}),
    "half a surrogate pair": (b'{"a": "\\ud800"}', {}),
    "a number without end": (b'{"a": ' + b"9" * 5000 + b"}", {}),
    "an action that is no text": (b'{"action": 1}', {}),
    "form": (b"payload=%7B%7D", {"Content_Type": "application/x-www-form-urlencoded"}),
    "plain text": (b"{}", {"Content_Type": "text/plain"}),
    "no content type": (b"{}", {"Content_Type": None}),
    "an unknown charset": (b"{}", {"Content_Type": "application/json; charset=nope"}),
    "another charset": (b"{}", {"Content_Type": "application/json; charset=latin-1"}),
    "no event": (b"{}", {"X_GitHub_Event": None}),
    "a strange event": (b"{}", {"X_GitHub_Event": "../x"}),
    "no GUID": (b"{}", {"X_GitHub_Delivery": None}),
    "a GUID that is none": (b"{}", {"X_GitHub_Delivery": "1 or 1=1"}),
    "a GUID and more": (b"{}", {"X_GitHub_Delivery": GUID + "\n"}),
}


@pytest.mark.parametrize(("body", "changes"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_delivery_is_said_so(body: bytes, changes: dict[str, str | None]) -> None:
    with pytest.raises(Malformed):
        receive(headers(body, **changes), body, [SECRET])


def test_a_whole_surrogate_pair_is_text() -> None:
    body = b'{"a": "\\ud83d\\ude00"}'
    assert receive(headers(body), body, [SECRET]).payload == {"a": "😀"}
