"""Where in the checkout a rendered object, and a rule in it, is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.errors import UserError
from bot.kafka.acl import Resource, ResourceType
from bot.landscape.model import Origin
from bot.phalanx.charts import chart
from bot.phalanx.names import resolved
from bot.phalanx.templates import template
from bot.proof.objects import Rendered
from bot.proof.origins import printed_names
from bot.proof.workloads import Pattern

_NAME = re.compile(r"""^[\s-]*name:\s*(["']?)(.*?)\1\s*(?:\#.*)?$""")
_TYPE = re.compile(r"""^[\s-]*type:\s*["']?(\w+)""")
_NEAR = 2
"""Lines: a rule's resource has a name, a type and a pattern type, in any order."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A document of a template: what it makes, and its lines, the first of which has the number `line`."""

    kind: str
    name: Pattern
    line: int
    lines: tuple[str, ...]


class Places:
    """The templates of one application's charts, read as they are asked for."""

    def __init__(self, files: Files, application: str) -> None:
        self._files, self._application = files, application
        self._folders = {
            name: folder
            for folder, names in printed_names(files, f"applications/{application}")
            for name in sorted(names)
        }
        self._known: dict[str, tuple[_Place, ...]] = {}

    @property
    def folders(self) -> dict[str, str]:
        """The folder of each chart by the name under which Helm prints its templates."""
        return dict(self._folders)

    def origin(self, document: Rendered) -> Origin:
        """Return where an object comes from; without a line where its template cannot be read."""
        path = self._path(document.source)
        place = self._place(path, document.kind, str(document.metadata.get("name") or "")) if path else None
        return Origin(self._application, path, place.line if place else 0)

    def line_of(self, origin: Origin, resource: Resource) -> int:
        """Return the line of the rule about `resource` in the document at `origin`, else that of the document.

        Of several names that fit, one with the right type beside it is taken, then the one that says most of the name.
        """
        place = next((one for one in self._places(origin.file) if one.line == origin.line), None)
        if place is None:
            return origin.line
        best = max(_mentions(place.lines, resource), default=None)
        return origin.line if best is None else place.line - best[2]

    def _path(self, source: str) -> str:
        """Helm prints `chart/charts/alias/templates/file`; the longest name of a chart that fits is its owner."""
        owner = max((one for one in self._folders if source.startswith(f"{one}/")), key=len, default=None)
        return f"{self._folders[owner]}{source.removeprefix(owner)}" if owner else ""

    def _place(self, path: str, kind: str, name: str) -> _Place | None:
        fitting = [one for one in self._places(path) if one.kind == kind and one.name.matches(name)]
        return max(fitting, key=lambda one: one.name.letters, default=None)

    def _places(self, path: str) -> tuple[_Place, ...]:
        if path not in self._known:
            try:
                self._known[path] = tuple(self._read(path))
            except UserError:
                self._known[path] = ()
        return self._known[path]

    def _read(self, path: str) -> Iterator[_Place]:
        owner = max((one for one in self._folders.values() if path.startswith(f"{one}/")), key=len, default="")
        found = chart(self._files, owner) if owner else None
        read = template(self._files, path)
        for document in read.documents:
            name = Pattern(resolved(document.name, found.name if found else ""))
            lines = tuple(read.text[read.line_start(document.start) : document.end].splitlines())
            yield _Place(document.kind or "", name, read.line(document.start), lines)


def _mentions(lines: Iterable[str], resource: Resource) -> Iterator[tuple[bool, int, int]]:
    """Yield how well each line that may name the resource fits; the last number is that of the line, negative."""
    listed = list(lines)
    for number, line in enumerate(listed):
        named = _NAME.match(line)
        pattern = Pattern(named.group(2)) if named else None
        if pattern is not None and pattern.matches(resource.name):
            around = listed[max(0, number - _NEAR) : number + _NEAR + 1]
            types = {match.group(1) for match in map(_TYPE.match, around) if match}
            yield resource.type.value in types, pattern.letters, -number
        typed = _TYPE.match(line)
        if typed and typed.group(1) == resource.type.value == ResourceType.CLUSTER:
            # The one cluster that there is goes without a name.
            yield True, 0, -number
