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


RIDING = {
    "what it had before": ("everywhere topic=lsst.square-events.a:write env=alpha,beta", "everywhere metrics"),
    "a group that nothing is read by": (
        "everywhere topic=lsst.square-events.a:write group=everywhere.g env=alpha,beta", "everywhere metrics",
    ),
    "another workload": ("pair topic=lsst.square-events.pair.a workload=server", "pair metrics workload=all"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "asked"), RIDING.values(), ids=RIDING)
def test_there_and_back_on_a_user_of_its_own(line: str, asked: str) -> None:
    """The rules and the workloads that came with the metrics go from it, and what was there before stays."""
    first = after(plan(Files(TREE), RULES, command(line)))
    second = first | after(metrics.plan(Files(TREE, first), RULES, command(asked)))
    application = line.partition(" ")[0]
    found = revoked(TREE, f"{application} metrics", second)
    now = second | after(found)
    old = {path: first.get(path, Files(TREE).data(path)) for path in now}
    lists = {f"{SERVICE}values-{environment}.yaml" for environment in ("alpha", "beta")}
    assert {path for path in now if now[path] != old[path]} == lists
    assert [(one.kind, one.name, one.change) for one in found.resources] == [("KafkaUser", application, "amend")]
    here = revoked(TREE, f"{application} metrics env=beta", second)
    assert f"KafkaUser {application} keeps its rules for the metrics, which hold wherever it is rendered" in here.notes


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


SUBCHART = "dependencies:\n  - name: sub\n    condition: sub.enabled\n    version: 1.0.0\n"
TOLD = 'kind: ConfigMap\ndata:\n  env: |\n    {{- include "metrics-only.env" . | nindent 4 }}\n'


@pytest.mark.parametrize("path", ["charts/sub/templates/told.yaml", "templates/NOTES.txt"])
def test_a_named_template_that_the_release_includes_elsewhere_stays(path: str, tree: Path) -> None:
    """Named templates are those of all charts, also where these are off."""
    put(tree, f"{ONLY}/templates/_helpers.tpl", HELPERS)
    put(tree, f"{ONLY}/templates/deployment.yaml", WORKLOAD)
    put(tree, f"{ONLY}/Chart.yaml", text(tree, f"{ONLY}/Chart.yaml") + SUBCHART)
    put(tree, f"{ONLY}/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n")
    put(tree, f"{ONLY}/{path}", TOLD)
    with pytest.raises(StillUsed, match=f"line 4 of {ONLY}/{path} uses Secret metrics-only-kafka"):
        revoked(tree, "metrics-only metrics")


TELLING = """            - name: "METRICS_APPLICATION"
              value: {{ .Values.config.metrics.application | quote }}
"""
READING = {
    "with": "{{- with .Values.config }}\nkind: ConfigMap\ndata: {a: {{ .metrics.application }}}\n{{- end }}\n",
    "a variable": "{{- $c := .Values.config }}\nkind: ConfigMap\ndata: {a: {{ $c.metrics.application }}}\n",
    "by name": 'kind: ConfigMap\ndata: {a: {{ dig "config" "metrics" "application" "" .Values }}}\n',
}


@pytest.mark.parametrize("read", READING.values(), ids=READING)
def test_values_that_are_read_by_another_way_stay(read: str, tree: Path) -> None:
    """The proof sees it where it is rendered; where it is off, the chart would break one day."""
    exchange(tree, f"{ONLY}/templates/deployment.yaml", TELLING, "")
    put(tree, f"{ONLY}/templates/told.yaml", "{{- if .Values.told }}\n" + read + "{{- end }}\n")
    found = revoked(tree, "metrics-only metrics")
    assert f"config.metrics stays in {ONLY}/values.yaml, off, as {ONLY}/templates/told.yaml reads it" in found.notes
    passed_on = '{{- include "a" (dict "Values" .Values) }}{{- $_ := set $.Values "x" 1 }}\n'
    put(tree, f"{ONLY}/templates/told.yaml", passed_on)
    assert f"{ONLY}/values.yaml" in after(revoked(tree, "metrics-only metrics"))


def test_a_switch_that_is_on_by_default(tree: Path) -> None:
    exchange(tree, f"{ONLY}/values.yaml", "    enabled: false", "    enabled: true")
    put(tree, f"{ONLY}/values-alpha.yaml", "")
    exchange(tree, "environments/values-beta.yaml", "  myapp: true\n", "  metrics-only: true\n  myapp: true\n")
    put(tree, f"{ONLY}/values-beta.yaml", "")
    here = revoked(tree, "metrics-only metrics env=beta")
    assert after(here) == {f"{ONLY}/values-beta.yaml": b"config:\n  metrics:\n    enabled: false\n"}
    assert judged(tree, here).problems == ()
    everywhere = revoked(tree, "metrics-only metrics")
    assert judged(tree, everywhere).problems == ()
    write(tree, everywhere)
    assert "    enabled: false" in text(tree, f"{ONLY}/values.yaml")
    assert {text(tree, f"{ONLY}/values-{name}.yaml") for name in ("alpha", "beta")} == {""}


