"""Kafka's resources as they are typed: topics with what to do with them, groups, transactional ids."""

from __future__ import annotations

import re

from bot.commands.checks import checked
from bot.commands.errors import Mistake, Part, nearest
from bot.commands.model import Name, Topic
from bot.kafka.acl import Operation, PatternType
from bot.kafka.names import topic_problem

BUNDLES = ("read", "write", "manage")
"""Words for what the rules put together from operations."""

ACCESS = {
    **{operation.lower(): operation.value for operation in Operation},
    **{bundle: bundle for bundle in BUNDLES},
    "all": "manage",
}
"""What may be typed after a topic, in lower case, and the canonical word for it."""

_NAME = re.compile(r"[A-Za-z0-9._/@+-]+")


def topic(value: Part) -> tuple[Topic, ...]:
    """Return the topic of `NAME[*][:OPS]`."""
    name, colon, after = value.partition(":")
    text, pattern = _pattern(name)
    if text.text != "*":
        checked(text, topic_problem)
    return (Topic(text.text, pattern, _access(after) if colon.text else ()),)


def group(value: Part) -> tuple[Name, ...]:
    """Return the consumer group of `NAME[*]`."""
    return _name(value, "a consumer group")


def transactional_id(value: Part) -> tuple[Name, ...]:
    """Return the transactional id of `ID[*]`."""
    return _name(value, "a transactional id")


def _name(value: Part, what: str) -> tuple[Name, ...]:
    name, colon, after = value.partition(":")
    if colon.text and after.items()[0].text.lower() in ACCESS:
        at = value.cut(len(name.text))
        raise Mistake(at, f"{what} takes no operations: the rules say what it gets", fix="")
    text, pattern = _pattern(value)
    if text.text != "*":
        problem = f"the name of {what} has letters, digits and `. _ - / @ +` only"
        checked(text, lambda typed: "" if _NAME.fullmatch(typed) else problem)
    return (Name(text.text, pattern),)


def _pattern(name: Part) -> tuple[Part, PatternType]:
    """Return the name without the star of a prefix; a star alone is Kafka's wildcard, which is literal."""
    star = name.text.find("*")
    if star < 0 or name.text == "*":
        return name, PatternType.LITERAL
    if star < len(name.text) - 1:
        raise Mistake(name.cut(star, star + 1), "a `*` stands only at the end of a name, where it makes a prefix")
    return name.cut(0, star), PatternType.PREFIX


def _access(operations: Part) -> tuple[str, ...]:
    before, colon, _ = operations.partition(":")
    if colon.text:
        fix = operations.text.replace(":", ",")
        raise Mistake(colon, "commas stand between operations", fix=fix, instead=operations)
    return tuple(dict.fromkeys(map(_operation, before.items())))


def _operation(item: Part) -> str:
    if not item.text:
        raise Mistake(item, "what to do with the topic is missing here")
    if known := ACCESS.get(item.text.lower()):
        return known
    close = nearest(item.text, [*Operation, *BUNDLES])
    raise Mistake(item, "this is nothing that can be done with a topic", fix=close)
