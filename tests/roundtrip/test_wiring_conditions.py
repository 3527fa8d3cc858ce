from __future__ import annotations

import pytest

from bot.roundtrip.splice import splice
from bot.roundtrip.template import UnreadableTemplate
from bot.roundtrip.wiring import CannotEdit
from tests.roundtrip.marked import HEAD, text_of, wired, wiring

HOISTED = {
    "entries": """
     p|    env:
     p|      - name: B
     p|        value: b
      |    {{- if .Values.env }}
     b|    env:
      |      - name: A
      |    {{- end }}
    """,
    "toYaml": """
     p|    env:
     p|      - name: B
     p|        value: b
      |    {{- if .Values.x }}
     b|    env:
     p|      {{- if .Values.env }}
      |      {{- toYaml .Values.env | nindent 6 }}
     p|      {{- end }}
      |    {{- end }}
    """,
    "with": """
     p|    env: # of the application
     p|      - name: B
     p|        value: b
      |    {{- with .Values.env }}
     b|    env: # of the application
      |      {{- toYaml . | nindent 6 }}
      |    {{- end }}
    """,
}


@pytest.mark.parametrize("marked", HOISTED.values(), ids=HOISTED)
def test_a_key_under_a_condition_moves_out_of_it(marked: str) -> None:
    done = wiring(HEAD + text_of(marked, "b"))
    assert splice(HEAD + text_of(marked, "b"), done.splices) == HEAD + text_of(marked, "p")
    assert done.moved == (text_of(marked, "p").partition("\n")[0] + "\n",)


OTHERWISE = {
    "if": """
      |    {{- if .Values.env }}
      |    env:
      |      - name: A
     g|      {{- if $.Values.on }}
     g|      - name: B
     g|        value: b
     g|      {{- end }}
     g|    {{- else if $.Values.on }}
     g|    env:
     g|      - name: B
     g|        value: b
      |    {{- end }}
    """,
    "with": """
      |    {{- with .Values.env }}
      |    env:
     g|      {{- if $.Values.on }}
     g|      - name: B
     g|        value: b
     g|      {{- end }}
      |      {{- toYaml . | nindent 6 }}
     g|    {{- else }}
     g|    {{- if $.Values.on }}
     g|    env:
     g|    - name: B
     g|      value: b
     g|    {{- end }}
      |    {{- end }}
    """,
}


@pytest.mark.parametrize("marked", OTHERWISE.values(), ids=OTHERWISE)
def test_with_a_guard_the_condition_gets_another_branch(marked: str) -> None:
    done = wiring(HEAD + text_of(marked, "b"), guard="on")
    assert splice(HEAD + text_of(marked, "b"), done.splices) == HEAD + text_of(marked, "g")
    assert done.moved == ()


REFUSED = {
    "printed on the key's line": (
        """
        |    env: {{ .Values.env | toJson }}
        """,
        "line 5: env is printed by a directive on its own line",
    ),
    "a flow list over lines": (
        """
        |    env: [
        |      {name: A}]
        """,
        "line 5: env is a list in brackets over several lines",
    ),
    "a flow list with a directive": (
        """
        |    env: [{{ .Values.a }}]
        """,
        "line 5: env is a list in brackets over several lines",
    ),
    "text": (
        """
        |    env: text
        """,
        "line 5: env is not a list",
    ),
    "a mapping": (
        """
        |    env:
        |      A: a
        """,
        "line 5: env is not a list",
    ),
    "a range": (
        """
        |    {{- range .Values.env }}
        |    env:
        |      - name: A
        |    {{- end }}
        """,
        "line 6: env is under `{{ range .Values.env }}`",
    ),
    "two keys under a condition": (
        """
        |    {{- if .Values.env }}
        |    env: []
        |    args: []
        |    {{- end }}
        """,
        "line 6: env is under a condition together with args",
    ),
    "another key in the other branch": (
        """
        |    {{- if .Values.env }}
        |    env: []
        |    {{- else }}
        |    envFrom: []
        |    {{- end }}
        """,
        "line 6: env is under `{{ if .Values.env }}`",
    ),
    "twice": (
        """
        |    env:
        |      - name: A
        |    env:
        |      - name: C
        """,
        "line 5: env stands there more than once (lines 5 and 7)",
    ),
    "under two conditions apart": (
        """
        |    {{- if .Values.x }}
        |    env: []
        |    {{- end }}
        |    {{- if .Values.y }}
        |    env: []
        |    {{- end }}
        """,
        "line 6: env stands there more than once (lines 6 and 9)",
    ),
    "in two of three branches": (
        """
        |    {{- if .Values.x }}
        |    env: []
        |    {{- else if .Values.y }}
        |    env: []
        |    {{- else }}
        |    {{- end }}
        """,
        "line 6: env stands there more than once (lines 6 and 8)",
    ),
    "under several conditions": (
        """
        |    {{- if .Values.x }}
        |    {{- if .Values.y }}
        |    env: []
        |    {{- end }}
        |    {{- end }}
        """,
        "line 7: env is under several conditions",
    ),
    "no place outside a condition": (
        """
        |    env:
        |      {{- if .Values.x }}
        |      - name: A
        |      {{- end -}}
        """,
        "line 5: there is no place for a further entry of env",
    ),
    "entries outlive the condition": (
        """
        |    {{- if .Values.x }}
        |    env:
        |      - name: A
        |    {{- end }}
        |      - name: C
        """,
        "line 6: env is under a condition which its entries (line 9) outlive",
    ),
    "an anchor that is used": (
        """
        |    env: &env
        |      - name: A
        |  - name: other-proxy
        |    env: *env
        """,
        "line 5: &env is used elsewhere too",
    ),
    "an alias": (
        """
        |    env: *env
        |  initContainers:
        |  - env: []
        """,
        "line 5: not YAML even without its directives (found undefined alias)",
    ),
    "a condition that trims": (
        """
        |    {{- if .Values.x -}}
        |    env:
        |      - name: A
        |    {{- end }}
        """,
        "line 6: env shares lines with its condition",
    ),
    "a merged mapping": (
        """
        |    ports: &ports {}
        |    <<: *ports
        """,
        "line 6: another mapping is merged in, which may have env already",
    ),
}


@pytest.mark.parametrize("guard", [None, "on"], ids=["plain", "guarded"])
@pytest.mark.parametrize(("marked", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(marked: str, why: str, guard: str | None) -> None:
    with pytest.raises((CannotEdit, UnreadableTemplate)) as raised:
        wired(HEAD + text_of(marked, "b"), guard=guard)
    assert raised.value.text == why
    assert raised.value.hint


def test_an_alias_of_another_container_is_refused() -> None:
    text = "kind: Pod\nspec:\n  containers:\n  - name: a\n    env: &env []\n  - name: app\n    env: *env\n"
    with pytest.raises(CannotEdit, match="line 7: env is written as an alias of another list"):
        wired(text)


def test_a_key_moves_only_without_a_value_on_its_line() -> None:
    text = HEAD + "    {{- if .Values.x }}\n    env: [{name: A}]\n    {{- end }}\n"
    with pytest.raises(CannotEdit, match="line 6: env and its value are on one line under a condition"):
        wired(text)
    assert "    {{- else if $.Values.on }}\n    env:\n" in wired(text, guard="on")
