"""All checks, by the rule that each of them is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bot.audit import access, declared, grants, metrics, platform, wiring
from bot.audit.finding import Fault, Scene

Check = Callable[[Scene], Iterator[Fault]]

_FUNCTIONS: tuple[Check, ...] = (
    platform.not_rendered,
    platform.kafka_not_enabled,
    platform.access_operator_not_enabled,
    platform.strimzi_not_enabled,
    platform.cluster_label,
    platform.namespace_unwatched,
    access.user_missing,
    access.user_of_another_cluster,
    access.user_authentication,
    access.user_of_another_application,
    access.user_unused,
    access.access_expired,
    wiring.secret_missing,
    wiring.secret_doubtful,
    wiring.secret_key,
    wiring.access_unused,
    wiring.workload_unwired,
    wiring.hook_before_secret,
    metrics.metrics_not_listed,
    metrics.metrics_unused,
    metrics.metrics_twice,
    declared.object_invalid,
    declared.topic_collision,
    declared.topic_twice,
    declared.user_twice,
    declared.name_invalid,
    declared.user_name_too_long,
    declared.super_user_name,
    declared.api_version_old,
    grants.rule_unreadable,
    grants.rule_singular,
    grants.operation_invalid,
    grants.prefix_star,
    grants.prefix_open,
    grants.group_missing,
    grants.group_everything,
    grants.topic_everything,
    grants.cluster_everything,
    grants.topic_undeclared,
    grants.topic_misspelt,
)

CHECKS: Mapping[str, Check] = {check.__name__.replace("_", "-"): check for check in _FUNCTIONS}
"""By id: the name of the function with dashes."""
