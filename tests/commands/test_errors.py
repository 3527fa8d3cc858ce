from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.commands.caret import pointed
from bot.commands.help import help_text
from bot.commands.model import Command, CommandError
from bot.commands.parser import LINE_LIMIT, parse, parse_line
from bot.commands.registry import ENTRIES
from tests.commands.cases import BAD, Bad

MARKDOWN = MarkdownIt("commonmark").enable("table")


def refused(line: str) -> CommandError:
    answer = parse_line(line)
    assert isinstance(answer, CommandError), answer
    return answer


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_the_caret_is_under_the_mistake(bad: Bad) -> None:
    sentence, _, shown = refused(bad.line).text.partition("\n\n")
    assert shown + "\n" == pointed(bad.line, bad.start, bad.end)
    assert bad.said in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_the_hint_is_a_command_that_works(bad: Bad) -> None:
    hint = refused(bad.line).hint
    command = parse_line(hint)
    assert isinstance(command, Command)
    if bad.hint is not None:
        assert hint == f"/kafka-access {bad.hint}"


CARETS = {
    "plain": ("/kafka-access my_app", "/kafka-access my_app", 16, 1),
    "tab": ("/kafka-access\tmy_app", "/kafka-access   my_app", 18, 1),
    "two tabs": ("/kafka-access\t\tmy_app", "/kafka-access           my_app", 26, 1),
    "wide, before": ("/kafka-access myapp 日本語=1 x=", "/kafka-access myapp 日本語=1 x=", 20, 6),
    "wide, after the key": ("/kafka-access myapp topic=日", "/kafka-access myapp topic=日", 26, 2),
    "after a wide one": ("/kafka-access env=a topic=a:日,b", "/kafka-access env=a topic=a:日,b", 28, 2),
    "combining": ("/kafka-access a\u0301pp", "/kafka-access a\u0301pp", 14, 1),
    "right to left": ("/kafka-access myapp topic=א", "/kafka-access myapp topic=<U+05D0>", 26, 8),
    "override": ("/kafka-access myapp topic=a\u202eb", "/kafka-access myapp topic=a<U+202E>b", 27, 8),
    "lone surrogate": ("/kafka-access my\ud800app", "/kafka-access my<U+D800>app", 16, 8),
    "NUL": ("/kafka-access my\0app", "/kafka-access my<U+0000>app", 16, 8),
}


@pytest.mark.parametrize(("line", "shown", "column", "width"), CARETS.values(), ids=CARETS.keys())
def test_carets_count_columns(line: str, shown: str, column: int, width: int) -> None:
    assert refused(line).text.splitlines()[3:5] == [shown, " " * column + "^" * width]


def test_a_long_line_is_clipped_around_the_mistake() -> None:
    line = f"/kafka-access myapp topic={'t' * 200} " + "env=a " * 600 + "crate " + "env=a " * 10
    line = line[:LINE_LIMIT]
    _, _, _, shown, carets, _ = refused(line).text.splitlines()
    assert len(line) > 3_800
    assert len(shown) < 110
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "crate"


def test_a_line_may_have_4000_characters_and_no_more() -> None:
    line = "/kafka-access myapp group=".ljust(LINE_LIMIT, "g")
    assert isinstance(parse_line(line), Command)
    shown = refused(line + "g").text.splitlines()
    assert "at most 4000" in shown[0]
    assert max(map(len, shown)) < 110


SECRETS = ("@maintainers", "[x](http://evil.example)", "![i](http://evil.example/i.png)", "<img src=x>", "#1", "```")
PLACES = {
    "application": "{}",
    "second word": "myapp {}",
    "option": "myapp {}=1",
    "topic": "myapp topic={}",
    "operation": "myapp topic=a:{}",
    "group": "myapp group={{{}",
    "environment": "myapp env={}",
    "kind": "myapp workload={}/x",
    "retention": "myapp create retention={}",
    "quota": "myapp quota={}",
    "help": "help {}",
    "quote": 'myapp topic="{}',
}


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_what_was_typed_stays_in_code(place: str, text: str) -> None:
    error = refused(f"/kafka-access {place.format(text)}")
    assert text not in outside_code(error.text)
    assert outside_code(error.text).isascii()


def outside_code(markdown: str) -> str:
    """Return the text that GitHub would look for mentions, links and HTML in."""
    found = []
    for block in MARKDOWN.parse(markdown):
        assert block.type in {"fence", "paragraph_open", "paragraph_close", "inline"}, block
        for token in block.children or ():
            assert token.type in {"text", "code_inline"}, token
            found += [token.content] if token.type == "text" else []
    return "\n".join(found)


TYPED = st.sampled_from(
    [
        *ENTRIES,
        *(entry.examples[0].removeprefix("/kafka-access ") for entry in ENTRIES.values()),
        *(f"{word}=" for word in ENTRIES),
        *(
            "/kafka-access",
            "/kafka-access ",
            "\n/kafka-access ",
            "\r\n",
            "\r",
            "\n\n",
            " ",
            "  ",
            "\t",
            "=",
            ":",
            ",",
            "*",
        ),
        *("myapp", "lsst.x", "read", "7d", "all", "crate", "topics=", "--", "-", '"', "'", "/", "\\", "{", "}", "|"),
        *(
            "`",
            "```",
            "\n```\n",
            "~~~",
            "\n<!--\n",
            "\n> ",
            "\n- ",
            "\n1. ",
            "\n    ",
            "<!--",
            "-->",
            "<b>",
            "</b>",
            "<pre>",
            "\n---\n",
            "# ",
        ),
        *(
            "@maintainers",
            "[a](",
            ")",
            "![",
            "]",
            "<http://x.example>",
            "http://x.example",
            "&amp;",
            "|-|-|",
            "_",
            "**",
        ),
        *("\ufeff", "\0", "\ud800", "\u202e", "日", "\u0301", "א", "\u00a0", "\u2028", "\x0b", "\x85", "ſ", "K"),
        *("### Application\n\nmyapp\n\n", "### Topic\n\n", "### Options\n\n", "- [X] create\n", "_No response_\n\n"),
    ]
)
COMMENTS = st.lists(TYPED | st.text(max_size=8), max_size=12).map("".join)
LINES = COMMENTS.map(lambda text: "/kafka-access " + re.sub(r"[\r\n]", " ", text))


@settings(max_examples=10_000)
@given(COMMENTS | LINES)
def test_any_comment_has_a_safe_answer(body: str) -> None:
    answers = parse(body).commands
    assert [show(answer) for answer in answers] == [show(answer) for answer in parse(body).commands]
    for answer in answers:
        if isinstance(answer, CommandError):
            said = outside_code(answer.text)
            assert re.fullmatch(r"[a-zA-Z0-9 ,:;?'=.`*/-]+", said.replace("\n", "")), said
            assert "http" not in said
            command = parse_line(answer.hint)
            assert isinstance(command, Command)


def show(answer: Command | CommandError) -> object:
    return answer if isinstance(answer, Command) else (answer.text, answer.hint)


@given(st.text())
def test_help_repeats_nothing_unfenced(word: str) -> None:
    answer = help_text(f"{word}@maintainers<b>")
    assert "@" not in answer
    assert "<b>" not in answer
