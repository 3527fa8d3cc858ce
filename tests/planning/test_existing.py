from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.planning.existing import (
    AccessOfAnotherUser,
    ConditionalUser,
    Existing,
    GeneratedUser,
    OfferedAsAnother,
    OnlyOffered,
    SeveralAccesses,
    UserInAnotherChart,
    existing,
)
from bot.planning.taken import UserMadeByTemplate, UserOfSomethingElse
from bot.policy.rules import default_directory, load
from tests.support.commands import grant
from tests.support.tree import put, replace, text

CLUSTER = load(default_directory()).cluster
SERVICE = frozenset({"alpha", "beta", "gamma", "delta"})
"""Where sasquatch is enabled."""
READER_USER = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
STRIMZI_USER = "applications/sasquatch/charts/strimzi-kafka/templates/users.yaml"
READER_ACCESS = "applications/reader/templates/kafkaaccess.yaml"


def found(tree: Path, application: str, **options: Any) -> Existing:
    names = (application, f"{application}-kafka")
    return existing(Files(tree), grant(application, **options), application, CLUSTER, names, SERVICE)


def said(there: Existing) -> tuple[str | None, str | None, str]:
    access, user = (one.name if one else None for one in (there.access, there.user))
    return access, user, " ".join(sorted(there.user_environments))


FOUND: dict[str, tuple[str, dict[str, Any], tuple[str | None, str | None, str]]] = {
    "nothing": ("myapp", {}, (None, None, "")),
    "both": ("reader", {}, ("reader-kafka", "reader", "alpha beta")),
    "both, named": ("reader", {"user": "reader", "secret": "reader-kafka"}, ("reader-kafka", "reader", "alpha beta")),
    "a second Secret for the same user": ("reader", {"secret": "reader-two"}, (None, "reader", "alpha beta")),
    "a second user and Secret": ("reader", {"user": "two", "secret": "reader-two"}, (None, None, "")),
    "a user beside the generated one": ("metrics-only", {"user": "own", "secret": "own"}, (None, None, "")),
    "a second Secret beside the generated one": ("metrics-only", {"secret": "metrics-only-topics"}, (None, None, "")),
    "a user that is not there yet": ("myapp", {"user": "myapp-events"}, (None, None, "")),
}


@pytest.mark.parametrize(("application", "options", "expected"), FOUND.values(), ids=[*FOUND])
def test_found(
    tree: Path, application: str, options: dict[str, Any], expected: tuple[str | None, str | None, str]
) -> None:
    assert said(found(tree, application, **options)) == expected


