from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kafka.acl import Operation, ResourceType
from bot.kafka.operations import VALID, closure, ordered

operations = st.frozensets(st.sampled_from(Operation))
kinds = st.sampled_from(ResourceType)

CLOSED = {
    "read": ({Operation.READ}, {Operation.READ, Operation.DESCRIBE}),
    "write": ({Operation.WRITE}, {Operation.WRITE, Operation.DESCRIBE}),
    "delete": ({Operation.DELETE}, {Operation.DELETE, Operation.DESCRIBE}),
    "alter": ({Operation.ALTER}, {Operation.ALTER, Operation.DESCRIBE}),
    "alter configs": ({Operation.ALTER_CONFIGS}, {Operation.ALTER_CONFIGS, Operation.DESCRIBE_CONFIGS}),
    "create brings nothing": ({Operation.CREATE}, {Operation.CREATE}),
    "describe brings nothing": ({Operation.DESCRIBE}, {Operation.DESCRIBE}),
    "describe configs is not describe": ({Operation.DESCRIBE_CONFIGS}, {Operation.DESCRIBE_CONFIGS}),
    "nothing": (set(), set()),
}


@pytest.mark.parametrize(("granted", "expected"), CLOSED.values(), ids=CLOSED)
def test_closure_on_a_topic(granted: set[Operation], expected: set[Operation]) -> None:
    assert closure(granted, ResourceType.TOPIC) == expected


VALID_TABLE = {
    ResourceType.TOPIC: "Describe Read Write Create Delete Alter DescribeConfigs AlterConfigs All",
    ResourceType.GROUP: "Describe Read Delete DescribeConfigs AlterConfigs All",
    ResourceType.CLUSTER: "Describe Create Alter DescribeConfigs AlterConfigs ClusterAction IdempotentWrite All",
    ResourceType.TRANSACTIONAL_ID: "Describe Write All",
}


@pytest.mark.parametrize("kind", ResourceType)
def test_all_is_what_the_type_has(kind: ResourceType) -> None:
    """https://docs.confluent.io/platform/current/security/authorization/acls/overview.html#operations."""
    assert {one.value for one in closure({Operation.ALL}, kind)} == set(VALID_TABLE[kind].split())


@given(operations, operations, kinds)
def test_closure_is_a_closure(some: frozenset[Operation], more: frozenset[Operation], kind: ResourceType) -> None:
    closed = closure(some, kind)
    assert some <= closed
    assert closure(closed, kind) == closed
    assert closure(some | more, kind) == closed | closure(more, kind)


@given(operations, kinds)
def test_valid_operations_bring_valid_ones(some: frozenset[Operation], kind: ResourceType) -> None:
    assert closure(some & VALID[kind], kind) <= VALID[kind]


@given(st.permutations(list(Operation)))
def test_order(some: list[Operation]) -> None:
    assert ordered(some[:4]) == [one for one in Operation if one in some[:4]]
