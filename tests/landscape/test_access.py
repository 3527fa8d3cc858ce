"""Who may do what: each kind of rule on a rendered tree, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.kafka.access import may
from bot.kafka.acl import Operation
from bot.landscape.access import Grant, UserAccess, access_of_users, application_access, topic_access
from bot.landscape.answers import about_everything, about_topic
from bot.landscape.model import Environment, Installed
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.reporting import who_markdown, who_text
from bot.reporting import who_words as words
from tests.landscape.clusters import ONE, TWO, cluster, environment, rule
from tests.landscape.trees import ALL, MESSAGE, RECEIPT, USERS, with_users
from tests.support.tree import TREE, copy_tree, put, replace


@pytest.fixture(scope="module")
def alpha(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with KafkaUsers of all kinds."""
    root = with_users(copy_tree(tmp_path_factory.mktemp("users")))
    return read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]


def grants(environment: Environment, topic: str) -> dict[str, Grant]:
    return {grant.user.name: grant for one in topic_access(environment, topic) for grant in one.grants}


NO_GROUP = "may read, but no rule lets it join a consumer group"
MAY = {
    "literal": ("literal", MESSAGE, "read", []),
    "literal, another topic": ("literal", RECEIPT, None, []),
    "limited": ("limited", MESSAGE, "write", ["until 2031-12-24", "may write at most 1MiB/s on each broker"]),
    "prefix": ("prefix", MESSAGE, "write", []),
    "star": ("star", "no.such.topic", "everything", [NO_GROUP]),
    "prefix of a star": ("prefix-of-a-star", MESSAGE, None, []),
    "denied elsewhere": ("denied", MESSAGE, "read and write", []),
    "denied here": ("denied", RECEIPT, "read", []),
    "denied all": ("denied-all", MESSAGE, None, []),
    "denied all, another topic": ("denied-all", RECEIPT, "everything", [NO_GROUP]),
    "denied what it brings": ("denied-describe", MESSAGE, "read", []),
    "from one host": ("one-host", MESSAGE, "read, only from 10.0.0.1", []),
    "denied on a host": ("denied-on-a-host", MESSAGE, "read", []),
    "no group": ("no-group", MESSAGE, "read", [NO_GROUP]),
    "group denied": ("group-denied", MESSAGE, "read", [NO_GROUP]),
    "groups only described": ("only-describes", MESSAGE, "read", [NO_GROUP]),
    "one group denied": ("one-group-denied", MESSAGE, "read", []),
    "no label": (
        "no-label", MESSAGE, "write", ["the label strimzi.io/cluster is missing, so no operator makes this user"],
    ),
    "another cluster": ("another", MESSAGE, "write", ["no Kafka cluster other is rendered in namespace sasquatch"]),
    "change": ("alter", MESSAGE, "change (Alter, AlterConfigs)", []),
}  # fmt: skip


@pytest.mark.parametrize(("user", "topic", "said", "flags"), MAY.values(), ids=MAY.keys())
def test_may(alpha: Environment, user: str, topic: str, said: str | None, flags: list[str]) -> None:
    found = grants(alpha, topic).get(user)
    assert (may(found.right) if found else None) == said
    kafka = next((one for one in alpha.clusters if found and one.name == found.user.cluster), None)
    assert (words.flags(found, kafka) if found else []) == flags


def test_a_deny_that_matters_is_among_the_rules(alpha: Environment) -> None:
    rules = [words.rule(one.acl) for one in grants(alpha, RECEIPT)["denied"].rules]
    assert rules == ["every topic: Read, Write", f"deny topic {RECEIPT}: Write"]


@pytest.mark.parametrize("name", ["literal", "denied", "one-group-denied"])
def test_each_rule_has_its_line(alpha: Environment, name: str) -> None:
    user = next(one for one in alpha.users if one.name == name)
    lines = "".join(ALL.values()).splitlines()
    assert user.origin.file == USERS
    assert lines[user.origin.line - 1].startswith("apiVersion:")
    for acl in user.acls:
        number = user.line(acl)
        assert lines[number - 1].strip() == f'name: "{acl.resource.name}"'
        assert lines[number - 2].strip() == f"type: {acl.resource.type.value}"


def test_rules_of_a_loop_have_the_line_of_the_template() -> None:
    alpha = read(Files(TREE), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]
    user = next(one for one in alpha.users if one.name == "app-metrics-reader")
    assert (user.origin.line, [user.line(acl) for acl in user.acls]) == (3, [17, 24])


def test_who_holds_a_user(alpha: Environment) -> None:
    (holder,) = grants(alpha, MESSAGE)["reader"].holders
    assert words.held_by([holder]) == "reader (KafkaAccess reader-kafka, Deployment/reader)"
    assert words.held_by(grants(alpha, MESSAGE)["literal"].holders) == "no application of this tree"


def names(found: tuple[UserAccess, ...]) -> list[str]:
    return [one.user.name for one in found]


def test_an_application_has_what_it_holds_and_what_has_its_name(alpha: Environment, tmp_path: Path) -> None:
    assert names(application_access(alpha, "reader")) == ["reader"]
    assert names(application_access(alpha, "metrics-only")) == ["app-metrics-metrics-only"]
    assert names(application_access(alpha, "literal")) == ["literal"]
    assert names(application_access(alpha, "myapp")) == []


def test_the_own_secret_of_a_user(tmp_path: Path) -> None:
    """Strimzi puts it beside the KafkaUser, where other workloads of that namespace can take it."""
    root = with_users(copy_tree(tmp_path), "literal")
    put(
        root,
        "applications/sasquatch/templates/viewer.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: viewer\nspec:\n  template:\n    spec:\n"
        "      containers:\n        - name: viewer\n          envFrom:\n            - secretRef:\n"
        "                name: literal\n",
    )
    alpha = read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]
    assert words.held_by(grants(alpha, MESSAGE)["literal"].holders) == "sasquatch (its own Secret, Deployment/viewer)"


