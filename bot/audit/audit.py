"""A landscape -> findings: all checks on all environments, equal faults of several environments joined."""

from __future__ import annotations

from collections.abc import Collection

from bot.audit.checks import CHECKS
from bot.audit.finding import Facts, Fault, Finding, Scene
from bot.landscape.model import Environment, Landscape
from bot.policy.audited import AUDITED, Gravity
from bot.policy.rules import Rules
from bot.words import capital

_ORDER = list(Gravity)


def audit(landscape: Landscape, rules: Rules, facts: Facts, applications: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return all findings, the gravest first, then by rule and place.

    With `applications`, only those that are about what one of these renders, or about a KafkaUser that it uses.
    """
    found: dict[Fault, list[str]] = {}
    for name, environment in sorted(landscape.items()):
        scene = Scene(environment, rules, facts)
        users = _users(environment, applications)
        for rule, check in CHECKS.items():
            if rules.gravity(rule) is Gravity.OFF:
                continue
            for fault in dict.fromkeys(check(scene)):
                concerned = fault.origin.application in applications or fault.subject.name in applications
                if not applications or concerned or (fault.subject.namespace, fault.subject.name) in users:
                    found.setdefault(fault, []).append(name)
    return tuple(sorted((_finding(fault, names, rules) for fault, names in found.items()), key=_key))


def _users(environment: Environment, applications: Collection[str]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (one.user_namespace, one.user) for one in environment.accesses if one.origin.application in applications
    )


def _finding(fault: Fault, environments: list[str], rules: Rules) -> Finding:
    hint = fault.hint or AUDITED[fault.rule].remedy
    hint = hint if hint.endswith(".") else f"{capital(hint)}."
    text = capital(fault.text) if fault.text.endswith(".") else f"{capital(fault.text)}."
    names = tuple(sorted(set(environments)))
    return Finding(fault.rule, rules.gravity(fault.rule), text, hint, fault.origin, fault.subject, names)


def _key(one: Finding) -> tuple[object, ...]:
    place = (one.origin.file, one.origin.line, one.origin.application)
    return _ORDER.index(one.severity), one.rule, place, one.subject, one.text, one.environments
