from __future__ import annotations

import pytest

from bot.roundtrip.wiring import Entries, Wiring
from tests.roundtrip.marked import HEAD, text_of, wired, wiring

CLIENT = Entries(
    env=({"name": "B", "value": "b"},),
    mounts=({"name": "kafka", "mountPath": "/kafka"},),
    volumes=({"name": "kafka", "secret": {"secretName": "s"}},),
)


LISTS = {
    "append to a list": """
       |    env:
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "at the end of the file": """
       |    env:
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
    """,
    "dashes below the key": """
       |    env:
       |    - name: A
       |      value: a
      g|    {{- if $.Values.on }}
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    image: i
    """,
    "wide dashes": """
       |    env:
       |      -   name: A
       |          value: a
      g|      {{- if $.Values.on }}
     pg|      -   name: B
     pg|          value: b
      g|      {{- end }}
       |    image: i
    """,
    "quotes as in the siblings": """
       |    env:
       |      - name: "A"
       |        value: "a"
      g|      {{- if $.Values.on }}
     pg|      - name: "B"
     pg|        value: "b"
      g|      {{- end }}
       |    image: i
    """,
    "fields in the siblings' order": """
       |    env:
       |      - value: a
       |        name: A
      g|      {{- if $.Values.on }}
     pg|      - value: b
     pg|        name: B
      g|      {{- end }}
       |    image: i
    """,
    "a quoted key": """
       |    "env":
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "comments": """
       |    env:
       |      # about A
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    # about image
       |    image: i
    """,
    "a comment that closes the list": """
       |    env:
       |      - name: A
       |        value: a # a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |      # end
       |    image: i
    """,
    "printed by an include below": """
       |    env:
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |      {{- include "env" . | nindent 6 }}
       |    image: i
    """,
    "printed by toYaml below": """
       |    env:
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      p|      {{- if .Values.env }}
      g|      {{- end }}
      g|      {{- if or .Values.env (not $.Values.on) }}
       |      {{- toYaml .Values.env | nindent 6 }}
     pg|      {{- end }}
       |    image: i
    """,
    "an include below an entry": """
       |    env:
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |      {{- include "env" . | nindent 6 }}
       |    image: i
    """,
    "an include on the key's line": """
      b|    env: {{- include "env" . | nindent 6 }}
      p|    env:
      g|    env:{{- if $.Values.on }}
     pg|      - name: B
      p|        value: b {{- include "env" . | nindent 6 }}
      g|        value: b{{- end }} {{- include "env" . | nindent 6 }}
       |    image: i
    """,
    "toYaml on the key's line": """
      b|    env: {{ toYaml .Values.e | nindent 6 }}
      p|    env:
      g|    env:{{- if $.Values.on }}
     pg|      - name: B
      p|        value: b{{- if .Values.e }} {{ toYaml .Values.e | nindent 6 }}{{- end }}
      g|        value: b{{- end }}{{- if or .Values.e (not $.Values.on) }} {{ toYaml .Values.e | nindent 6 }}{{- end }}
       |    image: i
    """,
    "an empty list": """
      b|    env: []
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- else }}
      g|    env: []
      g|    {{- end }}
       |    image: i
    """,
    "a flow list": """
      b|    env: [{name: A, value: a}]
      p|    env: [{name: A, value: a}, {"name": "B", "value": "b"}]
      g|    env: [{name: A, value: a}{{ if $.Values.on }}, {"name": "B", "value": "b"}{{ end }}]
       |    image: i
    """,
    "a flow list with a last comma": """
      b|    env: [{name: A, value: a},]
      p|    env: [{name: A, value: a}, {"name": "B", "value": "b"}]
      g|    env: [{name: A, value: a},{{ if $.Values.on }} {"name": "B", "value": "b"}{{ end }}]
       |    image: i
    """,
    "no value": """
       |    env:
      g|    {{- if $.Values.on }}
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    image: i
    """,
    "absent, after image": """
       |    image: i
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    ports: []
    """,
    "absent, after imagePullPolicy": """
       |    image: i
       |    imagePullPolicy: Always
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    volumeMounts: []
       |    args: []
    """,
    "absent, sorted": """
       |    args: []
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    image: i
       |    ports: []
    """,
    "absent, below a list that is printed": """
       |    args:
       |    {{- toYaml .Values.args | nindent 4 }}
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
    """,
    "an entry above keys that are printed": """
       |    env:
       |    - name: A
       |      value: a
      g|    {{- if $.Values.on }}
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    {{- include "fields" . | nindent 4 }}
    """,
    "no comment, but text": """
       |    args:
       |    - |
       |      run
       |      # x
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
       |    image: i
       |    ports: []
    """,
    "absent, sorted last": """
       |    args: []
       |    command: []
       |    ea: []
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
    """,
    "in both branches": """
       |    {{- if .Values.env }}
       |    env:
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    {{- else }}
       |    env:
       |      - name: C
       |        value: c
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    {{- end }}
       |    image: i
    """,
    "a conditional entry": """
       |    env:
       |      {{- if .Values.env }}
       |      - name: A
       |        value: a
       |      {{- end }}
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "entries in a range": """
       |    env:
       |      {{- range .Values.list }}
       |      - name: {{ . }}
       |        value: a
       |      {{- end }}
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "a trimming directive below": """
       |    env:
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    {{ if .Values.env -}}
       |    image: i
       |    {{- end }}
    """,
    "no place at the end": """
       |    env:
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |      - name: A
       |        value: {{ .Values.x -}}
       |
       |    image: i
    """,
    "a folded scalar": """
       |    env:
       |      - name: A
       |        value: >-
       |          {{ .Values.x }}
       |          {{ if .Values.y }}y{{ end }}
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "a scalar that owns blank lines": """
       |    env:
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |      - name: A
       |        value: |+
       |          x
       |
       |    image: i
    """,
    "an anchor of no alias": """
       |    env: &env
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "an entry that ends in toYaml": """
       |    env:
       |      - name: A
       |        valueFrom:
       |          {{- toYaml .Values.vf | nindent 10 }}
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    image: i
    """,
    "a conditional key below": """
       |    env:
       |      - name: A
       |        value: a
      g|      {{- if $.Values.on }}
     pg|      - name: B
     pg|        value: b
      g|      {{- end }}
       |    {{- if .Values.x }}
       |    image: i
       |    {{- end }}
    """,
    "anchored with wide dashes": """
       |    env: &env
       |      -   name: A
       |          value: a
      g|      {{- if $.Values.on }}
     pg|      -   name: B
     pg|          value: b
      g|      {{- end }}
    """,
    "absent, all else conditional": """
       |    {{- if .Values.x }}
       |    image: i
       |    {{- end }}
      g|    {{- if $.Values.on }}
     pg|    env:
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
    """,
    "both branches of else if": """
       |    {{- if .Values.x }}
      b|    env: []
      p|    env:
      p|    - name: B
      p|      value: b
     bp|    {{- else if .Values.y }}
      g|    {{- if $.Values.on }}
       |    env:
     pg|    - name: B
     pg|      value: b
       |    {{- else }}
      g|    env: []
      g|    {{- end }}
      g|    {{- else if .Values.y }}
       |    env:
     bp|    - name: C
      g|    {{- if $.Values.on }}
     pg|    - name: B
     pg|      value: b
       |    {{- end }}
      g|    {{- else }}
      g|    env:
      g|    - name: C
      g|    {{- if $.Values.on }}
      g|    - name: B
      g|      value: b
      g|    {{- end }}
      g|    {{- end }}
    """,
    "null entries": """
       |    env:
       |    -
       |    - name: C
      g|    {{- if $.Values.on }}
     pg|    - name: B
     pg|      value: b
      g|    {{- end }}
    """,
}

