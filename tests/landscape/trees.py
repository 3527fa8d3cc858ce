"""The small tree with KafkaUsers that have rules of all kinds."""

from __future__ import annotations

from pathlib import Path

from tests.support.tree import put

MESSAGE = "lsst.square-events.notify.message"
RECEIPT = "lsst.square-events.notify.receipt"
USERS = "applications/sasquatch/charts/square-events/templates/many-users.yaml"

_HEAD = """\
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata:
  name: {name}
{label}spec:
  authentication:
    type: {authentication}
  authorization:
    type: simple
    acls:
"""
_LABEL = """\
  labels:
    strimzi.io/cluster: {{ .Values.cluster.name }}
"""
_EXPIRES = """\
  annotations:
    kafka-access/expires: "2031-12-24"
"""
_QUOTAS = """\
  quotas:
    producerByteRate: 1048576
    requestPercentage: 55
"""


def rule(name: str, *operations: str, kind: str = "topic", pattern: str = "literal", **others: str) -> str:
    """Return one entry of `acls`."""
    lines = [
        "      - resource:",
        f"          type: {kind}",
        f'          name: "{name}"',
        f"          patternType: {pattern}",
    ]
    lines += ["        operations:", *(f"          - {one}" for one in operations)]
    lines += [f'        {key}: "{value}"' for key, value in others.items()]
    return "\n".join(lines) + "\n"


def user(name: str, *rules: str, authentication: str = "tls", label: str = _LABEL) -> str:
    """Return a template's document."""
    return _HEAD.format(name=name, label=label, authentication=authentication) + "".join(rules)


GROUP = rule("any", "Read", kind="group", pattern="prefix")

ALL = {
    "literal": user("literal", rule(MESSAGE, "Describe", "Read"), GROUP),
    "limited": user("limited", rule(MESSAGE, "Write"), label=f"{_EXPIRES}{_LABEL}") + _QUOTAS,
    "prefix": user("prefix", rule("lsst.square-events.", "Write", pattern="prefix")),
    "star": user("star", rule("*", "All"), authentication="scram-sha-512"),
    "prefix of a star": user("prefix-of-a-star", rule("*", "Read", pattern="prefix")),
    "denied": user("denied", rule("*", "Read", "Write"), rule(RECEIPT, "Write", type="deny"), GROUP),
    "denied all": user("denied-all", rule("lsst.", "All", pattern="prefix"), rule(MESSAGE, "All", type="deny")),
    "denied describe": user("denied-describe", rule(MESSAGE, "Read"), rule(MESSAGE, "Describe", type="deny"), GROUP),
    "one host": user("one-host", rule(MESSAGE, "Read", host="10.0.0.1"), rule(MESSAGE, "Describe"), GROUP),
    "denied on a host": user(
        "denied-on-a-host", rule(MESSAGE, "Read"), rule(MESSAGE, "Read", type="deny", host="10.0.0.1"), GROUP
    ),
    "no group": user("no-group", rule(MESSAGE, "Read")),
    "group denied": user("group-denied", rule(MESSAGE, "Read"), GROUP, rule("*", "Read", kind="group", type="deny")),
    "only describes groups": user("only-describes", rule(MESSAGE, "Read"), rule("g", "Describe", kind="group")),
    "one group denied": user(
        "one-group-denied", rule(MESSAGE, "Read"), GROUP, rule("any", "Read", kind="group", type="deny")
    ),
    "no label": user("no-label", rule(MESSAGE, "Write"), label=""),
    "another cluster": user("another", rule(MESSAGE, "Write"), label="  labels:\n    strimzi.io/cluster: other\n"),
    "alter": user("alter", rule(MESSAGE, "Alter", "AlterConfigs")),
}


def with_users(root: Path, *names: str) -> Path:
    """Add these of the KafkaUsers (all of them) to the small tree at `root`, which is returned."""
    put(root, USERS, "".join(ALL[name] for name in names or ALL))
    return root
