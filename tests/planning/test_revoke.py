"""Revocations on the small tree: what a grant wrote goes, to the byte, and what must stay stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.files import Files, write_all
from bot.errors import UserError
from bot.phalanx.unknown import UnknownApplication, UnknownEnvironment
from bot.planning import revoke
from bot.planning.connected import BySharedChart, MadeByTemplate, StillUsed, UnderCondition
from bot.planning.existing import OfferedAsAnother
from bot.planning.plan import plan
from bot.planning.revoke import NoAccessThere, NoSwitch, RulesAndEnvironments, SharedRules
from bot.planning.ungranting import RulesNotThere
from bot.proof.model import Status
from tests.planning.test_plan import GRANTED, Grant, command_of
from tests.support.plans import RULES, command, grant, judged, proved, revoked, take, write
from tests.support.tree import TREE, copy_tree, digests, put, replace, text

INGEST = "lsst.square-events.myapp.ingest"
USER = "applications/sasquatch/charts/square-events/templates/myapp-user.yaml"
DEPLOYMENT = "applications/myapp/templates/deployment.yaml"


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(*case, id=case[0]) for case in GRANTED.items() if case[0] != "batch"]
)
def test_there_and_back(name: str, case: Grant) -> None:
    granted = {one.path: one.after for one in plan(Files(TREE), RULES, command_of(name, case)).changes}
    application = name.partition(",")[0]
    found = revoke.plan(Files(TREE, granted), RULES, command(f"revoke app={application}"))
    old = Files(TREE)
    before = {path: old.data(path) for path in granted}
    assert granted != before
    assert granted | {one.path: one.after for one in found.changes} == before
    assert found.targets == case.targets
    assert {(one.kind, one.name, one.change) for one in found.resources} == {
        ("KafkaAccess", case.access or f"{application}-kafka", "delete"),
        ("KafkaUser", application, "delete"),
    }


def test_an_empty_list_goes_with_its_key() -> None:
    """`env: []` is written out by a grant, and nothing tells later that it was there; to Kubernetes it is the same."""
    granted = {one.path: one.after for one in plan(Files(TREE), RULES, command_of("batch", GRANTED["batch"])).changes}
    found = revoke.plan(Files(TREE, granted), RULES, command("revoke batch"))
    after = granted | {one.path: one.after for one in found.changes}
    old = Files(TREE)
    differing = [path for path in granted if after[path] != old.data(path)]
    assert differing == ["applications/batch/templates/job.yaml"]
    assert (old.text(differing[0]) or "").replace("          env: []\n", "").encode() == after[differing[0]]


@pytest.mark.parametrize("line", ["myapp", "everywhere env=alpha", "aliased"])
def test_it_is_proved_and_leaves_no_folder(tmp_path: Path, line: str) -> None:
    tree = copy_tree(tmp_path)
    before = digests(tree)
    application = line.partition(" ")[0]
    grant(tree, f"{line} topic=lsst.square-events.{application}.ingest")
    found = revoked(tree, application)
    proved(tree, found)
    write(tree, found)
    assert digests(tree) == before


def test_again_changes_nothing(tmp_path: Path) -> None:
    found = revoked(copy_tree(tmp_path), "myapp")
    assert found.changes == ()
    assert found.notes == ("no template gives myapp a KafkaAccess, and no KafkaUser has its name",)
    assert revoked(TREE, "reader user=nobody").notes == (
        "reader does not connect as KafkaUser nobody; it connects as reader",
    )


def test_one_topic_of_two(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}:write")
    before = digests(tree)
    grant(tree, "myapp topic=lsst.square-events.myapp.audit:write")
    found = revoked(tree, "myapp topic=lsst.square-events.myapp.audit")
    proved(tree, found)
    write(tree, found)
    assert digests(tree) == before
    assert [(one.kind, one.change) for one in found.resources] == [("KafkaUser", "amend")]


@pytest.mark.parametrize("typed", ["myapp-1", "myapp-*"])
def test_a_transactional_id(tmp_path: Path, typed: str) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}:write")
    before = digests(tree)
    found = plan(Files(tree), RULES, command(f"myapp txn={typed}"))
    assert found.verdicts == ()
    proved(tree, found)
    write(tree, found)
    (entry,) = (one for rules in found.expected.added_rules for one in rules.added)
    pattern = "prefix" if typed.endswith("*") else "literal"
    assert entry["resource"] == {"type": "transactionalId", "name": typed.rstrip("*"), "patternType": pattern}
    assert entry["operations"] == ["Describe", "Write"]
    gone = revoked(tree, f"myapp txn={typed}")
    proved(tree, gone)
    write(tree, gone)
    assert digests(tree) == before


def test_groups_go_with_the_last_topic_that_is_read(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}:write")
    before = digests(tree)
    grant(tree, "myapp topic=lsst.square-events.myapp.audit:read")
    found = take(tree, "myapp topic=lsst.square-events.myapp.audit")
    assert digests(tree) == before
    assert "nothing is read any more, so the rules for consumer groups go too" in found.notes


def test_the_last_topic_is_everything(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    before = digests(tree)
    grant(tree, f"myapp topic={INGEST}")
    found = take(tree, f"myapp topic={INGEST}")
    assert digests(tree) == before
    assert found.notes[0].startswith("no rule for a topic would be left, so everything goes")


def test_what_a_prefix_still_covers_is_said(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}:write")
    grant(tree, "myapp topic=lsst.square-events.myapp.*:write")
    found = revoked(tree, f"myapp topic={INGEST}")
    assert f"the rule for lsst.square-events.myapp.* still allows what it covers of {INGEST}" in found.notes


def test_a_denial_stays(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}:write topic=lsst.square-events.myapp.audit:write")
    entry = f'      - resource:\n          type: topic\n          name: "{INGEST}"\n          patternType: literal\n'
    denial = entry + '        type: deny\n        operations:\n          - "Read"\n        host: "*"\n'
    (tree / USER).write_text(text(tree, USER) + denial)
    found = revoked(tree, f"myapp topic={INGEST}")
    proved(tree, found)
    write(tree, found)
    assert text(tree, USER).count(INGEST) == 1
    assert text(tree, USER).endswith(denial)


def test_one_environment_of_two(tmp_path: Path) -> None:
    tree, other = copy_tree(tmp_path / "one"), copy_tree(tmp_path / "two")
    grant(tree, "everywhere topic=lsst.everywhere.jobs:write env=alpha,beta")
    grant(other, "everywhere topic=lsst.everywhere.jobs:write env=alpha")
    found = revoked(tree, "everywhere env=beta")
    assert found.targets == ("beta",)
    proved(tree, found)
    write(tree, found)
    assert digests(tree) == digests(other)


def test_a_topic_that_was_made_stays(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, "everywhere topic=lsst.everywhere.jobs:write create env=alpha")
    found = revoked(tree, "everywhere")
    proved(tree, found)
    write(tree, found)
    folder = "applications/sasquatch/charts/everywhere"
    assert "lsst.everywhere.jobs" in text(tree, f"{folder}/templates/kafka-topics.yaml")
    assert not (tree / folder / "templates/kafka-user.yaml").exists()
    assert (
        "KafkaTopic lsst.everywhere.jobs stays: deleting a KafkaTopic deletes its data, which is never done here"
        in found.notes
    )


def test_what_a_certificate_still_opens_is_said(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}")
    assert any("an old copy of the certificate lets its holder in" in note for note in revoked(tree, "myapp").notes)


def test_a_user_that_others_have_stays(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}")
    access = text(tree, "applications/myapp/templates/kafka-access.yaml")
    (tree / "applications/publisher/templates/kafka-access.yaml").write_text(access.replace("myapp-kafka", "p-kafka"))
    before = text(tree, USER)
    with pytest.raises(SharedRules, match="KafkaUser myapp serves publisher too"):
        revoked(tree, f"myapp topic={INGEST}")
    found = take(tree, "myapp")
    assert text(tree, USER) == before
    assert f"KafkaUser myapp ({USER}) and its rules stay, as they serve publisher too" in found.notes
    assert [(one.kind, one.change) for one in found.resources] == [("KafkaAccess", "delete")]


SERVING = {
    "a KafkaAccess whose user the values name": (
        ("applications/publisher/values-beta.yaml", "kafka:\n  user: myapp\n"),
        "publisher",
    ),
    "a client of the service itself": (
        ("applications/sasquatch/values-beta.yaml", 'connector:\n  secretName: "myapp"\n'),
        "applications/sasquatch/values-beta.yaml",
    ),
}


@pytest.mark.parametrize(("more", "whom"), SERVING.values(), ids=SERVING)
def test_a_user_that_serves_others_by_values_stays(tmp_path: Path, more: tuple[str, str], whom: str) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}")
    access = text(tree, "applications/myapp/templates/kafka-access.yaml")
    other = access.replace("myapp-kafka", "p-kafka").replace('"myapp"', "{{ .Values.kafka.user }}")
    (tree / "applications/publisher/templates/kafka-access.yaml").write_text(other)
    path, added = more
    (tree / path).write_text(text(tree, path) + added)
    before = text(tree, USER)
    found = take(tree, "myapp")
    assert text(tree, USER) == before
    assert f"KafkaUser myapp ({USER}) and its rules stay, as they serve {whom} too" in found.notes


REFUSED: dict[str, tuple[str, type[UserError], str]] = {
    "no such application": ("myap", UnknownApplication, "myap"),
    "no such environment": ("myapp env=omega", UnknownEnvironment, "omega"),
    "not there": ("myapp env=gamma", NoAccessThere, "it has it in alpha and beta"),
    "no such rule": ("myapp topic=lsst.square-events.myapp.x", RulesNotThere, "no rule for lsst.square-events.myapp.x"),
    "rules in one environment": (f"myapp topic={INGEST} env=alpha", RulesAndEnvironments, "alpha and beta"),
    "no switch": ("myapp env=alpha", NoSwitch, "does not depend on kafkaAccess.enabled"),
    "metrics": ("metrics-only", MadeByTemplate, "spells that KafkaUser out"),
}


@pytest.mark.parametrize(("line", "kind", "said"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, line: str, kind: type[UserError], said: str) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}")
    with pytest.raises(kind, match=said) as refused:
        revoked(tree, line)
    assert refused.value.hint


def test_a_condition_that_only_rendering_tells(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}")
    path = "applications/myapp/templates/kafka-access.yaml"
    (tree / path).write_text(f"{{{{- if and .Values.a .Values.b }}}}\n{text(tree, path)}{{{{- end }}}}\n")
    with pytest.raises(UnderCondition, match="KafkaAccess myapp-kafka"):
        revoked(tree, "myapp")


ELSEWHERE = {
    "a helper": (
        "applications/myapp/templates/_helpers.tpl",
        '{{ define "x" }}\nsecretKeyRef:\n  name: myapp-kafka\n{{ end }}\n',
    ),
    "another template": ("applications/myapp/templates/other.yaml", "secretName: {{ .Chart.Name }}-kafka\n"),
    "a value": ("applications/myapp/values-alpha.yaml", "secret: myapp-kafka\n"),
}


@pytest.mark.parametrize(("path", "more"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_secret_is_used_elsewhere(tmp_path: Path, path: str, more: str) -> None:
    tree = copy_tree(tmp_path)
    grant(tree, f"myapp topic={INGEST}")
    before = text(tree, path) if (tree / path).exists() else ""
    (tree / path).write_text(before + more)
    with pytest.raises(StillUsed, match=path):
        revoked(tree, "myapp")


HELPERS = "applications/reader/templates/_helpers.tpl"
READER = "applications/reader/templates/deployment.yaml"
KAFKA_LISTS = """
{{- define "reader.volumeMounts" -}}
- name: "kafka"
  mountPath: "/etc/kafkauser/user.crt"
  subPath: "ssl.keystore.crt"
