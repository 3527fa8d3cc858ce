"""Quotas judged: exactly what is announced may change, in what Helm prints and in the bytes of the template."""

from __future__ import annotations

import pytest

from bot.proof.bytes import check
from bot.proof.compare import Announced, compare
from bot.proof.model import AddedRules, Change, ChangedQuotas, Expected

WHERE = frozenset({"alpha"})
SOURCE = "applications/sasquatch/templates/user.yaml"
HEAD = """\
---
# Source: sasquatch/templates/user.yaml
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: {name: reader, namespace: sasquatch}
spec:
"""
RULE = "    - resource: {type: topic, name: a}\n      operations: [Read]\n"
ACLS = f"  authorization:\n    type: simple\n    acls:\n{RULE}"
MORE = RULE.replace("name: a", "name: b")
BOTH = "  quotas:\n    producerByteRate: 1\n    consumerByteRate: 2\n    requestPercentage: 9\n"


def quotas(**rates: int | None) -> ChangedQuotas:
    fields = tuple((f"{side}ByteRate", rate) for side, rate in rates.items())
    return ChangedQuotas("sasquatch", WHERE, SOURCE, "reader", "sasquatch", fields)


ADDED = AddedRules(
    "sasquatch", WHERE, "reader", "sasquatch", ({"resource": {"type": "topic", "name": "b"}, "operations": ["Read"]},)
)

JUDGED: dict[str, tuple[str, str, Announced, str]] = {
    "a first quota": (
        ACLS,
        f"{ACLS}  quotas: {{producerByteRate: 5}}\n",
        Announced("", quotas=(quotas(producer=5),)),
        "",
    ),
    "another rate": (
        ACLS + BOTH,
        ACLS + BOTH.replace("producerByteRate: 1", "producerByteRate: 5"),
        Announced("", quotas=(quotas(producer=5),)),
        "",
    ),
    "no quota": (
        f"{ACLS}  quotas: {{producerByteRate: 5}}\n",
        ACLS,
        Announced("", quotas=(quotas(producer=None),)),
        "",
    ),
    "a rule as well": (
        ACLS,
        f"{ACLS}{MORE}  quotas: {{producerByteRate: 5}}\n",
        Announced("", rules=(ADDED,), quotas=(quotas(producer=5),)),
        "",
    ),
    "a user without rules": (
        "  quotas: {producerByteRate: 5}\n",
        "  quotas: {producerByteRate: 6}\n",
        Announced("", quotas=(quotas(producer=6),)),
        "",
    ),
    "another number": (
        ACLS,
        f"{ACLS}  quotas: {{producerByteRate: 6}}\n",
        Announced("", quotas=(quotas(producer=5),)),
        "does not get exactly the announced quotas",
    ),
    "one that stays": (
        ACLS + BOTH,
        ACLS + BOTH.replace("producerByteRate: 1", "producerByteRate: 5"),
        Announced("", quotas=(quotas(producer=5, consumer=None),)),
        "does not get exactly the announced quotas",
    ),
    "one that goes too": (
        ACLS + BOTH,
        f"{ACLS}  quotas: {{producerByteRate: 5, requestPercentage: 9}}\n",
        Announced("", quotas=(quotas(producer=5),)),
        "differs in spec.quotas.consumerByteRate too",
    ),
    "a rule that goes too": (
        ACLS + MORE,
        f"{ACLS}  quotas: {{producerByteRate: 5}}\n",
        Announced("", quotas=(quotas(producer=5),)),
        "loses rules",
    ),
    "a rule that comes too": (
        ACLS,
        f"{ACLS}{MORE}  quotas: {{producerByteRate: 5}}\n",
        Announced("", quotas=(quotas(producer=5),)),
        "does not gain exactly the announced rules",
    ),
    "nothing": (ACLS, ACLS, Announced("", quotas=(quotas(producer=5),)), "KafkaUser reader does not get its quotas"),
    "nobody asked": (ACLS, ACLS + BOTH, Announced(""), "changed in spec.quotas, which nobody asked for"),
}


@pytest.mark.parametrize(("before", "after", "announced", "says"), JUDGED.values(), ids=[*JUDGED])
def test_what_is_printed(before: str, after: str, announced: Announced, says: str) -> None:
    problems = compare(HEAD + before, HEAD + after, announced).problems
    assert says in "\n".join(problems)
    assert bool(problems) == bool(says)


BYTES: dict[str, tuple[str, str, str]] = {
    "a rate": ("1", "5", ""),
    "all of it": (BOTH.partition("    request")[0], "", ""),
    "a line with a comment": ("    producerByteRate: 1000  # a kilobyte\n", "", ""),
    "another field": ("    requestPercentage: 9\n", "", "`requestPercentage: 9` is taken away"),
    "a line beside it": ("    producerByteRate: 1\n  other: 1\n", "", "is taken away"),
    "a directive": ("{{ .Values.rate }}", "5", "`{{ .Values.rate }}` is taken away"),
}


@pytest.mark.parametrize(("gone", "new", "says"), BYTES.values(), ids=[*BYTES])
def test_what_goes_from_the_template(gone: str, new: str, says: str) -> None:
    change = Change(SOURCE, gone.encode(), new.encode(), ((0, len(gone), new),))
    assert says in "\n".join(check(change, Expected(changed_quotas=(quotas(producer=5),))))
    assert bool([*check(change, Expected(changed_quotas=(quotas(producer=5),)))]) == bool(says)
    assert [*check(change, Expected())], "where no quota is announced, nothing goes"
