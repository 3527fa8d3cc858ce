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


def _html(_renderer: RendererHTML, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
    """Return raw HTML with comments gone, the harmless tags kept and everything else shown as the text that it is."""
    text = _COMMENT.sub("", tokens[place].content)
    kept = _TAG.findall(text)
    between = [escape(part) for part in _TAG.split(text)]
    return "".join(part + tag for part, tag in zip(between, [*kept, ""], strict=True))


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("html_block", _html)
    markdown.add_render_rule("html_inline", _html)
    return markdown


_MARKDOWN = _renderer()


def render(text: str | None) -> Markup:
    """Return Markdown as HTML that is safe to show."""
    return Markup(_MARKDOWN.render(text or ""))  # noqa: S704 escaped above, and by markdown-it
