from __future__ import annotations

import pytest

from bot.roundtrip.directives import Directives, UnreadableTemplate

SCANNED = {
    "plain": ("a {{ .x }} b", ["{{ .x }}"]),
    "two on a line": ("{{ .x }}{{ .y }}", ["{{ .x }}", "{{ .y }}"]),
    "braces in a string": ('{{ printf "}}{{" }} b', ['{{ printf "}}{{" }}']),
    "an escaped quote": ('{{ "a\\"}}" }}}', ['{{ "a\\"}}" }}']),
    "braces in backquotes": ("{{ `{{ .x }}` }}!", ["{{ `{{ .x }}` }}"]),
    "a backslash in backquotes": ("{{ `\\` }} {{ .x }}", ["{{ `\\` }}", "{{ .x }}"]),
    "backquotes over lines": ("{{ `\n}}\n` }}", ["{{ `\n}}\n` }}"]),
    "a character": ("{{ '}' }}", ["{{ '}' }}"]),
    "a comment with a quote": ("{{/* don't */}} {{ .x }}", ["{{/* don't */}}", "{{ .x }}"]),
    "a comment with braces": ("{{- /* {{ .x }} */ -}}", ["{{- /* {{ .x }} */ -}}"]),
    "several lines": ("{{ include\n  .x }}", ["{{ include\n  .x }}"]),
    "in a YAML comment": ("# {{ .x }}", ["{{ .x }}"]),
    "single braces": ("{ a } }}", []),
}


@pytest.mark.parametrize(("text", "expected"), SCANNED.values(), ids=SCANNED)
def test_scan(text: str, expected: list[str]) -> None:
    found = Directives(text).all
    assert [directive.text for directive in found] == expected
    assert [text[directive.start : directive.end] for directive in found] == expected


BODIES = {
    "{{ .x }}": (".x", False, False),
    "{{- .x -}}": (".x", True, True),
    "{{-\n.x\n-}}": (".x", True, True),
    "{{ .x -}}": (".x", False, True),
    "{{ -3 }}": ("-3", False, False),
    "{{-3}}": ("-3", True, False),
    "{{- /* a */ -}}": ("/* a */", True, True),
    "{{-/* a */-}}": ("/* a */", True, True),
}


@pytest.mark.parametrize(("text", "expected"), BODIES.items(), ids=BODIES)
def test_trim_markers_are_not_part_of_the_body(text: str, expected: tuple[str, bool, bool]) -> None:
    (directive,) = Directives(text).all
    assert (directive.body, directive.trims_before, directive.trims_after) == expected


SILENT = {
    "{{ if .x }}{{ end }}": True,
    "{{ ifelse .x }}": False,
    "{{ .x }}": False,
    "{{/* a */}}": True,
    "{{ $x := .y }}": True,
    "{{ $x = .y }}": True,
    "{{ $x, $y := .z }}": True,
    "{{ $x }}": False,
    "{{ $x.y }}": False,
    "{{ endpoint }}": False,
}


@pytest.mark.parametrize(("text", "expected"), SILENT.items(), ids=SILENT)
def test_silent_directives_print_nothing_themselves(text: str, expected: bool) -> None:
    assert Directives(text).all[0].silent is expected


COLUMNS = {
    "{{ .x | nindent 12 }}": 12,
    "{{ .x | indent 4 }}": 4,
    "{{ .x | indent 4 | nindent 6 }}": 6,
    "{{ .indentation }}": 3,
}


@pytest.mark.parametrize(("text", "expected"), COLUMNS.items(), ids=COLUMNS)
def test_column(text: str, expected: int) -> None:
    assert Directives(text).all[0].column(3) == expected


def test_whole_lines_hold_directives_and_blanks_only() -> None:
    found = Directives("{{ .a }}\n  {{ .b }} {{ .c }}\nd: {{ .d }}\n{{ .e\n}} # f\n{{ .g }}").all
    assert [directive.whole for directive in found] == [True, True, True, False, False, True]


UNREADABLE = {
    "never ended": ("a\n{{ if .x }}\nb", 2, "`{{ if .x }}` is never closed by `{{ end }}`"),
    "the inner one is named": ("{{ if .x }}\n\n{{ with .y }}\n{{ end", 4, "`{{` is never closed by `}}`"),
    "only the inner one ended": ("{{ if .x }}\n{{ range .y }}\n{{ end }}", 1, "`{{ if .x }}` is never closed"),
    "an end too many": ("{{ if .x }}\n{{ end }}\n{{ end }}", 3, "`{{ end }}` closes nothing"),
    "an else of nothing": ("\n\n{{ else if .x }}", 3, "`{{ else }}` closes nothing"),
    "no braces at the end": ("a\nb: {{ .x\n", 2, "`{{` is never closed by `}}`"),
    "an open string": ('{{ "a }}\n', 1, "`{{` is never closed by `}}`"),
    "an open backquote": ("{{ .x }}\n{{ ` }}\n", 2, "`{{` is never closed by `}}`"),
    "an open comment": ("{{/* a }}\n", 1, "`{{` is never closed by `}}`"),
}


@pytest.mark.parametrize(("text", "line", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(text: str, line: int, why: str) -> None:
    with pytest.raises(UnreadableTemplate) as raised:
        Directives(text)
    assert raised.value.line == line
    assert raised.value.text.startswith(f"line {line}: {why}")


def test_contexts() -> None:
    text = "a{{ if .x }}b{{ with .y }}c{{ else }}d{{ end }}e{{ else if .z }}f{{ end }}g{{ range .r }}h{{ end }}"
    directives = Directives(text)
    contexts = {letter: directives.context(text.index(f"}}{letter}{{") + 1) for letter in "bcdefgh"}
    assert contexts == {
        "b": ((0, 0),),
        "c": ((0, 0), (1, 0)),
        "d": ((0, 0), (1, 1)),
        "e": ((0, 0),),
        "f": ((0, 1),),
        "g": (),
        "h": ((2, 0),),
    }
    assert [block.opening.body for block in directives.blocks] == ["if .x", "with .y", "range .r"]
    assert [block.has_final_else for block in directives.blocks] == [False, True, False]


def test_a_directive_is_in_the_context_before_it() -> None:
    text = "{{ if .x }}{{ else }}{{ end }}"
    directives = Directives(text)
    assert [directives.context(one.start) for one in directives.all] == [(), ((0, 0),), ((0, 1),)]
    assert directives.context(len(text)) == ()


def test_between_counts_where_directives_begin() -> None:
    directives = Directives("{{ 1 }}{{ 2 }}{{ 3 }}")
    assert [one.body for one in directives.between(1, 14)] == ["2"]
    assert [one.body for one in directives.between(0, 15)] == ["1", "2", "3"]
