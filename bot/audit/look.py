"""A checkout -> findings: reads what environments hold, then looks at it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.audit.audit import audit
from bot.audit.facts import facts
from bot.audit.finding import Finding
from bot.checkout.files import Files
from bot.landscape.cache import Cache
from bot.landscape.read import read
from bot.landscape.selection import MENTIONS_KAFKA
from bot.phalanx.unknown import check_application
from bot.policy.audited import Gravity
from bot.policy.rules import Rules
from bot.proof.model import Progress


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found, and what it looked at: `pairs` are applications in environments."""

    findings: tuple[Finding, ...]
    environments: tuple[str, ...]
    pairs: int

    def count(self, severity: Gravity) -> int:
        """Return how many findings are of a severity."""
        return sum(one.severity is severity for one in self.findings)


def look(
    files: Files,
    rules: Rules,
    application: str = "",
    environments: Collection[str] | None = None,
    *,
    cache: Cache | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Audit a checkout, one application of it where one is named, in all environments where none is.

    Raises UnknownApplication and what `bot.landscape.read` raises.
    """
    if application:
        check_application(application, files.names("applications"))
    landscape = read(files, environments, MENTIONS_KAFKA, cache=cache, jobs=jobs, progress=progress)
    found = audit(landscape, rules, facts(files, rules), {application} if application else ())
    pairs = sum(len(one.installed) for one in landscape.values())
    return Report(found, tuple(landscape), pairs)
