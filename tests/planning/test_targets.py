from __future__ import annotations

from typing import Any

import pytest

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.environments import environments
from bot.phalanx.unknown import UnknownEnvironment, listed, nearest
from bot.planning.targets import (
    LacksOperator,
    LacksPrerequisites,
    NotRunningThere,
    NowhereEligible,
    Targets,
    choose,
)
from bot.policy.rules import default_directory, load
from tests.support.commands import grant
from tests.support.tree import TREE

NO_KAFKA = "sasquatch, strimzi and strimzi-access-operator not enabled"
NO_OPERATOR = "strimzi-access-operator not enabled"
UNNAMED = "not named by env="


def chosen(application: str, **options: Any) -> Targets:
    cluster = load(default_directory()).cluster
    return choose(grant(application, **options), application, environments(Files(TREE)), cluster)


CHOICES: dict[str, tuple[str, dict[str, Any], dict[str, tuple[str, str]], str, bool]] = {
    "all that are eligible": ("myapp", {}, {"alpha": ("target", ""), "beta": ("target", "")}, "", False),
    "where it runs besides is not eligible": (
        "dumped", {}, {"alpha": ("target", ""), "epsilon": ("not eligible", NO_KAFKA)}, "", True,
    ),
    "one lacks Kafka, one only the operator": (
        "everywhere",
        {},
        {
            "alpha": ("target", ""),
            "beta": ("target", ""),
            "delta": ("not eligible", NO_OPERATOR),
            "epsilon": ("not eligible", NO_KAFKA),
            "gamma": ("target", ""),
        },
        "",
        True,
    ),
    "env= leaves the others as they are": (
        "myapp",
        {"environments": ("beta",)},
        {"alpha": ("guarded off", UNNAMED), "beta": ("target", "")},
        "",
        True,
    ),
    "env= with all of them needs no guard": (
        "myapp",
        {"environments": ("beta", "alpha")},
        {"alpha": ("target", ""), "beta": ("target", "")},
        "",
        False,
    ),
    "enable-operator where env= says so": (
        "everywhere",
        {"environments": ("delta",), "enable_operator": True},
        {
            "alpha": ("guarded off", UNNAMED),
            "beta": ("guarded off", UNNAMED),
            "delta": ("target", ""),
            "epsilon": ("not eligible", NO_KAFKA),
            "gamma": ("guarded off", UNNAMED),
        },
        "delta",
        True,
    ),
    "enable-operator alone adds where only that is missing": (
        "everywhere",
        {"enable_operator": True},
        {
            "alpha": ("target", ""),
            "beta": ("target", ""),
            "delta": ("target", ""),
            "epsilon": ("not eligible", NO_KAFKA),
            "gamma": ("target", ""),
        },
        "delta",
        True,
    ),
    "enable-operator where it is enabled already": (
        "myapp",
        {"enable_operator": True},
        {"alpha": ("target", ""), "beta": ("target", "")},
        "",
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("application", "options", "notes", "enabling", "guard"), CHOICES.values(), ids=[*CHOICES])
def test_choice(
    application: str, options: dict[str, Any], notes: dict[str, tuple[str, str]], enabling: str, guard: bool
) -> None:
    targets = chosen(application, **options)
    assert {note.name: (note.state, note.reason) for note in targets.notes} == notes
    assert targets.runs == set(notes)
    assert targets.wanted == {name for name, (state, _) in notes.items() if state == "target"}
    assert targets.enabling == set(enabling.split())
    assert targets.guard is guard


REFUSALS: dict[str, tuple[str, dict[str, Any], type[UserError], str, str]] = {
    "unknown, a slip": (
        "myapp", {"environments": ("alpa",)}, UnknownEnvironment, "there is no environment alpa", "did you mean alpha?",
    ),
    "unknown, no idea": (
        "myapp",
        {"environments": ("zzz",)},
        UnknownEnvironment,
        "there is no environment zzz",
        "environments are alpha, beta, delta, epsilon and gamma",
    ),
    "runs elsewhere": (
        "myapp",
        {"environments": ("gamma",)},
        NotRunningThere,
        "myapp is not enabled in gamma; it runs in alpha and beta",
        "type env= with one of these, or enable myapp in environments/values-gamma.yaml first",
    ),
    "enabled nowhere, asked for": (
        "disabled",
        {"environments": ("alpha",)},
        NotRunningThere,
        "disabled is not enabled in alpha; it is enabled nowhere",
        "enable disabled in environments/values-alpha.yaml first",
    ),
    "no Kafka there": (
        "everywhere",
        {"environments": ("alpha", "epsilon")},
        LacksPrerequisites,
        "epsilon cannot have Kafka clients: sasquatch, strimzi and strimzi-access-operator are not enabled there",
        "leave that environment out of env=",
    ),
    "no Kafka there, which enable-operator does not help": (
        "everywhere",
        {"environments": ("epsilon",), "enable_operator": True},
        LacksPrerequisites,
        "epsilon cannot have Kafka clients",
        "leave that environment out of env=",
    ),
    "no operator there": (
        "everywhere",
        {"environments": ("delta",)},
        LacksOperator,
        "`strimzi-access-operator: true` under `applications:` in environments/values-delta.yaml and an empty file "
        "applications/strimzi-access-operator/values-delta.yaml",
        "type enable-operator in the command",
    ),
    "enabled nowhere": (
        "disabled",
        {},
        NowhereEligible,
        "disabled runs in no environment that can give it a Kafka client (it is enabled in no environment)",
        "enable disabled where sasquatch, strimzi and strimzi-access-operator are enabled too",
    ),
}  # fmt: skip


def test_the_operator_alone_is_missing() -> None:
    cluster = load(default_directory()).cluster
    known = {"delta": environments(Files(TREE))["delta"]}
    with pytest.raises(NowhereEligible) as caught:
        choose(grant("everywhere"), "everywhere", known, cluster)
    assert caught.value.hint.startswith("type enable-operator in the command")
    assert choose(grant("everywhere", enable_operator=True), "everywhere", known, cluster).wanted == {"delta"}


@pytest.mark.parametrize(("application", "options", "kind", "says", "hint"), REFUSALS.values(), ids=[*REFUSALS])
def test_refusal(application: str, options: dict[str, Any], kind: type[UserError], says: str, hint: str) -> None:
    with pytest.raises(kind) as caught:
        chosen(application, **options)
    assert says in caught.value.text
    assert hint in caught.value.hint


def test_every_target_is_lacking_something_of_its_own() -> None:
    known = environments(Files(TREE))
    only = {name: known[name] for name in ("delta", "epsilon")}
    with pytest.raises(NowhereEligible) as caught:
        choose(grant("everywhere"), "everywhere", only, load(default_directory()).cluster)
    assert f"delta: {NO_OPERATOR}; epsilon: {NO_KAFKA}" in caught.value.text


@pytest.mark.parametrize(
    ("names", "text"), [("a", "a"), ("b a", "a and b"), ("c a b", "a, b and c")], ids=["one", "two", "three"]
)
def test_listed(names: str, text: str) -> None:
    assert listed(names.split()) == text


def test_nearest_names_only_what_is_close() -> None:
    assert nearest("myap", ["alpha", "myapp"]) == "did you mean myapp?"
    assert nearest("myap", ["alpha", "beta"]) == ""