REFUSED: dict[str, tuple[str, dict[str, Any], type[UserError], str, str]] = {
    "a user that a loop makes": (
        "metrics-only",
        {},
        GeneratedUser,
        "metrics-only connects as app-metrics-metrics-only (metrics-only-kafka in "
        "applications/metrics-only/templates/kafkaaccess.yaml)",
        "type secret=metrics-only-topics, and workload= with one that does not use metrics-only-kafka",
    ),
    "another user beside one that a loop makes": (
        "metrics-only", {"user": "own"}, GeneratedUser, "connects as app-metrics-metrics-only", "type secret=",
    ),
    "another user for the same Secret": (
        "reader",
        {"user": "two"},
        AccessOfAnotherUser,
        f"reader-kafka in {READER_ACCESS} connects as reader, so the workload would not become two",
        "leave user= out to give the rules to reader; a second connection has to be added by hand",
    ),
    "another user for the same Secret, which is named": (
        "reader", {"user": "two", "secret": "reader-kafka"}, AccessOfAnotherUser, "would not become two", "by hand",
    ),
    "the user of another application": (
        "myapp",
        {"user": "reader"},
        UserInAnotherChart,
        "KafkaUser reader belongs to reader; whoever may use it has all that reader has",
        "leave user= out",
    ),
    "a name that a loop has the beginning of": (
        "myapp", {"user": "app-metrics-myapp"}, UserMadeByTemplate, "charts/app-metrics/templates/users.yaml",
        "type user= with a name that does not exist yet",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("application", "options", "kind", "says", "hint"), REFUSED.values(), ids=[*REFUSED])
def test_refused(
    tree: Path, application: str, options: dict[str, Any], kind: type[UserError], says: str, hint: str
) -> None:
    with pytest.raises(kind) as caught:
        found(tree, application, **options)
    assert says in caught.value.text
    assert hint in caught.value.hint


def test_a_user_that_another_application_connects_as_is_not_shared(tree: Path) -> None:
    replace(tree, READER_USER, "name: reader\n", "name: myapp\n")
    replace(tree, READER_ACCESS, "    name: reader\n", "    name: myapp\n")
    with pytest.raises(UserInAnotherChart, match="KafkaUser myapp belongs to reader"):
        found(tree, "myapp")


def test_a_user_of_the_applications_name_is_its_own(tree: Path) -> None:
    (tree / READER_ACCESS).unlink()
    assert said(found(tree, "reader")) == (None, "reader", "alpha beta")


def test_the_only_access_is_used_whatever_its_name(tree: Path) -> None:
    replace(tree, READER_ACCESS, '"reader-kafka"', '"reader-events"')
    assert said(found(tree, "reader")) == ("reader-events", "reader", "alpha beta")


def test_of_several_accesses_one_has_to_be_named(tree: Path) -> None:
    replace(tree, READER_ACCESS, '"reader-kafka"', '"reader-events"')
    second = text(tree, READER_ACCESS).replace("reader-events", "reader-alerts")
    put(tree, "applications/reader/templates/alerts.yaml", second)
    with pytest.raises(SeveralAccesses, match="reader-alerts, reader-events") as caught:
        found(tree, "reader")
    assert "secret=" in caught.value.hint
    assert said(found(tree, "reader", secret="reader-alerts")) == ("reader-alerts", "reader", "alpha beta")


def test_what_a_shared_chart_offers_does_not_say_as_whom_while_it_is_off(tree: Path) -> None:
    offered = text(tree, READER_ACCESS).replace("reader.labels", "common-worker.labels")
    offered = offered.replace("name: reader\n", "name: {{ .Values.user }}\n").replace("reader-kafka", "worker-kafka")
    path = "charts/common-worker/templates/access.yaml"
    put(tree, path, f"{{{{- if .Values.kafka }}}}\n{offered}{{{{- end }}}}\n")
    with pytest.raises(OnlyOffered, match=f"worker-kafka in {path}, .* is off for shared in all") as caught:
        found(tree, "shared")
    assert caught.value.hint == "type env= with the environments that are meant, and it is turned on there"
    values = "applications/shared/values-alpha.yaml"
    before = text(tree, values)
    put(tree, values, f"{before}common-worker:\n  user: reader\n")
    with pytest.raises(OfferedAsAnother, match="would let shared connect as KafkaUser reader"):
        found(tree, "shared", environments=("alpha",))
    put(tree, values, f"{before}common-worker:\n  user: shared\n")
    assert said(found(tree, "shared", environments=("alpha",))) == ("worker-kafka", None, "")


def test_a_condition_that_is_a_plain_value_tells_the_environments(tree: Path) -> None:
    user = text(tree, READER_USER)
    put(tree, READER_USER, f"{{{{- if .Values.readers.enabled }}}}\n{user}{{{{- end }}}}\n")
    values = "applications/sasquatch/values-alpha.yaml"
    replace(tree, values, "squareEvents:\n", "square-events:\n  readers:\n    enabled: true\nsquareEvents:\n")
    assert said(found(tree, "reader")) == ("reader-kafka", "reader", "alpha")


def test_a_condition_that_only_rendering_can_tell_is_refused(tree: Path) -> None:
    user = text(tree, READER_USER)
    put(tree, READER_USER, f'{{{{- if eq .Values.cluster.name "sasquatch" }}}}\n{user}{{{{- end }}}}\n')
    with pytest.raises(ConditionalUser, match=READER_USER):
        found(tree, "reader")


AUTHENTICATIONS = {"tls": "tls", "tls-external": "tls-external", "scram-sha-512": "scram-sha-512"}


@pytest.mark.parametrize("kind", AUTHENTICATIONS.values(), ids=[*AUTHENTICATIONS])
def test_authentication_is_the_users(tree: Path, kind: str) -> None:
    replace(tree, READER_USER, "    type: tls\n", f"    type: {kind}\n")
    assert found(tree, "reader").authentication == kind


def test_new_users_authenticate_by_certificate(tree: Path) -> None:
    assert found(tree, "myapp").authentication == "tls"


def test_a_user_of_the_service_itself_is_not_for_an_application(tree: Path) -> None:
    put(tree, READER_USER.replace("reader", "telegraf"), text(tree, READER_USER).replace("reader", "telegraf"))
    with pytest.raises(UserOfSomethingElse, match="no KafkaAccess of myapp names it") as caught:
        found(tree, "myapp", user="telegraf")
    assert caught.value.hint == "leave user= out, or type user= with a name that does not exist yet"


def test_a_user_of_the_cluster_is_not_for_an_application_of_its_name(tree: Path) -> None:
    """The subchart of Kafka is strimzi-kafka, and there is an application strimzi."""
    put(tree, STRIMZI_USER, text(tree, READER_USER).replace("reader", "telegraf"))
    with pytest.raises(UserOfSomethingElse, match="no KafkaAccess of strimzi names it"):
        found(tree, "strimzi", user="telegraf")
    for other in ("kafka", "topics"):
        (tree / STRIMZI_USER.replace("users", other)).unlink(missing_ok=True)
    assert said(found(tree, "strimzi", user="telegraf"))[1] == "telegraf"


def test_a_name_that_a_template_takes_from_values_is_taken(tree: Path) -> None:
    user = text(tree, READER_USER).replace("name: reader\n", "name: {{ .Values.cluster.name }}-connect\n", 1)
    put(tree, READER_USER.replace("reader", "connect"), user)
    with pytest.raises(UserMadeByTemplate, match="sasquatch-connect is a name of theirs"):
        found(tree, "myapp", user="sasquatch-connect")
    assert said(found(tree, "myapp", user="myapp-connect")) == (None, None, "")