def test_patterns_come_to_the_declared_topics(alpha: Environment) -> None:
    found = {one.user.name: one for one in application_access(alpha, "prefix")}
    (rule,) = found["prefix"].rules
    assert rule.topics == (MESSAGE, RECEIPT)
    assert words.topics(found["prefix"])[0] == (
        "topic lsst.square-events.*: write; 2 declared topics",
        (f"{MESSAGE}: write", f"{RECEIPT}: write"),
    )


def test_super_users_and_authorization(tmp_path: Path) -> None:
    root = copy_tree(tmp_path)
    kafka = "applications/sasquatch/charts/strimzi-kafka/templates/kafka.yaml"
    rules = "    authorization:\n      type: simple\n"
    replace(root, kafka, rules, f"{rules}      superUsers:\n        - CN=admin\n        - root\n")
    (cluster,) = read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"].clusters
    assert words.of_cluster(cluster) == ["super users: User:CN=admin, User:root"]
    replace(root, kafka, f"{rules}      superUsers:\n        - CN=admin\n        - root\n", "")
    (cluster,) = read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"].clusters
    assert words.of_cluster(cluster) == ["authorization is off: whoever reaches the brokers may do everything"]


SIMPLE = "    authorization:\n      type: simple\n"
BEYOND_RULES = {
    "a super user": (f"{SIMPLE}      superUsers:\n        - CN=literal\n", "is a super user of its cluster"),
    "a super user of the same name with a password": (f"{SIMPLE}      superUsers:\n        - literal\n", None),
    "no authorization": ("", "authorization of its cluster is off"),
}


@pytest.mark.parametrize("name", BEYOND_RULES)
def test_what_a_user_may_beyond_its_rules_is_said_of_it(name: str, tmp_path: Path) -> None:
    authorization, said = BEYOND_RULES[name]
    root = with_users(copy_tree(tmp_path), "literal")
    replace(root, "applications/sasquatch/charts/strimzi-kafka/templates/kafka.yaml", SIMPLE, authorization)
    alpha = read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]
    (of_all,) = (words.flags_of(one) for one in access_of_users(alpha) if one.user.name == "literal")
    (cluster,) = topic_access(alpha, MESSAGE)
    of_topic = words.flags(grants(alpha, MESSAGE)["literal"], cluster.kafka)
    assert of_all == of_topic == ([f"{said}, so it may do everything there"] if said else [])


UNUSED = {
    "a rule": (cluster("k", "t", reader=rule("t", Operation.READ)), ["User:CN=reader"], None),
    "no rule": (cluster("k", "t"), [], "no rule lets a KafkaUser use it"),
    "super users": (cluster("k", "t", super_users=("User:root",)), [], "only the super users may use it"),
    "no authorization": (cluster("k", "t", authorization=""), [], "everybody who can connect may use it"),
    "no authorization, and not declared": (cluster("k", authorization=""), [], "everybody who can connect may use it"),
}


@pytest.mark.parametrize(("installed", "principals", "said"), UNUSED.values(), ids=UNUSED)
def test_who_may_use_what_no_rule_is_about(installed: Installed, principals: list[str], said: str | None) -> None:
    (found,) = topic_access(environment(installed), "t")
    assert [one.user.principal for one in found.grants] == principals
    answer = about_topic({"alpha": environment(installed)}, "t")
    assert not answer.is_nothing
    sentences = {one for _, _, one in UNUSED.values() if one}
    for text in (who_text.text(answer, rules=False), who_markdown.markdown(answer)):
        assert {one for one in sentences if one[1:] in text} == ({said} if said else set())


def test_two_clusters_with_a_topic_of_one_name() -> None:
    assert [(one.namespace, len(one.grants)) for one in topic_access(TWO, "t")] == [("a", 1), ("b", 0)]
    assert [one.namespace for one in topic_access(ONE, "t")] == ["a"]


def test_another_authorizer_is_named(tmp_path: Path) -> None:
    root = copy_tree(tmp_path)
    opa = "    authorization:\n      type: opa\n      url: http://opa\n"
    replace(root, "applications/sasquatch/charts/strimzi-kafka/templates/kafka.yaml", SIMPLE, opa)
    (cluster,) = read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"].clusters
    assert words.of_cluster(cluster) == ["authorization is opa, which may heed other rules than those of KafkaUsers"]


def test_the_later_of_two_equal_keys_counts(tmp_path: Path) -> None:
    root = with_users(copy_tree(tmp_path), "literal")
    resource = f'          name: "{MESSAGE}"\n'
    replace(root, USERS, resource, f'{resource}          name: "{RECEIPT}"\n')
    alpha = read(Files(root), ["alpha"], HOLDS_KAFKA_OBJECTS)["alpha"]
    assert "literal" in grants(alpha, RECEIPT)
    assert "literal" not in grants(alpha, MESSAGE)


def test_equal_environments_are_said_once(tmp_path: Path) -> None:
    landscape = read(Files(copy_tree(tmp_path)), None, HOLDS_KAFKA_OBJECTS)
    found = about_topic(landscape, MESSAGE)
    assert [names for names, _ in found.places] == [("alpha", "beta"), ("delta", "gamma")]
    assert found.seen.without_kafka == ("epsilon",)
    assert [names for names, _ in about_everything(landscape).places] == [("alpha",), ("beta",), ("delta", "gamma")]


def test_near_names() -> None:
    found = about_topic(read(Files(TREE), None, HOLDS_KAFKA_OBJECTS), "lsst.square-events.notify.mesage")
    assert found.is_nothing
    assert found.near[0] == MESSAGE
