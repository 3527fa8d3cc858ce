"""Metrics on the small tree: what is planned, what is recognised, what is refused, and what Helm makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.unknown import UnknownApplication
from bot.planning import metrics, revoke
from bot.planning import plan as grants
from bot.planning.guards import PrintsAllValues, SchemaForbids
from bot.planning.metrics import RidesElsewhere
from bot.planning.metrics_client import AccessIsOffThere
from bot.planning.metrics_list import LacksMetrics, MadeInAnotherWay, NoMetrics, NoTags
from bot.planning.metrics_settings import SwitchTaken
from bot.planning.model import Plan
from bot.planning.publisher import OddAccess, OddUser
from bot.planning.refused import Refused
from bot.planning.selection import NoWorkload, PartlyWired, VariablesOfAnotherSecret, WhichWorkload
from bot.planning.targets import LacksOperator, LacksPrerequisites, NowhereEligible
from bot.planning.wiring import OnElsewhere
from bot.proof.model import Status
from bot.proof.prove import prove
from tests.support.plans import RULES, command, judged, write
from tests.support.tree import TREE, data, put, text
from tests.support.tree import replace as exchange

SERVICE = "applications/sasquatch"
LIST = f"{SERVICE}/charts/app-metrics"
READER = f"{SERVICE}/charts/square-events/templates/reader-user.yaml"
KAFKA = {
    "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_CLIENT_CERT_PATH", "KAFKA_CLIENT_KEY_PATH", "KAFKA_CLUSTER_CA_PATH",
    "KAFKA_SECURITY_PROTOCOL",
}  # fmt: skip
TOLD = {
    "METRICS_APPLICATION", "METRICS_ENABLED", "METRICS_EVENTS_TOPIC_PREFIX", "SCHEMA_MANAGER_REGISTRY_URL",
    "SCHEMA_MANAGER_SUFFIX",
}  # fmt: skip


def planned(tree: Path, line: str) -> Plan:
    return metrics.plan(Files(tree), RULES, command(line))


@dataclass(frozen=True)
class Case:
    """What must come of a command; files of the application are without its folder."""

    targets: str
    name: str
    files: tuple[str, ...]
    listed: str = ""
    """The environments in which it is put on the list, where these are not the targets."""
    resources: tuple[str, ...] = ("KafkaTopic", "KafkaUser", "KafkaAccess")
    variables: frozenset[str] = frozenset(KAFKA | TOLD)


OWN = ("README.md", "templates/kafka-access.yaml", "values.yaml")
DEPLOYMENT = "templates/deployment.yaml"

CASES = {
    "myapp metrics": Case("alpha beta", "myapp", (*OWN, DEPLOYMENT, "values-alpha.yaml", "values-beta.yaml")),
    "everywhere metrics tags=host,outcome": Case(
        "alpha beta", "everywhere", (*OWN, DEPLOYMENT, "values-alpha.yaml", "values-beta.yaml")
    ),
    "everywhere metrics env=beta": Case("beta", "everywhere", (*OWN, DEPLOYMENT, "values-beta.yaml")),
    "stream-kafka metrics": Case("alpha", "streamkafka", (*OWN, DEPLOYMENT, "values-alpha.yaml")),
    "pair metrics workload=server secret=own": Case(
        "alpha beta", "pair", (*OWN, "templates/deployments.yaml", "values-alpha.yaml", "values-beta.yaml")
    ),
    "nightly metrics": Case("beta", "nightly", (*OWN, "templates/cronjob.yaml", "values-beta.yaml")),
    "aliased metrics": Case(
        "alpha",
        "aliased",
        (
            *OWN, "values-alpha.yaml", "charts/worker/README.md", "charts/worker/values.yaml",
            "charts/worker/templates/deployment.yaml",
        ),
    ),
    "reader metrics": Case(
        "alpha beta",
        "reader",
        ("README.md", "values.yaml", DEPLOYMENT, "values-alpha.yaml", "values-beta.yaml"),
        listed="-",
        resources=("KafkaUser",),
        variables=frozenset(TOLD),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "case"), CASES.items(), ids=CASES)
def test_planned(line: str, case: Case, tree: Path) -> None:
    application = line.partition(" ")[0]
    found = planned(tree, line)
    assert found.targets == tuple(case.targets.split())
    listed = [one for one in found.targets if case.listed != "-"]
    service = {f"{SERVICE}/values-{one}.yaml" for one in listed}
    service |= {f"{LIST}/values.yaml"} if "tags=" in line else set()
    service |= {READER} if application == "reader" else set()
    assert {one.path for one in found.changes} == service | {f"applications/{application}/{one}" for one in case.files}
    assert tuple(one.kind for one in found.resources) == case.resources
    (wired,) = found.expected.wired
    assert {one["name"] for one in wired.env} == case.variables
    assert {one["name"]: one.get("value") for one in wired.env}["METRICS_APPLICATION"] == case.name
    assert wired.switches[0].endswith("config.metrics.enabled")
    write(tree, found)
    for environment in listed:
        names = data(tree, f"{SERVICE}/values-{environment}.yaml")["app-metrics"]["apps"]
        assert case.name in names
        assert names == sorted(names)
    again = planned(tree, line)
    assert (again.changes, again.resources) == ((), ())


def test_the_values_are_documented(tree: Path) -> None:
    write(tree, planned(tree, "myapp metrics"))
    assert text(tree, "applications/myapp/values.yaml").count("\n    # -- ") == 2
    assert (
        '  logLevel: "INFO"\n\n  metrics:\n    # -- Whether to enable sending metrics\n    enabled: false\n\n'
        in text(tree, "applications/myapp/values.yaml")
    )
    assert (
        "\n    schemaManager:\n"
        "      # -- URL of the Confluent-compatible schema registry server\n"
        "      # @default -- Sasquatch in the local cluster\n"
        '      registryUrl: "http://sasquatch-schema-registry.sasquatch.svc.cluster.local:8081"\n\n'
        in text(tree, "applications/myapp/values.yaml")
    )
    readme = text(tree, "applications/myapp/README.md")
    assert readme.count("| config.metrics.") == 5
    assert "| config.metrics.schemaManager.registryUrl | string | Sasquatch in the local cluster | URL of" in readme


@pytest.mark.parametrize(
    "line", ["everywhere metrics tags=host", "reader metrics tags=outcome,host", "aliased metrics"]
)
def test_proved(line: str, tree: Path) -> None:
    found = planned(tree, line)
    proof = judged(tree, found)
    assert proof.problems == ()
    assert proof.status is Status.PROVED
    where = ", ".join(found.targets)
    assert any(
        note.startswith(f"in {where} ConfigMap metrics-consumer differs by app-metrics.") for note in proof.notes
    )


def test_who_takes_away_what_they_ride_on_is_told(tree: Path) -> None:
    write(tree, planned(tree, "reader metrics"))
    found = revoke.plan(Files(tree), RULES, command("revoke reader"))
    assert [note for note in found.notes if "publishes its metrics as reader, and so no more" in note]
    write(tree, found)
    again = planned(tree, "reader metrics")
    assert judged(tree, again).status is Status.PROVED
    assert [(one.kind, one.name, one.change) for one in again.resources] == [("KafkaAccess", "reader-kafka", "create")]


def test_recognised(tree: Path) -> None:
    """What was written by hand is used: its name on the list, its switch, its KafkaAccess, its variables."""
    again = planned(tree, "metrics-only metrics")
    assert (again.changes, again.notes) == ((), ())
    found = planned(tree, "metrics-only metrics tags=queue,host")
    assert [one.path for one in found.changes] == [f"{LIST}/values.yaml"]
    assert judged(tree, found).status is Status.PROVED


def test_a_further_environment_of_what_is_written_by_hand(tree: Path) -> None:
    """Templates of the application that print its switch change by that, and by nothing else."""
    exchange(tree, "environments/values-beta.yaml", "  myapp: true\n", "  metrics-only: true\n  myapp: true\n")
    put(tree, "applications/metrics-only/values-beta.yaml", "config:\n  metrics:\n    enabled: false\n")
    told = "metadata:\n  name: told\ndata:\n  enabled: {{ .Values.config.metrics.enabled | quote }}\n"
    put(tree, "applications/metrics-only/templates/told.yaml", f"apiVersion: v1\nkind: ConfigMap\n{told}")
    found = planned(tree, "metrics-only metrics")
    assert found.targets == ("beta",)
    assert [(one.name, one.state) for one in found.environments] == [
        ("alpha", "has access already"),
        ("beta", "target"),
    ]
    assert [one.path for one in found.changes] == [
        "applications/metrics-only/values-beta.yaml",
        f"{SERVICE}/values-beta.yaml",
    ]
    assert [(one.kind, one.change) for one in found.resources] == [
        ("KafkaTopic", "create"), ("KafkaUser", "create"), ("KafkaAccess", "create"),
    ]  # fmt: skip
    assert "config.metrics.enabled is false in the values of beta, and becomes true" in found.notes
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    by_switch = (
        "in beta ConfigMap told, Deployment metrics-only differ by config.metrics.enabled, as the templates make it"
    )
    assert by_switch in proof.notes
    unannounced = replace(found.expected, changed_values=found.expected.changed_values[:1])
    refuted = prove(tree, found.changes, unannounced, jobs=2)
    assert refuted.status is Status.REFUTED
    assert "KafkaAccess metrics-only-kafka (templates/kafkaaccess.yaml) appears, which nobody asked for" in {
        one.text for one in refuted.problems
    }


def test_a_workload_of_another_kafkauser_publishes_nothing(tree: Path) -> None:
    write(tree, planned(tree, "pair metrics workload=server"))
    line = "pair topic=lsst.square-events.pair.a secret=pair-topics workload=worker"
    write(tree, grants.plan(Files(tree), RULES, command(line)))
    assert planned(tree, "pair metrics").changes == ()


def test_what_nothing_would_publish_is_no_change(tree: Path) -> None:
    """A KafkaUser and a KafkaAccess of its own alone make no application that asks for the new switch."""
    put(
        tree,
        "applications/external/templates/access.yaml",
        text(tree, "applications/reader/templates/kafkaaccess.yaml"),
    )
    with pytest.raises(NoWorkload):
        planned(tree, "external metrics")


def test_a_further_workload_where_the_switch_is_on_elsewhere(tree: Path) -> None:
    """It would get its entries there too, which nobody asked for."""
    write(tree, planned(tree, "pair metrics workload=server env=alpha"))
    with pytest.raises(OnElsewhere, match="that is on in alpha and beta, not beta") as caught:
        planned(tree, "pair metrics workload=worker env=beta")
    hint = caught.value.hint.removeprefix("type ").partition(",")[0]
    assert planned(tree, f"pair metrics workload=worker {hint},beta").targets == ("alpha", "beta")


def test_a_further_environment_by_name() -> None:
    first = {one.path: one.after for one in planned(TREE, "myapp metrics env=alpha").changes}
    found = metrics.plan(Files(TREE, first), RULES, command("myapp metrics env=beta"))
    assert [(one.name, one.state) for one in found.environments] == [
        ("alpha", "has access already"),
        ("beta", "target"),
    ]


def test_what_the_metrics_go_through_is_turned_on_first(tree: Path) -> None:
    access, values = ("applications/reader/" + name for name in ("templates/kafkaaccess.yaml", "values.yaml"))
    put(tree, access, "{{- if .Values.kafkaAccess.enabled }}\n" + text(tree, access) + "{{- end }}\n")
    put(tree, values, text(tree, values) + "\nkafkaAccess:\n  enabled: false\n")
    put(tree, "applications/reader/values-alpha.yaml", "kafkaAccess:\n  enabled: true\n")
    with pytest.raises(AccessIsOffThere, match="is not rendered in beta") as caught:
        planned(tree, "reader metrics")
    hint = caught.value.hint.partition("/kafka-access ")[2]
    assert hint == "reader env=beta"
    write(tree, grants.plan(Files(tree), RULES, command(hint)))
    assert planned(tree, "reader metrics").targets == ("alpha", "beta")


@pytest.mark.parametrize("switch", ["metrics.enabled", "metricsEnabled"])
def test_a_switch_without_values_beside_it(switch: str, tree: Path) -> None:
    """Nothing can be told of settings that are not there, and what would print them breaks the chart."""
    for path in (ACCESS, "applications/metrics-only/templates/deployment.yaml"):
        put(tree, path, text(tree, path).replace("config.metrics.enabled", switch).replace("METRICS_APPLICATION", "X"))
    values = "applications/metrics-only/values.yaml"
    said = f"{switch}: false\n" if "." not in switch else "metrics:\n  enabled: false\n"
    put(tree, values, text(tree, values) + said)
    found = planned(tree, "metrics-only metrics workload=all")
    assert [one.path for one in found.changes] == ["applications/metrics-only/values-alpha.yaml"]
    assert judged(tree, found).status is Status.PROVED
    assert any("as the values have a switch and no application" in note for note in found.notes)


def test_what_prints_the_values_round_the_switch_is_doubted(tree: Path) -> None:
    doubts = [one for one in planned(tree, "dumped metrics").doubts if isinstance(one, PrintsAllValues)]
    assert "prints all of config, so the new value config.metrics.enabled" in doubts[0].text
    assert "add config.metrics to the chart's values first" in doubts[0].hint


def test_an_application_that_is_given_its_whole_configuration_is_told_there(tree: Path) -> None:
    exchange(tree, "environments/values-epsilon.yaml", "  dumped: true\n", "")
    found = planned(tree, "dumped metrics")
    assert {one["name"] for one in found.expected.wired[0].env} == KAFKA
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    assert "in alpha ConfigMap dumped differs by config.metrics, as the templates make it" in proof.notes


def test_settings_that_differ_by_environment_are_announced_as_they_are(tree: Path) -> None:
    put(tree, "applications/myapp/values-beta.yaml", "config:\n  metrics:\n    application: other\n")
    found = planned(tree, "myapp metrics")
    said = {
        next(iter(one.environments)): next(e["value"] for e in one.env if e["name"] == "METRICS_APPLICATION")
        for one in found.expected.wired
    }
    assert said == {"alpha": "myapp", "beta": "other"}


REFUSED: dict[str, tuple[type[UserError], str, str]] = {
    "nothing metrics": (UnknownApplication, "there is no application nothing", ""),
    "everywhere metrics env=gamma": (
        LacksMetrics,
        "app-metrics is not enabled in gamma, so nothing there would take the metrics; to enable it, set in "
        "applications/sasquatch/values-gamma.yaml `app-metrics.enabled: true`, "
        "`strimzi-kafka.users.telegraf.enabled`, "
        "`influxdb.enabled` or `influxdb-enterprise.enabled` or `app-metrics.influxdb.url`",
        "leave that out of env=",
    ),
    "everywhere metrics env=delta": (
        LacksOperator,
        "strimzi-access-operator is not enabled in delta",
        "enable-operator",
    ),
    "everywhere metrics env=delta enable-operator": (LacksMetrics, "app-metrics is not enabled in delta", ""),
    "everywhere metrics env=epsilon": (LacksPrerequisites, "epsilon cannot have Kafka clients", ""),
    "windows metrics env=gamma": (LacksMetrics, "not enabled in gamma", ""),
    "disabled metrics": (NowhereEligible, "it is enabled in no environment", ""),
    "pair metrics": (WhichWorkload, "deployment/pair-server", "workload=all"),
    "partial metrics": (PartlyWired, "already sets KAFKA_BOOTSTRAP_SERVERS", ""),
    "external metrics": (NoWorkload, "external has no Deployment", ""),
    "schema metrics": (SchemaForbids, "does not allow the new value config.metrics,", "add config.metrics to"),
    "reader metrics env=alpha": (RidesElsewhere, "KafkaUser reader", "leave env= out"),
    "metrics-only metrics secret=other": (OddAccess, "do not go through other", "leave secret= out"),
}


@pytest.mark.parametrize(("line", "case"), REFUSED.items(), ids=REFUSED)
def test_refused(line: str, case: tuple[type[UserError], str, str]) -> None:
    kind, says, hint = case
    with pytest.raises(kind) as caught:
        planned(TREE, line)
    assert says in caught.value.text
    assert hint in caught.value.hint


ACCESS = "applications/metrics-only/templates/kafkaaccess.yaml"
BROKEN: dict[str, tuple[str, tuple[str, str, str], type[UserError], str]] = {
    "a value that means something else": (
        "myapp metrics",
        ("applications/myapp/values.yaml", '  logLevel: "INFO"\n', '  logLevel: "INFO"\n  metrics: "port"\n'),
        SwitchTaken,
        "has config.metrics already, without config.metrics.enabled",
    ),
    "no tags": (
        "myapp metrics tags=a", (f"{LIST}/values.yaml", "globalAppConfig:", "tags:"), NoTags, "no value globalApp",
    ),
    "users that only rendering tells": (
        "myapp metrics",
        (f"{LIST}/templates/users.yaml", '"app-metrics-{{ $app }}"', '{{ printf "app-metrics-%s" $app }}'),
        MadeInAnotherWay,
        "in a way that only rendering tells",
    ),
    "users of other names": (
        "myapp metrics",
        (f"{LIST}/templates/users.yaml", "  name: app-metrics-{{ $app }}\n", "  name: metrics-{{ $app }}\n"),
        MadeInAnotherWay,
        "make metrics-myapp for myapp, not app-metrics-myapp",
    ),
    "a condition": (
        "metrics-only metrics", (ACCESS, "{{- if .Values", "{{- if not .Values"), OddAccess, "cannot be told",
    ),
    "a user that values name": (
        "metrics-only metrics", (ACCESS, '"app-metrics-metrics-only"', "{{ .Values.user }}"), OddUser, "connects as",
    ),
    "variables of another Secret": (
        "metrics-only metrics",
        ("applications/metrics-only/templates/kafkaaccess.yaml", "kind: KafkaAccess", "kind: Other"),
        VariablesOfAnotherSecret,
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "edit", "kind", "says"), BROKEN.values(), ids=BROKEN)
def test_refused_in_a_tree(line: str, edit: tuple[str, str, str], kind: type[UserError], says: str, tree: Path) -> None:
    exchange(tree, *edit)
    with pytest.raises(kind) as caught:
        planned(tree, line + (" secret=other" if kind is VariablesOfAnotherSecret else ""))
    assert says in caught.value.text


def test_the_subchart_is_that_of_the_rules() -> None:
    other = RULES.metrics.model_copy(update={"subchart": "others"})
    with pytest.raises(NoMetrics, match="sasquatch has no subchart others"):
        metrics.plan(Files(TREE), RULES.model_copy(update={"metrics": other}), command("myapp metrics"))


def test_a_name_that_is_too_long_for_a_certificate(tree: Path) -> None:
    long = "a" * 60
    (tree / "applications" / long).mkdir()
    for path in ("Chart.yaml", "values.yaml", DEPLOYMENT):
        put(tree, f"applications/{long}/{path}", text(tree, f"applications/myapp/{path}").replace("myapp", long))
    exchange(tree, "environments/values-alpha.yaml", "  accents: true\n", f"  {long}: true\n  accents: true\n")
    with pytest.raises(Refused) as caught:
        planned(tree, f"{long} metrics")
    assert [one.rule for one in caught.value.verdicts] == ["user-name-too-long"]
