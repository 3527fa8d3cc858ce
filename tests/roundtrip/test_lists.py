from __future__ import annotations

import pytest

from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.lists import append_items
from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template

PATH = ("spec", "acls")
ITEM = {"type": "allow", "operations": ["Read", "Describe"]}

APPENDED = {
    "a last list": (
        "spec:\n  acls:\n    - type: deny\n",
        "spec:\n  acls:\n    - type: deny\n    - type: allow\n      operations:\n        - Read\n        - Describe\n",
    ),
    "siblings' order, quotes and dashes": (
        'spec:\n  acls:\n  -   operations: ["All"]\n      type: "deny"\n  other: 1\n',
        'spec:\n  acls:\n  -   operations: ["All"]\n      type: "deny"\n'
        '  -   operations:\n        -   "Read"\n        -   "Describe"\n      type: "allow"\n  other: 1\n',
    ),
    "in brackets": (
        "spec:\n  acls: [{type: deny}]\n",
        'spec:\n  acls: [{type: deny}, {"type": "allow", "operations": ["Read", "Describe"]}]\n',
    ),
    "in brackets with a last comma": (
        "spec:\n  acls: [{type: deny}, ]\n",
        'spec:\n  acls: [{type: deny}, {"type": "allow", "operations": ["Read", "Describe"]} ]\n',
    ),
    "the later of two equal keys": (
        "spec: {}\nspec:\n  acls:\n  - a\n",
        "spec: {}\nspec:\n  acls:\n  - a\n  - type: allow\n    operations:\n      - Read\n      - Describe\n",
    ),
    "outside the condition of the last entry": (
        "spec:\n  acls:\n  - a\n  {{- if .Values.x }}\n  - b\n  {{- end }}\n",
        "spec:\n  acls:\n  - a\n  {{- if .Values.x }}\n  - b\n  {{- end }}\n"
        "  - type: allow\n    operations:\n      - Read\n      - Describe\n",
    ),
    "inside the condition of the key": (
        "spec:\n  {{- if .Values.x }}\n  acls:\n  - a\n  {{- end }}\n",
        "spec:\n  {{- if .Values.x }}\n  acls:\n  - a\n"
        "  - type: allow\n    operations:\n      - Read\n      - Describe\n  {{- end }}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), APPENDED.values(), ids=APPENDED)
def test_append(before: str, after: str) -> None:
    for old, new in (
        (before, after),
        (before.removesuffix("\n"), after.removesuffix("\n")),
        (before.replace("\n", "\r\n"), after.replace("\n", "\r\n")),
    ):
        template = Template(old)
        assert splice(old, append_items(template, template.documents[0], PATH, [ITEM])) == new


def test_items_keep_their_order() -> None:
    for before, after in (
        ("spec: {acls: [a]}\n", "spec: {acls: [a, b, c]}\n"),
        ("spec:\n  acls:\n  - a\n", "  - b\n  - c\n"),
    ):
        template = Template(before)
        assert splice(before, append_items(template, template.documents[0], PATH, ["b", "c"])).endswith(after)


def test_a_position_in_a_list() -> None:
    text = "l:\n- acls: [a]\n- acls: [b]\n"
    template = Template(text)
    done = splice(text, append_items(template, template.documents[0], ("l", 1, "acls"), ["c"]))
    assert done == "l:\n- acls: [a]\n- acls: [b, c]\n"


REFUSED = {
    "no such key": ("spec:\n  other: []\n", "line 1: there is no acls"),
    "no mapping": ("spec: text\n", "line 1: there is no acls"),
    "a scalar": ("spec:\n  acls: text\n", "line 2: acls is not a list of entries"),
    "printed": ("spec:\n  acls: {{ toYaml .Values.acls }}\n", "line 2: acls is not a list of entries"),
    "empty": ("spec:\n  acls: []\n", "line 2: acls is not a list of entries"),
    "brackets over lines": ("spec:\n  acls: [\n    a]\n", "line 2: the list is in brackets over several lines"),
    "a trimming end": (
        "spec:\n  acls:\n  {{- if .Values.x }}\n  - a\n  {{- end -}}\n",
        "line 2: there is no unconditional end of the list",
    ),
    "an alias": ("x: &x [a]\nspec:\n  acls: *x\n", "line 3: acls is written as an alias of another list"),
    "the anchor of an alias": ("spec:\n  acls: &x [a]\nx: *x\n", "line 2: &x is used elsewhere too"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, why: str) -> None:
    template = Template(text)
    with pytest.raises(CannotEdit) as raised:
        append_items(template, template.documents[0], PATH, [ITEM])
    assert raised.value.text == why
