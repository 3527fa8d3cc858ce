"""Rendered differences: by resource, field by field for workloads, without a Secret's values."""

from __future__ import annotations

import pytest

from bot.proof.model import Differing, Proof, Status
from bot.reporting.rendered import differences
from tests.support.shown import problems

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: myapp
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: myapp
          image: x
          env:
            - name: A
              value: "{a}"
{env}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: myapp
  annotations:
    token: hunter1
data:
  {data}
"""


def shown(before: str, after: str) -> str:
    (found,) = differences([proof(alpha=[(before, after)])])
    assert problems(found) == []
    return found


def proof(**environments: list[tuple[str, str]]) -> Proof:
    return Proof(
        Status.PROVED,
        differences={
            name: tuple(Differing("myapp/templates/x.yaml", *texts) for texts in found)
            for name, found in environments.items()
        },
    )


def deployment(env: str = "", *, replicas: int = 1, a: str = "1") -> str:
    return DEPLOYMENT.format(env=env, replicas=replicas, a=a)


FIELDS = {
    "a variable of a Secret": (
        "            - {name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}",
        "| container `myapp`, variable `K` |  | from Secret `s`, key `k` |",
    ),
    "another variable": (
        "            - {name: K, valueFrom: {fieldRef: {fieldPath: p}}}",
        '| container `myapp`, variable `K` |  | `{"valueFrom": {"fieldRef": {"fieldPath": "p"}}}` |',
    ),
    "a mount": (
        "          volumeMounts: [{name: v, mountPath: /p, subPath: f}]",
        "| container `myapp`, mount `/p` |  | file `f` of volume `v` |",
    ),
    "a volume": ("      volumes: [{name: v, secret: {secretName: s}}]", "| volume `v` |  | Secret `s` |"),
    "anything else of a container": ("          tty: true", "| container `myapp`, `tty` |  | `true` |"),
    "anything else of the pod": ("      hostNetwork: true", "| `spec.template.spec.hostNetwork` |  | `true` |"),
    "another container": (
        "        - {name: other, env: [{name: B, value: '|'}]}",
        "| container `other`, variable `B` |  | `\\|` |",
    ),
}


@pytest.mark.parametrize(("more", "row"), FIELDS.values(), ids=FIELDS)
def test_fields_of_a_workload(more: str, row: str) -> None:
    found = shown(deployment(), deployment(more))
    assert row in found.splitlines()
    assert f"+{more}" in found


def test_fields_that_change() -> None:
    found = shown(deployment(), deployment(replicas=2, a="2"))
    assert "| container `myapp`, variable `A` | `1` | `2` |" in found
    assert "| `spec.replicas` | `1` | `2` |" in found


SECRETS = {
    "a value that changes": (SECRET.format(data="k: aHVudGVyMg=="), SECRET.format(data="k: aHVudGVyMw==")),
    "a new Secret": ("", SECRET.format(data="k: hunter2")),
    "a Secret that is gone": (SECRET.format(data="k: hunter2"), ""),
    "what becomes a Secret": ("kind: ConfigMap\ndata: {k: hunter3}\n", SECRET.format(data="k: hunter2")),
    "two kinds": ("", "kind: ConfigMap\nkind: Secret\ndata: {k: hunter2}\n"),
    "what is no YAML": ("", "kind: Secret\ndata: {k: hunter2\n"),
    "a list": ("", "kind: List\nitems:\n  - kind: Secret\n    data: {k: hunter2}\n"),
    "JSON": ("", '{"kind": "Secret", "stringData": {"k": "hunter2"}}\n'),
}


@pytest.mark.parametrize(("before", "after"), SECRETS.values(), ids=SECRETS)
def test_no_values_of_a_secret(before: str, after: str) -> None:
    found = shown(before, after)
    assert "hunter" not in found
    assert "aHVudG" not in found
    assert "not shown" in found


def test_equal_environments_share_a_difference() -> None:
    one, other = ("a: 1\n", "a: 2\n"), ("a: 1\n", "a: 3\n")
    first, second = differences([proof(alpha=[one], beta=[one], gamma=[other])])
    assert "in 2 environments: alpha, beta" in first
    assert "in 1 environment: gamma" in second


def test_several_proofs_are_one_difference() -> None:
    found = differences([proof(alpha=[("", "kind: A\n")]), proof(alpha=[("kind: A\n", "kind: A\nb: 1\n")])])
    assert len(found) == 1
    assert "+b: 1" in found[0]
    assert differences([proof(alpha=[("", "kind: A\n")]), proof(alpha=[("kind: A\n", "")])]) == ()
