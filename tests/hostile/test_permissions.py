"""The App asks for the permissions that its calls need, and for no more."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from tests.support.bot import World
from tests.support.permissions import needed

MANIFEST = Path(__file__).parents[2] / "app.yaml"
GRANT = "/kafka-access myapp topic=lsst.square-events.myapp.ingest"


def test_the_manifest_is_what_the_flows_need(world: World) -> None:
    """All flows once: amended, refreshed, pushed to, refused, merged, cancelled; then what GitHub was asked."""
    home = world.home
    number = home.open_issue("alice", "Kafka, please", GRANT)
    home.comment(number, "alice", "/kafka-access myapp topic=lsst.square-events.myapp.audit:write")
    home.comment(number, "mallory", GRANT)
    world.settle()
    (pull,) = (one["number"] for one in home.pulls())
    home.push("bob", "main", {"README.md": b"Moved\n"})
    home.comment(pull, "alice", "/kafka-access refresh")
    world.settle()
    home.merge(pull, "bob")
    world.sandbox.team("lsst-sqre", "square", ["bob"])
    home.comment(number, "alice", "/kafka-access myapp topic=lsst.square-events.notify.message:read")
    world.settle()
    (third,) = (one["number"] for one in home.pulls())
    home.review(third, "bob", "APPROVE")
    world.settle()
    home.close(third, "bob")
    other = home.open_issue("alice", "Kafka, please", "/kafka-access twin topic=lsst.square-events.twin.x:write")
    world.settle()
    (second,) = (one["number"] for one in home.pulls() if one["head"]["ref"].endswith(f"-{other}"))
    home.comment(second, "alice", "/kafka-access cancel")
    world.settle()
    calls = [(one.method, one.path) for one in (*world.sandbox.requests, *world.sandbox.git_requests)]
    asked = dict(YAML(typ="safe").load(MANIFEST)["default_permissions"])
    assert needed(calls) == asked
