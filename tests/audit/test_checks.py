"""Each check on a sound environment that is spoilt in one place, and on ones that only look spoilt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from bot.audit.audit import audit
from bot.audit.checks import CHECKS
from bot.audit.finding import Facts, Finding
from bot.landscape.model import Environment, Origin
from bot.policy.audited import AUDITED, Gravity
from bot.policy.rules import default_directory, load
from tests.audit.scenes import (
    ACCESS,
    APPLICATIONS,
    ENABLED,
    PLAIN,
    SASQUATCH,
    WORKLOAD,
    environment,
    more,
    remote,
    spoilt,
)

RULES = load(default_directory())


def found(one: Environment, facts: Facts | None = None) -> tuple[Finding, ...]:
    return audit({one.name: one}, RULES, facts or Facts())


def user(name: str, rules: str, authentication: str = "{type: tls}", more: str = "") -> str:
    return (
        "---\n# Source: sasquatch/templates/more.yaml\napiVersion: kafka.strimzi.io/v1\nkind: KafkaUser\n"
        f"metadata:\n  name: {name}\n  labels: {{strimzi.io/cluster: sasquatch}}\nspec:\n"
        f"  authentication: {authentication}\n  authorization: {{type: simple, acls: [{rules}]}}\n{more}"
    )


def topic(name: str, kafka: str = "", namespace: str = "sasquatch", version: str = "v1") -> str:
    named = f", topicName: {kafka}" if kafka else ""
    return (
        f"---\n# Source: sasquatch/templates/more.yaml\napiVersion: kafka.strimzi.io/{version}\nkind: KafkaTopic\n"
        f"metadata:\n  name: {name}\n  namespace: {namespace}\n  labels: {{strimzi.io/cluster: sasquatch}}\n"
        f"spec: {{partitions: 1, replicas: 3{named}}}\n"
    )


def scram(name: str, rules: str) -> str:
    return user(name, rules, "{type: scram-sha-512}")


def rule(kind: str, name: str, operations: str, pattern: str = "literal") -> str:
    return f"{{resource: {{type: {kind}, name: {name!r}, patternType: {pattern}}}, operations: [{operations}]}}"


def access(application: str, owner: str) -> str:
    return ACCESS.format(application=application, user=owner)


def wired(application: str, name: str) -> str:
    return WORKLOAD.format(application=application, name=name)


def plain(application: str, name: str, secret: str = "") -> str:
    text = PLAIN.format(application=application, name=name)
    return text.replace('value: "x"', f"valueFrom: {{secretKeyRef: {{{secret}}}}}", 1) if secret else text


TLS = "authentication: {type: tls}\n  authorization"
GROUP = "      - resource: {type: group, name: myapp, patternType: prefix}\n        operations: [Read]\n"
WRITE = "        operations: [Describe, Read, Write]"
METRICS = "lsst.square.metrics.events"
PUBLISH = rule("topic", f"{METRICS}.other", "Write")
INGEST = rule("topic", "lsst.myapp.ingest", "Write")
PASSWORD = {
    "third-app": access("third-app", "third-app").replace("listener: tls", "listener: plain") + wired("third-app", "x")
}
JOB = wired("myapp", "migrate").replace("Deployment", "Job")
HOOK = JOB.replace("name: migrate\n", "name: migrate\n  annotations: {helm.sh/hook: pre-install}\n")

SUPER = "authorization: {type: simple}"


def super_users(entries: str, more: str = "") -> dict[str, str]:
    """Return the output of all applications where the cluster has super users, and perhaps another KafkaUser."""
    outputs = spoilt("sasquatch", SUPER, f"authorization: {{type: simple, superUsers: [{entries}]}}")
    return {**outputs, "sasquatch": outputs["sasquatch"] + more}


def of_second(text: str) -> str:
    """Return output that names another cluster."""
    return (
        text.replace("namespace: sasquatch", "namespace: second")
        .replace("name: sasquatch, namespace", "name: second, namespace")
        .replace("cluster: sasquatch", "cluster: second")
    )


THIRD_OF_SECOND = of_second(access("third-app", "third-app") + wired("third-app", "x") + user("far", ""))

SPOILT: dict[str, tuple[str, Mapping[str, str], str]] = {
    "an application that does not render": ("not-rendered", {"myapp": "!values don't meet"}, "values don't meet"),
    "an access without a user": (
        "user-missing",
        spoilt("myapp", "name: myapp,", "name: nobody,"),
        "`sasquatch/nobody`",
    ),
    "a last day that is none": (
        "access-expired",
        spoilt("sasquatch", "name: myapp\n", "name: myapp\n  annotations: {kafka-access/expires: soon}\n"),
        "which is no date",
    ),
    "a user in another namespace": (
        "user-missing",
        spoilt("myapp", "name: myapp, namespace: sasquatch", "name: myapp, namespace: myapp"),
        "which is in namespace `sasquatch`",
    ),
    "no cluster of that name": (
        "kafka-not-enabled",
        spoilt("myapp", "kafka: {name: sasquatch", "kafka: {name: kafka"),
        "`sasquatch/kafka`",
    ),
    "a user of another cluster": (
        "user-of-another-cluster",
        spoilt(
            "sasquatch",
            "name: myapp\n  labels: {strimzi.io/cluster: sasquatch}",
            "name: myapp\n  labels: {strimzi.io/cluster: second}",
        )
        | {"second": SASQUATCH.split("---\n")[1].replace("name: sasquatch", "name: second\n  namespace: sasquatch")},
        "one of `second`",
    ),
    "a password at the listener for certificates": (
        "user-authentication",
        spoilt("sasquatch", TLS, TLS.replace("tls", "scram-sha-512")),
        "which takes tls",
    ),
    "a user without a Secret": (
        "user-authentication",
        spoilt("sasquatch", TLS, TLS.replace("tls", "tls-external")),
        "no Secret to copy",
    ),
    "a certificate at the listener for passwords": (
        "user-authentication",
        spoilt("myapp", "listener: tls", "listener: plain"),
        "which takes scram-sha-512",
    ),
    "the user of another application": (
        "user-of-another-application",
        more("third-app", access("third-app", "myapp") + wired("third-app", "x")),
        "that of `myapp`",
    ),
    "the metrics user of another application": (
        "user-of-another-application",
        more("third-app", access("third-app", "app-metrics-other") + wired("third-app", "x")),
        "that of `other`",
    ),
    "a user that nobody uses": ("user-unused", more("sasquatch", user("left-over", "")), "`left-over`"),
    "a workload without an access": (
        "secret-missing",
        more("third-app", wired("third-app", "third")),
        "takes `bootstrapServers`, `ssl.keystore.crt` from Secret `third-app-kafka`",
    ),
    "a Secret of another name": (
        "secret-missing",
        more("myapp", wired("myapp", "x").replace("myapp-kafka", "myapp-access")),
        "there is KafkaAccess `myapp-kafka`",
    ),
    "a Secret that nothing makes": (
        "secret-doubtful",
        more("third-app", plain("third-app", "x", "name: kafka-password, key: password")),
        "uses Secret `kafka-password`",
    ),
    "a key that is not there": ("secret-key", spoilt("myapp", "ssl.keystore.crt", "user.crt"), "takes `user.crt`"),
    "a certificate of a user with a password": (
        "secret-key",
        more("sasquatch", scram("third-app", INGEST)) | PASSWORD,
        "takes `ssl.keystore.crt`",
    ),
    "an access that nothing uses": ("access-unused", {"myapp": access("myapp", "myapp")}, "`myapp-kafka`"),
    "a workload that was forgotten": ("workload-unwired", more("myapp", plain("myapp", "worker")), "takes nothing"),
    "a workload that was half wired": (
        "workload-unwired",
        more("myapp", wired("myapp", "worker").partition("          volumeMounts")[0]),
        "takes only `bootstrapServers`",
    ),
    "a Job before the sync": ("hook-before-secret", more("myapp", HOOK), "pre-install"),
    "an application that is not on the list": (
        "metrics-not-listed",
        more("third-app", access("third-app", "app-metrics-third") + wired("third-app", "x")),
        "`third` is not in app-metrics.apps",
    ),
    "an empty list": (
        "metrics-not-listed",
        spoilt("sasquatch", "name: app-metrics-other", "name: other"),
        "is empty or switched off",
    ),
    "on the list without metrics": (
        "metrics-unused",
        more("sasquatch", user("app-metrics-thirdapp", PUBLISH)),
        "publishes no metrics",
    ),
    "on the list and not there": (
        "metrics-unused",
        more("sasquatch", user("app-metrics-gone", PUBLISH)),
        "no such application",
    ),
    "on the list twice": ("metrics-twice", more("sasquatch", "---\n" + SASQUATCH.split("---\n")[3]), "2 times"),
    "a word that Kafka has not": (
        "rule-unreadable",
        spoilt("sasquatch", "[Describe, Read, Write]", "[Describe, Raed]"),
        "Raed",
    ),
    "a rule without a name": (
        "rule-unreadable",
        spoilt("sasquatch", "{type: group, name: myapp, patternType: prefix}", "{type: group}"),
        "without a name",
    ),
    "the old operation": ("rule-singular", spoilt("sasquatch", "operations: [Read]", "operation: Read"), "1 rule with"),
    "Create on a group": (
        "operation-invalid",
        spoilt("sasquatch", "operations: [Read]", "operations: [Read, Create]"),
        "`Create` on the group prefix",
    ),
    "a star in a prefix": (
        "prefix-star",
        spoilt("sasquatch", "name: lsst.myapp.events.,", "name: lsst.myapp.*,"),
        "whose star",
    ),
    "a prefix without a dot": (
        "prefix-open",
        spoilt("sasquatch", "name: lsst.myapp.events.,", "name: lsst.myapp.in,"),
        "`lsst.myapp.ingest` too",
    ),
    "a prefix without a dot that covers nothing yet": (
        "prefix-open",
        spoilt("sasquatch", "events.,", "events,"),
        "every name that begins so",
    ),
    "a reader without a group": ("group-missing", spoilt("sasquatch", GROUP, ""), "no rule for a consumer group"),
    "every group": (
        "group-everything",
        spoilt("sasquatch", "name: myapp, patternType: prefix", "name: '*'"),
        "on every consumer group",
    ),
    "every topic": (
        "topic-everything",
        more("sasquatch", scram("root", rule("topic", "*", "All"))),
        "`All` on every topic",
    ),
    "the cluster": (
        "cluster-everything",
        more("sasquatch", scram("root", "{resource: {type: cluster}, operations: [All]}")),
        "`All` on the cluster",
    ),
    "no label": (
        "cluster-label",
        spoilt(
            "sasquatch", "name: lsst.myapp.ingest\n  labels: {strimzi.io/cluster: sasquatch}", "name: lsst.myapp.ingest"
        ),
        "no label",
    ),
    "the label of no cluster": (
        "cluster-label",
        more("sasquatch", topic("lsst.x").replace("cluster: sasquatch", "cluster: gone")),
        "`gone`, which is not there",
    ),
    "another namespace": (
        "namespace-unwatched",
        more("sasquatch", topic("lsst.x", namespace="elsewhere")),
        "outside of `sasquatch`",
    ),
    "a topic that nothing declares": (
        "topic-undeclared",
        more("sasquatch", scram("x", rule("topic", "lsst.undeclared", "Write"))),
        "`lsst.undeclared`",
    ),
    "a topic with a letter too few": (
        "topic-misspelt",
        more("sasquatch", scram("x", rule("topic", "lsst.myapp.ingst", "Write"))),
        "there is `lsst.myapp.ingest`",
    ),
    "dots and underscores": (
        "topic-collision",
        more("sasquatch", topic("collides", "lsst.myapp_ingest")),
        "`lsst.myapp_ingest` and `lsst.myapp.ingest`",
    ),
    "a topic twice": ("topic-twice", more("sasquatch", topic("again", "lsst.myapp.ingest")), "by `lsst.myapp.ingest`"),
    "a user twice": (
        "user-twice",
        more("sasquatch", "---\n" + SASQUATCH.split("---\n")[2].replace("Describe, Read, Write", "Describe, Write")),
        "twice, and not the same both times: the other one is in applications/sasquatch/templates/user.yaml",
    ),
    "a super user with a certificate, without CN": (
        "super-user-name",
        super_users("myapp"),
        "to Kafka it is `CN=myapp`",
    ),
    "a super user with a password, with CN": (
        "super-user-name",
        super_users("CN=root", scram("root", INGEST)),
        "to Kafka it is `root`",
    ),
    "a super user with Kafka's own type": (
        "super-user-name",
        super_users("'User:CN=myapp'"),
        "the super user `User:CN=myapp`",
    ),
    "a name with capitals": ("name-invalid", more("sasquatch", topic("Lsst.X")), "lower-case"),
    "a topic with a blank": ("name-invalid", more("sasquatch", topic("x", "'a b'")), "letters, digits"),
    "a long name": ("user-name-too-long", more("sasquatch", user("x" * 65, "")), "65 letters"),
    "an old version": ("api-version-old", more("sasquatch", topic("lsst.x", version="v1beta1")), "v1beta1"),
    "an old cluster": (
        "api-version-old",
        spoilt("sasquatch", "v1\nkind: Kafka\n", "v1beta2\nkind: Kafka\n"),
        "Kafka clusters are of `kafka.strimzi.io/v1beta2`",
    ),
}

BESIDES = {
    "an access without a user": {"user-unused"},
    "a user in another namespace": {"user-unused"},
    "a Secret of another name": {"workload-unwired"},
    "every topic": {"group-missing"},
    "no cluster of that name": {"user-of-another-cluster"},
    "a user of another cluster": {"topic-misspelt", "topic-undeclared"},
    "a password at the listener for certificates": {"secret-key"},
    "an empty list": {"user-unused"},
    "a long name": {"user-unused"},
    "no label": {"topic-undeclared"},
}
"""What else is said of one and the same mistake, and rightly."""


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt(name: str) -> None:
    rule_id, outputs, words = SPOILT[name]
    findings = found(environment({**APPLICATIONS, **outputs}))
    mine = [one for one in findings if one.rule == rule_id]
    assert mine, findings
    assert any(words in one.text for one in mine), mine
    others = {one.rule for one in findings} - {rule_id}
    assert others <= BESIDES.get(name, set()), [one for one in findings if one.rule != rule_id]


def test_sound() -> None:
    assert found(environment()) == ()


WITH_METRICS = SASQUATCH.replace("name: lsst.myapp.ingest", f"name: {METRICS}.myapp")
SOUND: dict[str, Environment] = {
    "a user that a workload beside it mounts": environment(
        more("sasquatch", user("connect", "") + plain("sasquatch", "x", "name: connect, key: user.crt"))
    ),
    "a Secret from elsewhere": environment(
        more("third-app", wired("third-app", "x") + "---\nkind: VaultSecret\nmetadata: {name: third-app-kafka}\n")
    ),
    "a Secret that may be missing": environment(
        more("third-app", plain("third-app", "x", "name: kafka, key: bootstrapServers, optional: true"))
    ),
    "an access for a remote chart": remote(environment({**APPLICATIONS, "myapp": access("myapp", "myapp")}), "myapp"),
    "a workload of another shape": environment(
        more("myapp", plain("myapp", "x").replace("BASE_URL", "A").replace("LOG_LEVEL", "B"))
    ),
    "a Job after the sync": environment(more("myapp", JOB)),
    "metrics by another user": environment(
        {
            **APPLICATIONS,
            "sasquatch": WITH_METRICS + user("app-metrics-myapp", rule("topic", f"{METRICS}.myapp", "Write")),
        }
    ),
    "versions of a topic": environment(
        more(
            "sasquatch",
            topic("lsst.myapp.alerts-v1")
            + topic("lsst.myapp.alerts-v2")
            + scram("x", rule("topic", "lsst.myapp.alerts-v1", "Write")),
        )
    ),
    "a password for the listener that takes it": environment(
        more("sasquatch", scram("third-app", INGEST))
        | {"third-app": PASSWORD["third-app"].replace("ssl.keystore.crt", "sasl.jaas.config")}
    ),
    "Kafka's own topics": environment(more("sasquatch", scram("x", rule("topic", "__consumer_offsets", "Describe")))),
    "Describe on every topic": environment(more("sasquatch", scram("x", rule("topic", "*", "Describe")))),
    "super users as Kafka knows them": environment(super_users("CN=myapp, root", scram("root", INGEST))),
    "a super user that is no KafkaUser": environment(super_users("admin, 'CN=admin,O=x'")),
    "a super user whose name is mapped": environment(
        {
            **APPLICATIONS,
            "sasquatch": super_users("myapp")["sasquatch"].replace(
                "    listeners:\n", "    config: {ssl.principal.mapping.rules: x}\n    listeners:\n", 1
            ),
        }
    ),
    "a super user who may come by another login": environment(
        {
            **APPLICATIONS,
            "sasquatch": super_users("myapp")["sasquatch"].replace("{type: scram-sha-512}", "{type: oauth}", 1),
        }
    ),
    "a cluster whose application does not render": environment(more("third-app", THIRD_OF_SECOND) | {"second": "!no"}),
    "what does not render is not missing": environment({"sasquatch": "!no", "myapp": APPLICATIONS["myapp"]}),
}


@pytest.mark.parametrize("name", SOUND)
def test_only_looks_spoilt(name: str) -> None:
    assert [one for one in found(SOUND[name]) if one.rule != "not-rendered"] == []


NOT_ENABLED = {
    "sasquatch": "kafka-not-enabled",
    "strimzi": "strimzi-not-enabled",
    "strimzi-access-operator": "access-operator-not-enabled",
}


@pytest.mark.parametrize(("name", "rule_id"), NOT_ENABLED.items())
def test_what_an_environment_needs(name: str, rule_id: str) -> None:
    outputs = {one: text for one, text in APPLICATIONS.items() if one != name}
    findings = found(environment(outputs, enabled=ENABLED - {name}))
    assert rule_id in {one.rule for one in findings}
    assert any(name in one.text for one in findings)


def test_the_subchart_of_a_missing_user() -> None:
    facts = Facts(templates={"gone": "applications/sasquatch/charts/gone/templates/user.yaml"})
    (one,) = (
        each
        for each in found(environment(spoilt("myapp", "name: myapp,", "name: gone,")), facts)
        if each.rule == "user-missing"
    )
    assert one.text.endswith("whose subchart `gone` does not render it here.")
    assert "applications/sasquatch/charts/gone/templates/user.yaml" in one.hint


def test_a_list_is_where_the_values_are() -> None:
    place = Origin("sasquatch", "applications/sasquatch/values-alpha.yaml", 7)
    facts = Facts(listed={"alpha": (("gone", place),)})
    one_more = user("app-metrics-gone", PUBLISH)
    (one,) = found(environment(more("sasquatch", one_more)), facts)
    assert one.origin == place


def test_what_the_api_refuses() -> None:
    facts = Facts(invalid=lambda data: ("spec: no",) if data["metadata"]["name"] == "myapp-kafka" else ())
    (one,) = found(environment(), facts)
    assert (one.rule, one.text) == ("object-invalid", "KafkaAccess myapp/myapp-kafka: spec: no.")


@pytest.mark.parametrize(
    ("application", "old", "new"),
    [
        pytest.param("sasquatch", "    type: simple\n    acls:", "    type: simple\n    rules:", id="no rules"),
        pytest.param(
            "sasquatch", "spec:\n  authentication: {type: tls}\n  authorization:", "spec: [x]\nx:\n  y:", id="list"
        ),
        pytest.param("sasquatch", "  authorization:\n    type: simple\n", "  authorization: x\n  x:\n", id="text"),
        pytest.param("sasquatch", "    acls:\n", "    acls: 1.5\n    x:\n", id="rules that are a number"),
        pytest.param("sasquatch", "    listeners:\n", "    listeners: 1\n    x:\n", id="listeners that are a number"),
        pytest.param("sasquatch", "authentication: {type: tls}}", "authentication: x}", id="a listener's text"),
        pytest.param("sasquatch", "spec:\n  kafka:\n", "spec: []\nx:\n  kafka:\n", id="a cluster that is a list"),
        pytest.param(
            "myapp", "  user: {kind: KafkaUser,", "  user: []\n  x: {kind: KafkaUser,", id="a user that is a list"
        ),
    ],
)
def test_what_is_no_object_of_strimzi_ends_no_audit(application: str, old: str, new: str) -> None:
    """One object that anybody could have merged must not keep all others from being looked at."""
    outputs = spoilt(application, old, new)
    outputs["other"] = outputs["other"].replace("ssl.keystore.crt", "user.crt")
    assert "secret-key" in {one.rule for one in found(environment(outputs))}


def test_clusters_of_one_name_in_two_namespaces_share_no_topics() -> None:
    outputs = more("sasquatch", topic("lsst.myapp.ingest", namespace="elsewhere"))
    outputs["sasquatch"] += topic("lsst.myapp-ingest", "lsst.myapp_ingest", namespace="elsewhere-too")
    outputs["sasquatch"] += topic("lsst.far", namespace="elsewhere") + scram("x", rule("topic", "lsst.far", "Write"))
    rules = {one.rule for one in found(environment(outputs))}
    assert {"namespace-unwatched", "topic-undeclared"} <= rules
    assert not rules & {"topic-twice", "topic-collision"}


def test_what_is_missing_where_everything_renders() -> None:
    """The other side of the cluster whose application does not render: one that does, and holds no cluster."""
    rules = {one.rule for one in found(environment(more("third-app", THIRD_OF_SECOND) | {"second": ""}))}
    assert {"cluster-label", "kafka-not-enabled", "user-missing"} <= rules


def test_an_environment_that_does_not_render() -> None:
    (one,) = found(Environment("alpha", frozenset(), error="no such value"))
    assert one.rule == "not-rendered"
    assert one.origin.file == "environments/values-alpha.yaml"


def test_equal_findings_are_joined() -> None:
    outputs = spoilt("myapp", "name: myapp,", "name: nobody,")
    places = {name: environment(outputs, name) for name in ("beta", "alpha")}
    findings = [one for one in audit(places, RULES, Facts()) if one.rule == "user-missing"]
    assert [one.environments for one in findings] == [("alpha", "beta")]


def test_one_application_alone() -> None:
    outputs = {
        **spoilt("myapp", "ssl.keystore.crt", "user.crt"),
        "third-app": wired("third-app", "x"),
    }
    outputs["sasquatch"] = SASQUATCH.replace("operations: [Read]", "operations: [Read, Create]")
    one = environment(outputs)
    findings = audit({"alpha": one}, RULES, Facts(), {"myapp"})
    assert {each.rule for each in findings} == {"secret-key", "operation-invalid"}


def test_every_rule_has_a_check_and_a_case() -> None:
    assert set(CHECKS) == set(AUDITED) == set(RULES.audit.findings)
    tested = {case[0] for case in SPOILT.values()} | {*NOT_ENABLED.values(), "object-invalid"}
    assert tested == set(CHECKS)


def test_a_rule_that_is_off() -> None:
    findings = RULES.audit.model_copy(update={"findings": {**RULES.audit.findings, "secret-key": Gravity.OFF}})
    rules = RULES.model_copy(update={"audit": findings})
    one = environment(spoilt("myapp", "ssl.keystore.crt", "user.crt"))
    assert audit({"alpha": one}, rules, Facts()) == ()


@pytest.mark.parametrize(("today", "rules"), [(date(2031, 12, 24), []), (date(2031, 12, 25), ["access-expired"])])
def test_access_expires_after_its_last_day(today: date, rules: list[str]) -> None:
    dated = "name: myapp\n  annotations: {kafka-access/expires: '2031-12-24'}\n"
    one = environment(spoilt("sasquatch", "name: myapp\n", dated))
    assert [finding.rule for finding in found(one, Facts(today=today))] == rules
