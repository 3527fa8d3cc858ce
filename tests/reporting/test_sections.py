"""A text in sections stays under its limit, is cut between blocks only, and says where something is left out."""

from __future__ import annotations

from dataclasses import replace

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


@settings(max_examples=60)
@given(SECTIONS, st.integers(200, 3_000))
def test_any_sizes(rest: list[Section], room: int) -> None:
    sections = [FIRST, *(replace(one, title=f"Number {number}") for number, one in enumerate(rest))]
    text, missing = fit(sections, room, LEFT)
    assert len(text) <= room
    assert text.startswith("**The verdict.**")
    assert problems(text) == []
    shown = text.count("left out)")
    assert shown == len(missing)
    left = {one.title: one.blocks for one in missing}
    at = 0
    for one in sections:
        kept = len(one.blocks) - len(left.get(one.title, ()))
        assert one.blocks[kept:] == left.get(one.title, ())
        for block in one.blocks[:kept]:
            at = text.index(block, at) + len(block)
    if not missing:
        assert text == "\n\n".join(one.render() for one in sections if one.blocks)


@settings(max_examples=60)
@given(SECTIONS, st.integers(1_000, 3_000))
def test_pages_hold_every_block_once(sections: list[Section], room: int) -> None:
    found = pages(sections, room)
    assert all(len(page) <= room for page in found)
    assert all(problems(page) == [] for page in found)
    at = 0
    whole = "\n\n".join(found)
    for block in (block for one in sections for block in one.blocks):
        at = whole.index(block, at) + len(block)


@pytest.mark.parametrize(("room", "first", "second"), [(130, 1, 0), (240, 1, 1), (350, 2, 1), (460, 3, 1), (800, 3, 3)])
def test_each_has_a_block_and_then_the_first_rank_more(room: int, first: int, second: int) -> None:
    sections = [Section("", ("x" * 100,) * 3, 2), Section("", ("y" * 100,) * 3, 1)]
    text, rest = fit(sections, room, "{number}")
    assert (text.count("y" * 100), text.count("x" * 100)) == (first, second)
    assert sum(len(one.blocks) for one in rest) == 6 - first - second


def test_a_block_that_no_page_has_room_for() -> None:
    with pytest.raises(ValueError, match="no block for pages"):
        pages([Section("", ("x" * 100,))], 99)


@given(st.lists(st.text(max_size=50), max_size=30), st.integers(20, 100))
def test_portions(lines: list[str], room: int) -> None:
    found = [*portions(lines, room)]
    assert len([line for part in found for line in part]) == len(lines)
    assert all(sum(len(line) + 1 for line in part) <= room + 1 for part in found)
