"""What an application has of metrics: its name on the list, its KafkaAccess, and the KafkaUser which that is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.phalanx.charts import Dependency, own_values
from bot.phalanx.resources import KafkaDocument
from bot.planning.chosen import accesses
from bot.planning.existing import connects_as, existing
from bot.planning.metrics_list import name_of
from bot.planning.plan import default_names
from bot.policy.metrics import Metrics
from bot.policy.rules import Rules


class OddAccess(UserError):
    """The KafkaAccess for the metrics is written in a way that cannot be built on."""

    def __init__(self, access: KafkaDocument, why: str) -> None:
        super().__init__(f"{access.name} in {access.file} {why}", "turn the metrics on by hand")


def _switches(values: Mapping[str, Any], metrics: Metrics, above: str = "") -> Iterator[str]:
    """Yield the dotted values that end as the switch of the rules does, with all that the rules have beside it."""
    inner, last = metrics.switch.split(".")[-2:]
    beside = {one.key.partition(".")[0] for one in metrics.settings}
    for key, value in values.items():
        if isinstance(value, Mapping):
            if key == inner and beside <= value.keys():
                yield f"{above}{key}.{last}"
            else:
                yield from _switches(value, metrics, f"{above}{key}.")


@dataclass(frozen=True, slots=True)
class Publisher:
    """What the application has: its name on the list, its KafkaAccess, and the KafkaUser of its own behind that."""

    name: str
    access: KafkaDocument | None = None
    user: KafkaDocument | None = None
    """None where the KafkaAccess is for the KafkaUser that is made of the list."""
    user_environments: frozenset[str] = frozenset()


def publisher_of(
    files: Files, rules: Rules, command: Command, subchart: Dependency, service: frozenset[str]
) -> Publisher:
    """Find what is there; raises a UserError where that cannot be built on."""
    application = command.application or ""
    name = name_of(files, rules, application, subchart, service)
    there_are = accesses(files, application, rules.cluster)
    for access in there_are:
        found = rules.metrics.name_of(connects_as(access))
        if found.replace("-", "") == application.replace("-", ""):
            return Publisher(found, access)
    if not there_are:
        return Publisher(name)
    names = default_names(rules, application)
    if command.secret not in {access.name for access in there_are}:
        command = replace(command, secret=None)
    there = existing(files, command, application, rules.cluster, names, service)
    return Publisher(name, there.access, there.user, there.user_environments)


def switch_of(files: Files, rules: Rules, application: str, publisher: Publisher) -> str:
    """Return the value that turns the metrics on: the one that the KafkaAccess for them asks for.

    Without one, the chart's own, wherever the values have one with what belongs beside it; else that of the rules.
    """
    access = publisher.access
    if access is None or publisher.user is not None or not access.guards:
        found = [*_switches(own_values(files, f"applications/{application}"), rules.metrics)]
        return found[0] if len(found) == 1 else rules.metrics.switch
    if access.dependency is not None:
        raise OddAccess(access, "stands in a subchart, whose values may serve others too")
    if len(access.guards) > 1 or "?" in access.guards:
        raise OddAccess(access, "is rendered under a condition that cannot be told without rendering")
    return access.guards[0]
