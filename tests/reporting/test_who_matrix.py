"""All access on one page, where an environment has one Kafka cluster and where it has two."""

from __future__ import annotations

import pytest

from bot.landscape.answers import about_everything
from bot.landscape.model import Environment
from bot.reporting import who_matrix
from bot.reporting import who_words as words
from tests.landscape.clusters import ONE, TWO

DECLARED = "{0} in applications/{0}/templates/kafka.yaml:1"
MATRICES = {
    "one cluster, which need not be named": (
        ONE,
        {
            "t": [(DECLARED.format("a"), "alpha"), ("User:CN=reader read", "alpha")],
            "u": [(DECLARED.format("a"), "alpha")],
        },
        ["u"],
    ),
    "two clusters with a topic of one name": (
        TWO,
        {
            "t": [
                (DECLARED.format("a"), "alpha (a/kafka)"),
                (DECLARED.format("b"), "alpha (b/kafka)"),
                ("User:CN=reader read", "alpha (a/kafka)"),
            ],
            "u": [(DECLARED.format("a"), "alpha (a/kafka)")],
            "v": [(DECLARED.format("b"), "alpha (b/kafka)"), ("User:CN=writer write", "alpha (b/kafka)")],
        },
        ["t (b/kafka)", "u (a/kafka)"],
    ),
}


@pytest.mark.parametrize(("environment", "topics", "unused"), MATRICES.values(), ids=MATRICES)
def test_topics(environment: Environment, topics: dict[str, list[tuple[str, str]]], unused: list[str]) -> None:
    matrix = about_everything({"alpha": environment})
    found = who_matrix.topics(matrix)
    assert {
        one.title: [(f"{row.about} {row.may}".strip(), row.environments) for row in (*one.declared, *one.rows)]
        for one in found
    } == topics
    assert [one.title for one in found if one.patterns] == []
    assert words.unused(matrix.places[0][1]) == unused


def test_a_rule_for_many_topics_is_one_of_the_topics_of_its_own_cluster() -> None:
    matrix = about_everything({"alpha": TWO, "beta": ONE})
    (pattern,) = who_matrix.patterns(matrix)
    assert [(row.about, row.environments) for row in pattern.rows] == [("User:CN=wide", "alpha (b/kafka)")]
