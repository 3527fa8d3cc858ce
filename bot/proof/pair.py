"""Two sides, and one application in one environment on its way from the renders to the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from bot.checkout.files import Files
from bot.helm import Rendered
from bot.phalanx.environments import Environment
from bot.proof.compare import Announced, Comparison, compare
from bot.proof.model import ChangedValue
from bot.proof.stage import Staged
from bot.proof.valued import compare_valued


@dataclass
class Side:
    """The checkout before or after, and its charts on disk."""

    files: Files
    folder: Path
    known: Mapping[str, Environment]
    charts: dict[str, Staged] = field(default_factory=dict)


@dataclass
class Pair:
    """One application in one environment; a side without a future has no such application."""

    application: str
    environment: str
    namespace: str
    sides: tuple[Future[Rendered] | None, Future[Rendered] | None]
    values: tuple[ChangedValue, ...] = ()
    between: Future[Rendered] | None = None
    """The side before with the announced values, where there are any."""

    def compare(self, old: str, new: str, announced: Announced) -> Comparison:
        """Compare what the two sides printed."""
        if self.between is None:
            return compare(old, new, announced)
        between = self.between.result()
        if between.error:
            return Comparison((f"{self.application} does not render with the new values: {between.error}",))
        return compare_valued(old, between.text, new, announced, self.values)
