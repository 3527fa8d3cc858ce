"""Access and metrics given and taken away in any order: but for the list and its tags not a byte differs."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checkout.files import Files
from bot.errors import UserError
from bot.planning import metrics, metrics_revoke, revoke
from bot.planning.plan import plan
from tests.planning.test_metrics import CASES
from tests.support.plans import RULES, command
from tests.support.tree import TREE

APPLICATIONS = {line.partition(" ")[0]: case.targets.split() for line, case in CASES.items() if "reader" not in line}
APPLICATIONS |= {
    "publisher": ["alpha", "beta"],
    "wide": ["alpha", "beta"],
    "accents": ["alpha"],
    "conditional": ["alpha"],
}
KEPT = ("applications/sasquatch/values-", "applications/sasquatch/charts/app-metrics/values.yaml")
PLANNERS = {
    (False, False): plan,
    (False, True): metrics.plan,
    (True, False): revoke.plan,
    (True, True): metrics_revoke.plan,
}


@st.composite
def orders(draw: st.DrawFn) -> list[str]:
    """Up to five commands about one application, in any order."""
    name, places = draw(st.sampled_from(sorted(APPLICATIONS.items())))
    where = st.lists(st.sampled_from(places), unique=True).map(lambda found: f"env={','.join(found)}" if found else "")
    operations = draw(st.sampled_from(["read", "write", "read,write"]))
    rest = draw(st.sampled_from(["", "group=own.g", "user=own", "secret=own-kafka"]))
    workloads = draw(st.sampled_from(["workload=all", "workload=server" if name == "pair" else ""]))
    grant = f"app={name} {workloads} topic=lsst.square-events.{name}.a:{operations} {rest}"
    given_metrics = f"app={name} metrics workload=all {draw(st.sampled_from(['', 'tags=x', 'secret=own-kafka']))}"
    lines = st.sampled_from([grant, given_metrics, f"revoke app={name} metrics", f"revoke app={name}"])
    steps = st.tuples(lines, where).map(lambda pair: " ".join(" ".join(pair).split()))
    last = [
        f"revoke app={name} metrics",
        f"revoke app={name}",
        f"revoke app={name} user=own",
        f"revoke app={name} metrics",
    ]
    return [*draw(st.lists(steps, min_size=1, max_size=5)), *last]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(orders())
def test_there_and_back(lines: list[str]) -> None:
    files: dict[str, bytes | None] = {}
    for line in lines:
        asked = command(line)
        try:
            found = PLANNERS[line.startswith("revoke"), asked.metrics](Files(TREE, files), RULES, asked)
        except UserError:
            continue
        files |= {one.path: one.after for one in found.changes}
    old = Files(TREE)
    assert not [path for path in files if (files[path] or b"") != (old.data(path) or b"") and not path.startswith(KEPT)]
