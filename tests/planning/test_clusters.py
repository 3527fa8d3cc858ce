"""A second Kafka cluster beside the first: everything goes by the one that is named, and the two keep apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.planning import migrate
from bot.planning.chosen import UnknownCluster
from bot.planning.existing import AccessOfAnotherCluster
from bot.planning.guards import SwitchOfAnotherCluster
from bot.planning.revoke import NoSwitch
from bot.planning.selection import VariablesOfAnotherSecret
from bot.planning.targets import LacksPrerequisites, NowhereEligible
from tests.support.plans import RULES, command, grant, planned, proved, revoked, take, write
from tests.support.second_cluster import add_second_cluster
from tests.support.tree import data, digests, replace, text

SERVICE = "applications/prompt-kafka"
OTHER = "cluster=prompt-kafka"
NOTICES = f"topic=notices:read {OTHER}"


@pytest.fixture
def two(tree: Path) -> Path:
    """The small tree with two clusters: prompt-kafka runs in alpha and gamma."""
    add_second_cluster(tree)
    return tree


def test_there_and_back(two: Path) -> None:
    before = digests(two)
    found = planned(two, command(f"windows {NOTICES}"))
    proved(two, found)
    assert found.targets == ("alpha", "gamma")
    assert found.notes[0] == "all of this is about Kafka cluster prompt-kafka"
    assert (found.service, [(one.kind, one.namespace) for one in found.resources]) == (
        "prompt-kafka",
        [("KafkaUser", "prompt-kafka"), ("KafkaAccess", "windows")],
    )
    write(two, found)
    user = text(two, f"{SERVICE}/charts/windows/templates/kafka-user.yaml")
    assert user.startswith("apiVersion: kafka.strimzi.io/v1\n")
    assert data(two, f"{SERVICE}/charts/windows/values.yaml") == {"cluster": {"name": "prompt-kafka"}}
    spec = data(two, "applications/windows/templates/kafka-access.yaml")["spec"]
    assert spec["kafka"] == {"name": "prompt-kafka", "namespace": "prompt-kafka", "listener": "tls"}
    assert (spec["user"]["name"], spec["user"]["namespace"]) == ("windows", "prompt-kafka")
    assert planned(two, command(f"windows {NOTICES}")).changes == ()
    other = revoked(two, "windows")
    assert other.changes == ()
    assert "it has access to Kafka cluster prompt-kafka: type cluster=prompt-kafka" in other.notes
    gone = revoked(two, "windows cluster=prompt-kafka")
    proved(two, gone)
    write(two, gone)
    assert digests(two) == before


def test_a_migration_says_what_is_old_of_another(two: Path) -> None:
    grant(two, f"windows {NOTICES}")
    replace(two, f"{SERVICE}/charts/windows/templates/kafka-user.yaml", "strimzi.io/v1", "strimzi.io/v1beta2")
    first, second = (
        migrate.plan(Files(two), RULES, command(f"migrate {one}")) for one in ("windows", f"windows {OTHER}")
    )
    assert first.changes == ()
    assert first.notes == (
        "what it has of Kafka cluster prompt-kafka is of an old version too: type cluster=prompt-kafka",
    )
    assert (len(second.changes), second.notes) == (1, ())


def test_a_guard_where_the_cluster_is_not(two: Path) -> None:
    before = digests(two)
    found = planned(two, command(f"myapp {NOTICES}"))
    proved(two, found)
    assert {one.name: (one.state, one.reason) for one in found.environments} == {
        "alpha": ("target", ""),
        "beta": ("not eligible", "prompt-kafka not enabled"),
    }
    write(two, found)
    assert data(two, "applications/myapp/values-alpha.yaml")["kafkaAccess"] == {"enabled": True}
    take(two, "myapp cluster=prompt-kafka")
    assert digests(two) == before


def test_both_by_different_workloads(two: Path) -> None:
    grant(two, "pair topic=lsst.square-events.pair.x:write workload=server")
    before = digests(two)
    second = f"pair {NOTICES} workload=worker"
    with pytest.raises(AccessOfAnotherCluster) as refused:
        planned(two, command(second))
    assert "type cluster=sasquatch if that is meant" in refused.value.hint
    assert "type secret=pair-prompt-kafka, and workload=" in refused.value.hint
    found = planned(two, command(f"{second} secret=pair-prompt-kafka"))
    proved(two, found)
    write(two, found)
    assert planned(two, command(second)).changes == ()
    assert planned(two, command("pair topic=lsst.square-events.pair.x:write workload=server")).changes == ()
    gone = revoked(two, "pair cluster=prompt-kafka")
    proved(two, gone)
    write(two, gone)
    assert digests(two) == before


REFUSED: dict[str, tuple[str, str, type[UserError], str]] = {
    "an unknown cluster": (
        "",
        "myapp topic=a:read cluster=prompt-kafk",
        UnknownCluster,
        "no Kafka cluster prompt-kafk; the rules have prompt-kafka and sasquatch",
    ),
    "where it does not run": (
        "",
        f"myapp {NOTICES} env=beta",
        LacksPrerequisites,
        "beta cannot have Kafka clients: prompt-kafka is not enabled there",
    ),
    "nowhere": ("", f"publisher-only {NOTICES}", UserError, "there is no application publisher-only"),
    "never together": ("", f"nightly {NOTICES} workload=nightly", NowhereEligible, "beta: prompt-kafka not enabled"),
    "the Secret is of the first cluster": (
        "myapp topic=lsst.square-events.myapp.x:write",
        f"myapp {NOTICES} secret=myapp-kafka",
        AccessOfAnotherCluster,
        "KafkaAccess myapp-kafka in applications/myapp/templates/kafka-access.yaml is for another Kafka cluster than "
        "prompt-kafka",
    ),
    "the variables are of the first cluster": (
        "myapp topic=lsst.square-events.myapp.x:write",
        f"myapp {NOTICES} secret=myapp-prompt-kafka",
        VariablesOfAnotherSecret,
        "takes its Kafka variables from Secret myapp-kafka",
    ),
    "the switch is of the first cluster": (
        "pair topic=lsst.square-events.pair.x:write env=beta workload=server",
        f"pair {NOTICES} secret=pair-prompt-kafka workload=worker",
        SwitchOfAnotherCluster,
        "kafkaAccess.enabled, which would be turned on in alpha, turns on pair-kafka in",
    ),
}


@pytest.mark.parametrize(("first", "line", "kind", "says"), REFUSED.values(), ids=[*REFUSED])
def test_refused(two: Path, first: str, line: str, kind: type[UserError], says: str) -> None:
    if first:
        grant(two, first)
    with pytest.raises(kind) as caught:
        planned(two, command(line))
    assert says in caught.value.text
    assert caught.value.hint


def test_a_switch_that_both_have(two: Path) -> None:
    grant(two, f"everywhere {NOTICES}")
    path = "applications/everywhere/templates/kafka-access.yaml"
    other = text(two, path).replace("prompt-kafka", "sasquatch").replace("everywhere-kafka", "everywhere-two")
    (two / path).write_text(f"{text(two, path)}---\n{other}")
    with pytest.raises(NoSwitch, match=r"everywhere-two .* is for another Kafka cluster and turned on by"):
        revoked(two, "everywhere cluster=prompt-kafka env=alpha")


def test_a_cluster_that_only_rendering_tells(two: Path) -> None:
    """It may be this one, so nothing is doubled."""
    path = "applications/reader/templates/kafkaaccess.yaml"
    line = next(one for one in text(two, path).splitlines() if "name: " in one and "sasquatch" in one)
    replace(two, path, f"{line}\n", line.partition("name:")[0] + "name: {{ .Values.cluster }}\n")
    assert planned(two, command("reader topic=lsst.square-events.notify.message:read")).changes == ()
