"""Who gets what, and effective access before and after, as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from bot.kafka.access import Right, plain
from bot.kafka.acl import Acl, PatternType, Permission, ResourceType
from bot.kafka.operations import ordered
from bot.landscape.delta import Access, Delta, NewTopic, Rule
from bot.reporting.effect import TYPES, counted, listed, may, named
from bot.reporting.markdown import bullets, code, folded, paragraphs, table
from bot.reporting.sections import portions

_NAMES = 8
"""Names in one cell; more are in a list below."""
_ROWS = 40
_UNFOLDED = 2
"""Groups of environments that stand open; where there are more, it is only the first."""
_FOLD = 12_000


class Effect(Protocol):
    """What changes in whose access: see `bot.reporting.effect.Effect`."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The environments that it is about."""

    @property
    def deltas(self) -> Mapping[str, Delta]:
        """How effective access changes in each environment where it does."""

    @property
    def gained(self) -> Mapping[tuple[str, Acl], tuple[str, ...]]:
        """Rules that principals gain, with the environments where they do."""

    @property
    def lost(self) -> Mapping[tuple[str, Acl], tuple[str, ...]]:
        """Rules that principals lose, likewise."""


def rules(effect: Effect) -> tuple[str, ...]:
    """Return tables of the rules that principals gain and lose."""
    rows = [
        *_rows(effect.gained, effect.targets, ""),
        *_rows(effect.lost, effect.targets, "no longer: "),
    ]
    return tables(("principal", "may", "on", "name is", "Kafka's operations", "in"), rows)


