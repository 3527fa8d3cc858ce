"""Documents moved to another version: only the version's and the operations' bytes change, in the neighbours' style."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import yaml
from bot.proof.bytes import check_migration
from bot.proof.model import Change
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.migration import migrated
from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template

VERSION = "kafka.strimzi.io/v1"
HEAD = "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nspec:\n  authorization:\n    acls:\n"
NEW_HEAD = HEAD.replace("v1beta2", "v1")

MOVED = {
    "a topic": ("apiVersion: kafka.strimzi.io/v1beta1  # old\nkind: KafkaTopic\n", None),
    "in quotes": ('"apiVersion": "kafka.strimzi.io/v1alpha1"\nkind: KafkaTopic\n', None),
    "operations already": (f"{HEAD}      - resource: {{}}\n        operations: [Read]\n", None),
    "as the list of rules": (
        f"{HEAD}      - resource: {{}}\n        operation:  Read  # why\n        host: a\n",
        f"{NEW_HEAD}      - resource: {{}}\n        operations:\n          - Read  # why\n        host: a\n",
    ),
    "as a list without indentation": (
        f'{HEAD}    - operation: "All"\n      resource: {{}}\n',
        f'{NEW_HEAD}    - operations:\n      - "All"\n      resource: {{}}\n',
    ),
    "as the neighbour": (
        f"{HEAD}      - resource: {{}}\n        operations:\n        - Read\n"
        "      - operation: 'All'\n        resource: a\n",
        f"{NEW_HEAD}      - resource: {{}}\n        operations:\n        - Read\n"
        "      - operations:\n        - 'All'\n        resource: a\n",
    ),
    "in brackets as the neighbour": (
        f"{HEAD}      - resource: {{}}\n        operations: [Read]\n      - operation: All\n        resource: a\n",
        f"{NEW_HEAD}      - resource: {{}}\n        operations: [Read]\n"
        "      - operations: [All]\n        resource: a\n",
    ),
    "a rule in brackets": (
        f"{HEAD}      - {{resource: {{}}, operation: All, host: a}}\n",
        f"{NEW_HEAD}      - {{resource: {{}}, operations: [All], host: a}}\n",
    ),
    "a directive": (
        f"{HEAD}      {{{{- range .Values.x }}}}\n      - resource: {{}}\n        operation: {{{{ .op | quote }}}}\n"
        "      {{- end }}\n",
        f"{NEW_HEAD}      {{{{- range .Values.x }}}}\n      - resource: {{}}\n        operations:\n"
        "          - {{ .op | quote }}\n      {{- end }}\n",
    ),
    "either of two": (
        f"{HEAD}      - resource: {{}}\n        {{{{- if .Values.x }}}}\n        operation: Read\n"
        "        {{- else }}\n        operation: Write\n        {{- end }}\n",
        f"{NEW_HEAD}      - resource: {{}}\n        {{{{- if .Values.x }}}}\n        operations:\n          - Read\n"
        "        {{- else }}\n        operations:\n          - Write\n        {{- end }}\n",
    ),
    "an alias": (
        f"{HEAD}      - &a\n        resource: {{}}\n        operation: Read\n      - *a\n",
        f"{NEW_HEAD}      - &a\n        resource: {{}}\n        operations:\n          - Read\n      - *a\n",
    ),
}

REFUSED = {
    "a version by a value": ("apiVersion: {{ .Values.version }}\nkind: KafkaTopic\n", "apiVersion is not written out"),
    "half a version": ("apiVersion: kafka.strimzi.io/{{ .Values.v }}\nkind: KafkaTopic\n", "apiVersion is not"),
    "another group": ("apiVersion: example.org/v1beta2\nkind: KafkaTopic\n", "apiVersion is not written out"),
    "both": (f"{HEAD}      - resource: {{}}\n        operation: Read\n        operations: [Read]\n", "has both"),
    "neither": (f"{HEAD}      - resource: {{}}\n", "line 6: a rule does not say its operations"),
    "an operation by an alias": (
        f"{HEAD}      - resource: {{}}\n        operation: &o Read\n      - resource: {{}}\n        operation: *o\n",
        "line 9: operation is not one word",
    ),
    "no operation": (f"{HEAD}      - resource: {{}}\n        operation:\n", "operation is not one word"),
    "on the next line": (f"{HEAD}      - resource: {{}}\n        operation:\n          Read\n", "is not one word"),
    "a condition in the line": (
        f"{HEAD}      - resource: {{}}\n        operation: {{{{ if .Values.x }}}}Read{{{{ else }}}}All{{{{ end }}}}\n",
        "operation is not one word",
    ),
}


def moved(text: str) -> str:
    """The text with its first document moved, by edits that the byte check accepts."""
    template = Template(text)
    edits = list(migrated(template, template.documents[0], VERSION))
    new = splice(text, edits)
    spliced = tuple((edit.start, edit.end, edit.new) for edit in edits)
    assert list(check_migration(Change("a.yaml", text.encode(), new.encode(), spliced))) == []
    return new


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_moved(before: str, after: str | None) -> None:
    expected = after or re.sub(r"v1(alpha|beta)\d", "v1", before)
    assert expected != before
    assert moved(before) == expected
    assert moved(before.replace("\n", "\r\n")) == expected.replace("\n", "\r\n")


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, why: str) -> None:
    template = Template(text)
    with pytest.raises(CannotEdit, match=why):
        list(migrated(template, template.documents[0], VERSION))


WORDS = st.sampled_from(["Read", '"Write"', "'All'"])
SHAPES = st.sampled_from(
    [
        "operation: {0}\n        resource: {{type: topic}}",
        "resource: {{type: topic}}\n        operation:   {0}  # why",
        "resource: {{type: topic}}\n        operations: [{0}]",
        "operations:\n        - {0}\n        resource: {{type: topic}}",
        "{{operation: {0}, resource: {{type: topic}}}}",
    ]
)
RULES = st.lists(st.builds(str.format, SHAPES, WORDS), min_size=1, max_size=6)


@given(RULES)
def test_what_it_means(rules: list[str]) -> None:
    before = HEAD + "".join(f"      - {rule}\n" for rule in rules)
    old, new = yaml.load(before), yaml.load(moved(before))
    for entry in old["spec"]["authorization"]["acls"]:
        if "operation" in entry:
            entry["operations"] = [entry.pop("operation")]
    assert new == {**old, "apiVersion": VERSION}


WRONG_EDITS = {
    "another value": ("operation: Read", "operation: Write"),
    "another version": ("v1beta2", "v2"),
    "a name": ("KafkaUser", "KafkaTopic"),
    "a letter": ("kind", "kinds"),
    "a line": ("spec:\n", "spec:\n  quotas: {}\n"),
}


@pytest.mark.parametrize(("old", "new"), WRONG_EDITS.values(), ids=WRONG_EDITS)
def test_other_edits_are_refuted(old: str, new: str) -> None:
    text = f"{HEAD}      - resource: {{}}\n        operation: Read\n"
    at = text.index(old)
    after = text[:at] + new + text[at + len(old) :]
    change = Change("a.yaml", text.encode(), after.encode(), ((at, at + len(old), new),))
    assert len(list(check_migration(change))) == 1