- name: "tmp"
  mountPath: "/tmp"
{{- end }}

{{- define "reader.volumes" -}}
- name: "tmp"
  emptyDir: {}
{{- if .Values.config.topic }}
# The Secret of the KafkaAccess
- name: "kafka"
  secret:
    secretName: {{ .Chart.Name }}-kafka
{{- end }}
{{- end }}
"""
LEFT_LISTS = """
{{- define "reader.volumeMounts" -}}
- name: "tmp"
  mountPath: "/tmp"
{{- end }}

{{- define "reader.volumes" -}}
- name: "tmp"
  emptyDir: {}
{{- end }}
"""


def with_helpers(tree: Path) -> str:
    """Have all of reader's wiring come from named templates; returns the text of a second workload that includes it."""
    put(tree, HELPERS, text(tree, HELPERS) + KAFKA_LISTS)
    head = text(tree, READER).partition("          volumeMounts:")[0]
    lists = (
        '          volumeMounts:\n            {{- include "reader.volumeMounts" . | nindent 12 }}\n'
        '      volumes:\n        {{- include "reader.volumes" . | nindent 8 }}\n'
    )
    put(tree, READER, head + lists)
    return (head + lists).replace('name: "reader"', 'name: "reader-two"')


def test_entries_that_helpers_print(tmp_path: Path) -> None:
    """They go from the named templates, and so from each workload that includes them."""
    tree = copy_tree(tmp_path)
    before = text(tree, HELPERS)
    put(tree, "applications/reader/templates/two.yaml", with_helpers(tree))
    found = revoked(tree, "reader")
    proved(tree, found)
    write(tree, found)
    kafka = before.index('- name: "KAFKA_SECURITY_PROTOCOL"')
    assert text(tree, HELPERS) == before[:kafka] + before[before.index("{{- end }}", kafka) :] + LEFT_LISTS
    assert "kafka" not in text(tree, READER)
    assert {one.source for one in found.expected.unwired} == {READER, "applications/reader/templates/two.yaml"}


