"""Which applications hold the credentials of which KafkaUsers in one environment. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.landscape.model import Environment, KafkaAccess, KafkaUser, Workload


@dataclass(frozen=True, slots=True)
class Holder:
    """An application that can connect as a KafkaUser.

    `access` is the KafkaAccess that names the user, empty where the application takes the user's own Secret;
    `workloads` are those that use the Secret, as `Deployment/name`.
    """

    application: str
    access: str
    workloads: tuple[str, ...] = ()


class Holders:
    """Which applications hold which KafkaUsers of an environment, looked up for many users at once."""

    def __init__(self, environment: Environment) -> None:
        self._accesses: defaultdict[tuple[str, str], list[KafkaAccess]] = defaultdict(list)
        for access in environment.accesses:
            self._accesses[access.user_namespace, access.user].append(access)
        self._workloads: defaultdict[tuple[str, str], list[Workload]] = defaultdict(list)
        for workload in environment.workloads:
            for secret in {use.secret for use in workload.secrets}:
                self._workloads[workload.namespace, secret].append(workload)

    def of(self, user: KafkaUser) -> tuple[Holder, ...]:
        """Return the applications that hold a KafkaUser's credentials: by KafkaAccess, or by the user's own Secret."""
        found = {
            Holder(one.origin.application, one.name, _named(self._workloads.get((one.namespace, one.name), ())))
            for one in self._accesses.get((user.namespace, user.name), ())
        }
        # Strimzi's own Secret for a KafkaUser has its name and lies beside it.
        own: defaultdict[str, list[Workload]] = defaultdict(list)
        for workload in self._workloads.get((user.namespace, user.name), ()):
            own[workload.origin.application].append(workload)
        found |= {Holder(application, "", _named(workloads)) for application, workloads in own.items()}
        return tuple(sorted(found, key=lambda one: (one.application, one.access)))


def _named(workloads: Iterable[Workload]) -> tuple[str, ...]:
    return tuple(sorted(f"{one.kind}/{one.name}" for one in workloads))
