"""Deliveries from GitHub: who sent them, and whether they are whole. Decides nothing about what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any

from gidgethub import ValidationFailure
from gidgethub.sansio import validate_event

MINIMUM_SECRET = 16
"""Characters of the shortest secret that is one."""

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EVENT = re.compile(r"[a-z_]{1,64}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Unsigned(Exception):
    """Nobody who knows a secret sent this: answer 401."""


class Malformed(Exception):
    """It was sent by somebody who knows a secret, but is not a delivery: answer 400."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it arrived; `guid` is the same for every attempt to deliver it, `action` empty where it has none."""

    guid: str
    event: str
    action: str
    payload: Mapping[str, Any]


def receive(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Delivery:
    """Return a delivery that was signed with one of the secrets (several while they are changed).

    `body` are the bytes as they came. Raises Unsigned or Malformed, and ValueError for secrets that are none.
    Only SHA-256 counts: GitHub sends SHA-1 beside it for old receivers.
    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    _verify(lowered.get("x-hub-signature-256", ""), body, secrets)
    guid, event = lowered.get("x-github-delivery", ""), lowered.get("x-github-event", "")
    if not _GUID.fullmatch(guid):
        raise Malformed("X-GitHub-Delivery is missing or no GUID")
    if not _EVENT.fullmatch(event):
        raise Malformed("X-GitHub-Event is missing or no name of an event")
    payload = _parsed(lowered.get("content-type", ""), body)
    action = payload.get("action", "")
    if not isinstance(action, str):
        raise Malformed("the action is no text")
    return Delivery(guid.lower(), event, action, payload)


def _verify(signature: str, body: bytes, secrets: Sequence[str]) -> None:
    if not secrets or any(len(secret) < MINIMUM_SECRET for secret in secrets):
        message = f"webhook secrets have at least {MINIMUM_SECRET} characters, and there is at least one"
        raise ValueError(message)
    if not _SIGNATURE.fullmatch(signature):
        raise Unsigned("X-Hub-Signature-256 is missing or no SHA-256 signature")
    # All of them, so that the time says nothing about which one it was.
    if True not in [_signed(signature, body, secret) for secret in secrets]:
        raise Unsigned("the signature does not fit")


def _signed(signature: str, body: bytes, secret: str) -> bool:
    try:
        validate_event(body, signature=signature, secret=secret)
    except ValidationFailure:
        return False
    return True


@lru_cache(16)
def _content_type(text: str) -> tuple[str, str]:
    """Return the type and the character set that a header names; GitHub always sends the same."""
    header = Message()
    header["content-type"] = text
    return header.get_content_type(), str(header.get_param("charset", "utf-8")).lower()


def _parsed(content_type: str, body: bytes) -> dict[str, Any]:
    kind, charset = _content_type(content_type)
    if not content_type or kind != "application/json":
        raise Malformed("the content type is not application/json: choose it in the App's webhook settings")
    if charset not in {"utf-8", "utf8"}:
        raise Malformed("the character set is not UTF-8")
    try:
        payload = json.loads(body.decode())
        if _SURROGATE.search(body):
            # Half a surrogate pair is text that no database and no answer could hold.
            json.dumps(payload, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as exc:
        raise Malformed("the body is no JSON") from exc
    if not isinstance(payload, dict):
        raise Malformed("the body is no JSON object")
    return payload
