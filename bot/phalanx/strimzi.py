"""Which versions of its API the Strimzi of a checkout serves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.checkout.files import Files
from bot.phalanx.charts import chart

GROUP = "kafka.strimzi.io"
NEWEST = f"{GROUP}/v1"
_OLD = tuple(f"{GROUP}/{version}" for version in ("v1beta2", "v1beta1", "v1alpha1"))
_CHART = "strimzi-kafka-operator"
_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.\d+(?:[-+].*)?")
_FIRST_WITH_NEWEST = (0, 49)
_FIRST_WITHOUT_OLD = (1, 0)


def release(files: Files, applications: Iterable[str]) -> str:
    """Return the version of the operator's chart that one of the applications depends on; empty where none does."""
    charts = [chart(files, f"applications/{application}") for application in applications]
    found = (one.version for each in charts if each is not None for one in each.dependencies if one.name == _CHART)
    return next(found, "")


def served(version: str) -> tuple[str, ...]:
    """Return the apiVersions of KafkaUser and KafkaTopic that a release serves, the newest first.

    Empty for a range of versions, of which the chart does not tell which one runs.
    https://github.com/strimzi/strimzi-kafka-operator/blob/main/CHANGELOG.md (0.49.0, 1.0.0)
    """
    match = _RELEASE.fullmatch(version)
    if match is None:
        return ()
    number = int(match[1]), int(match[2])
    newest = (NEWEST,) if number >= _FIRST_WITH_NEWEST else ()
    return newest if number >= _FIRST_WITHOUT_OLD else (*newest, *_OLD)
