"""Times, their medians, and how they are printed."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence

JOBS = os.cpu_count() or 2


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def medians(actions: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median time of each action; they take turns, so that a slow moment hits all of them."""
    for action in actions:
        action()
    times = [[seconds(action) for action in actions] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def show(what: str, over: float, under: float, limit: float, *, unit: str = "s", least: bool = False) -> None:
    """Print a ratio with what it divides; `limit` is its most, or its least."""
    bound = f"(at {'least' if least else 'most'} {limit:g})"
    numbers = f"{over:.3f} {unit} / {under:.3f} {unit}" if unit == "s" else f"{over:.0f} {unit} / {under:.0f} {unit}"
    print(f"{what:<40} {numbers} = {over / under:.2f}  {bound}", flush=True)
