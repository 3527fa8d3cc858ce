"""Metrics taken away on the small tree: the application's side goes, the list and with it the KafkaTopic stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.unknown import UnknownEnvironment
from bot.planning import metrics, metrics_revoke
from bot.planning.connected import StillUsed
from bot.planning.metrics_revoke import NoMetricsSwitch, NotPublishing, SharedUser
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.proof.model import Status
from bot.proof.prove import prove
from tests.planning.test_metrics import CASES, KAFKA
from tests.support.plans import RULES, command, judged, write
from tests.support.tree import TREE, put, text
from tests.support.tree import replace as exchange

SERVICE = "applications/sasquatch/"
ONLY = "applications/metrics-only"
READER = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
LINES = [line for line in CASES if not line.startswith("reader")]


def revoked(tree: Path, line: str, files: Mapping[str, bytes | None] | None = None) -> Plan:
    return metrics_revoke.plan(Files(tree, files or {}), RULES, command(f"revoke {line}"))


def after(found: Plan) -> dict[str, bytes | None]:
    return {one.path: one.after for one in found.changes}


@pytest.mark.parametrize("line", LINES)
def test_there_and_back(line: str) -> None:
    application = line.partition(" ")[0]
    granted = after(metrics.plan(Files(TREE), RULES, command(line)))
    found = revoked(TREE, f"{application} metrics", granted)
    old, now = Files(TREE), granted | after(found)
    assert {path for path in now if now[path] != old.data(path)} == {path for path in granted if SERVICE in path}
    assert not [path for path in after(found) if SERVICE in path]
    assert found.targets == tuple(CASES[line].targets.split())
    assert [(one.kind, one.change) for one in found.resources] == [("KafkaAccess", "delete")]
    name = CASES[line].name
    assert f"KafkaUser app-metrics-{name} and KafkaTopic lsst.square.metrics.events.{name}" in found.notes[-1]


def test_there_and_back_on_a_user_of_its_own() -> None:
    """The rules go from the user that the metrics rode on, and what it had before stays."""
    first = after(plan(Files(TREE), RULES, command("everywhere topic=lsst.square-events.a:write env=alpha,beta")))
    second = first | after(metrics.plan(Files(TREE, first), RULES, command("everywhere metrics")))
    found = revoked(TREE, "everywhere metrics", second)
    now = second | after(found)
    old = {path: first.get(path, Files(TREE).data(path)) for path in now}
    lists = {f"{SERVICE}values-{environment}.yaml" for environment in ("alpha", "beta")}
    assert {path for path in now if now[path] != old[path]} == lists
    assert [(one.kind, one.name, one.change) for one in found.resources] == [("KafkaUser", "everywhere", "amend")]


@pytest.mark.parametrize("line", ["everywhere metrics", "aliased metrics"])
def test_proved(line: str, tree: Path) -> None:
    write(tree, metrics.plan(Files(tree), RULES, command(line)))
    found = revoked(tree, line)
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    write(tree, found)
    assert revoked(tree, line).changes == ()
    assert revoked(tree, line).notes == (f"{line.partition(' ')[0]} publishes no metrics",)


def test_in_one_environment(tree: Path) -> None:
    write(tree, metrics.plan(Files(tree), RULES, command("everywhere metrics")))
    found = revoked(tree, "everywhere metrics env=beta")
    assert [one.path for one in found.changes] == ["applications/everywhere/values-beta.yaml"]
    assert judged(tree, found).status is Status.PROVED
    unannounced = replace(found.expected, removed_objects=())
    problems = [one.text for one in prove(tree, found.changes, unannounced, jobs=2).problems]
    assert problems == ["KafkaAccess everywhere-kafka (templates/kafka-access.yaml) is gone"]
    write(tree, found)
    assert revoked(tree, "everywhere metrics").targets == ("alpha",)
    with pytest.raises(NotPublishing, match="publishes no metrics in beta; it does in alpha"):
        revoked(tree, "everywhere metrics env=beta")


def test_by_hand(tree: Path) -> None:
    """What something else reads of the values stays, off; the rest goes, and comes back by the equivalent command."""
    found = revoked(tree, "metrics-only metrics")
    assert [one.path for one in found.changes] == [
        f"{ONLY}/templates/deployment.yaml", f"{ONLY}/templates/kafkaaccess.yaml", f"{ONLY}/values-alpha.yaml",
    ]  # fmt: skip
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    assert proof.notes == (
        f"{ONLY}/templates/deployment.yaml prints nothing of this in any environment; "
        "proved with the chart's own values",
        "in alpha Deployment metrics-only differs by config.metrics.enabled, as the templates make it",
    )
    stays = f"config.metrics stays in {ONLY}/values.yaml, off, as {ONLY}/templates/deployment.yaml reads it"
    assert stays in found.notes
    write(tree, found)
    again = metrics.plan(Files(tree), RULES, command("metrics-only metrics"))
    assert judged(tree, again).status is Status.PROVED
    assert {one["name"] for one in again.expected.wired[0].env} == KAFKA


HELPERS = """{{/* Variables of metrics. */}}
{{- define "metrics-only.env" -}}
- name: "KAFKA_BOOTSTRAP_SERVERS"
  valueFrom:
    secretKeyRef:
      name: "metrics-only-kafka"
      key: "bootstrapServers"
{{- end }}

