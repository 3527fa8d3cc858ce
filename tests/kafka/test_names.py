from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kafka.names import collides, is_internal, object_problem, principal, topic_object_name, topic_problem

TOPICS = {
    "lsst.square-events.a_B9": "",
    "a" * 249: "",
    "a" * 250: "a topic name has at most 249 characters, this one 250",
    ".": "a topic cannot be named `.` or `..`",
    "..": "a topic cannot be named `.` or `..`",
    "...": "",
    "": "a topic name has letters, digits, `.`, `_` and `-` only",
    "a b": "a topic name has letters, digits, `.`, `_` and `-` only",
    "a*": "a topic name has letters, digits, `.`, `_` and `-` only",
    "é": "a topic name has letters, digits, `.`, `_` and `-` only",
    "٣": "a topic name has letters, digits, `.`, `_` and `-` only",
    "a\n": "a topic name has letters, digits, `.`, `_` and `-` only",
}


@pytest.mark.parametrize(("name", "problem"), TOPICS.items())
def test_topics(name: str, problem: str) -> None:
    assert topic_problem(name) == problem


LETTERS = "it has lower-case letters, digits, `-` and `.` only, and begins and ends with a letter or digit"
OBJECTS = {
    "a": "",
    "a-b.c9": "",
    "a" * 253: "",
    "a" * 254: "it has at most 253 characters, not 254",
    "A": LETTERS,
    "a_b": LETTERS,
    "-a": LETTERS,
    "a-": LETTERS,
    "a..b": LETTERS,
    "a.-b": LETTERS,
    "": LETTERS,
    "a\n": LETTERS,
}


@pytest.mark.parametrize(("name", "problem"), OBJECTS.items())
def test_objects(name: str, problem: str) -> None:
    assert object_problem(name) == problem


def test_a_limit_of_ones_own() -> None:
    assert object_problem("a" * 64, 63) == "it has at most 63 characters, not 64"


COLLISIONS = {
    ("a.b", "a_b"): True,
    ("a.b_c", "a_b.c"): True,
    ("a.b", "a.b"): False,
    ("a.b", "a-b"): False,
    ("a.b", "a.B"): False,
}


@pytest.mark.parametrize(("pair", "expected"), COLLISIONS.items())
def test_collisions(pair: tuple[str, str], expected: bool) -> None:
    assert collides(*pair) is collides(*reversed(pair)) is expected


INTERNAL = {"__consumer_offsets": True, "_schemas": False, "a__b": False}


@pytest.mark.parametrize(("name", "expected"), INTERNAL.items())
def test_internal(name: str, expected: bool) -> None:
    assert is_internal(name) is expected


topics = st.text("ab.-_AB0", min_size=1, max_size=249).filter(lambda name: not topic_problem(name))


@given(topics)
def test_a_topic_has_an_object_name(topic: str) -> None:
    name = topic_object_name(topic)
    assert object_problem(name) == ""
    assert (name == topic) is (object_problem(topic) == "")


@given(st.lists(topics, min_size=2, max_size=2, unique=True))
def test_different_topics_have_different_object_names(pair: list[str]) -> None:
    assert topic_object_name(pair[0]) != topic_object_name(pair[1])


OBJECT_NAMES = {
    "lsst.square-events.a": "lsst.square-events.a",
    "lsst.sal.MTMount": "lsst.sal.mtmount-6e32caeb",
    "_a_._B.-": "a.b-feb9184c",
    "a" * 199 + "_" * 20 + "." * 20: "a" * 199 + "-8a5f2c4e",
    "__": "9911f4d2",
    "a_b": "a-b-648fa9b3",
}


@pytest.mark.parametrize(("topic", "name"), OBJECT_NAMES.items())
def test_object_names_stay_as_they_are(topic: str, name: str) -> None:
    assert topic_object_name(topic) == name


PRINCIPALS = {
    "tls": "User:CN=app",
    "tls-external": "User:CN=app",
    "scram-sha-512": "User:app",
    "": "User:app",
}


@pytest.mark.parametrize(("authentication", "expected"), PRINCIPALS.items())
def test_principals(authentication: str, expected: str) -> None:
    assert principal("app", authentication) == expected
