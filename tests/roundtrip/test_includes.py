"""Named templates that would print nothing: their definitions and the lines that include them go, and nothing else."""

from __future__ import annotations

import pytest

from bot.roundtrip.includes import exclude, undefine
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.regions import joined
from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template
from tests.roundtrip.test_wiring_properties import read

HEAD = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        env:\n"
OTHER = '          {{- include "other" . | nindent 10 }}\n'
KAFKA = '          {{- include "kafka" . | nindent 10 }}\n'


def excluded(lists: str) -> str:
    template, workload = read(HEAD + lists)
    return splice(template.text, joined(template, exclude(template, workload, {"kafka"}))).removeprefix(HEAD)


LEFT = {
    "beside another": (OTHER + KAFKA, OTHER),
    "at the end of a file without a last line break": (OTHER + KAFKA.rstrip("\n"), OTHER.rstrip("\n")),
    "CRLF": ((OTHER + KAFKA).replace("\n", "\r\n"), OTHER.replace("\n", "\r\n")),
    "under a condition": (f"{OTHER}          {{{{- if .x }}}}\n{KAFKA}          {{{{- end }}}}\n", OTHER),
    "a condition in its line": (OTHER + KAFKA.replace("{{-", "{{- if .x }}{{-", 1).replace("\n", "{{ end }}\n"), OTHER),
    "a comment about it": (f'{OTHER}          {{{{- /* include "kafka" */}}}}\n', None),
    "none": (OTHER, None),
}


@pytest.mark.parametrize(("lists", "left"), LEFT.values(), ids=LEFT)
def test_what_is_left(lists: str, left: str | None) -> None:
    assert excluded(lists) == (lists if left is None else left)


def test_a_key_that_has_nothing_else_goes() -> None:
    template, workload = read(HEAD + KAFKA)
    left = splice(template.text, joined(template, exclude(template, workload, {"kafka"})))
    assert left == HEAD.removesuffix("        env:\n")


REFUSED = {
    "two in one line": f'{KAFKA.rstrip()}{{{{- include "other" . | nindent 10 }}}}\n',
    "in parentheses": '          {{- (include "kafka" .) | nindent 10 }}\n',
    "kept in a variable": '          {{- $env := include "kafka" . }}\n          {{- $env | nindent 10 }}\n',
    "as a condition": '          {{- with include "kafka" . }}\n          {{- . }}\n          {{- end }}\n',
    "a raw string": "          {{- tpl (include `kafka` .) . | nindent 10 }}\n",
    "the end of a condition is elsewhere": f"{KAFKA.replace('{{-', '{{- if .x }}{{-', 1)}          {{{{- end }}}}\n",
}


@pytest.mark.parametrize("lists", REFUSED.values(), ids=REFUSED)
def test_refused(lists: str) -> None:
    with pytest.raises(CannotEdit, match=r"line 8: .*(is not all of its line|holds more than what goes)"):
        excluded(lists)


@pytest.mark.parametrize(
    "text",
    [
        '{{- define "a" }}\n- x\n{{- end }}{{- define "b" }}\n- y\n{{- end }}\n',
        '{{- define "b" }}\n- y\n{{- end }}{{- define "a" }}\n- x\n{{- end }}\n',
        'kind: x # {{ define "a" }}\n- x\n{{- end }}\n',
    ],
)
def test_a_definition_that_shares_a_line_stays(text: str) -> None:
    template = Template(text)
    block = next(one for one in template.directives.blocks if '"a"' in one.opening.body)
    with pytest.raises(CannotEdit, match='`define "a"` shares its lines'):
        undefine(template, block)
