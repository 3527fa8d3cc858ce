"""One side of the comparison on disk: charts with what they need to be rendered, and nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import yaml
from bot.checkout.files import Files, LeavesCheckout
from bot.phalanx.charts import Chart, chart

_OF_ENVIRONMENT = re.compile(r"values-[\w.-]+\.yaml\Z")


@dataclass(frozen=True, slots=True)
class Staged:
    """A chart that Helm can load: its folder, a digest of all that may decide its output, and what was left out.

    Values files of environments do not count in the digest, as Helm is given them by name.
    """

    folder: Path
    digest: str
    remote: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """A chart in memory: its files by their path in the chart's folder; for the rest see Staged."""

    contents: Mapping[str, bytes]
    digest: str
    remote: tuple[str, ...]


def stage_files(files: Files, paths: Iterable[str], folder: Path) -> Path:
    """Copy files of a checkout under `folder`, by their path from its root; returns `folder`."""
    for path in paths:
        _write(folder, path, files.data(path) or b"")
    return folder


def stage_chart(files: Files, path: str, folder: Path) -> Staged:
    """Copy a chart with its local dependencies to `folder`; see `pack`."""
    return unpack(pack(files, path), folder)


def pack(files: Files, path: str) -> Packed:
    """Collect a chart with its local dependencies; those that are not in the checkout are left out.

    Charts that serve several applications (`file://…`) go where Helm would have put them on `helm dependency build`.
    Raises LeavesCheckout for what leads out of the checkout.
    """
    digest = hashlib.sha256()
    remote: list[str] = []
    contents = dict(sorted(_contents(files, path, remote, ())))
    for name, data in contents.items():
        if not _OF_ENVIRONMENT.search(name):
            digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return Packed(contents, digest.hexdigest(), tuple(dict.fromkeys(remote)))


def unpack(packed: Packed, folder: Path) -> Staged:
    """Write a packed chart to `folder`."""
    for name, data in packed.contents.items():
        _write(folder, name, data)
    return Staged(folder, packed.digest, packed.remote)


def _contents(files: Files, path: str, remote: list[str], parents: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    found = chart(files, path)
    inner = {f"{path}/charts/{name}" for name in files.names(f"{path}/charts")}
    for name in files.below(path):
        if not any(name.startswith(f"{one}/") for one in inner) and not name.endswith(("/Chart.yaml", "/Chart.lock")):
            yield name.removeprefix(f"{path}/"), files.data(name) or b""
    if found is None:
        return
    yield "Chart.yaml", _metadata(files, found)
    remote.extend(dependency.alias for dependency in found.dependencies if dependency.path is None)
    # A chart that depends on itself would never end; Helm refuses it too.
    for local in dict.fromkeys(one.path for one in found.dependencies if one.path and one.path not in parents):
        name = next(one.name for one in found.dependencies if one.path == local)
        for inside, data in _contents(files, local, remote, (*parents, path)):
            yield f"charts/{name}/{inside}", data


def _metadata(files: Files, found: Chart) -> bytes:
    """Chart.yaml without the dependencies that are not in the checkout; JSON is YAML."""
    data = yaml.load(files.text(f"{found.path}/Chart.yaml") or "")
    local = {(one.name, one.alias) for one in found.dependencies if one.path is not None}
    kept = [
        {key: value for key, value in entry.items() if key != "repository"}
        for entry in data.get("dependencies") or ()
        if (str(entry.get("name")), str(entry.get("alias") or entry.get("name"))) in local
    ]
    return json.dumps({**data, "dependencies": kept}, default=str).encode()


def _write(folder: Path, name: str, data: bytes) -> None:
    place = folder / name
    if ".." in place.parts or not place.resolve().is_relative_to(folder.resolve()):
        raise LeavesCheckout(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
