"""The first line of a pull request: what it does, how far that is proved, and what it waits for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from bot.commands.model import NEVER
from bot.kafka.access import allows
from bot.kafka.acl import Acl, PatternType, Permission, ResourceType
from bot.phalanx.strimzi import NEWEST
from bot.policy.verdict import Severity
from bot.proof.model import Outcome, Status
from bot.reporting.effect import TYPES, Effect, listed, named
from bot.reporting.markdown import code, ended, prose
from bot.words import counted, cut, joined

_PHRASES = 4
_SHORT = 80
_LONGEST = 400
"""Characters of a verdict's sentence in the first line; all of it stands below."""


def headline(effect: Effect, kept: Sequence[str]) -> str:
    """Return the verdict in a few sentences of bounded length; `kept` are paths that people changed on the branch."""
    return f"**{proved(effect)} {_change(effect, kept)}** {_waits(effect)}"


def gist(effect: Effect) -> str:
    """Return who gains what where, in one sentence."""
    if effect.migrates:
        does = _moves(effect)
    else:
        does = _loses(effect) if effect.revokes and not effect.gained else _gains(effect)
    return f"{code(effect.application)} {does} in {listed(effect.targets)}{_until(effect)}{_with(effect)}."


def proved(effect: Effect) -> str:
    """Return how far all of it is proved, in one sentence."""
    proved = [name for name, one in effect.outcomes.items() if one is Outcome.PROVED]
    of = f"{len(proved)} of {counted(len(effect.outcomes), 'environment')}"
    if effect.status is Status.PROVED:
        return f"Proved in {of}."
    if effect.status is Status.SKIPPED:
        return "Nothing was rendered, so nothing is proved."
    missing = [name for name in effect.outcomes if name not in proved]
    where = f": not in {listed(missing)}" if missing else ""
    return f"Not all of it is proved, but in {of}{where}."


def _change(effect: Effect, kept: Sequence[str]) -> str:
    said = not effect.lost or (effect.revokes and not effect.gained)
    loses = "" if said else f"; rules are taken away from {listed(sorted({name for name, _ in effect.lost}))}"
    if kept:
        rest = f"; people have changed {counted(len(kept), 'file')} here besides, which is not proved"
    elif effect.status is Status.PROVED:
        rest = "; nothing else changes"
    else:
        rest = ""
    return f"{gist(effect)[:-1]}{loses}{rest}."


def _moves(effect: Effect) -> str:
    kinds = Counter(one.kind for one in effect.resources)
    objects = " and ".join(counted(number, kind) for kind, number in sorted(kinds.items(), reverse=True))
    return f"has {objects} moved to {code(NEWEST)}, with the same rules,"


def _gains(effect: Effect) -> str:
    gains = _phrases(effect, list(effect.gained))
    if gains:
        return f"gains {_joined(gains)}"
    secrets = [one.name for one in effect.resources if one.kind == "KafkaAccess" and one.change != "delete"]
    gets = [f"the Secret {listed(secrets)}"] if secrets else []
    gets += ["other quotas"] if any(plan.expected.changed_quotas for plan in effect.plans) else []
    gets += _days(effect)
    return joined([*([f"gets {joined(gets)}"] if gets else []), "gains no rule in Kafka"])


def _days(effect: Effect) -> Iterator[str]:
    for days in (one.annotations for plan in effect.plans for one in plan.expected.added_rules):
        yield from (f"access until {day}" if day else "access without a last day" for day in days.values())


def _loses(effect: Effect) -> str:
    secrets = [one.name for one in effect.resources if one.kind == "KafkaAccess"]
    phrases = _phrases(effect, list(effect.lost))
    lost = [f"the Secret {listed(secrets)}"] if secrets else []
    lost += [_joined(phrases)] if phrases else []
    if all(plan.command.metrics for plan in effect.plans):
        return f"publishes no metrics any more{' and loses ' if lost else ''}{' and '.join(lost)}"
    return f"loses {' and '.join(lost) or 'no rule in Kafka'}{'' if phrases or not lost else ', but no rule in Kafka,'}"


def _until(effect: Effect) -> str:
    days = [plan.command.expires for plan in effect.plans if plan.command.expires]
    if not days or not effect.gained:
        return ""
    return " without a last day" if days[-1] == NEVER else f" until {days[-1].isoformat()}"


def _with(effect: Effect) -> str:
    rates = dict(rate for plan in effect.plans for rate in plan.command.quota if effect.gained)
    topics = {topic.name for one in effect.deltas.values() for topic in one.new_topics}
    found = ["a quota" if any(rates.values()) else "no quota"] if rates else []
    found += [counted(len(topics), "new KafkaTopic")] if topics else []
    return f", with {joined(found)}" if found else ""


def _phrases(effect: Effect, rules: Sequence[tuple[str, Acl]]) -> list[str]:
    """Return `read on 2 topics` and the like; what is denied is said as such."""
    single: defaultdict[tuple[Permission, str, ResourceType], set[str]] = defaultdict(set)
    wide: dict[str, None] = {}
    for _, acl in rules:
        if acl.resource.pattern is PatternType.LITERAL and acl.resource.name != "*":
            single[acl.permission, allows(acl), acl.resource.type].add(acl.resource.name)
        else:
            wide[
                f"{_denied(acl.permission)}{allows(acl)} on all {named(acl).removeprefix('all ')}{_today(effect, acl)}"
            ] = None
    found = [
        f"{_denied(permission)}{words} on {_names(names, kind)}" for (permission, words, kind), names in single.items()
    ]
    return [*found, *wide]


def _names(names: set[str], kind: ResourceType) -> str:
    name, (one, many) = min(names), TYPES[kind]
    if len(names) > 1 or len(name) > _SHORT:
        return counted(len(names), one, many)
    return code(name) if kind is ResourceType.TOPIC else f"{one} {code(name)}"


def _today(effect: Effect, acl: Acl) -> str:
    """Return how many topics a prefix covers, over all environments."""
    if acl.resource.type is not ResourceType.TOPIC:
        return ""
    changed = (rule for one in effect.deltas.values() for rule in (*one.gained, *one.lost))
    sizes = {len(rule.covers) for rule in changed if rule.acl == acl}
    if not sizes:
        return ""
    few, many = min(sizes), max(sizes)
    return f" ({counted(many, 'topic')} today)" if few == many else f" ({few} to {many} topics today)"


def _denied(permission: Permission) -> str:
    return "a denial of " if permission is Permission.DENY else ""


def _joined(phrases: Sequence[str]) -> str:
    shown = list(phrases[:_PHRASES])
    if len(phrases) > _PHRASES:
        shown.append(f"{len(phrases) - _PHRASES} more")
    return joined(shown)


def _waits(effect: Effect) -> str:
    asked = [*dict.fromkeys(_approvals(effect))]
    if not asked:
        return "The rules ask for no approval beyond a review."
    shown = " ".join(f"**Needs approval:** {prose(ended(cut(one, _LONGEST)))}" for one in asked[:2])
    more = f" **{len(asked) - 2} more approvals** are asked for below." if len(asked) > 2 else ""
    return f"{shown}{more}"


def _approvals(effect: Effect) -> Iterator[str]:
    for plan in effect.plans:
        yield from (one.text for one in plan.verdicts if one.severity is Severity.NEEDS_APPROVAL)
