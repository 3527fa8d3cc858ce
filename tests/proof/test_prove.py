"""The whole proof on the small tree: what is right is proved, and what is not is refuted where it is wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.helm import HelmMissing
from bot.phalanx.workloads import application_workloads
from bot.proof.model import AddedRules, Change, Expected, NewObject, Outcome, Status, WiredWorkload
from bot.proof.prove import prove
from bot.roundtrip.wiring import Entries, wire
from tests.edits import ACCESS, ACCESS_TEXT, RULE, RULE_LINES, SCHEMAS
from tests.support.tree import digests, put, text
from tests.support.tree import replace as replace_in

ENTRIES = Entries(
    env=({"name": "KAFKA_URL", "valueFrom": {"secretKeyRef": {"name": "myapp-kafka", "key": "bootstrap"}}},),
    mounts=({"name": "kafka", "mountPath": "/etc/kafka/ca.crt", "subPath": "ca.crt"},),
    volumes=({"name": "kafka", "secret": {"secretName": "myapp-kafka"}},),
)
READER = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"


def inserted(root: Path, path: str, *pieces: tuple[int, str]) -> Change:
    """A change that inserts texts at places of the old file, and says so."""
    old = text(root, path)
    out, at = "", 0
    for place, new in pieces:
        out, at = out + old[at:place] + new, place
    spliced = tuple((place, place, new) for place, new in pieces)
    return Change(path, old.encode(), (out + old[at:]).encode(), spliced)


def wired(root: Path, application: str, environments: set[str], number: int = 0) -> tuple[Change, WiredWorkload]:
    """Wire one of the application's workloads as the editor does."""
    found = list(application_workloads(Files(root), application))[number]
    edits = wire(found.template, found.workload, found.workload.main or 0, ENTRIES).splices
    change = inserted(root, found.file, *((edit.start, edit.new) for edit in edits))
    announced = WiredWorkload(
        application, frozenset(environments), found.file, found.workload.kind, found.workload.index,
        found.workload.main or 0, ENTRIES.env, ENTRIES.mounts, ENTRIES.volumes,
    )  # fmt: skip
    return change, announced


def appended(root: Path, path: str, new: str) -> Change:
    """A change that appends to a file."""
    return inserted(root, path, (len(text(root, path)), new))


def told(problems: object) -> str:
    return str(problems)


WIRED = {
    "every environment": ("myapp", {"alpha", "beta"}, 0),
    "a second workload of the same file": ("pair", {"alpha", "beta"}, 1),
    "a cron job": ("nightly", {"beta"}, 0),
    "a template that is rendered in a loop": ("looped", {"alpha"}, 0),
    "a chart with two aliases": ("aliased", {"alpha"}, 0),
    "a chart that applications share": ("shared", {"alpha"}, 0),
    "line ends of Windows": ("windows", {"alpha", "gamma"}, 0),
}


@pytest.mark.parametrize(("application", "environments", "number"), WIRED.values(), ids=WIRED)
def test_wiring_is_proved(tree: Path, application: str, environments: set[str], number: int) -> None:
    before = digests(tree)
    change, announced = wired(tree, application, environments, number)
    proof = prove(tree, [change], Expected(wired=(announced,)))
    assert proof.problems == ()
    assert proof.status is Status.PROVED
    assert proof.environments == dict.fromkeys(sorted(environments), Outcome.PROVED)
    assert set(proof.differences) == environments
    for differing in proof.differences.values():
        assert differing
        for one in differing:
            assert "KAFKA_URL" in one.after
            assert "KAFKA_URL" not in one.before
            assert set(one.before.splitlines()) <= set(one.after.splitlines())
    assert {one.environment for one in proof.printed if one.before != one.after} == environments
    assert digests(tree) == before


def test_wiring_without_one_of_its_entries(tree: Path) -> None:
    change, announced = wired(tree, "myapp", {"alpha", "beta"})
    fewer = [(start, new) for start, _, new in change.spliced if "volumes:" not in new]
    assert len(fewer) == len(change.spliced) - 1
    proof = prove(tree, [inserted(tree, change.path, *fewer)], Expected(wired=(announced,)))
    assert proof.status is Status.REFUTED
    assert proof.environments == {"alpha": Outcome.REFUTED, "beta": Outcome.REFUTED}
    assert {(one.environment, one.text) for one in proof.problems} == {
        (name, "Deployment myapp (templates/deployment.yaml) has no list volumes") for name in ("alpha", "beta")
    }