GUARDS = {"p": None, "g": "on"}


@pytest.mark.parametrize("which", GUARDS)
@pytest.mark.parametrize("marked", LISTS.values(), ids=LISTS)
def test_lists(marked: str, which: str) -> None:
    before, after = HEAD + text_of(marked, "b"), HEAD + text_of(marked, which)
    assert wired(before, guard=GUARDS[which]) == after
    assert wired(before.removesuffix("\n"), guard=GUARDS[which]) == after.removesuffix("\n")
    crlf = before.replace("\n", "\r\n")
    assert wired(crlf, guard=GUARDS[which]) == after.replace("\n", "\r\n")


OBJECTS = {
    "CronJob": """
      |kind: CronJob
      |spec:
      |  jobTemplate:
      |    spec:
      |      template:
      |        spec:
      |          restartPolicy: Never
      |          containers:
      |            - name: {{ .Chart.Name }}
      |              image: "i"
     g|              {{- if $.Values.on }}
    pg|              env:
    pg|                - name: "B"
    pg|                  value: "b"
     g|              {{- end }}
     g|              {{- if $.Values.on }}
    pg|              volumeMounts:
    pg|                - name: "kafka"
    pg|                  mountPath: "/kafka"
     g|              {{- end }}
     g|          {{- if $.Values.on }}
    pg|          volumes:
    pg|            - name: "kafka"
    pg|              secret:
    pg|                secretName: "s"
     g|          {{- end }}
    """,
    "StatefulSet": """
      |kind: StatefulSet
      |spec:
      |  template:
      |    spec:
      |      containers:
      |        - name: app
      |          env:
      |            - name: A
      |              value: a
     g|            {{- if $.Values.on }}
    pg|            - name: B
    pg|              value: b
     g|            {{- end }}
      |          volumeMounts:
      |            - name: data
      |              mountPath: /data
     g|            {{- if $.Values.on }}
    pg|            - name: kafka
    pg|              mountPath: /kafka
     g|            {{- end }}
      |        - name: proxy
      |      volumes:
      |        - name: config
      |          configMap:
      |            name: app
     g|        {{- if $.Values.on }}
    pg|        - name: kafka
    pg|          secret:
    pg|            secretName: s
     g|        {{- end }}
      |  volumeClaimTemplates:
      |    - metadata:
      |        name: data
    """,
    "no volumes yet": """
      |kind: StatefulSet
      |spec:
      |  template:
      |    spec:
      |      containers:
      |        - name: app
     g|          {{- if $.Values.on }}
    pg|          env:
    pg|            - name: B
    pg|              value: b
     g|          {{- end }}
     g|          {{- if $.Values.on }}
    pg|          volumeMounts:
    pg|            - name: kafka
    pg|              mountPath: /kafka
     g|          {{- end }}
     g|      {{- if $.Values.on }}
    pg|      volumes:
    pg|        - name: kafka
    pg|          secret:
    pg|            secretName: s
     g|      {{- end }}
      |  volumeClaimTemplates:
      |    - metadata:
      |        name: data
    """,
    "lists that meet at one place": """
      |kind: Pod
      |spec:
      |  containers:
      |  - name: app
      |    volumeMounts:
      |    - name: data
      |      mountPath: /data
     p|    - name: kafka
     p|      mountPath: /kafka
     p|    env:
     p|    - name: B
     p|      value: b
     g|    {{- if $.Values.on }}
     g|    - name: kafka
     g|      mountPath: /kafka
     g|    {{- end }}
      |    {{- if .Values.env }}
    bg|    env:
      |    - name: A
      |      value: a
     g|    {{- if $.Values.on }}
     g|    - name: B
     g|      value: b
     g|    {{- end }}
     g|    {{- else if $.Values.on }}
     g|    env:
     g|    - name: B
     g|      value: b
      |    {{- end }}
     g|  {{- if $.Values.on }}
    pg|  volumes:
    pg|  - name: kafka
    pg|    secret:
    pg|      secretName: s
     g|  {{- end }}
    """,
    "one of two documents, under a condition": """
      |{{- if .Values.enabled }}
      |kind: Service
      |spec:
      |  ports: []
      |---
      |kind: Pod
      |spec:
      |  containers:
      |  - name: app
     g|    {{- if $.Values.on }}
    pg|    env:
    pg|    - name: B
    pg|      value: b
     g|    {{- end }}
     g|    {{- if $.Values.on }}
    pg|    volumeMounts:
    pg|    - name: kafka
    pg|      mountPath: /kafka
     g|    {{- end }}
      |  volumes:
     g|    {{- if $.Values.on }}
    pg|    - name: kafka
    pg|      secret:
    pg|        secretName: s
     g|    {{- end }}
      |    {{- include "volumes" . | nindent 4 }}
      |{{- end }}
    """,
}


@pytest.mark.parametrize("which", GUARDS)
@pytest.mark.parametrize("marked", OBJECTS.values(), ids=OBJECTS)
def test_objects(marked: str, which: str) -> None:
    assert wired(text_of(marked, "b"), CLIENT, GUARDS[which]) == text_of(marked, which)


def test_nothing_is_asked_for() -> None:
    assert wiring(HEAD, Entries()) == Wiring(())
