"""The values of options, each from a piece of the line; raises Mistake that points at what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.commands.errors import Mistake, Part, nearest, quoted
from bot.commands.model import Name, Topic, WorkloadName
from bot.kafka.acl import Operation, PatternType
from bot.kafka.names import TOPIC_LIMIT

_BUNDLES = {"read": "read", "write": "write", "manage": "manage", "all": "manage"}
_OPERATIONS = {operation.value.lower(): operation.value for operation in Operation}
_KINDS = ("deployment", "statefulset", "cronjob", "job")
_RETENTION = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_BYTES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_LABEL, _SUBDOMAIN = 63, 253
_PARTITIONS = 10_000


def application(part: Part) -> str:
    """Return the name of an application: lower-case letters, digits and dashes."""
    return _name(part, "an application's name", "[a-z0-9-]", _LABEL)


def topic(part: Part) -> Topic:
    """Return a topic, with or without operations: `NAME[*][:OPS]`."""
    name, colon, words = part.partition(":")
    found = _starred(name, "a topic's name", "[a-zA-Z0-9._-]", TOPIC_LIMIT)
    if found.name in {".", ".."}:
        raise Mistake(name, "a topic cannot be named `.` or `..`")
    access = [_access(word) for word in words.items()] if colon.text else []
    return Topic(found.name, found.pattern, tuple(dict.fromkeys(access)))


def group(part: Part) -> Name:
    """Return a consumer group; it takes no operations."""
    return _identifier(part, "a consumer group")


def transactional_id(part: Part) -> Name:
    """Return a transactional id."""
    return _identifier(part, "a transactional id")


def environments(part: Part) -> tuple[str, ...]:
    """Return environments, separated by commas."""
    return tuple(_name(item, "an environment's name", "[a-z0-9-]", _LABEL) for item in part.items())


def workloads(part: Part) -> tuple[WorkloadName, ...]:
    """Return workloads, separated by commas: `[KIND/]NAME`."""
    items = part.items()
    for item in items:
        if item.text.lower() == "all" and len(items) > 1:
            raise Mistake(item, "`all` and names of workloads do not go together", fix="all", instead=part)
    return tuple(map(_workload, items))


def object_name(part: Part) -> str:
    """Return the name of a Kubernetes object."""
    name = _name(part, "a name in Kubernetes", "[a-z0-9.-]", _SUBDOMAIN)
    for match in re.finditer(r"(?:^|\.)-|-(?:\.|\Z)|\.\.|^\.|\.\Z", name):
        raise Mistake(
            part.cut(match.start(), match.end()), "a name in Kubernetes has a letter or digit beside each dot"
        )
    return name


def word(part: Part) -> str:
    """Return a name that the rules know: lower-case letters, digits and dashes."""
    return _name(part, "this", "[a-z0-9-]", _LABEL)


def tags(part: Part) -> tuple[str, ...]:
    """Return tags, separated by commas."""
    return tuple(_name(item, "a tag", "[A-Za-z0-9_.-]", _LABEL) for item in part.items())


def partitions(part: Part) -> int:
    """Return a number of partitions."""
    if not re.fullmatch(r"[0-9]{1,9}", part.text) or not 1 <= int(part.text) <= _PARTITIONS:
        raise Mistake(part, f"partitions are a number from 1 to {_PARTITIONS}", fix="4")
    return int(part.text)


def retention(part: Part) -> int:
    """Return milliseconds; -1 for `forever`."""
    if part.text.lower() == "forever":
        return -1
    match = re.fullmatch(r"([0-9]{1,15})([a-z]*)", part.text.lower())
    if match is None:
        raise Mistake(part, "a retention is a number with a unit, or `forever`", fix="7d")
    number, unit = match.groups()
    if unit not in _RETENTION:
        known = ", ".join(f"`{one}`" for one in _RETENTION)
        at = part.cut(len(number)) if unit else part
        raise Mistake(at, f"a retention needs a unit: {known}", fix=f"{number[:4]}d", instead=part)
    milliseconds = int(number) * _RETENTION[unit]
    if not 0 < milliseconds < 2**63:
        raise Mistake(part, "a retention is more than nothing and less than 292 million years", fix="7d")
    return milliseconds


def expires(part: Part) -> date:
    """Return a day."""
    try:
        return date.fromisoformat(part.text if re.fullmatch(r"\d{4}-\d\d-\d\d", part.text, re.ASCII) else "")
    except ValueError:
        raise Mistake(part, "a day is written as `2030-01-31`", fix="2030-01-31") from None


def quota(part: Part) -> tuple[tuple[str, int], ...]:
    """Return bytes per second by `producer` and `consumer`."""
    found: dict[str, int] = {}
    for item in part.items():
        side, colon, size = item.partition(":")
        if side.text.lower() not in {"producer", "consumer"} or not colon.text:
            raise Mistake(item, "a quota is for the `producer` or the `consumer`", fix="producer:1MB")
        match = re.fullmatch(r"([0-9]{1,12})([a-z]+)", size.text.lower())
        if match is None or match.group(2) not in _BYTES:
            raise Mistake(size, "a quota is a number of bytes per second with `B`, `kB`, `MB` or `GB`", fix="1MB")
        if side.text.lower() in found:
            raise Mistake(side, "this quota was given already")
        found[side.text.lower()] = int(match.group(1)) * _BYTES[match.group(2)]
    return tuple(found.items())


def _access(part: Part) -> str:
    word = part.text.lower()
    found = _BUNDLES.get(word) or _OPERATIONS.get(word)
    if found is None:
        close = nearest(word, (*_OPERATIONS.values(), *_BUNDLES)) if word else None
        said = (
            f"{quoted(part.text, 'this')} is nothing that can be done with a topic"
            if word
            else "an operation is missing"
        )
        raise Mistake(
            part, f"{said}; there are `read`, `write`, `manage` and the operations of Kafka", fix=close or "read"
        )
    return found


def _workload(part: Part) -> WorkloadName:
    kind, slash, name = part.partition("/")
    if not slash.text:
        return WorkloadName(object_name(part))
    if kind.text.lower() not in _KINDS:
        known = ", ".join(f"`{one}`" for one in _KINDS)
        raise Mistake(kind, f"the kinds of workloads are {known}", fix=nearest(kind.text, _KINDS) or "deployment")
    return WorkloadName(object_name(name), kind.text.lower())


def _identifier(part: Part, what: str) -> Name:
    _, colon, after = part.partition(":")
    if colon.text and after.text.split(",")[0].lower() in {**_OPERATIONS, **_BUNDLES}:
        raise Mistake(
            Part(colon.text + after.text, colon.start),
            f"{what} takes no operations: the rules give it those it needs",
            fix="",
        )
    return _starred(part, f"the name of {what}", "[A-Za-z0-9._/@+-]", TOPIC_LIMIT)


def _starred(part: Part, what: str, allowed: str, limit: int) -> Name:
    if part.text == "*":
        return Name("*", PatternType.LITERAL)
    if part.text.endswith("*"):
        return Name(_name(part.cut(0, -1), what, allowed, limit, star=True), PatternType.PREFIX)
    return Name(_name(part, what, allowed, limit, star=True), PatternType.LITERAL)


def _name(part: Part, what: str, allowed: str, limit: int, *, star: bool = False) -> str:
    if not part.text:
        raise Mistake(part, "something is missing here")
    wrong = re.compile(f"(?!{allowed}).", re.DOTALL).search(part.text)
    if wrong is not None:
        said = f"{what} has {_described(allowed)} only"
        if star and wrong.group() == "*":
            said = "a `*` may only be the last character"
        raise Mistake(part.cut(wrong.start(), wrong.end()), said, fix=_mended(part.text, allowed), instead=part)
    if len(part.text) > limit:
        raise Mistake(part.cut(limit), f"{what} has at most {limit} characters, this one {len(part.text)}")
    if allowed.startswith("[a-z0-9") and not (part.text[0].isalnum() and part.text[-1].isalnum()):
        at = part.cut(0, 1) if not part.text[0].isalnum() else part.cut(-1)
        raise Mistake(at, f"{what} begins and ends with a letter or a digit", fix=part.text.strip("-."), instead=part)
    return part.text


def _mended(text: str, allowed: str) -> str | None:
    """Guess what was meant: the same without what may not be there, in lower case where that is asked for."""
    lowered = text if "A-Z" in allowed else text.lower().replace("_", "-")
    mended = "".join(re.findall(allowed, lowered)).strip("-.")
    return mended if len(mended) * 2 > len(text) else None


def _described(allowed: str) -> str:
    letters = "letters" if "A-Z" in allowed else "lower-case letters"
    signs = [
        f"`{sign}`" for sign in "._/@+-" if sign in allowed.replace("a-z", "").replace("A-Z", "").replace("0-9", "")
    ]
    return f"{letters}, digits and {', '.join(signs)}"


READERS: dict[str, tuple[str, Callable[[Part], object], bool]] = {
    "topic": ("topics", topic, True),
    "group": ("groups", group, True),
    "txn": ("transactional_ids", transactional_id, True),
    "env": ("environments", environments, True),
    "workload": ("workloads", workloads, True),
    "tags": ("tags", tags, True),
    "app": ("application", application, False),
    "container": ("container", object_name, False),
    "user": ("user", object_name, False),
    "secret": ("secret", object_name, False),
    "partitions": ("partitions", partitions, False),
    "retention": ("retention", retention, False),
    "expires": ("expires", expires, False),
    "quota": ("quota", quota, False),
    "profile": ("profile", word, False),
    "cluster": ("cluster", word, False),
}
"""For each option: the field of Command, what reads it, and whether it may be given several times."""