def test_environment_that_is_no_target(tree: Path) -> None:
    change, announced = wired(tree, "myapp", {"alpha"})
    proof = prove(tree, [change], Expected(wired=(announced,)))
    assert proof.status is Status.REFUTED
    assert proof.environments == {"alpha": Outcome.PROVED, "beta": Outcome.REFUTED}
    assert {one.environment for one in proof.problems} == {"beta"}
    assert "nobody asked for" in proof.problems[0].text


def test_workload_that_is_not_announced(tree: Path) -> None:
    change, announced = wired(tree, "pair", {"alpha", "beta"}, 1)
    proof = prove(tree, [change], Expected(wired=(replace(announced, index=0),)))
    texts = {one.text for one in proof.problems}
    assert "Deployment pair-server (templates/deployments.yaml) does not get its entries" in texts
    assert any("Deployment pair-worker (templates/deployments.yaml) changed in" in one for one in texts)


def test_file_beside_its_edits(tree: Path) -> None:
    change, announced = wired(tree, "myapp", {"alpha", "beta"})
    spaced = replace(change, after=(change.after or b"") + b"\n")
    proof = prove(tree, [spaced], Expected(wired=(announced,)))
    assert proof.status is Status.REFUTED
    assert [(one.environment, one.text) for one in proof.problems] == [
        ("", f"{change.path}: something differs outside the edits")
    ]


def test_template_that_no_longer_renders(tree: Path) -> None:
    change = appended(tree, "applications/myapp/templates/service.yaml", '{{ fail "no port" }}\n')
    proof = prove(tree, [change], Expected())
    assert proof.status is Status.REFUTED
    assert proof.environments == {"alpha": Outcome.REFUTED, "beta": Outcome.REFUTED}
    for one in proof.problems:
        assert one.text.startswith("myapp no longer renders: ")
        assert "no port" in one.text
        assert "templates/service.yaml" in one.text
        assert "kafka-access-proof" not in one.text


def test_application_that_did_not_render_before(tree: Path) -> None:
    put(tree, "applications/myapp/templates/broken.yaml", '{{ required "nobody sets it" .Values.nothing }}\n')
    change, announced = wired(tree, "myapp", {"alpha", "beta"})
    proof = prove(tree, [change], Expected(wired=(announced,)))
    assert proof.status is Status.PARTLY
    assert proof.environments == {"alpha": Outcome.NOT_RENDERED, "beta": Outcome.NOT_RENDERED}
    assert all("did not render before either" in one.text for one in proof.problems if one.environment)
    assert "nobody sets it" in told(proof.problems)
    assert "kafka-access-proof" not in told(proof.problems)


def test_environment_whose_applications_do_not_render(tree: Path) -> None:
    replace_in(tree, "environments/values-beta.yaml", 'defaultComputeClass: "autopilot"', "revisions: 1")
    change, announced = wired(tree, "myapp", {"alpha", "beta"})
    proof = prove(tree, [change], Expected(wired=(announced,)))
    assert proof.status is Status.PARTLY
    assert proof.environments == {"alpha": Outcome.PROVED, "beta": Outcome.NOT_RENDERED}
    assert [one.environment for one in proof.problems] == ["beta"]
    assert proof.problems[0].text.startswith("its Applications do not render: ")


def test_environments_that_no_longer_render(tree: Path) -> None:
    change = appended(tree, "environments/values-delta.yaml", "revisions: 1\n")
    proof = prove(tree, [change], Expected())
    assert proof.environments == {"delta": Outcome.REFUTED}
    assert "its Applications do not render" in proof.problems[0].text


def test_remote_charts_are_named(tree: Path) -> None:
    change = appended(tree, "applications/external/values.yaml", "probe: true\n")
    proof = prove(tree, [change], Expected())
    assert proof.status is Status.PROVED
    assert proof.notes == ("external was rendered without its remote charts redis, trickster",)


