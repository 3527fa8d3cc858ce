from __future__ import annotations

import pytest

from bot import yaml
from bot.roundtrip.emit import Documented
from bot.roundtrip.splice import splice
from bot.roundtrip.values import CannotEditValues, ValuesFile
from bot.roundtrip.values_order import add_name

PUT = {
    "a nested key": ("a:\n  b: 1\n", "a.c", "a:\n  b: 1\n  c: true\n"),
    "a nested key of four blanks": ("a:\n    b: 1\n", "a.c.d", "a:\n    b: 1\n    c:\n        d: true\n"),
    "a new mapping": ("a: 1\n", "b.c", "a: 1\n\nb:\n  c: true\n"),
    "blank lines as between the siblings": ("a: 1\nb: 2\n", "c", "a: 1\nb: 2\nc: true\n"),
    "sorted": ("a: 1\nc: 2\nd: 3\n", "b", "a: 1\nb: true\nc: 2\nd: 3\n"),
    "sorted, above comments": ("a: 1\n\n# -- C\nc: 2\n\nd: 3\n", "b", "a: 1\n\nb: true\n\n# -- C\nc: 2\n\nd: 3\n"),
    "sorted, one of many astray": (
        "".join(f"{key}: 1\n" for key in "aecdfghij"),
        "ba",
        "".join(f"{key}: 1\n" for key in "a") + "ba: true\n" + "".join(f"{key}: 1\n" for key in "ecdfghij"),
    ),
    "two are no order": ("a: 1\nc: 2\n", "b", "a: 1\nc: 2\nb: true\n"),
    "before global": ("z: 1\na: 2\nglobal:\n  x: 3\n", "b", "z: 1\na: 2\nb: true\nglobal:\n  x: 3\n"),
    "global further down is a key like others": ("a:\n  global: 1\n", "a.b", "a:\n  global: 1\n  b: true\n"),
    "another value": ("a:\n  b: false # off\n", "a.b", "a:\n  b: true # off\n"),
    "the value that is there": ("a:\n  b: true\n", "a.b", "a:\n  b: true\n"),
    "no value": ("a:\n  b:\nc: 1\n", "a.b", "a:\n  b: true\nc: 1\n"),
    "braces": ("a: {}\nb: 1\n", "a.c", "a:\n  c: true\nb: 1\n"),
    "Null": ("a: NULL\n", "a.c", "a:\n  c: true\n"),
    "braces and a comment": ("a: {} # none\n", "a.c", "a: # none\n  c: true\n"),
    "null": ("a: null\n", "a.c", "a:\n  c: true\n"),
    "tilde": ("a: ~\n", "a.c.d", "a:\n  c:\n    d: true\n"),
    "nothing": ("a:\nb: 1\n", "a.c", "a:\n  c: true\nb: 1\n"),
    "no last line end": ("a:\n  b: 1", "a.c", "a:\n  b: 1\n  c: true"),
    "an empty file": ("", "a.b", "a:\n  b: true\n"),
    "a line of nothing": ("\n", "a", "\na: true\n"),
    "only comments": ("# nothing\n", "a", "# nothing\n\na: true\n"),
    "a document's start": ("---\n# nothing\n", "a", "---\n# nothing\n\na: true\n"),
    "the later of two equal keys": ("a:\n  b: 1\na:\n  c: 2\n", "a.d", "a:\n  b: 1\na:\n  c: 2\n  d: true\n"),
    "other than ASCII": ("ä:\n  é: 'ü🐟'\nz: 1\n", "ä.b", "ä:\n  é: 'ü🐟'\n  b: true\nz: 1\n"),
    "a block scalar above": ("a:\n  b: |\n    x\n\nz: 1\n", "a.c", "a:\n  b: |\n    x\n  c: true\n\nz: 1\n"),
    "a block scalar that owns blanks": (
        "a:\n  b: |+\n    x\n\nz: 1\n",
        "a.c",
        "a:\n  b: |+\n    x\n\n  c: true\nz: 1\n",
    ),
    "no comment, but text": ("a: |\n  # x\nglobal: 1\n", "b", "a: |\n  # x\nb: true\nglobal: 1\n"),
    "a folded line above": ("a:\n  b: x\n    y\nz: 1\n", "a.c", "a:\n  b: x\n    y\n  c: true\nz: 1\n"),
    "a comment below": ("a:\n  b: 1\n  # more\nz: 1\n", "a.c", "a:\n  b: 1\n  c: true\n  # more\nz: 1\n"),
    "an anchor of no alias": ("a: &a\n  b: 1\n", "a.c", "a: &a\n  b: 1\n  c: true\n"),
    "a document's end": ("a: 1\n...\n", "b", "a: 1\n\nb: true\n...\n"),
}


