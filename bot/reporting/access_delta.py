"""Who gets what, and effective access before and after, as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Protocol, TypeVar

from bot.kafka.access import allows, may, only_from
from bot.kafka.acl import Acl, PatternType, Permission, ResourceType
from bot.kafka.matching import is_wildcard
from bot.kafka.operations import names_of
from bot.landscape.delta import Access, Delta, Rule
from bot.reporting.effect import TYPES, listed, named
from bot.reporting.markdown import bullets, code, folded, paragraphs, prose, table
from bot.reporting.sections import portions
from bot.words import capital, counted, shortened

T = TypeVar("T", bound=Hashable)
_NAMES = 8
"""Names in one cell; more are in a list below."""
_ROWS = 40
_NOBODY = "nobody"


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
        host = prose(only_from((acl.host,) if acl.host != "*" else ()))
        denied = "not: " if acl.permission is Permission.DENY else ""
        where = "every target" if places == tuple(targets) and len(places) > 3 else listed(places)
        operations = ", ".join(names_of(acl.operations))
        yield code(principal), f"{before}{denied}{allows(acl)}{host}", named(acl), _pattern(acl), operations, where


def _pattern(acl: Acl) -> str:
    return "a prefix" if acl.resource.pattern is PatternType.PREFIX else "literal"


def effective(effect: Effect) -> tuple[str, ...]:
    """Return effective access before and after: what is the same in several environments is said once."""
    if not effect.deltas:
        return ("No rule in Kafka changes: who may do what to which topic stays as it is.",)
    head, *more = tables(*_rights(effect.deltas)) or ("No rule about a topic changes.",)
    blocks = [paragraphs([f"**In {listed([*effect.deltas], 40)}:**", head]), *more]
    blocks += [bullets(portion) for portion in portions(_lines(effect.deltas))]
    return (*blocks, *_covered(effect.deltas))


def _rights(deltas: Mapping[str, Delta]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return the head and the rows of the table of topics; the last column says where, unless that is everywhere."""
    found: defaultdict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (topic, *cells), where in _places(deltas, _topics).items():
        found[tuple(cells), where].append(topic)
    head = ("principal", "topic", "before", "after", "who else may read", "who else may write", "in")
    rows = []
    for ((principal, *rest), where), names in found.items():
        rows.append((principal, shortened(names, _NAMES), *rest, _some(where, deltas) or "all of them"))
    if all(where == tuple(deltas) for _, where in found):
        return head[:-1], [row[:-1] for row in rows]
    return head, rows


def _places(deltas: Mapping[str, Delta], find: Callable[[Delta], Iterable[T]]) -> dict[T, tuple[str, ...]]:
    """Return what is found in any delta, with all environments where it is."""
    # Most environments change alike.
    of = cache(lambda delta: tuple(dict.fromkeys(find(delta))))
    found: dict[T, tuple[str, ...]] = {}
    for name, one in deltas.items():
        for each in of(one):
            found[each] = (*found.get(each, ()), name)
    return found


def _some(where: Sequence[str], deltas: Mapping[str, Delta]) -> str:
    """Return in which of the environments something is; nothing where it is in all of them."""
    return listed(where) if len(where) < len(deltas) else ""


def _topics(delta: Delta) -> Iterator[tuple[str, ...]]:
    """Yield each topic with the other cells of its row."""
    readers, writers = _everywhere(delta.accesses)
    words = cache(lambda right: prose(may(right)))
    for one in delta.accesses:
        name = code(one.topic) if one.declared else f"{code(one.topic)} (no KafkaTopic declares it)"
        others = (_more(one.readers, readers), _more(one.writers, writers))
        yield name, code(one.principal), words(one.before), words(one.after), *others


def _lines(deltas: Mapping[str, Delta]) -> Iterator[str]:
    """Yield what there is to say besides the table, each with its environments unless it is so in all."""
    for find in (_of_all, _beyond_rules, _new, _covering, _implied, _sharing):
        for line, where in _places(deltas, find).items():
            some = _some(where, deltas)
            yield f"In {some}: {line}" if some else line


