"""Access that is there, in further environments, workloads and containers: the difference, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.resources import documents
from bot.phalanx.spelled import spelled_out
from bot.planning.extension import AccessUnderCondition, OnlyRenderingTells, TurnsOnMore, UserIsShared
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.planning.reach import RulesHoldElsewhere
from bot.planning.wiring import OnElsewhere, SeveralConditions
from bot.policy.verdict import Severity
from bot.policy.wanted import NothingWanted
from bot.proof.model import Status
from tests.support.plans import RULES, command, judged, proved, write
from tests.support.tree import copy_tree, digests, put, replace, text

EVERYWHERE = "everywhere topic=lsst.everywhere.jobs:write"
PAIR = "pair topic=lsst.pair.jobs:write"
DEPLOYMENT = "applications/everywhere/templates/deployment.yaml"
ACCESS = "applications/everywhere/templates/kafka-access.yaml"
USER = "applications/sasquatch/charts/everywhere/templates/kafka-user.yaml"


def planned(tree: Path, line: str) -> Plan:
    return plan(Files(tree), RULES, command(line))


def done(tree: Path, *lines: str) -> Path:
    for line in lines:
        write(tree, planned(tree, line))
    return tree


SAME: dict[str, tuple[tuple[str, str], str]] = {
    "an environment": ((f"{EVERYWHERE} env=alpha", "everywhere env=beta"), f"{EVERYWHERE} env=alpha,beta"),
    "an environment, and what is there": (
        (f"{EVERYWHERE} env=alpha", f"{EVERYWHERE} env=alpha,gamma"),
        f"{EVERYWHERE} env=alpha,gamma",
    ),
    "an environment, and a rule": (
        (f"{EVERYWHERE} env=alpha", "everywhere topic=lsst.everywhere.two:write env=alpha,beta"),
        f"{EVERYWHERE} topic=lsst.everywhere.two:write env=alpha,beta",
    ),
    "topics go with their user": (
        (f"{EVERYWHERE} create env=alpha", "everywhere env=beta"),
        f"{EVERYWHERE} create env=alpha,beta",
    ),
    "a subchart with a switch of its own": (
        ("aliased topic=lsst.aliased.jobs:write env=alpha", "aliased env=beta"),
        "aliased topic=lsst.aliased.jobs:write env=alpha,beta",
    ),
    "a workload": ((f"{PAIR} workload=server", "pair workload=worker"), f"{PAIR} workload=all"),
    "a workload under the switch": (
        (f"{PAIR} workload=server env=alpha", "pair workload=worker"),
        f"{PAIR} workload=all env=alpha",
    ),
}


@pytest.mark.parametrize(("steps", "whole"), SAME.values(), ids=SAME)
def test_step_by_step_comes_to_the_same(tmp_path: Path, steps: tuple[str, str], whole: str) -> None:
    tree, other = copy_tree(tmp_path / "one"), copy_tree(tmp_path / "two")
    for one in (tree, other):
        enable(one, "aliased", "beta")
        enable(one, "aliased", "gamma")
    done(other, whole)
    done(tree, steps[0])
    found = planned(tree, steps[1])
    proved(tree, found)
    write(tree, found)
    assert digests(tree) == digests(other)
    assert planned(tree, steps[1]).changes == ()


def enable(tree: Path, application: str, environment: str) -> None:
    path = f"environments/values-{environment}.yaml"
    put(tree, path, text(tree, path) + f"  {application}: true\n")
    put(tree, f"applications/{application}/values-{environment}.yaml", "")


def test_what_is_there_already_is_said(tree: Path) -> None:
    done(tree, f"{EVERYWHERE} env=alpha")
    found = planned(tree, "everywhere env=beta")
    assert found.targets == ("beta",)
    assert [(one.name, one.state) for one in found.environments] == [
        ("alpha", "has access already"),
        ("beta", "target"),
        ("delta", "not eligible"),
        ("epsilon", "not eligible"),
        ("gamma", "guarded off"),
    ]
    assert sorted(one.path for one in found.changes) == [
        "applications/everywhere/values-beta.yaml",
        "applications/sasquatch/values-beta.yaml",
    ]
    assert [(one.kind, one.name, one.change) for one in found.resources] == [
        ("KafkaUser", "everywhere", "create"),
        ("KafkaAccess", "everywhere-kafka", "create"),
    ]


def test_owners_agree_for_further_environments_too(tree: Path) -> None:
    owned, team = "lsst.square-events.notify.message", ("lsst-sqre/square",)
    first = f"everywhere topic={owned}:read env=alpha"
    asked = [("topic-of-another", Severity.NEEDS_APPROVAL, team)]
    assert approvals(planned(tree, first)) == asked
    done(tree, first)
    assert approvals(planned(tree, "everywhere env=beta")) == asked
    assert approvals(planned(tree, first)) == []


def approvals(found: Plan) -> list[tuple[str, Severity, tuple[str, ...]]]:
    needed = [one for one in found.verdicts if one.severity is Severity.NEEDS_APPROVAL]
    return [(one.rule, one.severity, one.owners) for one in needed]


def test_without_a_switch_only_the_user_is_turned_on(tree: Path) -> None:
    done(tree, "windows topic=lsst.windows.jobs:write")
    enable(tree, "windows", "beta")
    found = planned(tree, "windows env=beta")
    assert [one.path for one in found.changes] == ["applications/sasquatch/values-beta.yaml"]
    proved(tree, found)


def test_topics_that_come_with_the_user_are_said(tree: Path) -> None:
    done(tree, f"{EVERYWHERE} create env=alpha")
    found = planned(tree, "everywhere env=beta,gamma")
    said = "KafkaTopic lsst.everywhere.jobs, which stands beside the KafkaUser, is made in beta and gamma too"
    assert found.notes == (said,)
    assert ("KafkaTopic", "lsst.everywhere.jobs", "create") in [
        (one.kind, one.name, one.change) for one in found.resources
    ]


def by_hand(tree: Path) -> None:
    """Access under a switch of another name, with other variables."""
    done(tree, f"{EVERYWHERE} env=alpha")
    for path in (DEPLOYMENT, ACCESS):
        put(tree, path, text(tree, path).replace("Values.kafkaAccess.enabled", "Values.broker.active"))
    put(tree, DEPLOYMENT, text(tree, DEPLOYMENT).replace('"KAFKA_', '"BROKER_'))
    for path in ("values.yaml", "values-alpha.yaml"):
        file = f"applications/everywhere/{path}"
        put(tree, file, text(tree, file).replace("kafkaAccess:", "broker:").replace("enabled:", "active:"))


def test_a_switch_that_a_person_has_made(tree: Path) -> None:
    by_hand(tree)
    found = planned(tree, "everywhere env=beta")
    proved(tree, found)
    write(tree, found)
    assert "broker:\n  active: true\n" in text(tree, "applications/everywhere/values-beta.yaml")
    assert "kafkaAccess" not in text(tree, "applications/everywhere/values.yaml")


def by_a_grant(tree: Path) -> None:
    done(tree, f"{EVERYWHERE} env=alpha")


@pytest.mark.parametrize(("prepare", "switch"), [(by_hand, "broker.active"), (by_a_grant, "kafkaAccess.enabled")])
def test_a_switch_with_more_behind_it(tree: Path, prepare: Callable[[Path], None], switch: str) -> None:
    prepare(tree)
    config = (
        f"{{{{- if .Values.{switch} }}}}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n{{{{- end }}}}\n"
    )
    put(tree, "applications/everywhere/templates/more.yaml", config)
    found = planned(tree, "everywhere env=beta")
    assert judged(tree, found).status is Status.REFUTED
    (doubt,) = found.doubts
    assert isinstance(doubt, TurnsOnMore)
    assert doubt.text == f"{switch}, which turns the access on, changes more than that in beta"


def test_a_second_container_has_the_same_volume(tree: Path) -> None:
    done(tree, "twin topic=lsst.twin.jobs:write")
    found = planned(tree, "twin container=nginx")
    proved(tree, found)
    (one,) = found.expected.wired
    assert (one.container, one.volumes) == (0, ())
    assert {mount["name"] for mount in one.mounts} == {"kafka"}
    write(tree, found)
    assert planned(tree, "twin container=nginx").changes == ()


def test_one_more_topic_for_access_by_hand_leaves_the_workload(tree: Path) -> None:
    """Its variables have other names, but come from the Secret."""
    by_hand(tree)
    found = planned(tree, "everywhere topic=lsst.everywhere.two:read")
    assert [one.path for one in found.changes] == [USER]


def test_a_user_that_a_value_names(tree: Path) -> None:
    done(tree, f"{EVERYWHERE} env=alpha")
    replace(tree, ACCESS, 'name: "everywhere"\n', "name: {{ .Values.broker.user | quote }}\n")
    values = "applications/everywhere/values.yaml"
    put(tree, values, text(tree, values) + "\nbroker:\n  user: everywhere\n")
    found = planned(tree, "everywhere topic=lsst.everywhere.two:read env=alpha,beta")
    assert [(one.kind, one.change) for one in found.resources] == [
        ("KafkaUser", "amend"), ("KafkaUser", "create"), ("KafkaAccess", "create"),
    ]  # fmt: skip
    proved(tree, found)


def shared(tree: Path) -> None:
    done(tree, "myapp topic=lsst.square-events.myapp.ingest:write")
    enable(tree, "myapp", "gamma")


def granted(tree: Path) -> None:
    done(tree, f"{EVERYWHERE} env=alpha,beta")


def paired(tree: Path) -> None:
    done(tree, f"{PAIR} workload=server env=alpha", "pair env=beta")


def twice_guarded(tree: Path) -> None:
    done(tree, f"{PAIR} workload=server env=alpha")
    path = "applications/pair/templates/kafka-access.yaml"
    put(tree, path, f"{{{{- if .Values.image }}}}\n{text(tree, path)}{{{{- end }}}}\n")


def conditional(tree: Path) -> None:
    done(tree, f"{PAIR} workload=server env=alpha")
    replace(tree, "applications/pair/templates/kafka-access.yaml", "if .Values", "if and .Values.image .Values")


def computed(tree: Path) -> None:
    granted(tree)
    replace(tree, USER, "lsst.everywhere.jobs", '{{ printf "%s" .Values.cluster.name }}')


REFUSED: dict[str, tuple[Callable[[Path], None], str, type[UserError], str]] = {
    "a subchart of others": (shared, "myapp env=gamma", UserIsShared, "turns on all that stands beside it"),
    "fewer environments": (
        granted,
        "everywhere topic=lsst.everywhere.two:write env=beta,gamma",
        RulesHoldElsewhere,
        "alpha and beta, not beta and gamma",
    ),
    "a topic to make in fewer": (granted, f"{EVERYWHERE} create env=alpha", RulesHoldElsewhere, "not alpha"),
    "nothing": (granted, "everywhere", NothingWanted, "name at least one topic"),
    "a workload in fewer": (paired, "pair workload=worker env=alpha", OnElsewhere, "alpha and beta, not alpha"),
    "two conditions": (twice_guarded, "pair workload=worker", SeveralConditions, "depends on image and kafkaAccess"),
    "a further environment under more than a value": (
        conditional, "pair env=beta", AccessUnderCondition, "pair-kafka in .* cannot be told without rendering",
    ),
    "a further workload under more than a value": (
        conditional, "pair workload=worker", SeveralConditions, "depends on a condition that only rendering tells",
    ),
    "what only rendering tells": (computed, "everywhere env=gamma", OnlyRenderingTells, "is not spelled out"),
}  # fmt: skip


def test_one_more_topic_turns_nothing_on(tree: Path) -> None:
    """The KafkaUser is in beta too, whose rules hold in both; its access is off there."""
    done(tree, f"{EVERYWHERE} env=alpha,beta")
    put(tree, "applications/everywhere/values-beta.yaml", "")
    found = planned(tree, "everywhere topic=lsst.everywhere.two:write")
    assert [one.path for one in found.changes] == [USER]
    assert found.notes == (f"everywhere-kafka in {ACCESS} is off in beta, and stays so: type env= to turn it on",)
    proved(tree, found)


def test_one_more_topic_needs_nothing_of_a_condition(tree: Path) -> None:
    conditional(tree)
    found = planned(tree, "pair topic=lsst.pair.two:write")
    assert [one.path for one in found.changes] == [USER.replace("everywhere", "pair")]


@pytest.mark.parametrize(("prepare", "line", "kind", "says"), REFUSED.values(), ids=REFUSED)
def test_refused(tree: Path, prepare: Callable[[Path], None], line: str, kind: type[UserError], says: str) -> None:
    prepare(tree)
    before = digests(tree)
    with pytest.raises(kind, match=says) as caught:
        planned(tree, line)
    assert caught.value.hint
    assert digests(tree) == before


SPELLED: dict[str, tuple[str, object]] = {
    "a value": ("name: {{ .Values.cluster.name }}-x", "sasquatch-x"),
    "a quoted value": ("name: {{ $.Values.cluster.name | quote }}", "sasquatch"),
    "the chart's name": ('name: "{{ .Chart.Name }}"', "everywhere"),
    "a number": ("name: {{ .Values.few }}", 12),
    "a number with an exponent": ("name: {{ .Values.many }}", None),
    "a truth value": ("name: {{ .Values.yes }}", True),
    "a value that is not set": ("name: {{ .Values.none }}", None),
    "a function": ('name: {{ printf "x" }}', None),
}


@pytest.mark.parametrize(("line", "expected"), SPELLED.values(), ids=SPELLED)
def test_what_a_template_spells_out(tree: Path, line: str, expected: object) -> None:
    done(tree, f"{EVERYWHERE} env=alpha")
    replace(tree, USER, 'name: "lsst.everywhere.jobs"', line)
    values = "applications/sasquatch/charts/everywhere/values.yaml"
    put(tree, values, text(tree, values) + "few: 12\nmany: 604800000\nyes: true\n")
    files = Files(tree)
    (user,) = (one for one in documents(files, "sasquatch", "KafkaUser") if one.name == "everywhere")
    found = spelled_out(files, "sasquatch", user, "alpha", text(tree, USER))
    acls = found["spec"]["authorization"]["acls"] if found else []
    assert [one["resource"]["name"] for one in acls] == ([] if expected is None else [expected])
