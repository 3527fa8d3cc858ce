from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.roundtrip.splice import Draft, Splice, splice


def test_splices_at_one_place_keep_their_order() -> None:
    assert splice("ab", [Splice(1, 1, "x"), Splice(1, 1, "y")]) == "axyb"


def test_overlapping_splices_are_a_bug() -> None:
    with pytest.raises(ValueError, match="overlap"):
        splice("abc", [Splice(0, 2, ""), Splice(1, 3, "")])


def test_past_the_end_is_a_bug() -> None:
    with pytest.raises(ValueError, match="past the end"):
        Draft("abc").apply([Splice(4, 4, "x")])


@given(st.data())
def test_a_draft_is_the_sum_of_its_edits(data: st.DataObject) -> None:
    old = data.draw(st.text("abc\n", max_size=12))
    draft = Draft(old)
    for _ in range(data.draw(st.integers(0, 4))):
        text = draft.text
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
        new = data.draw(st.lists(st.text("XYZ", max_size=3), min_size=2, max_size=2))
        edits = [Splice(cuts[0], cuts[1], new[0]), Splice(cuts[2], cuts[3], new[1])]
        if cuts[2] == cuts[1]:
            edits.pop()
        draft.apply(edits)
        assert draft.text == splice(text, edits)
    assert splice(old, draft.splices) == draft.text


def test_an_edit_inside_an_earlier_insertion_is_one_insertion() -> None:
    draft = Draft("a\nb\n")
    draft.apply([Splice(2, 2, "new: \n")])
    draft.apply([Splice(7, 7, "1")])
    assert draft.splices == (Splice(2, 2, "new: 1\n"),)
