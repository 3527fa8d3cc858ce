"""One application's chart: in memory to tell what decides its output, on disk as soon as it has to be rendered."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from pathlib import Path

from bot.checkout.files import Files
from bot.errors import UserError
from bot.landscape.cache import digest
from bot.landscape.locate import Places
from bot.landscape.selection import Selection
from bot.phalanx.argocd import ArgoApplication
from bot.proof.stage import Packed, Staged, pack, unpack


class Chart:
    """The chart of an application; raises a UserError where it cannot be read."""

    def __init__(self, files: Files, application: str, scratch: Path) -> None:
        self.application = application
        self.packed: Packed = pack(files, f"applications/{application}")
        self._files, self._folder = files, scratch / "applications" / application

    @cached_property
    def places(self) -> Places:
        """Where its objects are written."""
        return Places(self._files, self.application)

    @cached_property
    def staged(self) -> Staged:
        """The chart on disk."""
        return unpack(self.packed, self._folder)

    @cached_property
    def _digest(self) -> str:
        folders = (part for pair in sorted(self.places.folders.items()) for part in pair)
        return digest(self.application, self.packed.digest, *folders)

    def key(self, installed: ArgoApplication) -> str:
        """Return what decides the objects that it comes to when it is installed so, apart from Helm."""
        values = (self.packed.contents.get(name) for name in installed.value_files)
        return digest(self._digest, repr(installed), *(b"" if data is None else b"+" + data for data in values))


def select(
    files: Files, selection: Selection, scratch: Path, only: Collection[str] | None = None
) -> tuple[dict[str, Chart], dict[str, str]]:
    """Return the charts that are wanted, of these applications only, and why others cannot be read, by application."""
    charts, broken = {}, {}
    for name in files.names("applications"):
        if (only is None or name in only) and "Chart.yaml" in files.names(f"applications/{name}"):
            try:
                found = Chart(files, name, scratch)
                if selection.takes(found.packed):
                    charts[name] = found
            except UserError as error:
                broken[name] = error.text
    return charts, broken