def tables(head: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return rows as tables that are not too long for a block."""
    return tuple(table(head, rows[first : first + _ROWS]) for first in range(0, len(rows), _ROWS))


def _rows(
    found: Mapping[tuple[str, Acl], tuple[str, ...]], targets: Sequence[str], before: str
) -> Iterator[Sequence[str]]:
    for (principal, acl), places in sorted(found.items(), key=lambda one: one[0][0]):
        host = "" if acl.host == "*" else f" from {code(acl.host)}"
        denied = "not: " if acl.permission is Permission.DENY else ""
        where = "every target" if places == tuple(targets) and len(places) > 3 else listed(places)
        operations = ", ".join(one.value for one in ordered(acl.operations))
        yield code(principal), f"{before}{denied}{may(acl)}{host}", named(acl), _pattern(acl), operations, where


def _pattern(acl: Acl) -> str:
    return "a prefix" if acl.resource.pattern is PatternType.PREFIX else "literal"


def effective(effect: Effect) -> tuple[str, ...]:
    """Return effective access before and after, environments in which it is equal together."""
    if not effect.deltas:
        return ("No rule in Kafka changes: who may do what to which topic stays as it is.",)
    groups: dict[Delta, list[str]] = {}
    for name, one in effect.deltas.items():
        groups.setdefault(one, []).append(name)
    blocks: list[str] = []
    for number, (one, names) in enumerate(groups.items()):
        found = [*_group(one, names)]
        blocks += _fold(names, found) if number and len(groups) > _UNFOLDED else found
    return tuple(blocks)


def _fold(names: Sequence[str], blocks: list[str]) -> list[str]:
    """Return a group as one block that is closed until somebody opens it, where it is short enough for a block."""
    together = paragraphs(blocks)
    return [folded(f"Effective access in {_plain(names)}", together)] if len(together) <= _FOLD else blocks


def _group(delta: Delta, names: Sequence[str]) -> Iterator[str]:
    head = ("principal", "topic", "before", "after", "who else may read", "who else may write")
    readers, writers = _everywhere(delta.accesses)
    made = tables(head, [*_topics(delta.accesses, readers, writers)])
    first = made[0] if made else "No rule about a topic changes."
    yield paragraphs([f"**In {listed(names, 40)}:**", first])
    yield from made[1:]
    lines = [*_of_all(readers, "read"), *_of_all(writers, "write")]
    lines += [*_new(delta.new_topics), *(line for one in (*delta.gained, *delta.lost) for line in _said(one))]
    for portion in portions(lines):
        yield bullets(portion)
    for one in delta.gained:
        for number, portion in enumerate(portions(f"- {code(name)}" for name in one.covers)):
            if len(one.covers) > _NAMES:
                more = ", continued" if number else ""
                prefix = one.acl.resource.name
                yield folded(
                    f"The {len(one.covers)} topics that {prefix}* covers in {_plain(names)}{more}", "\n".join(portion)
                )


def _everywhere(accesses: Sequence[Access]) -> tuple[frozenset[str], frozenset[str]]:
    """Return who else may read, and write, every one of several topics: said once, it need not stand in each row."""
    if len(accesses) < _NAMES:
        return frozenset(), frozenset()
    readers, writers = (
        frozenset.intersection(*(frozenset(getattr(one, name)) for one in accesses)) for name in ("readers", "writers")
    )
    return readers, writers


def _of_all(names: Iterable[str], word: str) -> Iterator[str]:
    if names:
        yield f"{listed(sorted(names), _NAMES)} may {word} every one of these topics."


def _topics(accesses: Iterable[Access], readers: frozenset[str], writers: frozenset[str]) -> Iterator[Sequence[str]]:
    """Yield the rows of equal topics; `readers` and `writers` are told elsewhere."""
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in accesses:
        name = code(one.topic) if one.declared else f"{code(one.topic)} (no KafkaTopic declares it)"
        others = (_more(one.readers, readers), _more(one.writers, writers))
        groups[code(one.principal), _right(one.before), _right(one.after), *others].append(name)
    for (principal, *rest), names in groups.items():
        shown = ", ".join(names[:_NAMES])
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield principal, f"{shown}{more}", *rest


def _more(names: Sequence[str], told: frozenset[str]) -> str:
    rest = [name for name in names if name not in told]
    if not told:
        return _principals(rest)
    return f"{listed(rest, _NAMES)} and those below" if rest else "those below"


def _principals(names: Sequence[str]) -> str:
    return listed(names, _NAMES) if names else "nobody"


def _right(right: Right) -> str:
    hosts = f" from {listed(right.hosts)}" if right.hosts else ""
    return f"{plain(right.operations, ResourceType.TOPIC)}{hosts}"


def _new(topics: Iterable[NewTopic]) -> Iterator[str]:
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in topics:
        groups[_principals(one.readers), _principals(one.writers)].append(one.name)
    for (readers, writers), names in groups.items():
        yield f"New: {listed(names, _NAMES)}, which {readers} may read and {writers} may write."


def _said(rule: Rule) -> Iterator[str]:
    """Yield what a rule means beyond its words."""
    resource = rule.acl.resource
    what = named(rule.acl)
    if resource.type is ResourceType.TOPIC and resource.pattern is PatternType.PREFIX:
        few = f": {listed(rule.covers, _NAMES)}" if 0 < len(rule.covers) <= _NAMES else ""
        yield (
            f"{what[:1].upper()}{what[1:]}: {counted(len(rule.covers), 'declared topic')} today{few}, and whatever is "
            "declared below this name later."
        )
    if rule.implied:
        names = ", ".join(one.value for one in rule.implied)
        yield f"{names} on {what} is given with the rest, as Kafka implies it."
    if resource.type is not ResourceType.TOPIC:
        many = TYPES[resource.type][1]
        if rule.others:
            yield f"{listed(rule.others, _NAMES)} may use some of the {many} in {code(_name(rule.acl))} too."
        else:
            yield f"Nobody else has a rule about the {many} in {code(_name(rule.acl))}."


def _name(acl: Acl) -> str:
    return f"{acl.resource.name}*" if acl.resource.pattern is PatternType.PREFIX else acl.resource.name


def _plain(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