@pytest.mark.parametrize(("before", "path", "after"), PUT.values(), ids=PUT)
def test_put(before: str, path: str, after: str) -> None:
    assert splice(before, ValuesFile(before).put(path.split("."), True)) == after
    crlf = before.replace("\n", "\r\n")
    if crlf != before:
        assert splice(crlf, ValuesFile(crlf).put(path.split("."), True)) == after.replace("\n", "\r\n")


def test_a_comment_goes_over_a_new_key_only() -> None:
    text = "a:\n  b: 1\n"
    done = splice(text, ValuesFile(text).put(["a", "c"], True, comment="What c is. " * 8))
    assert done == (
        "a:\n  b: 1\n"
        "  # -- What c is. What c is. What c is. What c is. What c is. What c is. What c\n"
        "  # is. What c is.\n"
        "  c: true\n"
    )
    assert splice(text, ValuesFile(text).put(["a", "b"], 2, comment="What b is.")) == "a:\n  b: 2\n"


BLOCK = {"set": Documented(False, "Whether it is set"), "more": {"url": Documented("x", "Where", "here"), "num": 1}}
LINES = "  c:\n    # -- Whether it is set\n    set: false\n{gap}    more:\n      # -- Where\n      # @default -- here\n"
BLOCKS = {
    "set apart as the siblings": ("a:\n  b: 1\n\n  d: 2\n", "a:\n  b: 1\n\n  d: 2\n\n" + LINES, "\n"),
    "close together as the siblings": ("a:\n  b: 1\n  d: 2\n", "a:\n  b: 1\n  d: 2\n" + LINES, ""),
    "beside one that tells nothing": ("a:\n  b: 1\n", "a:\n  b: 1\n\n" + LINES, "\n"),
    "in nothing": ("a: {}\n", "a:\n" + LINES, "\n"),
}


@pytest.mark.parametrize(("before", "after", "gap"), BLOCKS.values(), ids=BLOCKS)
def test_documented_blocks(before: str, after: str, gap: str) -> None:
    wanted = after.format(gap=gap) + f"      url: x\n{gap}      num: 1\n"
    assert splice(before, ValuesFile(before).put(["a", "c"], BLOCK)) == wanted


QUOTED = {
    "plain": ("a: b\n", "a: b\n\nc: kafka\n"),
    "double": ('a: "b"\n', 'a: "b"\n\nc: "kafka"\n'),
    "single": ("a: 'b'\n", "a: 'b'\n\nc: 'kafka'\n"),
}


@pytest.mark.parametrize(("before", "after"), QUOTED.values(), ids=QUOTED)
def test_quotes_are_those_of_the_file(before: str, after: str) -> None:
    assert splice(before, ValuesFile(before).put(["c"], "kafka")) == after


AWKWARD = ["true", "1", "", "a: b", "# a", "*a", "null", "a\nb", "é", "1e3", "0x1", "~", "'", '"', "{{ a }}", " a"]


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("before", ["a: b\n", "a: 'b'\n", 'a: "b"\n'], ids=["plain", "single", "double"])
def test_text_stays_text(before: str, value: str) -> None:
    assert yaml.load(splice(before, ValuesFile(before).put(["c"], value))) == {"a": "b", "c": value}


