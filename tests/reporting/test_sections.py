"""A text in sections stays under its limit, is cut between blocks only, and says where something is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reporting.markdown import fenced, folded, table
from bot.reporting.sections import Section, fit, pages, portions
from tests.support.shown import problems

LEFT = "({number} left out)"
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=40)
BLOCKS = st.one_of(
    LINES.map(lambda text: fenced(text * 3, "diff")),
    st.lists(LINES, max_size=5).map(lambda lines: folded("one", fenced("\n".join(lines)))),
    st.integers(1, 8).map(lambda rows: table(("a", "b"), [("x", "y")] * rows)),
)
SECTIONS = st.lists(
    st.builds(
        Section,
        st.sampled_from(["", "Some", "Other"]),
        st.lists(BLOCKS, max_size=6).map(tuple),
        st.integers(1, 5),
    ),
    max_size=6,
)
FIRST = Section("", ("**The verdict.**",), 0)


@settings(deadline=None, max_examples=60)
@given(SECTIONS, st.integers(200, 3_000))
def test_any_sizes(rest: list[Section], room: int) -> None:
    sections = [FIRST, *rest]
    text, missing = fit(sections, room, LEFT)
    assert len(text) <= room
    assert text.startswith("**The verdict.**")
    assert problems(text) == []
    shown = text.count("left out)")
    assert shown == len(missing)
    waiting, at = list(missing), 0
    for one in sections:
        left = waiting[0].blocks if waiting and waiting[0].blocks == one.blocks[-len(waiting[0].blocks) :] else ()
        waiting = waiting[1:] if left else waiting
        for block in one.blocks[: len(one.blocks) - len(left)]:
            at = text.index(block, at) + len(block)
    assert waiting == []
    if not missing:
        assert text == "\n\n".join(one.render() for one in sections if one.blocks)


@settings(deadline=None, max_examples=60)
@given(SECTIONS, st.integers(1_000, 3_000))
def test_pages_hold_every_block_once(sections: list[Section], room: int) -> None:
    found = pages(sections, room)
    assert all(len(page) <= room for page in found)
    assert all(problems(page) == [] for page in found)
    at = 0
    whole = "\n\n".join(found)
    for block in (block for one in sections for block in one.blocks):
        at = whole.index(block, at) + len(block)


def test_the_first_rank_is_filled_first() -> None:
    sections = [Section("", ("x" * 100,) * 3, 2), Section("", ("y" * 100,) * 3, 1)]
    text, rest = fit(sections, 400, LEFT)
    assert (text.count("y" * 100), text.count("x" * 100)) == (3, 0)
    assert rest == (sections[0],)


def test_a_block_that_no_page_has_room_for() -> None:
    with pytest.raises(ValueError, match="no block for pages"):
        pages([Section("", ("x" * 100,))], 99)


@settings(deadline=None)
@given(st.lists(st.text(max_size=50), max_size=30), st.integers(20, 100))
def test_portions(lines: list[str], room: int) -> None:
    found = [*portions(lines, room)]
    assert len([line for part in found for line in part]) == len(lines)
    assert all(sum(len(line) + 1 for line in part) <= room + 1 for part in found)
