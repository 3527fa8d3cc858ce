from __future__ import annotations

import pytest

from bot.github.events import Person
from bot.github.people import Permission
from bot.github.repository import Repository
from bot.sandbox.faults import Fault, secondary_limit
from bot.sandbox.local import MANIFEST
from bot.sandbox.repository import Role
from tests.github.conftest import Stage, make_app

ROLES = ("write", "maintain", "admin")
PERMISSION = r"/repos/.*/permission"


@pytest.mark.parametrize(
    ("role", "roles", "answer"),
    [
        ("admin", ROLES, Permission.YES),
        ("maintain", ROLES, Permission.YES),
        ("write", ROLES, Permission.YES),
        ("triage", ROLES, Permission.NO),
        ("read", ROLES, Permission.NO),
        ("none", ROLES, Permission.NO),
        ("write", ("admin",), Permission.NO),
        ("maintain", ("maintain",), Permission.YES),
        ("triage", ("triage",), Permission.YES),
        ("admin", (), Permission.NO),
    ],
)
def test_roles(stage: Stage, repository: Repository, role: str, roles: tuple[str, ...], answer: Permission) -> None:
    stage.home.set_role("alice", role)  # type: ignore[arg-type]
    assert repository.people.permission("alice", roles) is answer


def test_who_may_read_a_repository(stage: Stage, repository: Repository) -> None:
    account = stage.sandbox._world.account("alice")
    alice, taken = Person(account.id, "alice", "User"), Person(account.id + 1, "alice", "User")
    roles: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
    for private in (False, True):
        stage.home._repository.private = private
        for role in roles:
            stage.home.set_role("alice", role)
            may = not private or role != "none"
            assert repository.people.reads(alice) is (Permission.YES if may else Permission.NO), (role, private)
    assert repository.people.reads(taken) is Permission.NO, "somebody else has the login now"
    assert repository.people.reads(Person(5, "nobody-knows", "User")) is Permission.NO
    stage.sandbox.faults.add(Fault("GET", PERMISSION, status=200, body={"permission": "read", "user": None}))
    stage.sandbox.faults.add(Fault("GET", PERMISSION, times=99))
    for _ in range(2):
        assert repository.people.reads(alice) is Permission.UNKNOWN


@pytest.mark.parametrize("login", ["nobody-knows", "../../../user", "a b", "x/permission?y", "é"])
def test_who_is_unknown_may_not(repository: Repository, login: str) -> None:
    assert repository.people.permission(login, ROLES) is Permission.NO


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", PERMISSION, times=99),
        Fault("GET", PERMISSION, times=99, drop=True),
        Fault("GET", PERMISSION, status=401, body={"message": "Bad credentials"}),
        Fault("GET", PERMISSION, status=403, body={"message": "Resource not accessible by integration"}),
        Fault("GET", PERMISSION, status=418, body={"message": "?"}),
        Fault("GET", PERMISSION, status=200, body="{"),
        Fault("GET", PERMISSION, status=200, body={}),
        Fault("GET", PERMISSION, status=200, body=[]),
        Fault("GET", PERMISSION, status=200, body=None),
        secondary_limit(30, path=PERMISSION),
    ],
    ids=["502", "cut", "401", "403", "418", "broken", "empty object", "a list", "no body", "limited"],
)
def test_a_lookup_that_fails_is_neither_yes_nor_no(stage: Stage, repository: Repository, fault: Fault) -> None:
    stage.sandbox.faults.add(fault)
    assert repository.people.permission("alice", ROLES) is Permission.UNKNOWN
    assert fault.met
    fault.met = 0
    stage.sandbox.faults.clear()


def test_an_outage_that_passes_does_no_harm(stage: Stage, repository: Repository) -> None:
    stage.sandbox.faults.add(Fault("GET", PERMISSION, times=3))
    assert repository.people.permission("alice", ROLES) is Permission.YES


@pytest.fixture
def with_teams(stage: Stage) -> Stage:
    manifest = {**MANIFEST, "default_permissions": {**MANIFEST["default_permissions"], "members": "read"}}
    stage.registered = stage.sandbox.app("with-teams", manifest=manifest)
    stage.app = make_app(stage.sandbox, stage.registered)
    stage.sandbox.team("lsst-sqre", "square", ["mallory"])
    return stage


@pytest.mark.parametrize(
    ("login", "teams", "answer"),
    [
        ("mallory", ["square"], Permission.YES),
        ("mallory", ["lsst-sqre/square"], Permission.YES),
        ("mallory", ["no-such-team", "square"], Permission.YES),
        ("mallory", ["no-such-team"], Permission.NO),
        ("mallory", ["elsewhere/square"], Permission.NO),
        ("alice", ["no-such-team"], Permission.YES),
    ],
)
def test_teams(with_teams: Stage, login: str, teams: list[str], answer: Permission) -> None:
    with with_teams.open(teams=True) as repository:
        assert repository.people.permission(login, ROLES, teams) is answer


def test_a_team_that_could_not_be_asked_about(with_teams: Stage) -> None:
    with with_teams.open(teams=True) as repository:
        with_teams.sandbox.faults.add(Fault("GET", "/orgs/.*", times=99))
        assert repository.people.permission("mallory", ROLES, ["square"]) is Permission.UNKNOWN
        assert repository.people.permission("alice", ROLES, ["square"]) is Permission.YES


def test_a_yes_counts_whatever_else_failed(with_teams: Stage) -> None:
    with with_teams.open(teams=True) as repository:
        with_teams.sandbox.faults.add(Fault("GET", PERMISSION, times=4))
        assert repository.people.permission("mallory", ROLES, ["square"]) is Permission.YES
