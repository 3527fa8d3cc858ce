"""What GitHub would make of the bot's Markdown: whom it would ping, which markup would act, what stays open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MENTION = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9]")
_REFERENCE = re.compile(r"(?<![\w&])(?:#|GH-)(\d+)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?|ftp)://|\bwww\.|\b(?:mailto|xmpp):", re.IGNORECASE)
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f]")
_TAG = re.compile(r"</?(?:details|summary)>|<!-- kafka-access[a-z-]*:[^<>]* -->")
_LANGUAGES = frozenset({"", "diff", "mermaid"})


def problems(body: str, *, references: frozenset[int] = frozenset(), links: str = "https?://") -> list[str]:
    """Return what in a reply or description acts that should not, each as a sentence; empty is well.

    `references` are the issues that may be linked by number, `links` a pattern of the addresses that may be.
    """
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(body)
    lines = body.splitlines()
    found = [f"a character that is not seen: {one!a}" for one in _UNSEEN.findall(body)]
    for token in tokens:
        if token.type == "fence":
            found += _fence(token, lines)
    depth = 0
    for text in _html(tokens):
        rest = _TAG.sub("", text)
        found += [f"markup: {text!r}"] if "<" in rest else []
        found += _text(rest, references)
        depth += text.count("<details>") - text.count("</details>")
        found += ["details are closed before they are opened"] if depth < 0 else []
    found += ["details stay open"] if depth else []
    for inline in _inline(tokens):
        if inline.type == "image":
            found.append(f"an image: {inline.attrs}")
        elif inline.type == "link_open" and not re.match(links, str(inline.attrs["href"])):
            found.append(f"a link: {inline.attrs['href']}")
        elif inline.type == "text":
            found += _text(inline.content, references)
    return found


def _fence(token: Token, lines: list[str]) -> list[str]:
    last = lines[token.map[1] - 1].strip() if token.map else ""
    opened = [] if re.fullmatch(f"{re.escape(token.markup[0])}{{{len(token.markup)},}}", last) else ["a fence is open"]
    language = [] if token.info in _LANGUAGES else [f"a fence of the language {token.info!r}"]
    return opened + language


def _text(text: str, references: frozenset[int]) -> list[str]:
    found = [f"a mention in {text!r}"] if _MENTION.search(text) else []
    found += [f"an address in {text!r}"] if _ADDRESS.search(text) else []
    return found + [f"a reference to {one}" for one in _REFERENCE.findall(text) if int(one) not in references]


def _html(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "html_block":
            yield token.content
    for inline in _inline(tokens):
        if inline.type == "html_inline":
            yield inline.content


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "inline":
            yield from token.children or ()
