"""Grants of all kinds, in one step or in several, and revoked: not a byte of the small tree differs."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.checkout.files import Files
from bot.errors import UserError
from bot.planning import revoke
from bot.planning.plan import plan
from tests.planning.test_plan import GRANTED
from tests.support.plans import RULES, command
from tests.support.tree import TREE

# A Job's `env: []` is written out by a grant, and nothing tells later that it was there.
NAMES = sorted({name.partition(",")[0]: case.targets for name, case in GRANTED.items() if name != "batch"}.items())
TOPICS = st.sampled_from(["jobs:write", "jobs.two:read", "jobs.*:read", "all:Describe,Read,Write", "plain"])


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, list[str]]:
    """An application, and one to three commands that give it access and more of it."""
    application, eligible = draw(st.sampled_from(NAMES))
    where = draw(st.lists(st.sampled_from(eligible), unique=True, max_size=len(eligible)))
    topics = draw(st.lists(TOPICS, min_size=1, max_size=3, unique=True))
    named = draw(st.sampled_from(["", "user=own", "secret=own-kafka", "user=own secret=own-kafka", "txn=own-*"]))
    asked = " ".join(f"topic=lsst.{application}.{one}" for one in topics)
    first = f"app={application} workload=all {asked} {named} {_env(where)}"
    user = " ".join(one for one in named.split() if not one.startswith("txn"))
    later = [
        f"app={application} {user} topic=lsst.{application}.more:{draw(st.sampled_from(['read', 'write']))}",
        f"app={application} {user} {_env(eligible)}",
        f"app={application} {user} workload=all {_env(where)} group=own.*",
    ]
    return application, [first, *draw(st.lists(st.sampled_from(later), max_size=2, unique=True))]


def _env(names: list[str] | tuple[str, ...]) -> str:
    return f"env={','.join(names)}" if names else ""


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(steps())
def test_there_and_back(case: tuple[str, list[str]]) -> None:
    application, lines = case
    files: dict[str, bytes | None] = {}
    for number, line in enumerate(lines):
        try:
            found = plan(Files(TREE, files), RULES, command(line))
        except UserError:
            assume(number)
            continue
        files |= {one.path: one.after for one in found.changes}
    back = revoke.plan(Files(TREE, files), RULES, command(f"revoke app={application}"))
    old = Files(TREE)
    assert files | {one.path: one.after for one in back.changes} == {path: old.data(path) for path in files}