def test_template_that_no_environment_renders(tree: Path) -> None:
    change, announced = wired(tree, "hidden", {"alpha"})
    proof = prove(tree, [change], Expected(wired=(announced,)))
    assert proof.status is Status.PROVED
    assert proof.notes == (
        f"{change.path} is rendered in no environment; proved with the values that its conditions ask for",
    )


def operator(tree: Path) -> list[Change]:
    """Turn the access operator on in delta."""
    path = "applications/strimzi-access-operator/values-delta.yaml"
    flag = appended(tree, "environments/values-delta.yaml", "  strimzi-access-operator: true\n")
    return [flag, Change(path, None, b"")]


def test_new_application(tree: Path) -> None:
    announced = Expected(enabled_applications={"strimzi-access-operator": frozenset({"delta"})})
    proof = prove(tree, operator(tree), announced)
    assert proof.problems == ()
    assert proof.environments == {"delta": Outcome.PROVED}


APPLICATIONS = {
    "not announced": (None, {}, ["is deployed, which nobody asked for", "appears or changed, which nobody asked for"]),
    "announced elsewhere": (None, {"strimzi-access-operator": {"beta"}}, ["which nobody asked for"]),
    "without the values file that Argo CD asks for": (1, {"strimzi-access-operator": {"delta"}}, ["values-delta.yaml"]),
    "announced and not turned on": (0, {"strimzi-access-operator": {"delta"}}, ["should change and does not run"]),
    "turned on by itself and not announced": (1, {}, ["which nobody asked for"]),
}


@pytest.mark.parametrize(("without", "announced", "sentences"), APPLICATIONS.values(), ids=APPLICATIONS)
def test_new_application_that_is_wrong(
    tree: Path, without: int | None, announced: dict[str, set[str]], sentences: list[str]
) -> None:
    changes = [one for number, one in enumerate(operator(tree)) if number != without]
    enabled = {name: frozenset(places) for name, places in announced.items()}
    proof = prove(tree, changes, Expected(enabled_applications=enabled))
    assert proof.status is Status.REFUTED
    assert proof.environments["delta"] is Outcome.REFUTED
    for sentence in sentences:
        assert sentence in told(proof.problems)


def test_application_that_is_turned_off(tree: Path) -> None:
    path = "environments/values-delta.yaml"
    old = text(tree, path)
    place = old.index("true", old.index("everywhere"))
    after = f"{old[:place]}false{old[place + 4 :]}"
    proof = prove(tree, [Change(path, old.encode(), after.encode(), ((place, place + 4, "false"),))], Expected())
    assert proof.environments == {"delta": Outcome.REFUTED}
    assert "Application everywhere (templates/applications/services/everywhere.yaml) changed or is gone" in told(
        proof.problems
    )


def test_shared_chart_reaches_its_users(tree: Path) -> None:
    template = "charts/common-worker/templates/deployment.yaml"
    replace_in(tree, "environments/values-gamma.yaml", "  wide: true\n", "  wide: true\n  shared: true\n")
    put(tree, "applications/shared/values-gamma.yaml", "")
    proof = prove(tree, [appended(tree, template, "      priorityClassName: high\n")], Expected())
    assert proof.environments == {"alpha": Outcome.REFUTED, "gamma": Outcome.REFUTED}
    assert all("spec.template.spec.priorityClassName" in one.text for one in proof.problems)


def access(tree: Path, environments: set[str], content: str = ACCESS_TEXT) -> tuple[list[Change], Expected]:
    """Give myapp a KafkaAccess."""
    change = Change("applications/myapp/templates/kafkaaccess.yaml", None, content.encode())
    return [change], Expected(new_objects=(NewObject("myapp", frozenset(environments), ACCESS),))


def test_new_object(tree: Path) -> None:
    proof = prove(tree, *access(tree, {"alpha", "beta"}))
    assert proof.problems == ()
    assert proof.status is Status.PROVED