APPEND = {
    "entries": ("l:\n  - a\nz: 1\n", "l:\n  - a\n  - x\nz: 1\n"),
    "dashes below the key": ("l:\n- a\nz: 1\n", "l:\n- a\n- x\nz: 1\n"),
    "quotes": ("l:\n  - 'a'\n", "l:\n  - 'a'\n  - 'x'\n"),
    "brackets": ("l: [a]\n", "l: [a, x]\n"),
    "brackets over lines": ("l: [\n  a\n]\n", "l: [\n  a, x\n]\n"),
    "a last comma": ("l: [a,]\n", "l: [a, x]\n"),
    "empty": ("l: []\nz: 1\n", "l:\n  - x\nz: 1\n"),
    "empty, beside another list": ("l: []\nm:\n- a\n", "l:\n- x\nm:\n- a\n"),
    "null": ("l:\nz: 1\n", "l:\n  - x\nz: 1\n"),
    "no last line end": ("l:\n  - a", "l:\n  - a\n  - x"),
    "a comment behind": ("l: [] # none\n", "l: # none\n  - x\n"),
    "an anchor of no alias": ("l: &l\n    - a\nz: 1\n", "l: &l\n    - a\n    - x\nz: 1\n"),
    "the later of two equal keys": ("l: [a]\nl: [b]\n", "l: [a]\nl: [b, x]\n"),
    "a nested list last": ("l:\n  - - a\n    - b\n", "l:\n  - - a\n    - b\n  - x\n"),
}


@pytest.mark.parametrize(("before", "after"), APPEND.values(), ids=APPEND)
def test_append(before: str, after: str) -> None:
    assert splice(before, ValuesFile(before).append(["l"], "x")) == after
    crlf = before.replace("\n", "\r\n")
    assert splice(crlf, ValuesFile(crlf).append(["l"], "x")) == after.replace("\n", "\r\n")


NAMES = {
    "in order": ("l:\n  - a\n  - z\n", "l:\n  - a\n  - m\n  - z\n"),
    "first": ("# l\nl:\n- z # last\n", "# l\nl:\n- m\n- z # last\n"),
    "last": ("l:\n  - a\n  - b\nz: 1\n", "l:\n  - a\n  - b\n  - m\nz: 1\n"),
    "no order": ("l:\n  - z\n  - a\n", "l:\n  - z\n  - a\n  - m\n"),
    "quotes": ("l:\n  - 'a'\n  - 'z'\n", "l:\n  - 'a'\n  - 'm'\n  - 'z'\n"),
    "over a comment": ("l:\n  - a\n  # why z\n  - z\n", "l:\n  - a\n  - m\n  # why z\n  - z\n"),
    "brackets": ("l: [a, z]\n", "l: [a, m, z]\n"),
    "empty": ("l: []\n", "l:\n  - m\n"),
    "no list here": ("a: 1\n", "a: 1\n\nl:\n  - k\n  - m\n  - o\n"),
    "no value": ("l:\n", "l:\n  - m\n"),
}


@pytest.mark.parametrize(("before", "after"), NAMES.values(), ids=NAMES)
def test_a_name_goes_where_the_list_has_it(before: str, after: str) -> None:
    assert splice(before, add_name(ValuesFile(before), ["l"], "m", ["k", "o"])) == after
    crlf = before.replace("\n", "\r\n")
    assert splice(crlf, add_name(ValuesFile(crlf), ["l"], "m", ["k", "o"])) == after.replace("\n", "\r\n")


@pytest.mark.parametrize("text", ["l: 1\n", "l: {a: 1}\n", "k: &k [a, z]\nl: *k\n"])
def test_a_name_goes_into_a_list_of_its_own(text: str) -> None:
    with pytest.raises(CannotEditValues):
        add_name(ValuesFile(text), ["l"], "m", [])


MAPPINGS = {
    "as the siblings": ("l:\n  - b: 'x'\n    a: 'y'\n", "l:\n  - b: 'x'\n    a: 'y'\n  - b: '2'\n    a: '1'\n"),
    "wide dashes": ("l:\n-   a: x\n    b: y\n", 'l:\n-   a: x\n    b: y\n-   a: "1"\n    b: "2"\n'),
    "anchored": ("l:\n  - &i\n    a: x\n    b: y\n", 'l:\n  - &i\n    a: x\n    b: y\n  - a: "1"\n    b: "2"\n'),
    "in brackets": ("l: [{a: x, b: y}]\n", 'l: [{a: x, b: y}, {"a": "1", "b": "2"}]\n'),
}


