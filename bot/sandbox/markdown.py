"""Comments as people see them: Markdown, with the few tags that fold text, and nothing else of HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?(?:details|summary|sub|sup|kbd|br)\s*/?>|<details open>")
"""Bare, so that nothing that a comment says becomes an attribute."""
_LINK = re.compile(r"https?://[^\s<>\"'`)]*[^\s<>\"'`).,;:]|(?<![\w/&])#(?P<number>\d+)\b")


def _html(_renderer: RendererHTML, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
    """Return raw HTML with comments gone, the harmless tags kept and everything else shown as the text that it is."""
    text = _COMMENT.sub("", tokens[place].content)
    kept = _TAG.findall(text)
    between = [escape(part) for part in _TAG.split(text)]
    return "".join(part + tag for part, tag in zip(between, [*kept, ""], strict=True))


def _text(_renderer: RendererHTML, tokens: Sequence[Token], place: int, _options: OptionsDict, env: EnvType) -> str:
    """Return text with addresses and `#NUMBER` as links, unless it stands in one."""
    text = tokens[place].content
    if sum(token.nesting for token in tokens[:place] if token.type.startswith("link_")):
        return escape(text)
    shown, done = "", 0
    for found in _LINK.finditer(text):
        address = f"/{env['repository']}/issues/{found['number']}" if found["number"] else found[0]
        shown += f'{escape(text[done : found.start()])}<a href="{escape(address)}">{escape(found[0])}</a>'
        done = found.end()
    return shown + escape(text[done:])


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("html_block", _html)
    markdown.add_render_rule("html_inline", _html)
    markdown.add_render_rule("text", _text)
    return markdown


_MARKDOWN = _renderer()


def render(text: str | None, repository: str) -> Markup:
    """Return Markdown as HTML that is safe to show; `#1` is a link into the repository of this full name."""
    return Markup(_MARKDOWN.render(text or "", {"repository": repository}))  # noqa: S704 escaped above, and by markdown-it
