"""What planning produces: everything that a reader, a judge or a writer of files needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.commands.model import Command, Verb
from bot.errors import UserError
from bot.policy.verdict import Verdict
from bot.proof.model import Change, Expected


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One Kubernetes object that the plan creates, amends or deletes; `change` is that word."""

    kind: str
    name: str
    namespace: str
    file: str
    change: str


@dataclass(frozen=True, slots=True)
class EnvironmentNote:
    """What becomes of one environment in which the application runs.

    `state` is `target`, `has access already`, `guarded off` (runs there, but is left as it is) or `not eligible`.
    """

    name: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A command, thought through. Nothing is written; an empty `changes` means that everything is there already."""

    command: Command
    application: str
    targets: tuple[str, ...]
    environments: tuple[EnvironmentNote, ...] = ()
    changes: tuple[Change, ...] = ()
    resources: tuple[ResourceChange, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences for the requester: what was assumed, what was there already, what was left out and why."""
    expected: Expected = field(default_factory=Expected)
    schemas: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """JSON schemas by kind for objects whose CRD the checkout does not hold."""
    service: str = ""
    """The application whose chart holds the KafkaUsers of the cluster that is meant."""
    doubts: tuple[UserError, ...] = ()
    """What the chart does that may break the plan: the reply if the proof refutes it, which is then no bug."""

    @property
    def revokes(self) -> bool:
        """Whether this takes access away."""
        return self.command.verb is Verb.REVOKE

    @property
    def migrates(self) -> bool:
        """Whether this moves to another version of an API what is there, and changes nobody's access."""
        return self.command.verb is Verb.MIGRATE