@pytest.mark.parametrize(("before", "after"), MAPPINGS.values(), ids=MAPPINGS)
def test_append_a_mapping(before: str, after: str) -> None:
    assert splice(before, ValuesFile(before).append(["l"], {"a": "1", "b": "2"})) == after


REFUSED_PUT = {
    "an alias": ("a: &a 1\nc: *a\n", "c", 2, "c is written as an alias of another value"),
    "in an alias": ("a: &a {b: 1}\nc: *a\n", "c.b", 1, "&a is used elsewhere too"),
    "inside an alias": ("a: &a\n  b: 1\nc: *a\n", "c.d", 1, "&a is used elsewhere too"),
    "the anchor of an alias": ("a: &a\n  b: 1\nc: *a\n", "a.d", 1, "&a is used elsewhere too"),
    "a value inside an anchor": ("a: &a\n  b: 1\nc:\n  <<: *a\n", "a.b", 2, "&a is used elsewhere too"),
    "far inside an anchor": ("a: &a\n  b:\n    c: {}\nd: *a\n", "a.b.c.d", 3, "&a is used elsewhere too"),
    "an anchored value": ("a: &a false\nb: *a\n", "a", 1, "&a is used elsewhere too"),
    "a value is no mapping": ("a:\n  b: 1\n", "a.b.c", 2, "b is not a mapping"),
    "a list is no mapping": ("a: [1]\n", "a.b", 1, "a is not a mapping"),
    "a mapping is no value": ("a:\n  b: 1\n", "a", 1, "a is not a single value"),
    "a file of braces": ("# none\n{}\n", "a.c", 2, "the mapping is written in braces"),
    "a mapping in braces": ("a: {b: 1}\n", "a.c", 1, "the mapping is written in braces"),
    "a block scalar": ("a: |\n  x\n", "a", 1, "a is not a single value"),
}


@pytest.mark.parametrize(("text", "path", "line", "why"), REFUSED_PUT.values(), ids=REFUSED_PUT)
def test_put_refused(text: str, path: str, line: int, why: str) -> None:
    with pytest.raises(CannotEditValues) as raised:
        ValuesFile(text).put(path.split("."), True)
    assert raised.value.text == f"line {line}: {why}"


REFUSED_APPEND = {
    "no such list": ("a: 1\n", "l", 1, "there is no list l"),
    "a value": ("l: text\n", "l", 1, "l is not a list"),
    "a mapping": ("z: 1\nl:\n  a: 1\n", "l", 2, "l is not a list"),
    "an alias": ("a: &a [x]\nl: *a\n", "l", 2, "l is written as an alias of another value"),
    "the anchor of an alias": ("l: &a\n  - x\nb: *a\n", "l", 1, "&a is used elsewhere too"),
    "inside an anchor": ("a: &a\n  l: []\nb: *a\n", "a.l", 2, "&a is used elsewhere too"),
}


@pytest.mark.parametrize(("text", "path", "line", "why"), REFUSED_APPEND.values(), ids=REFUSED_APPEND)
def test_append_refused(text: str, path: str, line: int, why: str) -> None:
    with pytest.raises(CannotEditValues) as raised:
        ValuesFile(text).append(path.split("."), "x")
    assert raised.value.text == f"line {line}: {why}"


UNREADABLE = {
    "a list": ("- a\n", "line 1: not a mapping of values"),
    "text": ("a\n", "line 1: not a mapping of values"),
    "not YAML": ("a: 1\nb: [\n", "line 3: not YAML: "),
    "a tab": ("a:\n\tb: 1\n", "line 2: not YAML: "),
    "two documents": ("a: 1\n---\nb: 1\n", "line 2: not YAML: "),
    "no characters of YAML": ("a: \x01\n", "line 1: not YAML: "),
}


@pytest.mark.parametrize(("text", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(text: str, why: str) -> None:
    with pytest.raises(CannotEditValues) as raised:
        ValuesFile(text)
    assert raised.value.text.startswith(why)
