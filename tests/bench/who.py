"""(h) a question whose answer is known, as a process, against importing the YAML reader; and the first one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.core import process
from tests.bench.measure import medians, seconds, show

IMPORT = "import ruamel.yaml"


def asking(tree: Path, cache: str, *question: str) -> Callable[[], object]:
    """Return an action that asks as a whole process."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "bot", "who", "--repo", str(tree), *question]
    known = {**environment, "XDG_CACHE_HOME": cache}
    return lambda: subprocess.run(command, check=True, capture_output=True, env=known)


def measure(tree: Path, application: str, rounds: int) -> None:
    """Measure and print."""
    topic = ("--topic", f"lsst.{application}.requests")
    with tempfile.TemporaryDirectory(prefix="kafka-access-bench-") as cache:
        first = seconds(asking(tree, cache, *topic))
        questions = (topic, ("--app", application), ("--all",))
        actions = [process("-c", IMPORT), *(asking(tree, cache, *question) for question in questions)]
        python, of_topic, of_application, of_all = medians(actions, 2 * rounds)
    print(f"{'(h) the first who --topic':<40} {first:.3f} s")
    show("    who --topic, known / importing", of_topic, python, 15)
    show("    who --app, known / importing", of_application, python, 15)
    show("    who --all, known / importing", of_all, python, 20)
