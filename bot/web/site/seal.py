"""What a browser keeps for the bot, signed, so that it comes back as it was and in time. Pure."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any


class Seal:
    """Signs for one purpose with a key made of one secret: another secret, or another purpose, opens nothing."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = hmac.digest(secret.encode(), f"kafka-access pages: {purpose}".encode(), "sha256")

    def close(self, content: Mapping[str, str | int], until: float) -> str:
        """Return the text that a cookie may hold; `until` is in seconds since 1970. It can be read, not changed."""
        text = _text(json.dumps({**content, "until": int(until)}).encode())
        return f"{text}.{self.code(text)}"

    def open(self, text: str, now: float) -> Mapping[str, Any] | None:
        """Return what was closed, or None where it was not closed with this seal or is too old."""
        data, _, code = text.partition(".")
        if not secrets.compare_digest(code.encode("utf-8", "surrogatepass"), self.code(data).encode()):
            return None
        content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(f"{data}=="))
        return content if now < content["until"] else None

    def code(self, text: str) -> str:
        """Return what nobody without the secret can tell of a text: 43 letters, digits, hyphens and underscores."""
        return _text(hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256"))


def _text(data: bytes) -> str:
    # Without the padding, which cookies would have to quote.
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
