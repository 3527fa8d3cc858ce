from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from bot.commands.entries import Entry
from bot.commands.help import help_text
from bot.commands.registry import ENTRIES


def fences(markdown: str) -> str:
    return "".join(token.content for token in MarkdownIt("commonmark").parse(markdown) if token.type == "fence")


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_a_word_is_explained(entry: Entry) -> None:
    text = help_text(entry.word.upper())
    assert text == help_text(entry.word)
    assert entry.syntax in fences(text)
    assert entry.meaning in text
    assert set(entry.examples) <= set(fences(text).splitlines())


def test_without_a_word_all_are_listed() -> None:
    text = help_text(None)
    assert all(f"- `{entry.syntax}`: {entry.meaning}" in text for entry in ENTRIES.values())
    assert all(line.startswith("/kafka-access ") for line in fences(text).splitlines())


UNKNOWN = {
    "nothing near": ("zebra", "There is no `zebra` in the language.\n"),
    "a mention": ("@maintainers", "There is no such word in the language.\n"),
    "an image": ("![x](http://x.example)", "There is no such word in the language.\n"),
    "code": ("`</code><b>", "There is no such word in the language.\n"),
    "long": ("t" * 4000, "There is no such word in the language.\n"),
}


@pytest.mark.parametrize(("word", "said"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_word(word: str, said: str) -> None:
    text = help_text(word)
    assert text.startswith(said)
    assert all(f"`{entry.syntax}`" in text for entry in ENTRIES.values())


def test_a_word_that_is_nearly_one_is_explained_as_that() -> None:
    said = "There is no `toppic` in the language. Did you mean `topic`?"
    assert help_text("toppic") == f"{said}\n\n{help_text('topic')}"
