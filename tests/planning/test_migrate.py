"""Migrations on the small tree: what is moved, what is refused with what to type, and what Helm says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx import strimzi
from bot.phalanx.resources import OddRules
from bot.phalanx.unknown import UnknownApplication
from bot.planning import migrate
from bot.planning.holdings import SharedChart, SharedFile
from bot.planning.migrate import CannotMigrate, FromElsewhere, NotServed
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.proof.model import Outcome, Status
from bot.proof.prove import prove
from tests.support.plans import RULES, command, judged, write
from tests.support.tree import TREE, put, replace, text

TEMPLATES = "applications/sasquatch/charts/square-events/templates"
READER, NOTIFY = f"{TEMPLATES}/reader-user.yaml", f"{TEMPLATES}/notify-topics.yaml"
METRICS = "applications/sasquatch/charts/app-metrics/templates"
STRIMZI = "applications/strimzi/Chart.yaml"
OLD, NEW = "kafka.strimzi.io/v1beta2", "kafka.strimzi.io/v1"
LIST = 'operations:\n          - "Read"\n        host'
SECOND = f"---\napiVersion: {OLD}\nkind: KafkaUser\nmetadata:\n  name: {{}}\nspec: {{{{}}}}\n"


def migrated(tree: Path, application: str) -> Plan:
    return migrate.plan(Files(tree), RULES, command(f"migrate {application}"))


def test_a_user(tree: Path) -> None:
    """The old operation too: what it was is proved to be what it is, by Helm in every environment."""
    replace(tree, READER, LIST, 'operation: "Read"  # reads\n        host')
    before = text(tree, READER)
    found = migrated(tree, "reader")
    (change,) = found.changes
    expected = before.replace(OLD, NEW).replace('operation: "Read"  #', 'operations:\n          - "Read"  #')
    assert (change.path, change.after) == (READER, expected.encode())
    assert found.targets == ("alpha", "beta")
    assert [(one.kind, one.name, one.file, one.change) for one in found.resources] == [
        ("KafkaUser", "reader", READER, "amend")
    ]
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    assert set(proof.environments.values()) == {Outcome.PROVED}
    write(tree, found)
    again = migrated(tree, "reader")
    assert (again.changes, again.resources, again.notes) == ((), (), ())


def test_everything_of_the_service(tree: Path) -> None:
    """Objects of loops and of several applications; what is not announced to move and does is refuted."""
    found = migrated(tree, "sasquatch")
    files = sorted((READER, NOTIFY, f"{METRICS}/topics.yaml", f"{METRICS}/users.yaml"))
    assert [one.path for one in found.changes] == files
    assert all((one.after or b"").decode() == text(tree, one.path).replace(OLD, NEW) for one in found.changes)
    proof = judged(tree, found)
    assert (proof.status, proof.problems) == (Status.PROVED, ())
    fewer = [one for one in found.changes if one.path != READER]
    proof = prove(tree, fewer, found.expected, schemas=found.schemas, jobs=2)
    assert proof.status is Status.REFUTED
    assert {one.text for one in proof.problems} == {
        f"KafkaUser reader (charts/square-events/templates/reader-user.yaml) is of {OLD} still"
    }


def test_the_topics_of_an_application(tree: Path) -> None:
    """A topic is an application's by the rules; a file in which only its own are old is its own."""
    first, second, third = text(tree, NOTIFY).split("---\n")
    mine = second.replace("notify.message", "myapp.message", 1)
    put(tree, f"{TEMPLATES}/myapp-topics.yaml", "---\n".join((first, mine, third.replace(OLD, NEW))))
    found = migrated(tree, "myapp")
    assert [(one.kind, one.name) for one in found.resources] == [("KafkaTopic", "lsst.square-events.myapp.message")]
    assert [one.path for one in found.changes] == [f"{TEMPLATES}/myapp-topics.yaml"]


def test_what_a_loop_makes(tree: Path) -> None:
    found = migrated(tree, "metrics-only")
    assert (found.changes, found.targets) == ((), ())
    assert found.notes == (
        "KafkaUser app-metrics-metrics-only is made from values of sasquatch, with those of others: "
        "/kafka-access migrate sasquatch moves it",
    )


def _version(release: str) -> tuple[str, str, str]:
    return STRIMZI, "version: 0.51.0", f"version: {release}"


