"""What the commands of a pull request come to, taken together: who gains what where, and how far it is proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.kafka.acl import Acl, PatternType, ResourceType
from bot.kafka.matching import is_wildcard
from bot.landscape.compared import declared, deltas
from bot.landscape.delta import Delta, places
from bot.planning.model import EnvironmentNote, Plan, ResourceChange
from bot.proof.model import Outcome, Problem, Proof, Status
from bot.reporting.answer import Answer
from bot.reporting.markdown import code
from bot.words import shortened

TYPES = {
    ResourceType.TOPIC: ("topic", "topics"),
    ResourceType.GROUP: ("consumer group", "consumer groups"),
    ResourceType.TRANSACTIONAL_ID: ("transactional id", "transactional ids"),
    ResourceType.CLUSTER: ("cluster", "clusters"),
}
_STATES = ("target", "has access already", "guarded off", "not eligible")
_STATUSES = (Status.PROVED, Status.SKIPPED, Status.PARTLY, Status.REFUTED)


@dataclass(frozen=True)
class Effect:
    """The answers that a pull request is made of, in the order in which they were carried out."""

    answers: Sequence[Answer]

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Their plans."""
        return tuple(one.plan for one in self.answers if one.plan is not None)

    @cached_property
    def proofs(self) -> tuple[Proof, ...]:
        """Their proofs; one that nothing was rendered for tells nothing."""
        return tuple(one.proof for one in self.answers if one.plan is not None)

    @cached_property
    def application(self) -> str:
        """The one application that all of them are about."""
        return self.plans[0].application if self.plans else ""

    @cached_property
    def revokes(self) -> bool:
        """Whether all of them take access away."""
        return bool(self.plans) and all(plan.revokes for plan in self.plans)

    @cached_property
    def migrates(self) -> bool:
        """Whether none of them changes anybody's access."""
        return bool(self.plans) and all(plan.migrates for plan in self.plans)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The environments that any of them is for."""
        return tuple(sorted({name for plan in self.plans for name in plan.targets}))

    @cached_property
    def notes(self) -> Mapping[str, EnvironmentNote]:
        """What becomes of each environment in which the application runs: the most that any plan does there."""
        found: dict[str, EnvironmentNote] = {}
        for one in (note for plan in self.plans for note in plan.environments):
            known = found.get(one.name)
            if known is None or _STATES.index(one.state) < _STATES.index(known.state):
                found[one.name] = one
        return dict(sorted(found.items()))

    @cached_property
    def resources(self) -> tuple[ResourceChange, ...]:
        """Resources that change; one that several commands change is what the first makes of it."""
        found: dict[tuple[str, ...], ResourceChange] = {}
        for one in (resource for plan in self.plans for resource in plan.resources):
            found.setdefault((one.kind, one.namespace, one.name, one.file), one)
        return tuple(found.values())

    @cached_property
    def status(self) -> Status:
        """The gravest status of any proof."""
        return max((one.status for one in self.proofs), key=_STATUSES.index, default=Status.SKIPPED)

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The gravest outcome of each environment."""
        order = list(Outcome)
        found: dict[str, Outcome] = {}
        for name, outcome in (pair for proof in self.proofs for pair in proof.environments.items()):
            found[name] = max(found.get(name, outcome), outcome, key=order.index)
        return dict(sorted(found.items()))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps the proofs from being whole."""
        return tuple(dict.fromkeys(one for proof in self.proofs for one in proof.problems))

    @cached_property
    def deltas(self) -> Mapping[str, Delta]:
        """How effective access changes in each environment where it does."""
        return deltas(declared(one for proof in self.proofs for one in proof.printed))

    @cached_property
    def gained(self) -> Mapping[tuple[str, Acl], tuple[str, ...]]:
        """Rules that principals gain, with the environments where they do."""
        return places((name, one.gained) for name, one in self.deltas.items())

    @cached_property
    def lost(self) -> Mapping[tuple[str, Acl], tuple[str, ...]]:
        """Rules that principals lose, likewise."""
        return places((name, one.lost) for name, one in self.deltas.items())


def named(acl: Acl) -> str:
    """Return a rule's names as Markdown: one, all that begin so, or all."""
    one, many = TYPES[acl.resource.type]
    if is_wildcard(acl.resource):
        return f"all {many}"
    if acl.resource.pattern is PatternType.PREFIX:
        return f"{many} {code(acl.resource.name + '*')}"
    return f"{one} {code(acl.resource.name)}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names as code with commas; those after the first `most` are counted."""
    return shortened([*map(code, names)], most)
