"""What `unwire` takes out is what `wire` put in, to the byte."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.removal import Named, unwire
from bot.roundtrip.splice import splice
from bot.roundtrip.wiring import wire
from tests.roundtrip.test_wiring_properties import CLIENT, read, templates

NAMED = Named(frozenset({"KAFKA", "PORT"}), frozenset({"/kafka"}), frozenset({"kafka"}))


def without(text: str, named: Named = NAMED) -> str:
    template, workload = read(text)
    return splice(text, unwire(template, workload, 0, named))


@given(templates(), st.sampled_from([None, "kafkaAccess.enabled"]))
def test_there_and_back(old: str, guard: str | None) -> None:
    template, workload = read(old)
    wired = splice(old, wire(template, workload, 0, CLIENT, guard=guard).splices)
    # An empty list is written out by a grant without a guard, and nothing tells later that it was there.
    expected = old if guard else re.sub(r"^ *\w+: \[\](?:\r?\n|\Z)", "", old, flags=re.MULTILINE)
    end = "" if expected == old else "\r\n"
    assert without(wired).rstrip(end) == expected.rstrip(end)


@given(templates())
def test_what_is_not_there_changes_nothing(old: str) -> None:
    assert without(old) == old


KAFKA = """
        env:
          - name: A
            value: a
          # Kafka's address
          - name: KAFKA
            value: k
          # the port
          - name: PORT
            value: "1"
"""
IF_X = """        env:
          {{- if .Values.x }}
          - name: B
            value: b
          {{- end }}
"""
LEFT = {
    "a comment about Kafka goes": (
        KAFKA,
        "        env:\n          - name: A\n            value: a\n          # the port\n",
    ),
    "one condition round two lists": (
        "        {{- if .Values.kafka }}\n        env:\n          - name: KAFKA\n            value: k\n"
        "        volumeMounts:\n          - name: kafka\n            mountPath: /kafka\n        {{- end }}\n"
        "        image: i\n",
        "        image: i\n",
    ),
    "a condition that holds more": (
        "        env:\n          {{- if .Values.x }}\n          - name: KAFKA\n            value: k\n"
        "          - name: B\n            value: b\n          {{- end }}\n",
        IF_X,
    ),
    "a condition that the key stands before": (
        "        env:\n          {{- if .Values.x }}\n          - name: KAFKA\n            value: k\n"
        "          {{- end }}\n        image: i\n",
        "        image: i\n",
    ),
    "the branch that has something else stays": (
        "        env:\n          {{- if .Values.x }}\n          - name: B\n            value: b\n"
        "          {{- else }}\n          - name: KAFKA\n            value: k\n          {{- end }}\n",
        IF_X,
    ),
}


@pytest.mark.parametrize(("lists", "left"), LEFT.values(), ids=LEFT)
def test_by_hand(lists: str, left: str) -> None:
    head = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n"
    assert without(head + lists.lstrip("\n")) == head + left


def test_a_list_in_brackets() -> None:
    head = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n"
    with pytest.raises(CannotEdit, match="line 7: env is a list in brackets"):
        without(f"{head}        env: [{{name: KAFKA, value: k}}, {{name: B, value: b}}]\n")


def test_an_item_that_begins_with_the_list() -> None:
    head = "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n"
    with pytest.raises(CannotEdit, match="env begins an item"):
        without(f"{head}      - env:\n        - name: KAFKA\n          value: k\n        name: app\n")