REFUSED: dict[str, tuple[tuple[str, str, str], type[UserError], str, str]] = {
    "a Strimzi that is too old": (
        _version("0.48.0"), NotServed, f"Strimzi 0.48.0 (applications/strimzi/Chart.yaml) does not serve {NEW}",
        "have strimzi-kafka-operator at 0.49.0 or later there first",
    ),
    "any Strimzi": (_version('">=0.45"'), NotServed, "does not say in one version which", "0.49.0 or later"),
    "another application's user": (
        (READER, "---\n", SECOND.format("publisher") + "---\n"), SharedFile,
        f"{READER} is not of reader alone: it has KafkaUser publisher of publisher", "/kafka-access migrate sasquatch",
    ),
    "nobody's user": (
        (READER, "---\n", SECOND.format("nobody") + "---\n"), SharedFile, "it has KafkaUser nobody", "migrate sasq",
    ),
    "a user that serves others": (
        ("applications/publisher/templates/deployment.yaml", "apiVersion: apps/v1",
         "apiVersion: access.strimzi.io/v1alpha1\nkind: KafkaAccess\nmetadata:\n  name: x\n"
         "spec:\n  user: {name: reader}\n---\napiVersion: apps/v1"), SharedFile,
        "it has KafkaUser reader, which serves publisher too", "/kafka-access migrate sasquatch",
    ),
    "a version by a value": (
        (READER, OLD, "{{ .Values.version }}"), CannotMigrate, f"KafkaUser reader in {READER} cannot be migrated: line",
        "write that out in the template first, then ask again",
    ),
    "no spec": (
        (READER, "\nspec:", "\nother:"), CannotMigrate, f"it has no spec, and {NEW} demands one", "write that out",
    ),
    "an operation that Kafka has not": (
        (READER, LIST, "operation: Fetch\n        host"), OddRules, "has a rule that Kafka does not know", "mend it",
    ),
    "a helper": (
        (READER, "---\n", '{{- define "y" }}\n---\n'), CannotMigrate,
        "it is a helper that other templates print", "write that out",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "kind", "said", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(tree: Path, edit: tuple[str, str, str], kind: type[UserError], said: str, hint: str) -> None:
    path, old, new = edit
    before = text(tree, path)
    assert old in before
    put(tree, path, before.replace(old, new, 1) + ("\n{{- end }}\n" if "define" in new else ""))
    with pytest.raises(kind) as caught:
        migrated(tree, "reader")
    assert said in caught.value.text
    assert hint in caught.value.hint


def test_a_user_that_a_value_names(tree: Path) -> None:
    replace(tree, READER, "name: reader\n", "name: events\n")
    replace(tree, "applications/reader/templates/kafkaaccess.yaml", "name: reader\n", "name: {{ .Values.user }}\n")
    assert (migrated(tree, "reader").changes, migrated(tree, "reader").notes) == ((), ())
    values = "applications/reader/values.yaml"
    put(tree, values, f"{text(tree, values)}\nuser: events\n")
    assert [one.name for one in migrated(tree, "reader").resources] == ["events"]


def test_unknown() -> None:
    with pytest.raises(UnknownApplication, match="no application raeder"):
        migrated(TREE, "raeder")


def test_a_chart_of_several(tree: Path) -> None:
    put(tree, "charts/common-worker/templates/user.yaml", text(tree, READER))
    shared = text(tree, "applications/shared/Chart.yaml")
    dependencies = shared[shared.index("dependencies:") :]
    put(tree, "applications/myapp/Chart.yaml", f"{text(tree, 'applications/myapp/Chart.yaml')}\n{dependencies}")
    with pytest.raises(SharedChart, match="is in a chart of myapp too"):
        migrated(tree, "shared")


def test_rules_from_values_are_no_bug(tree: Path) -> None:
    """What only rendering tells is left to the proof, and its answer is one for the requester."""
    before = text(tree, READER)
    put(tree, READER, before[: before.index("    acls:")] + "    acls:\n      {{- toYaml .Values.acls | nindent 6 }}\n")
    (doubt,) = migrated(tree, "reader").doubts
    assert isinstance(doubt, FromElsewhere)


@pytest.mark.parametrize(
    ("release", "versions"),
    [
        ("0.48.0", ("v1beta2", "v1beta1", "v1alpha1")),
        ("0.49.0", ("v1", "v1beta2", "v1beta1", "v1alpha1")),
        ("v0.51.0-rc1", ("v1", "v1beta2", "v1beta1", "v1alpha1")),
        ("1.0.0", ("v1",)),
        ("2.3.4", ("v1",)),
        ("~0.51.0", ()),
        ("0.51", ()),
        ("", ()),
    ],
)
def test_what_a_release_serves(release: str, versions: tuple[str, ...]) -> None:
    assert strimzi.served(release) == tuple(f"{strimzi.GROUP}/{one}" for one in versions)


@pytest.mark.parametrize(("release", "version"), [("0.51.0", OLD), ("1.0.0", NEW), ('">0"', OLD)])
def test_new_objects_are_of_a_version_that_is_served(tree: Path, release: str, version: str) -> None:
    """As the neighbours have it, as far as Strimzi has it too."""
    replace(tree, *_version(release))
    found = plan(Files(tree), RULES, command("myapp topic=lsst.square-events.myapp.x:write create"))
    users = {one.path: (one.after or b"").decode() for one in found.changes if "/square-events/" in one.path}
    assert sorted(users) == [f"{TEMPLATES}/myapp-topics.yaml", f"{TEMPLATES}/myapp-user.yaml"]
    assert all(f"apiVersion: {version}\n" in one for one in users.values())