{{- define "metrics-only.other" -}}
- name: "OTHER"
  value: "x"
{{- end }}

{{- define "metrics-only.volume" -}}
- name: "metrics-kafka"
  secret:
    secretName: "metrics-only-kafka"
{{- end }}
"""
WORKLOAD = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: "metrics-only"
spec:
  selector:
    matchLabels:
      app: "metrics-only"
  template:
    metadata:
      labels:
        app: "metrics-only"
    spec:
      containers:
        - name: "metrics-only"
          image: "{{ .Values.image.repository }}:1"
          env:
            {{- include "metrics-only.other" . | nindent 12 }}
            {{- include "metrics-only.env" . | nindent 12 }}
      {{- if .Values.config.metrics.enabled }}
      volumes:
        {{- include "metrics-only.volume" . | nindent 8 }}
      {{- end }}
"""


def test_named_templates_that_would_print_nothing_go(tree: Path) -> None:
    put(tree, f"{ONLY}/templates/_helpers.tpl", HELPERS)
    put(tree, f"{ONLY}/templates/deployment.yaml", WORKLOAD)
    found = revoked(tree, "metrics-only metrics")
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    write(tree, found)
    first, last = (HELPERS.index(f'\n{{{{- define "metrics-only.{name}"') for name in ("other", "volume"))
    assert text(tree, f"{ONLY}/templates/_helpers.tpl") == HELPERS[first:last]
    left = WORKLOAD.replace('            {{- include "metrics-only.env" . | nindent 12 }}\n', "")
    assert text(tree, f"{ONLY}/templates/deployment.yaml") == left[: left.index("      {{- if")]


def test_a_named_template_that_something_else_includes_stays(tree: Path) -> None:
    put(tree, f"{ONLY}/templates/_helpers.tpl", HELPERS)
    put(tree, f"{ONLY}/templates/deployment.yaml", WORKLOAD)
    told = 'metadata:\n  name: told\ndata:\n  env: |\n    {{- include "metrics-only.env" . | nindent 4 }}\n'
    put(tree, f"{ONLY}/templates/told.yaml", f"apiVersion: v1\nkind: ConfigMap\n{told}")
    with pytest.raises(StillUsed, match="of applications/metrics-only/templates/told"):
        revoked(tree, "metrics-only metrics")


REFUSED: dict[str, tuple[str, type[UserError], str]] = {
    "no such environment": ("metrics-only metrics env=omega", UnknownEnvironment, "omega"),
    "not there": ("metrics-only metrics env=beta", NotPublishing, "it does in alpha"),
}


@pytest.mark.parametrize(("line", "kind", "says"), REFUSED.values(), ids=REFUSED)
def test_refused(line: str, kind: type[UserError], says: str) -> None:
    with pytest.raises(kind) as caught:
        revoked(TREE, line)
    assert says in caught.value.text
    assert caught.value.hint


def test_what_no_switch_turns_off_does_not_stop_in_one_environment(tree: Path) -> None:
    write(tree, metrics.plan(Files(tree), RULES, command("everywhere metrics")))
    access = "applications/everywhere/templates/kafka-access.yaml"
    exchange(tree, access, "{{- if .Values.config.metrics.enabled }}\n", "")
    exchange(tree, access, "{{- end }}\n", "")
    with pytest.raises(NoMetricsSwitch, match="turns the metrics of everywhere on and off") as caught:
        revoked(tree, "everywhere metrics env=beta")
    assert caught.value.hint == "/kafka-access revoke everywhere metrics"
    assert judged(tree, revoked(tree, "everywhere metrics")).status is Status.PROVED


def test_a_user_that_others_have_too_keeps_its_rules(tree: Path) -> None:
    write(tree, metrics.plan(Files(tree), RULES, command("reader metrics")))
    access = text(tree, "applications/reader/templates/kafkaaccess.yaml")
    put(tree, "applications/portal/templates/kafka-access.yaml", access.replace('name: "reader-kafka"', 'name: "p"'))
    with pytest.raises(SharedUser, match="KafkaUser reader serves portal too"):
        revoked(tree, "reader metrics")


def test_nothing_is_published_where_nothing_tells_so() -> None:
    assert revoked(TREE, "myapp metrics").notes == ("myapp publishes no metrics",)
    assert revoked(TREE, "reader metrics").changes == ()
