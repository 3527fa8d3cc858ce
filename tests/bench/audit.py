"""(i) an audit of a whole tree, nothing known, against the bare `helm template` calls of the same applications."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.audit.look import look
from bot.checkout.files import Files
from bot.policy.rules import default_directory, load
from tests.bench.core import bare, helm_calls
from tests.bench.measure import JOBS, medians, show


def auditing(tree: Path) -> Callable[[], object]:
    """Return an action that audits a tree and keeps nothing."""
    rules = load(default_directory())
    return lambda: look(Files(tree), rules, jobs=JOBS)


def measure(tree: Path, rounds: int) -> None:
    """Measure and print."""
    with helm_calls(auditing(tree), "bot.landscape.read") as listing:
        count = len(listing.read_text(encoding="utf-8").splitlines())
        helm_time, audit_time = medians([bare(listing), auditing(tree)], rounds)
    show(f"(i) audit / its {count} Helm calls", audit_time, helm_time, 1.5)
