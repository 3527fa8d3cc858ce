"""The core, from a comment to a proof.

(a) a whole `plan --no-proof` process against importing the libraries it uses; (b) a proof against the bare `helm
template` calls that it needs, run by xargs with the same parallelism; (c) both on a tree with ten times the
applications, against the tree itself. Then the peak memory of a process that plans and proves.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from bot import helm
from bot.checkout.files import Files
from bot.commands.model import Command
from bot.commands.parser import parse
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.policy.rules import default_directory, load
from bot.process import run as run_process
from bot.proof.prove import prove
from tests.bench.measure import JOBS, medians, show

IMPORTS = "import click, pydantic, ruamel.yaml"
COMMENT = "/kafka-access {} topic=lsst.{}.requests:write"
COPIES = 9
MEMORY = """
import resource, sys
from bot.cli import cli
try:
    cli(sys.argv[1:])
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def process(*arguments: str) -> Callable[[], object]:
    """Return an action that runs Python to its end; it may write byte code, as an installed program has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)


def planning(tree: Path, application: str) -> Callable[[], object]:
    """Return an action that plans as a whole process."""
    comment = COMMENT.format(application, application)
    return process("-m", "bot", "plan", "--no-proof", "--repo", str(tree), comment)


def planned(tree: Path, application: str) -> Plan:
    """Return the plan that is to be proved."""
    command = parse(COMMENT.format(application, application)).commands[0]
    if not isinstance(command, Command):
        raise command
    return plan(Files(tree), load(default_directory()), command)


def proving(tree: Path, application: str) -> Callable[[], object]:
    """Return an action that proves a plan."""
    found = planned(tree, application)
    return lambda: prove(tree, found.changes, found.expected, schemas=found.schemas, jobs=JOBS)


@contextmanager
def helm_calls(action: Callable[[], object], module: str) -> Iterator[Path]:
    """Yield a file with the Helm calls of an action, one to a line, while what they render is still there.

    `module` is the one that makes the folder for that.
    """
    calls: list[str] = []

    def note(argv: Sequence[str], **options: object) -> object:
        calls.append(shlex.join(argv))
        return run_process(argv, **options)  # type: ignore[arg-type]

    scratch = tempfile.mkdtemp(prefix="kafka-access-bench-")
    kept = mock.Mock(return_value=mock.MagicMock(__enter__=lambda _: scratch))
    with mock.patch.object(helm, "run", note), mock.patch(f"{module}.tempfile.TemporaryDirectory", kept):
        action()
    listing = Path(scratch) / "calls"
    listing.write_text("\n".join(calls) + "\n", encoding="utf-8")
    try:
        yield listing
    finally:
        shutil.rmtree(scratch)


def bare(listing: Path) -> Callable[[], object]:
    """Return an action that runs the calls of a listing."""
    command = ["xargs", "-P", str(JOBS), "-I", "CALL", "sh", "-c", "exec CALL >/dev/null 2>&1 || true"]

    def action() -> None:
        with listing.open("rb") as calls:
            subprocess.run(command, stdin=calls, check=False, capture_output=True)

    return action


def enlarged(tree: Path, folder: Path) -> Path:
    """Return a copy of a tree with ten times the applications, all enabled where the originals are."""
    big = folder / "tree"
    shutil.copytree(tree, big)
    for path in [big, *big.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
    names = [path.name for path in (big / "applications").iterdir() if path.is_dir()]
    for number in range(1, COPIES + 1):
        for name in names:
            shutil.copytree(big / "applications" / name, big / "applications" / f"{name}-copy{number}")
        for template in list((big / "environments" / "templates").rglob("*.yaml")):
            if template.stem in names:
                _copy_template(template, f"{template.stem}-copy{number}")
    for values in (big / "environments").glob("values*.yaml"):
        text = values.read_text(encoding="utf-8")
        values.write_text(
            re.sub(r"^  ([a-z0-9-]+): (true|false)$", _copies, text, flags=re.MULTILINE), encoding="utf-8"
        )
    return big


def _copy_template(template: Path, name: str) -> None:
    text = template.read_text(encoding="utf-8").replace(f"applications/{template.stem}", f"applications/{name}")
    switch = f'(index .Values.applications "{name}")'
    text = text.replace(f".Values.applications.{template.stem}", switch)
    template.with_name(f"{name}.yaml").write_text(text, encoding="utf-8")


def _copies(match: re.Match[str]) -> str:
    lines = [match.group(0)]
    lines += [f"  {match.group(1)}-copy{number}: {match.group(2)}" for number in range(1, COPIES + 1)]
    return "\n".join(lines)


def memory(tree: Path, application: str) -> float:
    """Return the peak memory, in MB, of a process that plans and proves."""
    arguments = ["-c", MEMORY, "plan", "--repo", str(tree), COMMENT.format(application, application)]
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    return int(done.stderr.split()[-1]) / 1024


def measure(tree: Path, application: str, rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, helm_calls(proving(tree, application), "bot.proof.prove") as calls:
        big = enlarged(tree.resolve(), Path(folder))
        python, small_plan, big_plan = medians(
            [process("-c", IMPORTS), planning(tree, application), planning(big, application)], 2 * rounds
        )
        count = len(calls.read_text(encoding="utf-8").splitlines())
        helm_time, small_proof, big_proof = medians(
            [bare(calls), proving(tree, application), proving(big, application)], rounds
        )
    show("(a) plan --no-proof / importing", small_plan, python, 4)
    show(f"(b) proof / {count} bare Helm calls", small_proof, helm_time, 1.3)
    show("(c) plan on ten times the tree", big_plan, small_plan, 1.3)
    show("    proof on ten times the tree", big_proof, small_proof, 1.3)
    print(f"{'    peak memory, plan and proof':<40} {memory(tree, application):.0f} MB  (below 250)")
