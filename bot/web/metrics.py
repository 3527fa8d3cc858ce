"""What Prometheus reads: a registry of its own, and labels that only take known values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

EVENTS = frozenset(
    {
        "check_run",
        "check_suite",
        "github_app_authorization",
        "installation",
        "installation_repositories",
        "installation_target",
        "issue_comment",
        "issues",
        "ping",
        "pull_request",
        "pull_request_review",
        "push",
    }
)
"""What is subscribed to, and what GitHub sends to every App; anybody can write anything else into a header."""

OUTCOMES = frozenset({"done", "unchanged", "refused", "answered", "cancelled", "failed"})
RESOURCES = frozenset({"core", "graphql", "search"})

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_COMMAND_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)


class Metrics:
    """The instruments; may be used from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "kafka_access_deliveries", "Webhook requests.", ("event", "result"), registry=self.registry
        )
        self._requests = Histogram(
            "kafka_access_request_seconds",
            "Time to answer a webhook request.",
            registry=self.registry,
            buckets=_REQUEST_SECONDS,
        )
        self._commands = Histogram(
            "kafka_access_command_seconds",
            "Time from a command to its reply.",
            ("outcome",),
            registry=self.registry,
            buckets=_COMMAND_SECONDS,
        )
        self._depth = Gauge("kafka_access_queue_depth", "Deliveries and jobs that wait or run.", registry=self.registry)
        self._oldest = Gauge(
            "kafka_access_queue_oldest_seconds", "Age of the job that waits longest.", registry=self.registry
        )
        self._aside = Gauge(
            "kafka_access_deliveries_set_aside", "Deliveries that could be made into no job.", registry=self.registry
        )
        self._rate = Gauge(
            "kafka_access_rate_limit_left", "Requests that GitHub still allows.", ("resource",), registry=self.registry
        )

    def delivery(self, event: str, result: str, seconds: float) -> None:
        """Count one webhook request; `result` is a word of the program's own, `event` may be anything."""
        self._deliveries.labels(event if event in EVENTS else "other", result).inc()
        self._requests.observe(seconds)

    def command(self, outcome: str, seconds: float) -> None:
        """Note that a command was answered: `outcome` is one of OUTCOMES, anything else counts as `other`."""
        self._commands.labels(outcome if outcome in OUTCOMES else "other").observe(seconds)

    def queue(self, found: tuple[int, float, int] | None) -> None:
        """Set how many deliveries and jobs wait or run, the age of the oldest in seconds, and how many became no job.

        None where that is unknown.
        """
        count, oldest, aside = found or (math.nan, math.nan, math.nan)
        self._depth.set(count)
        self._oldest.set(oldest)
        self._aside.set(aside)

    def rate(self, left: Mapping[str, int]) -> None:
        """Set the requests left by resource."""
        for resource, count in left.items():
            if resource in RESOURCES:
                self._rate.labels(resource).set(count)
