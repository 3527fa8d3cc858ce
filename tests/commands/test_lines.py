from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.lines import command_lines

C = "/kafka-access myapp"
D = "/kafka-access other"

FOUND = {
    "alone": (C, [C]),
    "alone with a line end": (f"{C}\n", [C]),
    "alone with several": (f"{C}\r\n\r\n", [C]),
    "no words": ("/kafka-access", ["/kafka-access"]),
    "no words and a tab": ("/kafka-access\t", ["/kafka-access\t"]),
    "byte order mark": (f"\ufeff{C}", [C]),
    "byte order mark and text": (f"\ufeff{C}\n\nthanks", [C]),
    "after text": (f"Please:\n\n{C}\n", [C]),
    "in a paragraph": (f"Please\n{C}\nthanks", [C]),
    "two": (f"{C}\n{D}", [C, D]),
    "twice the same": (f"{C}\n{C}", [C, C]),
    "CRLF": (f"Hello\r\n\r\n{C}\r\n{D}\r\n", [C, D]),
    "CR": (f"Hello\r\r{C}\r{D}\r", [C, D]),
    "markup in the line": (f"x\n\n{C} topic=a_b_c* `x` <b>", [f"{C} topic=a_b_c* `x` <b>"]),
    "pipes": (f"x\n\n{C} a|b", [f"{C} a|b"]),
    "emphasis around": (f"*see\n{C}*", [f"{C}*"]),
    "after a hard break": (f"see  \n{C}\\\n{D}", [f"{C}\\", D]),
    "underlined": (f"{C}\n---\ntext", [C]),
    "after a list": (f"- a\n\n{C}", [C]),
    "after a fence": (f"```\n{D}\n```\n{C}", [C]),
    "after a comment": (f"<!-- {D} -->\n{C}", [C]),
    "after a comment of several lines": (f"<!--\n{D}\n-->\n\n{C}", [C]),
    "after a comment in a paragraph": (f"text <!--\n{D}\n--> text\n{C}", [C]),
    "after a code span of several lines": (f"text `a\n{D}\nb` text\n{C}", [C]),
    "after a table": (f"| a |\n|---|\n| b |\n\n{C}", [C]),
    "in what GitHub folds": (f"<details>\n\n{C}\n\n</details>", [C]),
    "the mark that is looked for": (f"/kafka-accessn0\n\n{C}\n/kafka-accessn2 x", [C]),
    "control characters": (f"\0\ud800 [a](\ud800)\n{C}\0\ud800", [f"{C}\0\ud800"]),
    "NUL after the word": (f"x\n{C} \0", [f"{C} \0"]),
    "lone surrogate": (f"x [a](\ud800)\n{C} \ud800", [f"{C} \ud800"]),
    "no-break space": ("x\n/kafka-access\u00a0myapp", ["/kafka-access\u00a0myapp"]),
}
NOT_OURS = {
    "empty": "",
    "another word": "/kafka-accessory myapp",
    "a longer word": "/kafka-access-myapp",
    "a colon": "/kafka-access: myapp",
    "in a sentence": f"see {C}",
    "one blank before": f" {C}",
    "three blanks before": f"   {C}",
    "three blanks before, in a paragraph": f"x\n   {C}",
    "indented code": f"x\n\n    {C}",
    "tab": f"\t{C}",
    "fence": f"```\n{C}\n```",
    "tilde fence with a word": f"~~~sh\n{C}\n~~~",
    "fence that is never closed": f"```\n{C}",
    "longer fence": f"````\n```\n{C}\n````",
    "quotation": f"> {C}",
    "lazy quotation": f"> x\n{C}",
    "list": f"- {C}",
    "lazy list": f"- x\n{C}",
    "numbered list": f"1. x\n{C}",
    "comment": f"<!--\n{C}\n-->",
    "comment that is never closed": f"<!--\n\n{C}",
    "HTML block": f"<div>\n{C}\n</div>",
    "pre": f"<pre>\n\n{C}\n\n</pre>",
    "comment in a paragraph": f"text <!--\n{C}\n--> text",
    "tag in a paragraph": f"text <a title='\n{C}\n'> text",
    "code span of several lines": f"text `a\n{C}\nb` text",
    "link text": f"[a\n{C}\nb](http://x.example)",
    "link title": f"[a](http://x.example 'b\n{C}\nc')",
    "image": f"![a\n{C}\nb](http://x.example)",
    "definition of a link": "[a]:\n/kafka-access",
    "title in a definition": f"[a]: http://x.example '\n{C}\n'",
    "row of a table": f"a | b\n--|--\n{C} | x",
    "row of a table without bars": f"| a |\n|---|\n{C}",
    "head of a table": f"{C} | b\n--|--\n",
    "heading": f"# {C}",
    "bold": f"**{C}**",
    "code": f"`{C}`",
    "Unicode line end": f"x\u2028{C}",
    "form feed": f"x\f{C}",
}


@pytest.mark.parametrize(("body", "lines"), FOUND.values(), ids=FOUND.keys())
def test_ordinary_text(body: str, lines: list[str]) -> None:
    assert command_lines(body) == lines


@pytest.mark.parametrize("body", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_not_ordinary_text(body: str) -> None:
    assert command_lines(body) == []
    assert command_lines(f"{body}\n\n") == []


@given(st.text("/kafka-cesAB \t`*_[]()<>!-#|:\n\r\0\ud800", max_size=40))
def test_a_lone_line_needs_no_parser(rest: str) -> None:
    line = f"{C} " + rest.replace("\n", "").replace("\r", "")
    assert command_lines(line) == [line]
    assert command_lines(f"{line}\n\nthanks") == [line]


@given(
    st.lists(st.sampled_from([C, D, "", "> ", "```", "- ", "    ", "<!--", "-->", "`", "|-|", "a|b", "["])).map(
        "\n".join
    )
)
def test_all_that_is_found_is_there(body: str) -> None:
    rest = iter(body.split("\n"))
    assert all(line in rest for line in command_lines(body))
    assert command_lines(body.replace("\n", "\r\n")) == command_lines(body) == command_lines(body.replace("\n", "\r"))


def test_a_lone_command_loads_neither_markdown_nor_difflib() -> None:
    code = f"""
import sys
from bot.commands.parser import parse
assert parse({f"{C} topic=lsst.x"!r}).commands
print(sorted({{"markdown_it", "difflib", "unicodedata"}} & set(sys.modules)))
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
