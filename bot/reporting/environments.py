"""Environments in a table: what becomes of each, what to sync there in which order, and how far it is proved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.planning.model import Plan
from bot.proof.model import Outcome
from bot.reporting.access_delta import tables
from bot.reporting.answer import Answer
from bot.reporting.effect import Effect, listed
from bot.reporting.markdown import code, ended, paragraphs, prose, table

_REASON = 200
"""Characters of a reason; all of it is in the answer to the command."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is to be synced after the merge: Argo CD Applications in their order, and each environment's domain."""

    applications: tuple[str, ...]
    domains: Mapping[str, str]


def deployment(answers: Iterable[Answer], domains: Mapping[str, str]) -> Deployment:
    """Return whose charts the plans change: what they enable first, then the Kafka services, then the applications.

    Where access is only taken away it is the other way round: pods let go of a Secret before it goes. Of migrations it
    is just what renders the objects.

    `domains` are those of all environments.
    """
    plans = [one.plan for one in answers if one.plan is not None]
    enabled = {name: None for plan in plans for name in plan.expected.enabled_applications}
    services = {plan.service: None for plan in plans if _changes(plan, plan.service)}
    moved = {one.application: None for plan in plans for one in plan.expected.migrated}
    own = {plan.application: None for plan in plans if _changes(plan, plan.application)}
    targets = sorted({name for plan in plans for name in plan.targets})
    revoked = all(plan.revokes for plan in plans)
    order = (*own, *services) if revoked else (*enabled, *services, *moved, *own)
    return Deployment(tuple(dict.fromkeys(order)), {name: domains.get(name, "") for name in targets})


def _changes(plan: Plan, application: str) -> bool:
    return not plan.migrates and any(one.path.startswith(f"applications/{application}/") for one in plan.changes)


def table_of(effect: Effect, deployed: Deployment) -> tuple[str, ...]:
    """Return the targets one by one, with links, then all others in which anything was looked at, grouped."""
    rows: list[Sequence[str]] = [
        (code(name), "**target**", _order(deployed, name), _outcome(effect.outcomes.get(name)))
        for name in effect.targets
    ]
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name in sorted({*effect.notes, *effect.outcomes} - {*effect.targets}):
        note = effect.notes.get(name)
        state = note.state if note else f"{code(effect.application)} does not run there"
        reason = f": {prose(ended(note.reason[:_REASON]))[:-1]}" if note and note.reason else ""
        groups[f"{state}{reason}", _outcome(effect.outcomes.get(name))].append(name)
    rows += [(listed(names, 40), state, "nothing", outcome) for (state, outcome), names in groups.items()]
    return tables(("environment", "is", "sync in this order", "proof"), rows)


GRANTED = "Then look whether the Secret of the KafkaAccess is there and the pods have restarted with it."
IN_KAFKA = "Then look whether Strimzi reports the KafkaUsers and KafkaTopics as ready."
REVOKED = "Sync with pruning, as Argo CD keeps what is deleted otherwise. Then look whether the pods are healthy."


def after_merge(deployed: Deployment, then: str) -> str:
    """Return the Argo CD Applications to sync in each environment, in order, with links, and what to look at `then`."""
    rows = [
        (code(name), " then ".join(_link(one, domain) for one in deployed.applications))
        for name, domain in deployed.domains.items()
    ]
    return paragraphs(
        [
            table(("environment", "sync in this order"), rows),
            then,
        ]
    )


def _order(deployed: Deployment, name: str) -> str:
    domain = deployed.domains.get(name, "")
    return ", then ".join(_link(one, domain) for one in deployed.applications)


def _link(application: str, domain: str) -> str:
    # Phalanx serves Argo CD under /argo-cd of each environment.
    return f"[{application}](https://{domain}/argo-cd/applications/{application})" if domain else code(application)


def _outcome(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not looked at: nothing that changes runs there"
    return f"{'✅' if outcome is Outcome.PROVED else '⚠️'} {outcome.value}"
