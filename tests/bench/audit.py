"""(i) an audit of a whole tree, nothing known, against the bare `helm template` calls of the same applications."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from bot import helm
from bot.audit.look import look
from bot.checkout.files import Files
from bot.policy.rules import default_directory, load
from bot.process import run as run_process
from tests.bench.core import bare
from tests.bench.measure import JOBS, medians, show


def auditing(tree: Path) -> Callable[[], object]:
    """Return an action that audits a tree and keeps nothing."""
    rules = load(default_directory())
    return lambda: look(Files(tree), rules, jobs=JOBS)


@contextmanager
def helm_calls(tree: Path) -> Iterator[Path]:
    """Yield a file with the Helm calls of an audit, one to a line, while what they render is still there."""
    calls: list[str] = []

    def note(argv: Sequence[str], **options: object) -> object:
        calls.append(shlex.join(argv))
        return run_process(argv, **options)  # type: ignore[arg-type]

    scratch = tempfile.mkdtemp(prefix="kafka-access-bench-")
    kept = mock.Mock(return_value=mock.MagicMock(__enter__=lambda _: scratch))
    with mock.patch.object(helm, "run", note), mock.patch("bot.landscape.read.tempfile.TemporaryDirectory", kept):
        auditing(tree)()
    listing = Path(scratch) / "calls"
    listing.write_text("\n".join(calls) + "\n", encoding="utf-8")
    try:
        yield listing
    finally:
        shutil.rmtree(scratch)


def measure(tree: Path, rounds: int) -> None:
    """Measure and print."""
    with helm_calls(tree) as listing:
        count = len(listing.read_text(encoding="utf-8").splitlines())
        helm_time, audit_time = medians([bare(listing), auditing(tree)], rounds)
    show(f"(i) audit / its {count} Helm calls", audit_time, helm_time, 1.5)