def test_helpers_that_something_else_includes(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    with_helpers(tree)
    included = '          env:\n            {{- include "reader.envVars" . | nindent 12 }}\n'
    init = f'      initContainers:\n        - name: "init"\n          image: "init"\n{included}      containers:\n'
    replace(tree, READER, "      containers:\n", init)
    with pytest.raises(StillUsed, match=READER):
        revoked(tree, "reader")


def test_helpers_of_which_nothing_would_be_left(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    with_helpers(tree)
    replace(tree, HELPERS, '- name: "tmp"\n  mountPath: "/tmp"\n', "")
    assert "volumeMounts:" in text(tree, READER)
    found = revoked(tree, "reader")
    proved(tree, found)
    write(tree, found)
    assert "ounts" not in text(tree, HELPERS) + text(tree, READER)


def test_access_that_is_off_everywhere(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    before = digests(tree)
    grant(tree, "everywhere topic=lsst.everywhere.jobs:write env=alpha")
    for path in ("applications/everywhere/values-alpha.yaml", "applications/sasquatch/values-alpha.yaml"):
        put(tree, path, (TREE / path).read_text())
    found = revoked(tree, "everywhere")
    assert found.targets == ()
    proved(tree, found)
    write(tree, found)
    assert digests(tree) == before


OFFERED = "charts/common-worker/templates/kafka-access.yaml"


def offer(tree: Path) -> None:
    """Let a shared chart offer a KafkaAccess, and variables, under a value of its own, in two environments."""
    replace(tree, "environments/values-beta.yaml", "  myapp: true\n", "  shared: true\n  myapp: true\n")
    put(tree, "applications/shared/values-beta.yaml", 'common-worker:\n  queue: "beta"\n')
    access = text(tree, "applications/reader/templates/kafkaaccess.yaml")
    named = access.replace("    name: reader\n", "    name: {{ .Values.kafka.user | quote }}\n")
    named = named.replace('    {{- include "reader.labels" . | nindent 4 }}\n', '    of: "common-worker"\n')
    put(tree, OFFERED, f"{{{{- if .Values.kafka.enabled }}}}\n{named}{{{{- end }}}}\n")
    values = "charts/common-worker/values.yaml"
    put(tree, values, text(tree, values) + "\nkafka:\n  enabled: false\n  user: shared\n")
    told = (
        '          args: ["--kafka={{ .Values.kafka.enabled }}"]\n'
        "          env:\n            {{- if .Values.kafka.enabled }}\n"
        '            - name: "KAFKA_BOOTSTRAP_SERVERS"\n              valueFrom:\n                secretKeyRef:\n'
        '                  name: "reader-kafka"\n                  key: "bootstrapServers"\n            {{- end }}\n'
    )
    replace(tree, "charts/common-worker/templates/deployment.yaml", "          env:\n", told)


def test_what_a_shared_chart_offers(tmp_path: Path) -> None:
    """It goes on and off by the application's values, and what else the chart makes of these is told."""
    tree = copy_tree(tmp_path)
    offer(tree)
    assert revoked(tree, "shared").changes == ()
    before = digests(tree)
    found = plan(Files(tree), RULES, command("shared topic=lsst.square-events.shared.jobs:write env=alpha,beta"))
    assert {one.path for one in found.changes if one.path.startswith(("applications/shared", "charts"))} == {
        "applications/shared/values-alpha.yaml", "applications/shared/values-beta.yaml",
    }  # fmt: skip
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    switched = "differs by common-worker.kafka.enabled, as the templates make it"
    assert f"in alpha, beta Deployment shared-worker {switched}" in proof.notes
    write(tree, found)
    part = revoked(tree, "shared env=beta")
    assert [one.path for one in part.changes] == ["applications/shared/values-beta.yaml"]
    (kept,) = part.notes
    assert kept.startswith("KafkaUser shared (")
    assert kept.endswith(" and its rules stay")
    proved(tree, part)
    back = revoked(tree, "shared")
    proved(tree, back)
    write(tree, back)
    assert digests(tree) == before


def test_what_a_shared_chart_offers_as_another_user(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    offer(tree)
    replace(tree, "charts/common-worker/values.yaml", "  user: shared\n", "  user: reader\n")
    for line in ("shared topic=lsst.square-events.shared.jobs:write env=alpha", "app=shared env=alpha"):
        with pytest.raises(OfferedAsAnother, match="connect as KafkaUser reader, with all that this may do") as refused:
            plan(Files(tree), RULES, command(line))
        assert "common-worker.kafka.user in its values" in refused.value.hint


def test_what_a_shared_chart_has_under_no_value_of_its_own(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    offer(tree)
    grant(tree, "shared topic=lsst.square-events.shared.jobs:write env=alpha,beta")
    replace(tree, OFFERED, "{{- if .Values.kafka.enabled }}\n", "")
    replace(tree, OFFERED, "{{- end }}\n", "")
    with pytest.raises(BySharedChart, match="comes from the shared chart charts/common-worker"):
        revoked(tree, "shared")


def test_a_pod_that_would_wait_for_its_secret_is_refuted(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    offer(tree)
    deployment = "charts/common-worker/templates/deployment.yaml"
    replace(tree, deployment, "            {{- if .Values.kafka.enabled }}\n", "")
    replace(tree, deployment, "            {{- end }}\n", "")
    grant(tree, "shared topic=lsst.square-events.shared.jobs:write env=alpha,beta")
    found = revoked(tree, "shared")
    proof = judged(tree, found)
    assert proof.status is Status.REFUTED
    assert {one.text for one in proof.problems} == {
        "Deployment shared-worker (charts/common-worker/templates/deployment.yaml) still uses Secret reader-kafka, "
        "which goes"
    }


def test_written_by_hand(tmp_path: Path) -> None:
    """Other names than a grant's, a plain value among them, and a comment."""
    tree = copy_tree(tmp_path)
    before = digests(tree)
    grant(tree, f"myapp topic={INGEST}")
    replace(tree, DEPLOYMENT, '- name: "KAFKA_BOOTSTRAP_SERVERS"', '- name: "BROKERS"')
    replace(
        tree,
        DEPLOYMENT,
        '            - name: "KAFKA_SECURITY_PROTOCOL"',
        '            # From KafkaAccess\n            - name: "KAFKA_SECURITY_PROTOCOL"',
    )
    replace(tree, DEPLOYMENT, '- name: "KAFKA_CLUSTER_CA_PATH"', '- name: "CA_FILE"')
    found = revoked(tree, "myapp")
    proved(tree, found)
    write_all(tree, {one.path: one.after for one in found.changes})
    assert digests(tree) == before
