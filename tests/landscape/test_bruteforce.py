"""`who` says the same as a search that shares no code with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.landscape.bruteforce import Access, access
from tests.landscape.trees import with_users
from tests.support.shared import FOLDER
from tests.support.tree import copy_tree

REAL = FOLDER / "phalanx"


def asked(root: Path, *question: str) -> Any:
    command = [sys.executable, "-m", "bot", "who", "--repo", str(root), "--format=json", *question]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)


def matrix(answer: Any) -> Access:
    """What `who --all` says of declared topics."""
    found: Access = {name: {} for name in answer["environments"]}
    for place in answer["answers"]:
        for user in place["users"]:
            for use in user["topics"]:
                if use["declared"]:
                    key = (user["namespace"], user["cluster"], user["principal"], use["topic"])
                    for name in place["environments"]:
                        # An object that is rendered twice is one object.
                        assert found[name].get(key, frozenset(use["operations"])) == frozenset(use["operations"])
                        found[name][key] = frozenset(use["operations"])
    return found


def of_topic(answer: Any) -> Access:
    """What `who --topic` says."""
    topic = answer["question"]["topic"]
    found: Access = {name: {} for name in answer["environments"]}
    for place in answer["answers"]:
        for cluster in place["clusters"]:
            for one in cluster["access"] if cluster["declared"] else ():
                key = (cluster["namespace"], cluster["name"], one["principal"], topic)
                for name in place["environments"]:
                    found[name][key] = frozenset(one["operations"])
    return found


def about(found: Access, topic: str) -> Access:
    return {name: {key: may for key, may in one.items() if key[3] == topic} for name, one in found.items()}


def check(root: Path, scratch: Path, topics: int) -> None:
    by_hand = access(root, scratch / "charts")
    names = sorted({key[3] for one in by_hand.values() for key in one})
    assert matrix(asked(root, "--all")) == by_hand
    assert names
    for topic in names[:: max(1, len(names) // topics)]:
        assert of_topic(asked(root, "--topic", topic)) == about(by_hand, topic)


def test_small_tree(tmp_path: Path) -> None:
    check(copy_tree(tmp_path), tmp_path, 3)


def test_rules_of_all_kinds(tmp_path: Path) -> None:
    check(with_users(copy_tree(tmp_path)), tmp_path, 5)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there")
def test_real_tree(tmp_path: Path) -> None:
    check(REAL, tmp_path, 4)
