from __future__ import annotations

import pytest

from bot.roundtrip.readme import Row, add_rows, new_readme
from bot.roundtrip.splice import splice

HEAD = "# app\n\n## Values\n\n| Key | Type | Default | Description |\n|-----|------|---------|-------------|\n"


def table(*keys: str, end: str = "") -> str:
    return HEAD + "".join(f"| {key} | bool | `false` | Text |\n" for key in keys) + end


PLACES = {
    "between": (["a", "c"], Row("b", "bool", "`false`", "Text"), ["a", "b", "c"]),
    "first": (["b"], Row("a", "bool", "`false`", "Text"), ["a", "b"]),
    "last": (["a"], Row("b", "bool", "`false`", "Text"), ["a", "b"]),
    "an empty table": ([], Row("b", "bool", "`false`", "Text"), ["b"]),
    "there already": (["a", "b"], Row("b", "string", "`x`", "Other"), ["a", "b"]),
    "upper case first": (["a", "c"], Row("B", "bool", "`false`", "Text"), ["B", "a", "c"]),
    "globals among one's own": (
        ["a", "global.x", "h"],
        Row("g", "bool", "`false`", "Text"),
        ["a", "g", "global.x", "h"],
    ),
    "globals apart": (
        ["global.x", "a", "z", "sub.a"],
        Row("b", "bool", "`false`", "Text"),
        ["global.x", "a", "b", "z", "sub.a"],
    ),
    "above subcharts": (["m", "z", "a.x"], Row("zz", "bool", "`false`", "Text"), ["m", "z", "zz", "a.x"]),
    "of a subchart": (
        ["m", "z", "a.y", "c.x"],
        Row("a.z", "bool", "`false`", "Text", subchart=True),
        ["m", "z", "a.y", "a.z", "c.x"],
    ),
    "of a new subchart": (
        ["m", "z", "a.y", "c.x"],
        Row("b.x", "bool", "`false`", "Text", subchart=True),
        ["m", "z", "a.y", "b.x", "c.x"],
    ),
    "of a last subchart": (["z", "a.y"], Row("b.x", "bool", "`false`", "Text", subchart=True), ["z", "a.y", "b.x"]),
}


@pytest.mark.parametrize(("keys", "row", "expected"), PLACES.values(), ids=PLACES)
def test_places(keys: list[str], row: Row, expected: list[str]) -> None:
    for end in ("", "\n## More\n\n| b | no row |\n"):
        before, after = table(*keys, end=end), table(*expected, end=end)
        assert splice(before, add_rows(before, [row])) == after
        crlf = before.replace("\n", "\r\n")
        assert splice(crlf, add_rows(crlf, [row])) == after.replace("\n", "\r\n")
    bare = table(*keys).removesuffix("\n")
    if keys:
        assert splice(bare, add_rows(bare, [row])) == table(*expected).removesuffix("\n")


def test_several_rows_are_sorted() -> None:
    rows = [Row(key, "bool", "`false`", "Text") for key in ("d", "b", "c")]
    assert splice(table("a"), add_rows(table("a"), rows)) == table("a", "b", "c", "d")


def test_no_table_no_row() -> None:
    assert add_rows("# app\n\n| Key | Value |\n|---|---|\n", [Row("a", "bool", "`false`", "Text")]) == ()


def test_a_bar_in_a_description_is_no_column() -> None:
    row = Row("a", "string", '`""`', "One of x|y")
    assert splice(HEAD, add_rows(HEAD, [row])) == HEAD + '| a | string | `""` | One of x\\|y |\n'


def test_a_new_readme_takes_rows_like_any_other() -> None:
    first, second = Row("b", "int", "`1`", "B"), Row("a", "int", "`1`", "A")
    text = new_readme("app", "What it is", [first])
    assert splice(text, add_rows(text, [second])) == new_readme("app", "What it is", [first, second])
    assert text.startswith("# app\n\nWhat it is\n\n## Values\n\n| Key | Type |")
