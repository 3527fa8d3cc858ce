"""Whatever people write reads as it is, and does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.reporting.markdown import code, fenced, folded, prose, table

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
PIECES = [*"abc @#`*_[]()<>!|~\\-+=1.:/&\n", "https://x.y", "@team/x", "<img>", "```", "-->", "GH-1", "\u200b"]
NASTY = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)

SAFE = {
    "mention": ("ask @alice", "<p>ask @⁠alice</p>"),
    "team": ("ask @lsst-sqre/all", "<p>ask @⁠lsst-sqre/all</p>"),
    "html": ("<img src=x onerror=y>", "<p>&lt;img src=x onerror=y&gt;</p>"),
    "emphasis": ("*a* _b_ ~~c~~", "<p>*a* _b_ ~~c~~</p>"),
    "link": ("[a](b)", "<p>[a](b)</p>"),
    "heading": ("# a", "<p>#⁠ a</p>"),
    "list": ("- a", "<p>- a</p>"),
    "numbered": ("1. a", "<p>1. a</p>"),
    "comment": ("<!-- a -->", "<p>&lt;!-- a --&gt;</p>"),
    "code stays": ("type `env=` here", "<p>type <code>env=</code> here</p>"),
    "lone backtick": ("a ` b", "<p>a ` b</p>"),
}


@pytest.mark.parametrize(("text", "html"), SAFE.values(), ids=[*SAFE])
def test_prose(text: str, html: str) -> None:
    assert MARKDOWN.render(prose(text)).strip() == html


@given(NASTY)
def test_prose_never_acts(text: str) -> None:
    html = MARKDOWN.render(prose(text))
    for tag in ("<img", "<a ", "<h1", "<li", "<em", "<strong", "<hr", "<table", "<blockquote", "<s>", "<pre"):
        assert tag not in html
    outside = MARKDOWN.render(prose(text)).split("<code>")[0]
    assert "@a" not in outside
    assert "@t" not in outside


@given(NASTY)
def test_code_is_one_span(text: str) -> None:
    (paragraph,) = [one for one in MARKDOWN.parse(f"x {code(text)} y") if one.type == "inline"]
    kinds = [one.type for one in paragraph.children or []]
    assert kinds == ["text", "code_inline", "text"]


@given(NASTY)
def test_a_fence_cannot_be_closed(text: str) -> None:
    tokens = MARKDOWN.parse(f"{fenced(text)}\n\nafter")
    assert [one.type for one in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(st.lists(NASTY, min_size=2, max_size=2))
def test_a_table_keeps_its_columns(cells: list[str]) -> None:
    tokens = MARKDOWN.parse(table(("a", "b"), [[code(cells[0]), prose(cells[1])]]))
    assert sum(one.type == "td_open" for one in tokens) == 2


def test_a_summary_is_text() -> None:
    assert "<b>" not in folded("<b>@alice", "x")
    assert "@alice" not in folded("<b>@alice", "x")
