"""A small sound environment as Helm would print it, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.landscape.extract import installed
from bot.landscape.model import Environment, Installed, Origin
from bot.proof.objects import Rendered

ENABLED = frozenset({"sasquatch", "strimzi", "strimzi-access-operator", "myapp", "other", "third-app"})

SASQUATCH = """\
---
# Source: sasquatch/templates/kafka.yaml
apiVersion: kafka.strimzi.io/v1
kind: Kafka
metadata:
  name: sasquatch
spec:
  kafka:
    listeners:
      - {name: plain, port: 9092, tls: false, type: internal, authentication: {type: scram-sha-512}}
      - {name: tls, port: 9093, tls: true, type: internal, authentication: {type: tls}}
    authorization: {type: simple}
---
# Source: sasquatch/templates/user.yaml
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata:
  name: myapp
  labels: {strimzi.io/cluster: sasquatch}
spec:
  authentication: {type: tls}
  authorization:
    type: simple
    acls:
      - resource: {type: topic, name: lsst.myapp.ingest}
        operations: [Describe, Read, Write]
      - resource: {type: topic, name: lsst.myapp.events., patternType: prefix}
        operations: [Describe, Read]
      - resource: {type: group, name: myapp, patternType: prefix}
        operations: [Read]
---
# Source: sasquatch/templates/metrics.yaml
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata:
  name: app-metrics-other
  labels: {strimzi.io/cluster: sasquatch}
spec:
  authentication: {type: tls}
  authorization:
    type: simple
    acls:
      - resource: {type: topic, name: lsst.square.metrics.events.other}
        operations: [Describe, Write]
---
# Source: sasquatch/templates/topics.yaml
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata:
  name: lsst.myapp.ingest
  labels: {strimzi.io/cluster: sasquatch}
spec: {partitions: 1, replicas: 3}
---
# Source: sasquatch/templates/metrics-topics.yaml
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata:
  name: lsst.square.metrics.events.other
  labels: {strimzi.io/cluster: sasquatch}
spec: {partitions: 1, replicas: 3}
"""

ACCESS = """\
---
# Source: {application}/templates/kafka-access.yaml
apiVersion: access.strimzi.io/v1alpha1
kind: KafkaAccess
metadata:
  name: {application}-kafka
spec:
  kafka: {{name: sasquatch, namespace: sasquatch, listener: tls}}
  user: {{kind: KafkaUser, apiGroup: kafka.strimzi.io, name: {user}, namespace: sasquatch}}
"""

WORKLOAD = """\
---
# Source: {application}/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  template:
    spec:
      containers:
        - name: app
          env:
            - {{name: BASE_URL, value: "x"}}
            - {{name: LOG_LEVEL, value: "x"}}
            - name: KAFKA_BOOTSTRAP_SERVERS
              valueFrom: {{secretKeyRef: {{name: {application}-kafka, key: bootstrapServers}}}}
          volumeMounts:
            - {{name: kafka, mountPath: /etc/kafkauser/user.crt, subPath: ssl.keystore.crt}}
      volumes:
        - name: kafka
          secret: {{secretName: {application}-kafka}}
"""

PLAIN = """\
---
# Source: {application}/templates/plain.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  template:
    spec:
      containers:
        - name: app
          env:
            - {{name: BASE_URL, value: "x"}}
            - {{name: LOG_LEVEL, value: "x"}}
"""

APPLICATIONS: Mapping[str, str] = {
    "sasquatch": SASQUATCH,
    "myapp": ACCESS.format(application="myapp", user="myapp") + WORKLOAD.format(application="myapp", name="myapp"),
    "other": ACCESS.format(application="other", user="app-metrics-other")
    + WORKLOAD.format(application="other", name="other"),
}


def spoilt(application: str, old: str, new: str) -> dict[str, str]:
    """Return the output of all applications with one place of one of them replaced."""
    text = APPLICATIONS[application]
    assert text.count(old) >= 1, f"{old!r} is not in {application}"
    return {**APPLICATIONS, application: text.replace(old, new, 1)}


def more(application: str, text: str) -> dict[str, str]:
    """Return the output of all applications with documents added to one of them."""
    return {**APPLICATIONS, application: APPLICATIONS.get(application, "") + text}


def environment(
    outputs: Mapping[str, str] = APPLICATIONS, name: str = "alpha", enabled: frozenset[str] = ENABLED
) -> Environment:
    """Return what Helm's outputs come to; templates are where Helm says, at line 1."""
    return Environment(name, enabled, {one: made(one, text) for one, text in outputs.items()})


def made(application: str, text: str) -> Installed:
    """Return what one application comes to, in a namespace of its name; `!` before the text is an error of Helm's."""

    def locate(document: Rendered) -> Origin:
        return Origin(application, f"applications/{document.source}", 1)

    if text.startswith("!"):
        return Installed(application, application, error=text[1:])
    return installed(text, application, application, locate)


def remote(one: Environment, application: str) -> Environment:
    """Return an environment in which an application has a chart that is not in the checkout."""
    found = replace(one.installed[application], remote=("redis",))
    return replace(one, installed={**one.installed, application: found})
