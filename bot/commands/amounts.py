"""Numbers, durations, rates and dates as they are typed."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from bot.commands.errors import Mistake, Part, nearest
from bot.commands.model import NEVER
from bot.kafka import quotas

PARTITION_LIMIT = 10_000
"""Partitions of one topic; more are a slip of the finger."""

FOREVER = -1
"""Kafka's retention without an end."""

_LARGEST = 2**63 - 1
"""Kafka keeps milliseconds in a Java long."""

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SIDES = {"producer": "producer", "produce": "producer", "consumer": "consumer", "consume": "consumer"}
"""Kafka's word for each side by what may be typed."""
_NO_LIMIT = "none"
_DIGITS = re.compile(r"[0-9]*")
_YEAR, _MONTH, _DAY = r"(?P<year>[0-9]{4})", r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
_DATES = tuple(
    re.compile(form)
    for form in (
        rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}",
        rf"{_DAY}[.]{_MONTH}[.]{_YEAR}",
        rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})",
    )
)
"""Years first, as in Germany, and without anything between; what has the month first would be a guess."""
_LONGEST_DAYS = 3_650
"""A plain number above that was hardly meant as days."""


def partitions(value: Part) -> int:
    """Return a number of partitions."""
    digits, rest = _digits(value)
    if rest.text:
        raise Mistake(rest.cut(0, 1), "a number of partitions has digits only")
    number = int(digits.text)
    if not 1 <= number <= PARTITION_LIMIT:
        raise Mistake(value, f"a topic has 1 to {PARTITION_LIMIT} partitions")
    return number


def retention(value: Part) -> int:
    """Return a duration in milliseconds, or FOREVER."""
    if value.text.lower() == "forever":
        return FOREVER
    digits, unit = _digits(value)
    if not unit.text:
        guess = "d" if int(digits.text) <= _LONGEST_DAYS else "ms"
        units = ", ".join(f"`{each}`" for each in _MILLISECONDS)
        raise Mistake(unit, f"a unit is missing here, one of {units}", fix=f"{digits.text}{guess}", instead=value)
    milliseconds = int(digits.text) * _factor(unit, _MILLISECONDS)
    if not 1 <= milliseconds <= _LARGEST:
        raise Mistake(value, f"a retention is `forever` or `1ms` to `{_LARGEST}ms`")
    return milliseconds


def quota(value: Part) -> tuple[tuple[str, int | None], ...]:
    """Return bytes per second by `producer` and `consumer`, as typed in `producer:1MiB/s,consumer:500kB/s`.

    None is no limit: `none` alone, or in place of a rate.
    """
    if value.text.lower() == _NO_LIMIT:
        return tuple((side, None) for side in quotas.FIELDS)
    found: dict[str, int | None] = {}
    for item in value.items():
        typed, colon, rate = item.partition(":")
        side = _SIDES.get(typed.text.lower())
        before, equals, _ = typed.partition("=")
        if before.text.lower() in _SIDES and equals.text:
            raise Mistake(equals, "a colon belongs between a side and its rate", fix=":")
        if side is None:
            raise Mistake(
                typed,
                "a quota is for the `producer` or the `consumer`, or it is `none`",
                fix=nearest(typed.text, _SIDES),
            )
        if side in found:
            raise Mistake(item, f"the quota of the `{side}` is given twice")
        if not colon.text:
            raise Mistake(item.cut(len(item.text)), f"a rate is missing here, as in `{side}:1MiB/s`")
        found[side] = None if rate.text.lower() == _NO_LIMIT else _rate(rate)
    return tuple(found.items())


def day(value: Part) -> date:
    """Return a date, or NEVER."""
    if value.text.lower() == "never":
        return NEVER
    year, month, number = _date(value)
    last = monthrange(year, month)[1] if 1 <= month <= 12 and year else 0
    if 1 <= number <= last:
        found = date(year, month, number).isoformat()
        if value.text != found:
            raise Mistake(value, "a date is written as in `2031-12-24`", fix=found)
        return date.fromisoformat(found)
    raise Mistake(value, "there is no such date", fix=date(year, month, last).isoformat() if last and number else None)


def _date(value: Part) -> tuple[int, int, int]:
    """Return year, month and day as they are typed, also in some ways in which a date is not written here."""
    for form in _DATES:
        if match := form.fullmatch(value.text):
            return int(match["year"]), int(match["month"]), int(match["day"])
    raise Mistake(value, "a date is written as in `2031-12-24`, or it is `never`")


def _rate(part: Part) -> int:
    digits, after = _digits(part)
    unit, slash, second = after.partition("/")
    if not unit.text:
        fix = f"{digits.text}B{after.text}" if int(digits.text) else None
        raise Mistake(unit, "a unit is missing here, as in `1MB/s`", fix=fix, instead=part)
    number = int(digits.text) * _factor(unit, quotas.UNITS)
    if slash.text and second.text != "s":
        raise Mistake(second, "a rate is so much a second, as in `1MB/s`", fix="s")
    if not 1 <= number <= quotas.LARGEST:
        raise Mistake(part, f"a rate is `1B` to `{quotas.LARGEST}B` a second, or `none`")
    return number


def _digits(part: Part) -> tuple[Part, Part]:
    """Return the digits, at least one, and what follows them."""
    found = _DIGITS.match(part.text)
    length = found.end() if found else 0
    if not length:
        raise Mistake(part.cut(0, 1), "a number is missing here")
    return part.cut(0, length), part.cut(length)


def _factor(unit: Part, units: Mapping[str, int]) -> int:
    if unit.text not in units:
        listing = ", ".join(f"`{each}`" for each in units)
        by_lower = {each.lower(): each for each in units}
        raise Mistake(unit, f"a unit is one of {listing}", fix=by_lower.get(unit.text.lower()))
    return units[unit.text]
