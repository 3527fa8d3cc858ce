"""Quotas of a KafkaUser: how many bytes a second it may write and read, on each broker."""

from __future__ import annotations

FIELDS = {"producer": "producerByteRate", "consumer": "consumerByteRate"}
"""Where a KafkaUser's `spec.quotas` keeps each.

https://strimzi.io/docs/operators/latest/configuring#type-KafkaUserQuotas-reference
"""

VERBS = {"producer": "write", "consumer": "read"}
"""What each side does."""

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
"""What rates are typed in."""

LARGEST = 2**63 - 1
"""Kafka keeps a rate in a Java long."""


def raises(before: int | None, after: int | None) -> bool:
    """Whether a quota allows more than before; None is no limit."""
    return before is not None and (after is None or after > before)


def rate(number: int) -> str:
    """Return bytes per second as they are typed, in the largest unit that leaves no remainder: `1MiB/s`."""
    unit = max(
        (name for name, factor in UNITS.items() if number and not number % factor), key=UNITS.__getitem__, default="B"
    )
    return f"{number // UNITS[unit]}{unit}/s"


def limit(side: str, number: int | None) -> str:
    """Return what one side may do, as the end of a sentence; None is no limit."""
    return f"may {VERBS[side]} {'without a limit' if number is None else f'at most {rate(number)}'} on each broker"
