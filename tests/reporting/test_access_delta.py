"""Effective access as a table: what is the same in several environments stands there once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from bot.kafka.acl import Acl, Operation
from bot.landscape.delta import Delta, delta
from bot.landscape.model import Environment
from bot.reporting.access_delta import effective
from tests.landscape.clusters import cluster, environment, rule
from tests.support.shown import problems

READ, WRITE = Operation.READ, Operation.WRITE
MINE = rule("t", READ)
HEAD = "| principal | topic | before | after | who else may read | who else may write |"


@dataclass
class Changed:
    """What `effective` asks for."""

    deltas: Mapping[str, Delta]
    targets: tuple[str, ...] = ()
    gained: Mapping[tuple[str, Acl], tuple[str, ...]] = field(default_factory=dict)
    lost: Mapping[tuple[str, Acl], tuple[str, ...]] = field(default_factory=dict)


def gains(
    *topics: str, mine: Acl = MINE, super_users: tuple[str, ...] = (), authorization: str = "simple", **others: Acl
) -> Delta:
    """Return what changes where the user `mine` gets its rule beside others who have theirs."""

    def side(**users: Acl) -> Environment:
        return environment(cluster("k", *topics, super_users=super_users, authorization=authorization, **users))

    return delta(side(**others), side(mine=mine, **others))


NINE = [f"t{number}" for number in range(9)]
ALONE = gains("t")
MANY = gains(*NINE, mine=rule("t*", READ), wide=rule("*", READ))
SUPER = gains("t", super_users=("User:root",))
CHANGES = {
    "one environment": (
        {"a": ALONE},
        ["**In `a`:**", HEAD, "| `User:CN=mine` | `t` | nothing | read | nobody | nobody |"],
        [" in |", "- In `a`:"],
    ),
    "two that are equal": ({"a": ALONE, "b": ALONE}, ["**In `a`, `b`:**", HEAD], [" in |"]),
    "two that differ in a row": (
        {"a": ALONE, "b": gains("t", other=rule("t", WRITE)), "c": ALONE},
        [
            "**In `a`, `b`, `c`:**",
            HEAD[:-2] + " | in |",
            "| `User:CN=mine` | `t` | nothing | read | nobody | nobody | `a`, `c` |",
            "| `User:CN=mine` | `t` | nothing | read | nobody | `User:CN=other` | `b` |",
        ],
        [],
    ),
    "two that differ in a sentence": (
        {"a": ALONE, "b": SUPER},
        [HEAD, "- In `b`: Super users may do everything besides, whatever the rules say: `User:root`."],
        [" in |"],
    ),
    "super users, said once": (
        {"a": SUPER, "b": SUPER},
        ["- Super users may do everything besides, whatever the rules say: `User:root`."],
        ["`User:root` |"],
    ),
    "no authorization": (
        {"a": gains("t", authorization="", super_users=("User:root",))},
        ["- Authorization is off in `kafka`: everybody who can connect may do everything there."],
        ["Super users"],
    ),
    "many topics, which somebody else may read in one": (
        {"a": MANY, "b": gains(*NINE, mine=rule("t*", READ))},
        [
            "`t7` and 1 more | nothing | read | those below | nobody | `a` |",
            "`t7` and 1 more | nothing | read | nobody | nobody | `b` |",
            "- In `a`: `User:CN=wide` may read every one of these topics.",
            "- Topics `t*`: 9 declared topics today, and whatever is declared below this name later.",
            "<summary>The 9 topics that t* covers in a, b</summary>",
        ],
        [],
    ),
    "from one host": (
        {"a": gains("t", mine=rule("t", READ, host="[x](y)"))},
        [r"| nothing | read, only from \[x\]\(y\) |"],
        [],
    ),
}


@pytest.mark.parametrize(("deltas", "said", "unsaid"), CHANGES.values(), ids=CHANGES)
def test_effective(deltas: dict[str, Delta], said: list[str], unsaid: list[str]) -> None:
    text = "\n\n".join(effective(Changed(deltas)))
    assert [one for one in said if one not in text] == []
    assert [one for one in unsaid if one in text] == []
    assert text.count("**In ") == text.count("| principal |") == 1
    assert problems(text) == []
