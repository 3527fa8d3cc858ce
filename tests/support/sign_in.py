"""A person who signs in to the bot's pages with GitHub, as a browser without a face does it."""

from __future__ import annotations

import re
from html import unescape

import httpx

BEGIN = "/sign-in/github"


def sent(browser: httpx.Client, target: str = "/jobs") -> str:
    """Begin to sign in, and return where GitHub is."""
    response = browser.get(BEGIN, params={"next": target})
    assert response.status_code == 303
    return response.headers["Location"]


def agreed(address: str, login: str, **fields: str) -> str:
    """Agree as somebody on GitHub's page, and return where it sends the browser."""
    with httpx.Client(timeout=30) as there:
        page = there.get(address)
        assert page.status_code == 200, page.text
        form = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)">', page.text)}
        answer = there.post(address.partition("?")[0], data={**form, "login": login, **fields})
        return answer.headers["Location"]


def signed_in(browser: httpx.Client, login: str, target: str = "/jobs") -> httpx.Response:
    """Sign in, and return what the bot answers."""
    return browser.get(agreed(sent(browser, target), login))
