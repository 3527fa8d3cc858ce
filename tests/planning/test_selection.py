from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.workloads import application_workloads
from bot.planning.selection import (
    Client,
    Known,
    NoWorkload,
    PartlyWired,
    UnknownContainer,
    UnknownWorkload,
    WhichContainer,
    WhichWorkload,
    clients,
)
from bot.policy.rules import default_directory, load
from tests.support.commands import grant, workload
from tests.support.tree import put, replace, text

PROFILES = load(default_directory()).profiles.profiles


def picked(tree: Path, application: str, *names: str, **options: Any) -> tuple[Client, ...]:
    files = Files(tree)
    command = grant(application, workloads=tuple(map(workload, names)), **options)
    return clients(files, command, application, [*application_workloads(files, application)], Known(PROFILES))


PICKED: dict[str, tuple[str, tuple[str, ...], dict[str, Any], list[tuple[str, str, bool]]]] = {
    "the only one": ("myapp", (), {}, [("deployment/myapp", "myapp", False)]),
    "a StatefulSet": ("portal", (), {}, [("statefulset/portal", "portal", False)]),
    "a Job": ("batch", (), {}, [("job/job", "batch", False)]),
    "a CronJob, as the Job is a hook": ("nightly", (), {}, [("cronjob/nightly", "nightly", False)]),
    "all are all but hooks": ("nightly", (), {"all_workloads": True}, [("cronjob/nightly", "nightly", False)]),
    "a hook that is named": ("nightly", ("job/nightly-migrate",), {}, [("job/nightly-migrate", "migrate", False)]),
    "all": (
        "pair",
        (),
        {"all_workloads": True},
        [("deployment/pair-server", "server", False), ("deployment/pair-worker", "worker", False)],
    ),
    "by name": ("pair", ("pair-worker",), {}, [("deployment/pair-worker", "worker", False)]),
    "by what distinguishes it": ("pair", ("worker",), {}, [("deployment/pair-worker", "worker", False)]),
    "by its kind and name": ("pair", ("deployment/worker",), {}, [("deployment/pair-worker", "worker", False)]),
    "by its file": (
        "pair",
        ("deployments.yaml",),
        {},
        [("deployment/pair-server", "server", False), ("deployment/pair-worker", "worker", False)],
    ),
    "two names for one": ("pair", ("worker", "pair-worker"), {}, [("deployment/pair-worker", "worker", False)]),
    "the container of the application's name": ("twin", (), {}, [("deployment/twin", "twin", False)]),
    "a container that is named": ("twin", (), {"container": "nginx"}, [("deployment/twin", "nginx", False)]),
    "a client already, by an included template": ("reader", (), {}, [("deployment/reader", "reader", True)]),
    "a client already, named": ("reader", ("reader",), {}, [("deployment/reader", "reader", True)]),
    "of a local subchart under two aliases": ("aliased", (), {}, [("deployment/aliased-worker", "worker", False)]),
}


@pytest.mark.parametrize(("application", "names", "options", "expected"), PICKED.values(), ids=[*PICKED])
def test_picked(
    tree: Path, application: str, names: tuple[str, ...], options: dict[str, Any], expected: list[tuple[str, str, bool]]
) -> None:
    found = picked(tree, application, *names, **options)
    assert [(one.found.label, one.target.name, one.wired) for one in found] == expected


REFUSED: dict[str, tuple[str, tuple[str, ...], dict[str, Any], type[UserError], str, str]] = {
    "nothing to wire": (
        "external",
        (),
        {},
        NoWorkload,
        "no Deployment, StatefulSet, CronJob or Job of its own",
        "name",
    ),
    "nothing of its own": (
        "shared",
        (),
        {},
        NoWorkload,
        "shared's workloads come from the shared chart charts/common-worker",
        "see charts/common-worker/values.yaml",
    ),
    "nothing of its own, all": ("shared", (), {"all_workloads": True}, NoWorkload, "charts/common-worker", "owners"),
    "several": (
        "pair",
        (),
        {},
        WhichWorkload,
        "pair has several workloads: deployment/pair-server, deployment/pair-worker",
        "type workload=deployment/pair-server, several of them separated by commas, or workload=all",
    ),
    "no such workload": (
        "pair",
        ("servr",),
        {},
        UnknownWorkload,
        "pair has no workload servr; it has deployment/pair-server, deployment/pair-worker",
        "did you mean pair-server?",
    ),
    "no such name of a loop": (
        "looped",
        ("looped-queue",),
        {},
        UnknownWorkload,
        "it has deployment/deployment",
        "type one of these",
    ),
    "no such kind": ("pair", ("job/server",), {}, UnknownWorkload, "pair has no workload job/server", ""),
    "no such container": (
        "twin",
        (),
        {"container": "ngnx"},
        UnknownContainer,
        "deployment/twin has no container ngnx; it has nginx, twin",
        "did you mean nginx?",
    ),
    "some variables and not the others": (
        "partial",
        (),
        {},
        PartlyWired,
        "deployment/partial (applications/partial/templates/deployment.yaml) already sets KAFKA_BOOTSTRAP_SERVERS, but "
        "not KAFKA_SECURITY_PROTOCOL, KAFKA_CLUSTER_CA_PATH, KAFKA_CLIENT_CERT_PATH, KAFKA_CLIENT_KEY_PATH",
        "remove these from the template, or complete them there by hand",
    ),
}


@pytest.mark.parametrize(("application", "names", "options", "kind", "says", "hint"), REFUSED.values(), ids=[*REFUSED])
def test_refused(
    tree: Path,
    application: str,
    names: tuple[str, ...],
    options: dict[str, Any],
    kind: type[UserError],
    says: str,
    hint: str,
) -> None:
    with pytest.raises(kind) as caught:
        picked(tree, application, *names, **options)
    assert says in caught.value.text
    assert hint in caught.value.hint


def test_no_telling_which_container(tree: Path) -> None:
    replace(tree, "applications/twin/templates/deployment.yaml", "{{ .Chart.Name }}\n", '"server"\n')
    replace(tree, "applications/twin/templates/deployment.yaml", '"nginx"\n', '"relay"\n')
    with pytest.raises(WhichContainer) as caught:
        picked(tree, "twin")
    assert "deployment/twin has several containers: relay, server" in caught.value.text
    assert caught.value.hint == "type container= with one of relay, server"


def test_the_client_of_several_workloads_is_found_by_itself(tree: Path) -> None:
    path = "applications/pair/templates/deployments.yaml"
    variables = "".join(f'            - name: "{name}"\n              value: "x"\n' for name in PROFILES[0].variables)
    role = '            - name: "PAIR_ROLE"\n              value: "worker"\n'
    replace(tree, path, role, role + variables)
    found = picked(tree, "pair")
    assert [(one.found.label, one.wired) for one in found] == [("deployment/pair-worker", True)]


def test_workloads_of_a_shared_chart_besides_are_asked_about(tree: Path) -> None:
    deployment = text(tree, "applications/myapp/templates/deployment.yaml")
    put(tree, "applications/shared/templates/simulator.yaml", deployment)
    with pytest.raises(WhichWorkload) as caught:
        picked(tree, "shared")
    assert "and those of the shared chart charts/common-worker, which are not edited" in caught.value.text
    assert "for the others see charts/common-worker/values.yaml" in caught.value.hint
    (client,) = picked(tree, "shared", "simulator")
    assert client.found.file == "applications/shared/templates/simulator.yaml"
