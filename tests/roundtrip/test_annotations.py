"""One annotation put, replaced and taken out; everything else stays as it is."""

from __future__ import annotations

import pytest

from bot.roundtrip.annotations import annotate
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template

NAME = "kafka-access/expires"
SPEC = "spec:\n  a: 1\n"


def edited(metadata: str, value: str | None) -> str:
    text = f"kind: KafkaUser\nmetadata:\n{metadata}{SPEC}"
    template = Template(text)
    done = splice(text, annotate(template, template.documents[0], NAME, value))
    assert done.startswith("kind: KafkaUser\nmetadata:\n")
    assert done.endswith(SPEC)
    return done.removeprefix("kind: KafkaUser\nmetadata:\n").removesuffix(SPEC)


LABELS = "  name: x\n  labels:\n    a: {{ .Values.b }}\n"
DATED = '  name: x\n  annotations:\n    kafka-access/expires: "2031-12-24"\n  labels:\n    a: {{ .Values.b }}\n'
OTHER = '  annotations:\n    # Why\n    other: "1" # and how\n  name: x\n'
FIRST = '  annotations:\n    kafka-access/expires: "2031-12-24"\n'
BOTH = '  annotations:\n    kafka-access/expires: "2031-12-24"\n    # Why\n    other: "1" # and how\n  name: x\n'

EDITS = {
    "put before the labels": (LABELS, "2031-12-24", DATED),
    "there already": (DATED, "2031-12-24", DATED),
    "another day": (DATED, "2032-01-01", DATED.replace("2031-12-24", "2032-01-01")),
    "taken out with its key": (DATED, None, LABELS),
    "nothing to take out": (LABELS, None, LABELS),
    "beside another": (OTHER, "2031-12-24", BOTH),
    "taken out beside another": (BOTH, None, OTHER),
    "nothing of it beside another": (OTHER, None, OTHER),
    "without labels": ("  name: x\n", "2031-12-24", f"{FIRST}  name: x\n"),
    "labels under a condition": (
        "  name: x\n  {{- if .Values.a }}\n  labels: {}\n  {{- end }}\n",
        "2031-12-24",
        f"{FIRST}  name: x\n  {{{{- if .Values.a }}}}\n  labels: {{}}\n  {{{{- end }}}}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "value", "after"), EDITS.values(), ids=EDITS)
def test_edits(before: str, value: str | None, after: str) -> None:
    assert edited(before, value) == after
    assert edited(before.replace("\n", "\r\n"), value).replace("\r\n", "\n") == after


@pytest.mark.parametrize(
    ("metadata", "value"),
    [
        pytest.param("  name: x\n  annotations: {a: b}\n", "2031-12-24", id="in brackets"),
        pytest.param(
            "  name: x\n  annotations:\n    {{- toYaml .Values.a | nindent 4 }}\n", "2031-12-24", id="printed"
        ),
        pytest.param(
            "  annotations:\n    a: b\n    {{- if .Values.a }}\n    kafka-access/expires: x\n    {{- end }}\n",
            None,
            id="a condition",
        ),
        pytest.param("  name: x\n  annotations:\n    kafka-access/expires: {{ .Values.a }}\n", None, id="a value"),
        pytest.param("  name: x\n  annotations:\n    kafka-access/expires: >-\n      x\n", None, id="folded"),
    ],
)
def test_what_cannot_be_edited(metadata: str, value: str | None) -> None:
    with pytest.raises(CannotEdit):
        edited(metadata, value)
