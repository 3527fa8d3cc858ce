from __future__ import annotations

import pytest

from bot.roundtrip.fields import set_fields
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template

BOTH = "spec:\n  quotas:\n    producer: 1\n    consumer: 2\n"
TWO_SPACES_MORE = "spec:\n    acls: []\n    quotas:\n          producer: 1\n"

CHANGED: dict[str, tuple[str, dict[str, int | None], str]] = {
    "nothing there": ("spec:\n  acls: []\n", {"producer": 5}, "spec:\n  acls: []\n  quotas:\n    producer: 5\n"),
    "nothing there and nothing wanted": ("spec:\n  acls: []\n", {"producer": None}, "spec:\n  acls: []\n"),
    "before the next document": (
        "spec:\n  acls:\n  - a\n---\nkind: B\n",
        {"producer": 5, "consumer": 6},
        "spec:\n  acls:\n  - a\n  quotas:\n    producer: 5\n    consumer: 6\n---\nkind: B\n",
    ),
    "inside the condition of all": (
        "{{- if .Values.x }}\nspec:\n  acls: []\n{{- end }}\n",
        {"producer": 5},
        "{{- if .Values.x }}\nspec:\n  acls: []\n  quotas:\n    producer: 5\n{{- end }}\n",
    ),
    "another number": (BOTH, {"producer": 10}, BOTH.replace("producer: 1", "producer: 10")),
    "a comment stays": (
        "spec:\n  quotas:\n    producer: 1  # a byte\n",
        {"producer": 10},
        "spec:\n  quotas:\n    producer: 10  # a byte\n",
    ),
    "one more": (TWO_SPACES_MORE, {"consumer": 2}, TWO_SPACES_MORE + "          consumer: 2\n"),
    "one less": (BOTH, {"producer": None}, "spec:\n  quotas:\n    consumer: 2\n"),
    "one for another": (BOTH, {"producer": None, "percent": 3}, "spec:\n  quotas:\n    consumer: 2\n    percent: 3\n"),
    "none left": (
        f"{BOTH}  acls: []\n",
        {"producer": None, "consumer": None, "percent": None},
        "spec:\n  acls: []\n",
    ),
    "another one left": (
        f"{BOTH}    percent: {{{{ .Values.p }}}}\n",
        {"producer": None, "consumer": None},
        "spec:\n  quotas:\n    percent: {{ .Values.p }}\n",
    ),
}


@pytest.mark.parametrize(("before", "fields", "after"), CHANGED.values(), ids=CHANGED)
def test_changed(before: str, fields: dict[str, int | None], after: str) -> None:
    for old, new in ((before, after), (before.replace("\n", "\r\n"), after.replace("\n", "\r\n"))):
        template = Template(old)
        assert splice(old, set_fields(template, template.documents[0], ("spec", "quotas"), fields)) == new


REFUSED = {
    "in braces": ("spec:\n  quotas: {producer: 1}\n", "quotas is not written as a mapping of lines"),
    "spec in braces": ("spec: {acls: []}\n", "spec is not written as a mapping of lines"),
    "a directive": ("spec:\n  quotas:\n    producer: {{ .Values.p }}\n", "producer is not written as a number"),
    "a directive for all": ("spec:\n  quotas:\n    {{- toYaml .Values.q | nindent 4 }}\n", "quotas is not written"),
    "under a condition": (
        "spec:\n  acls: []\n  {{- if .Values.x }}\n  quotas:\n    producer: 1\n  {{- end }}\n",
        "quotas stands under a condition",
    ),
    "a field under a condition": (
        "spec:\n  quotas:\n    consumer: 2\n    {{- if .Values.x }}\n    producer: 1\n    {{- end }}\n",
        "producer stands under a condition",
    ),
    "an anchor": (
        "spec:\n  quotas: &q\n    producer: 1\nother: *q\n",
        "quotas is used elsewhere too",
    ),
    "twice": (f"{BOTH}  quotas:\n    producer: 3\n", "quotas is not written as a mapping of lines"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, why: str) -> None:
    template = Template(text)
    with pytest.raises(CannotEdit, match=why):
        set_fields(template, template.documents[0], ("spec", "quotas"), {"producer": 5})
