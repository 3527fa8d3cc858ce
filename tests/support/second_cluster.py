"""A second Kafka cluster, prompt-kafka, for copies of the small tree: it runs in alpha and gamma."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.tree import replace

FILES = Path(__file__).parent.parent / "second"


def add_second_cluster(tree: Path) -> None:
    """Put the cluster's application into a copy of the small tree."""
    shutil.copytree(FILES, tree, dirs_exist_ok=True)
    after = "  # -- Whether to run publisher\n"
    replace(
        tree, "environments/values.yaml", after, f"  # -- Whether to run prompt-kafka\n  prompt-kafka: false\n\n{after}"
    )
    for name in ("alpha", "gamma"):
        replace(
            tree, f"environments/values-{name}.yaml", "  sasquatch: true\n", "  prompt-kafka: true\n  sasquatch: true\n"
        )