def test_what_templates_take_for_on_is_on(tree: Path) -> None:
    put(tree, f"{ONLY}/values-alpha.yaml", 'config:\n  metrics:\n    enabled: "yes"\n')
    found = revoked(tree, "metrics-only metrics")
    assert found.targets == ("alpha",)
    assert judged(tree, found).status is Status.PROVED
    assert metrics.plan(Files(tree), RULES, command("metrics-only metrics")).changes == ()


POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: kafka\nspec:\n  podSelector: {}\n"


def test_what_else_goes_with_the_switch_is_the_reply(tree: Path) -> None:
    """The proof refutes it, which is no bug; the same policy may appear when metrics begin, and is named."""
    put(tree, f"{ONLY}/templates/policy.yaml", "{{- if .Values.config.metrics.enabled }}\n" + POLICY + "{{- end }}\n")
    found = revoked(tree, "metrics-only metrics")
    proof = judged(tree, found)
    assert [one.text for one in proof.problems] == ["NetworkPolicy kafka (templates/policy.yaml) is gone"]
    [doubt] = found.doubts
    assert f"NetworkPolicy kafka in {ONLY}/templates/policy.yaml depends on it too" in doubt.text
    put(tree, f"{ONLY}/values-alpha.yaml", "")
    begun = judged(tree, metrics.plan(Files(tree), RULES, command("metrics-only metrics")))
    assert begun.status is Status.PROVED
    assert "in alpha NetworkPolicy kafka appears by config.metrics.enabled, as the templates make it" in begun.notes


def test_of_several_accesses_it_is_the_one_that_they_ride_on(tree: Path) -> None:
    access = text(tree, "applications/reader/templates/kafkaaccess.yaml")
    for name in ("a", "b"):
        put(tree, f"applications/reader/templates/{name}.yaml", access.replace('"reader-kafka"', f'"{name}"'))
    (tree / "applications/reader/templates/kafkaaccess.yaml").unlink()
    assert revoked(tree, "reader metrics").notes == ("reader publishes no metrics",)
    write(tree, metrics.plan(Files(tree), RULES, command("reader metrics secret=b")))
    assert [one.path for one in revoked(tree, "reader metrics").changes if SERVICE in one.path] == [READER]


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
    with pytest.raises(NoMetricsSwitch, match="turns all of the metrics of everywhere on and off") as caught:
        revoked(tree, "everywhere metrics env=beta")
    assert caught.value.hint == "/kafka-access revoke everywhere metrics"
    assert judged(tree, revoked(tree, "everywhere metrics")).status is Status.PROVED


@pytest.mark.parametrize("path", [f"{ONLY}/templates/kafkaaccess.yaml", f"{ONLY}/templates/deployment.yaml"])
def test_what_does_not_depend_on_the_switch_goes_everywhere_by_name(path: str, tree: Path) -> None:
    """An environment in which the switch is off loses it too, and nobody may have that happen without being told."""
    exchange(tree, "environments/values-beta.yaml", "  myapp: true\n", "  metrics-only: true\n  myapp: true\n")
    put(tree, f"{ONLY}/values-beta.yaml", "")
    lines = [one for one in text(tree, path).splitlines() if "if .Values.config" not in one and "end }}" not in one]
    put(tree, path, "\n".join(lines) + "\n")
    with pytest.raises(NoMetricsSwitch):
        revoked(tree, "metrics-only metrics env=alpha")
    found = revoked(tree, "metrics-only metrics")
    assert found.targets == ("alpha", "beta")
    assert judged(tree, found).status is Status.PROVED


def test_a_user_that_others_have_too_keeps_its_rules(tree: Path) -> None:
    write(tree, metrics.plan(Files(tree), RULES, command("reader metrics")))
    access = text(tree, "applications/reader/templates/kafkaaccess.yaml")
    put(tree, "applications/portal/templates/kafka-access.yaml", access.replace('name: "reader-kafka"', 'name: "p"'))
    with pytest.raises(SharedUser, match="KafkaUser reader serves portal too"):
        revoked(tree, "reader metrics")


def test_nothing_is_published_where_nothing_tells_so() -> None:
    assert revoked(TREE, "myapp metrics").notes == ("myapp publishes no metrics",)
    assert revoked(TREE, "reader metrics").changes == ()