OBJECTS = {
    "in too many environments": ({"alpha"}, ACCESS_TEXT, "beta", "appears, which nobody asked for"),
    "in too few environments": (
        {"alpha", "beta"},
        f'{{{{- if eq .Values.global.host "alpha.example.org" }}}}\n{ACCESS_TEXT}{{{{- end }}}}\n',
        "beta",
        "KafkaAccess zzz-probe does not appear",
    ),
    "where the application does not run": ({"alpha", "beta", "gamma"}, ACCESS_TEXT, "gamma", "myapp should change"),
}


@pytest.mark.parametrize(("environments", "content", "environment", "sentence"), OBJECTS.values(), ids=OBJECTS)
def test_new_object_in_wrong_places(
    tree: Path, environments: set[str], content: str, environment: str, sentence: str
) -> None:
    proof = prove(tree, *access(tree, environments, content))
    assert proof.status is Status.REFUTED
    assert [one.environment for one in proof.problems] == [environment]
    assert sentence in proof.problems[0].text
    assert {name for name, one in proof.environments.items() if one is Outcome.REFUTED} == {environment}


def test_object_of_an_application_that_nothing_touches(tree: Path) -> None:
    proof = prove(tree, [appended(tree, "applications/wide/values.yaml", "x: 1\n")], access(tree, {"alpha"})[1])
    assert [(one.environment, one.text) for one in proof.problems] == [
        ("alpha", "KafkaAccess zzz-probe does not appear")
    ]


def rule(tree: Path) -> Change:
    place = text(tree, READER).index("      - resource:")
    return inserted(tree, READER, (place, "".join(f"      {line}\n" for line in RULE_LINES)))


def test_rules_are_proved_where_the_user_is(tree: Path) -> None:
    announced = AddedRules("sasquatch", frozenset({"alpha", "beta"}), "reader", "sasquatch", (RULE,))
    proof = prove(tree, [rule(tree)], Expected(added_rules=(announced,)), schemas=SCHEMAS)
    assert proof.problems == ()
    assert proof.environments == dict.fromkeys(("alpha", "beta", "delta", "gamma"), Outcome.PROVED)
    assert proof.notes == ("sasquatch was rendered without its remote charts telegraf",)


def test_rules_announced_where_the_user_is_not(tree: Path) -> None:
    announced = AddedRules("sasquatch", frozenset({"alpha", "beta", "delta"}), "reader", "sasquatch", (RULE,))
    proof = prove(tree, [rule(tree)], Expected(added_rules=(announced,)), schemas=SCHEMAS)
    assert [(one.environment, one.text) for one in proof.problems] == [
        ("delta", "KafkaUser reader does not get its rules")
    ]


def test_user_without_a_definition(tree: Path) -> None:
    announced = AddedRules("sasquatch", frozenset({"alpha", "beta"}), "reader", "sasquatch", (RULE,))
    old = "nobody here knows what a KafkaUser of kafka.strimzi.io/v1beta2 may hold"
    proof = prove(tree, [rule(tree)], Expected(added_rules=(announced,)))
    assert any(old in one for one in (*proof.notes, told(proof.problems)))


def test_each_render_once(tree: Path) -> None:
    """Two environments, before and after, and the Applications of each, which the change cannot alter."""
    change, announced = wired(tree, "myapp", {"alpha", "beta"})
    assert prove(tree, [change], Expected(wired=(announced,))).renders == 2 + 2 * 2


def test_what_cannot_differ_is_rendered_once(tree: Path) -> None:
    change = inserted(tree, "applications/myapp/values-beta.yaml")
    assert prove(tree, [change], Expected()).renders == 1 + 1


def test_progress_counts_comparisons(tree: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    change, announced = wired(tree, "myapp", {"alpha", "beta"})
    prove(tree, [change], Expected(wired=(announced,)), progress=lambda *step: seen.append(step))
    assert [step[:2] for step in seen] == [(1, 2), (2, 2)]
    assert {step[2] for step in seen} == {"myapp in alpha", "myapp in beta"}


def test_without_helm(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert shutil.which("helm") is None
    with pytest.raises(HelmMissing, match="nothing can be proved"):
        prove(tree, [], Expected())
