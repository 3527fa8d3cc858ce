"""Clients of other libraries: their variables and files, on the small tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.help import help_text
from bot.planning.chosen import UnknownProfile
from bot.planning.selection import PartlyWired
from tests.support.plans import RULES, command, grant, planned, proved, take, write
from tests.support.tree import digests, rendered, replace

INGEST = "topic=lsst.square-events.myapp.ingest:write"
DEPLOYMENT = "applications/myapp/templates/deployment.yaml"
PROFILES = {one.name: one for one in RULES.profiles.profiles}


def container(tree: Path) -> dict[str, dict[str, str]]:
    """What the kubelet would give to the container: variables, and files with their keys of the Secret."""
    chart = "applications/myapp"
    (found,) = (one for one in rendered(tree, chart, "myapp", "values.yaml") if one["kind"] == "Deployment")
    pod = found["spec"]["template"]["spec"]
    (one,) = pod["containers"]
    secrets = {one["name"]: one["secret"]["secretName"] for one in pod["volumes"]}
    return {
        "env": {
            each["name"]: each.get("value") or "{name}/{key}".format(**each["valueFrom"]["secretKeyRef"])
            for each in one["env"]
            if "MYAPP" not in each["name"]
        },
        "files": {each["mountPath"]: f"{secrets[each['name']]}/{each['subPath']}" for each in one["volumeMounts"]},
    }


FILES = {
    "/etc/kafkacluster/ca.crt": "myapp-kafka/ssl.truststore.crt",
    "/etc/kafkauser/user.crt": "myapp-kafka/ssl.keystore.crt",
    "/etc/kafkauser/user.key": "myapp-kafka/ssl.keystore.key",
}
CLIENTS = {
    "librdkafka": {
        "KAFKA_SECURITY_PROTOCOL": "myapp-kafka/securityProtocol",
        "KAFKA_BOOTSTRAP_SERVERS": "myapp-kafka/bootstrapServers",
        "KAFKA_SSL_CA_LOCATION": "/etc/kafkacluster/ca.crt",
        "KAFKA_SSL_CERTIFICATE_LOCATION": "/etc/kafkauser/user.crt",
        "KAFKA_SSL_KEY_LOCATION": "/etc/kafkauser/user.key",
    },
    "spring": {
        "SPRING_KAFKA_SECURITY_PROTOCOL": "myapp-kafka/securityProtocol",
        "SPRING_KAFKA_BOOTSTRAPSERVERS": "myapp-kafka/bootstrapServers",
        "SPRING_KAFKA_SSL_BUNDLE": "kafka",
        "SPRING_SSL_BUNDLE_PEM_KAFKA_TRUSTSTORE_CERTIFICATE": "file:/etc/kafkacluster/ca.crt",
        "SPRING_SSL_BUNDLE_PEM_KAFKA_KEYSTORE_CERTIFICATE": "file:/etc/kafkauser/user.crt",
        "SPRING_SSL_BUNDLE_PEM_KAFKA_KEYSTORE_PRIVATEKEY": "file:/etc/kafkauser/user.key",
    },
}


@pytest.mark.parametrize("name", CLIENTS)
def test_there_and_back(tree: Path, name: str) -> None:
    before = digests(tree)
    found = planned(tree, command(f"myapp {INGEST} profile={name}"))
    proved(tree, found)
    write(tree, found)
    assert container(tree) == {"env": CLIENTS[name], "files": FILES}
    again = planned(tree, command(f"myapp {INGEST} profile={name}"))
    assert again.changes == ()
    take(tree, "myapp")
    assert digests(tree) == before


@pytest.mark.parametrize(("first", "second"), [("default", "spring"), ("spring", ""), ("librdkafka", "default")])
def test_a_client_of_another_profile_stays_what_it_is(tree: Path, first: str, second: str) -> None:
    grant(tree, f"myapp {INGEST} profile={first}")
    found = planned(tree, command(f"myapp {INGEST}" + (f" profile={second}" if second else "")))
    assert found.changes == ()
    said = f"deployment/myapp is a client already, by the variables of profile {first}, and keeps them"
    assert said in found.notes


@pytest.mark.parametrize("words", ["", f"{INGEST} ", "quota=producer:1kB "])
def test_a_client_of_its_own_names_stays_what_it_is(tree: Path, words: str) -> None:
    grant(tree, f"myapp {INGEST}")
    path = DEPLOYMENT
    (tree / path).write_text((tree / path).read_text().replace('"KAFKA_', '"BROKER_'))
    said = "deployment/myapp is a client already, by variables of other names, and keeps them"
    assert said in planned(tree, command(f"myapp {words}profile=spring")).notes


def test_a_client_that_lacks_a_variable(tree: Path) -> None:
    grant(tree, f"myapp {INGEST} profile=spring")
    replace(tree, DEPLOYMENT, '"SPRING_KAFKA_SSL_BUNDLE"', '"OTHER"')
    with pytest.raises(PartlyWired, match=r"already sets SPRING_\w+, .*, but not SPRING_KAFKA_SSL_BUNDLE"):
        planned(tree, command(f"myapp {INGEST} profile=spring workload=myapp"))


def test_an_unknown_profile(tree: Path) -> None:
    with pytest.raises(
        UnknownProfile, match="no profile sprint; the rules have default, librdkafka and spring"
    ) as said:
        planned(tree, command(f"myapp {INGEST} profile=sprint"))
    assert said.value.hint == "did you mean spring?"


def test_help_names_them() -> None:
    assert all(f"`{name}`" in help_text("profile") for name in PROFILES)
