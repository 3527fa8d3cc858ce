"""Objects that go to another version, judged without Helm: what differs besides is refuted."""

from __future__ import annotations

import pytest

from bot.proof.compare import Announced, compare

SOURCE = "sasquatch/charts/events/templates/users.yaml"
USER = """\
---
# Source: {source}
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata:
  name: myapp
spec:
  authorization:
    type: simple
    acls:
      - resource: {{type: topic, name: lsst.x}}
        operation: Read
        host: "*"
      - resource: {{type: group, name: myapp}}
        operations: [Read, Describe]
"""
BEFORE = USER.format(source=SOURCE)
AFTER = BEFORE.replace("v1beta2", "v1").replace("operation: Read", "operations: [Read]")
TOPIC = "---\n# Source: {}\napiVersion: kafka.strimzi.io/v1beta1\nkind: KafkaTopic\nmetadata:\n  name: lsst.x\n"
MORE = "differs in more than its version and how operations are listed"
OTHER = "does not allow what it did"


def problems(before: str, after: str) -> list[str]:
    return list(compare(before, after, Announced("sasquatch", migrated=frozenset({SOURCE}))).problems)


PROVED = {
    "a user": (BEFORE, AFTER),
    "a topic beside it": (
        BEFORE + TOPIC.format(SOURCE),
        AFTER + TOPIC.format(SOURCE).replace("v1beta1", "v1"),
    ),
    "the version alone": (AFTER.replace("strimzi.io/v1", "strimzi.io/v1alpha1"), AFTER),
    "without rules": (TOPIC.format(SOURCE), TOPIC.format(SOURCE).replace("v1beta1", "v1")),
    "nothing, as nothing is old": (AFTER, AFTER),
    "nothing, as nothing is rendered": ("", ""),
    "another template's": (BEFORE + TOPIC.format("x/templates/y.yaml"), AFTER + TOPIC.format("x/templates/y.yaml")),
}

REFUTED = {
    "the version alone, of old rules": (AFTER.replace("operations: [Read]\n", "operation: Read\n"), [MORE]),
    "another operation": (AFTER.replace("[Read]", "[Write]"), [MORE, OTHER]),
    "one more operation": (AFTER.replace("[Read]", "[Read, Write]"), [MORE, OTHER]),
    "another host": (AFTER.replace('"*"', "10.0.0.1"), [MORE, OTHER]),
    "one rule less": (AFTER[: AFTER.index("      - resource: {type: group")], [MORE, OTHER]),
    "another label": (AFTER.replace("name: myapp\nspec", "name: myapp\n  labels: {a: b}\nspec"), [MORE]),
    "a version that there is not": (
        AFTER.replace("strimzi.io/v1", "strimzi.io/v2"),
        ["is of kafka.strimzi.io/v2", MORE],
    ),
    "an object that stays": (BEFORE, ["is of kafka.strimzi.io/v1beta2 still"]),
    "an object that goes": ("", ["KafkaUser myapp (charts/events/templates/users.yaml) is gone"]),
    "an object that is renamed": (AFTER.replace("name: myapp\nspec", "name: yourapp\nspec"), ["is gone", "appears"]),
    "an object of another kind": (
        AFTER + "---\n# Source: a/b\nkind: Pod\nmetadata: {name: x}\n",
        ["Pod x (b) appears"],
    ),
    "another template's object": (AFTER + TOPIC.format("a/b"), ["KafkaTopic lsst.x (b) appears"]),
    "words that Kafka has not": (AFTER.replace("[Read]", "[Raed]"), [MORE, "has rules that Kafka has not"]),
}


@pytest.mark.parametrize(("before", "after"), PROVED.values(), ids=PROVED)
def test_proved(before: str, after: str) -> None:
    assert problems(before, after) == []


@pytest.mark.parametrize(("after", "said"), REFUTED.values(), ids=REFUTED)
def test_refuted(after: str, said: list[str]) -> None:
    found = problems(BEFORE, after)
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True)), found


def test_what_was_not_announced() -> None:
    assert compare(BEFORE, AFTER, Announced("sasquatch")).problems == (
        "KafkaUser myapp (charts/events/templates/users.yaml) is gone",
        "KafkaUser myapp (charts/events/templates/users.yaml) appears, which nobody asked for",
    )
