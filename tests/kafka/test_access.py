"""What rules come to on one topic, and from where."""

from __future__ import annotations

import pytest

from bot.kafka.access import allows, may, right
from bot.kafka.acl import Acl, Operation, Permission, Resource, ResourceType

_O = Operation
TOPIC = Resource(ResourceType.TOPIC, "t")


def acl(*operations: Operation, host: str = "*", permission: Permission = Permission.ALLOW) -> Acl:
    return Acl(TOPIC, frozenset(operations), host, permission)


RIGHTS = {
    "nothing": ([], "nothing", set()),
    "from anywhere": ([acl(_O.READ)], "read", set()),
    "from one host": ([acl(_O.READ, host="h")], "read, only from h", {_O.READ, _O.DESCRIBE}),
    "one operation from one host": ([acl(_O.READ, host="h"), acl(_O.WRITE)], "write; read, only from h", {_O.READ}),
    "seen from anywhere": ([acl(_O.READ, host="h"), acl(_O.DESCRIBE)], "read, only from h", {_O.READ}),
    "seen from one host": ([acl(_O.DESCRIBE, host="h")], "see that it is there, only from h", {_O.DESCRIBE}),
    "each from a host of its own": (
        [acl(_O.READ, host="h"), acl(_O.WRITE, host="g")],
        "write, only from g; read, only from h",
        {_O.READ, _O.WRITE, _O.DESCRIBE},
    ),
    "from two hosts": (
        [acl(_O.READ, host="h"), acl(_O.READ, host="g")],
        "read, only from g, h",
        {_O.READ, _O.DESCRIBE},
    ),
    "denied to one host": ([acl(_O.READ), acl(_O.READ, host="h", permission=Permission.DENY)], "read", set()),
    "denied to all but one operation of a host": (
        [acl(_O.ALL, host="h"), acl(_O.READ), acl(_O.READ, permission=Permission.DENY)],
        "write and change (Alter, AlterConfigs, Create, Delete), only from h",
        {_O.WRITE, _O.CREATE, _O.DELETE, _O.ALTER, _O.ALTER_CONFIGS, _O.DESCRIBE_CONFIGS},
    ),
}


@pytest.mark.parametrize(("acls", "words", "confined"), RIGHTS.values(), ids=RIGHTS)
def test_right(acls: list[Acl], words: str, confined: set[Operation]) -> None:
    found = right(acls, ResourceType.TOPIC, "t")
    assert (may(found), {one for one, _ in found.hosts}) == (words, confined)
    assert frozenset().union(*found.by_hosts().values()) == found.operations


def test_a_rule_by_itself() -> None:
    assert allows(acl(_O.ALL, host="h")) == "everything"
