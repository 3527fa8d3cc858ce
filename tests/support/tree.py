"""Copies of the small Phalanx tree that tests may change."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.process import run

TREE = Path(__file__).parent.parent / "phalanx"


def copy_tree(tmp_path: Path) -> Path:
    """Return a copy of the small tree below `tmp_path`, byte for byte."""
    return Path(shutil.copytree(TREE, tmp_path / "phalanx"))


def digests(root: Path) -> dict[str, str]:
    """Return a digest of every file, link and folder below `root` by its path; temporary files count too."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            content = f"link {path.readlink()}"
        elif path.is_dir():
            content = "folder"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[path.relative_to(root).as_posix()] = content
    return found


def text(root: Path, path: str) -> str:
    """Return a file's text, its line ends as they are."""
    return (root / path).read_bytes().decode()


def put(root: Path, path: str, content: str) -> None:
    """Write a file, line ends as they are, and the folders above it."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content.encode())


def replace(root: Path, path: str, old: str, new: str) -> None:
    """Replace the one place where a file says `old`."""
    before = text(root, path)
    assert before.count(old) == 1, f"{path} says {old!r} {before.count(old)} times"
    put(root, path, before.replace(old, new))


def data(root: Path, path: str) -> Any:
    """Return what a YAML file holds; a key that is there twice is an error."""
    return YAML(typ="safe").load(text(root, path))


def rendered(root: Path, chart: str, namespace: str, *values: str) -> list[dict[str, Any]]:
    """Return the objects that Helm makes of a chart with these of its values files."""
    helm = shutil.which("helm") or str(Path(sys.executable).parent / "helm")
    files = [f"--values={root / chart / name}" for name in values]
    done = run(
        [helm, "template", namespace, str(root / chart), f"--namespace={namespace}", *files], cwd=root, timeout=60
    )
    assert done.status == 0, done.stderr
    return [one for one in YAML(typ="safe").load_all(done.stdout) if one]