def _covered(deltas: Mapping[str, Delta]) -> Iterator[str]:
    """Yield the topics of prefixes that cover too many for a sentence."""
    for (prefix, covers), where in _places(deltas, _many).items():
        for number, portion in enumerate(portions(f"- {code(name)}" for name in covers)):
            more = ", continued" if number else ""
            title = f"The {len(covers)} topics that {prefix}* covers in {shortened(where)}{more}"
            yield folded(title, "\n".join(portion))


def _many(delta: Delta) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((one.acl.resource.name, one.covers) for one in delta.gained if len(one.covers) > _NAMES)


def _everywhere(accesses: Sequence[Access]) -> tuple[frozenset[str], frozenset[str]]:
    """Return who else may read, and write, every one of several topics: said once, it need not stand in each row."""
    if len(accesses) < _NAMES:
        return frozenset(), frozenset()
    readers, writers = (
        frozenset.intersection(*(frozenset(getattr(one, name)) for one in accesses)) for name in ("readers", "writers")
    )
    return readers, writers


def _of_all(delta: Delta) -> Iterator[str]:
    for names, word in zip(_everywhere(delta.accesses), ("read", "write"), strict=True):
        if names:
            yield f"{listed(sorted(names), _NAMES)} may {word} every one of these topics."


def _beyond_rules(delta: Delta) -> Iterator[str]:
    """Yield who may do everything without a rule, and so is not among those who else may."""
    if delta.super_users:
        yield f"Super users may do everything besides, whatever the rules say: {listed(delta.super_users, _NAMES)}."
    if delta.unguarded:
        yield f"Authorization is off in {listed(delta.unguarded)}: everybody who can connect may do everything there."


def _more(names: Sequence[str], told: frozenset[str]) -> str:
    rest = [name for name in names if name not in told]
    if not told:
        return _principals(rest)
    return f"{listed(rest, _NAMES)} and those below" if rest else "those below"


def _principals(names: Sequence[str]) -> str:
    return listed(names, _NAMES) if names else _NOBODY


def _new(delta: Delta) -> Iterator[str]:
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in delta.new_topics:
        groups[_principals(one.readers), _principals(one.writers)].append(one.name)
    for (readers, writers), names in groups.items():
        both = f"{readers} may read {'or' if readers == _NOBODY else 'and'} write"
        may = both if readers == writers else f"{readers} may read and {writers} may write"
        yield f"New: {listed(names, _NAMES)}, which {may}."


def _covering(delta: Delta) -> Iterator[str]:
    """Yield what prefixes of topics come to."""
    for one in _changed(delta):
        resource, what = one.acl.resource, named(one.acl)
        if resource.type is ResourceType.TOPIC and resource.pattern is PatternType.PREFIX:
            few = f": {listed(one.covers, _NAMES)}" if 0 < len(one.covers) <= _NAMES else ""
            yield (
                f"{capital(what)}: {counted(len(one.covers), 'declared topic')} today{few}, and whatever is declared "
                "below this name later."
            )


def _implied(delta: Delta) -> Iterator[str]:
    """Yield the operations that rules give without naming them."""
    for rules, does in ((delta.gained, "is given"), (delta.lost, "goes")):
        for one in rules:
            if one.implied:
                names = ", ".join(operation.value for operation in one.implied)
                yield f"{names} on {named(one.acl)} {does} with the rest, as Kafka implies it."


def _sharing(delta: Delta) -> Iterator[str]:
    """Yield who else has rules about the groups and whatever else is no topic."""
    for one in _changed(delta):
        if one.acl.resource.type is not ResourceType.TOPIC:
            single = one.acl.resource.pattern is PatternType.LITERAL and not is_wildcard(one.acl.resource)
            many = f"the {TYPES[one.acl.resource.type][1]} in {code(one.acl.resource.starred)}"
            these = named(one.acl) if single else many
            if one.others:
                yield f"{listed(one.others, _NAMES)} may use {'' if single else 'some of '}{these} too."
            else:
                yield f"Nobody else has a rule about {these}."


def _changed(delta: Delta) -> tuple[Rule, ...]:
    return (*delta.gained, *delta.lost)
