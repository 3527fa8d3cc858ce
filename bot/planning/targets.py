"""Which environments get the grant, and what becomes of the others in which the application runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.commands.model import Command
from bot.errors import UserError
from bot.phalanx.environments import Environment
from bot.phalanx.unknown import UnknownEnvironment, listed
from bot.planning.model import EnvironmentNote
from bot.policy.rules import Cluster


class NotRunningThere(UserError):
    """`env=` names an environment in which the application is not enabled."""

    def __init__(self, application: str, environment: str, runs: Iterable[str]) -> None:
        running = list(runs)
        where = f"it runs in {listed(running)}" if running else "it is enabled nowhere"
        super().__init__(
            f"{application} is not enabled in {environment}; {where}",
            f"type env= with one of these, or enable {application} in environments/values-{environment}.yaml first",
        )


class LacksPrerequisites(UserError):
    """A wanted environment lacks Kafka itself."""

    def __init__(self, environment: str, missing: Iterable[str]) -> None:
        names = list(missing)
        super().__init__(
            f"{environment} cannot have Kafka clients: {listed(names)} {'are' if len(names) > 1 else 'is'} not "
            "enabled there",
            "leave that environment out of env=",
        )


class LacksOperator(UserError):
    """A wanted environment has Kafka, but not the operator that copies credentials to applications."""

    def __init__(self, environments: Iterable[str], operator: str) -> None:
        names = sorted(environments)
        lines = "; ".join(
            f"`{operator}: true` under `applications:` in environments/values-{name}.yaml and an empty file "
            f"applications/{operator}/values-{name}.yaml"
            for name in names
        )
        super().__init__(
            f"{operator} is not enabled in {listed(names)}, and without it the application's pods would wait for "
            f"their credentials forever; to enable it: {lines}",
            "type enable-operator in the command, and these lines become part of the change",
        )


class NowhereEligible(UserError):
    """No environment in which the application runs can have it."""

    def __init__(self, application: str, notes: Iterable[EnvironmentNote], hint: str) -> None:
        reasons = "; ".join(f"{note.name}: {note.reason}" for note in notes)
        why = reasons or "it is enabled in no environment"
        super().__init__(
            f"{application} runs in no environment that can give it a Kafka client ({why})",
            hint,
        )


@dataclass(frozen=True, slots=True)
class Targets:
    """`wanted` get the grant; `guard` says whether the application also runs where it must stay as it is."""

    wanted: frozenset[str]
    runs: frozenset[str]
    notes: tuple[EnvironmentNote, ...]
    enabling: frozenset[str]
    """Targets in which the access operator has to be enabled by this change."""

    @property
    def guard(self) -> bool:
        """Whether what the grant writes must be off by default."""
        return self.runs != self.wanted

    def where_rendered(self, user: str, here: frozenset[str]) -> Targets:
        """Return those targets alone that are `here`, where a KafkaUser that is there already is rendered."""
        notes = tuple(
            replace(note, state="not eligible", reason=f"KafkaUser {user} is not rendered there")
            if note.state == "target" and note.name not in here
            else note
            for note in self.notes
        )
        return replace(self, wanted=here, notes=notes, enabling=self.enabling & here)

    def further(self, here: frozenset[str], there: frozenset[str]) -> Targets:
        """Return those targets alone that are `here`; the environments of `there` have all of it already."""
        notes = tuple(
            EnvironmentNote(one.name, "has access already") if one.name in there else one for one in self.notes
        )
        return replace(self, wanted=here, notes=notes, enabling=self.enabling & here)


def choose(command: Command, application: str, known: Mapping[str, Environment], cluster: Cluster) -> Targets:
    """Pick the environments; raises a UserError that says for each wrong one what is missing there."""
    runs = {name for name, environment in known.items() if application in environment.enabled}
    base, operator = (cluster.application, *cluster.requires), cluster.access_operator
    lacking = {
        name: [needed for needed in (*base, operator) if needed not in known[name].enabled] for name in sorted(runs)
    }
    for name in command.environments:
        if name not in known:
            raise UnknownEnvironment(name, known)
        if name not in runs:
            raise NotRunningThere(application, name, runs)
        if set(lacking[name]) - {operator}:
            raise LacksPrerequisites(name, lacking[name])
    asked = set(command.environments)
    enabling = {name for name in asked if lacking[name]}
    if command.enable_operator and not asked:
        enabling = {name for name in runs if lacking[name] == [operator]}
    if enabling and not command.enable_operator:
        raise LacksOperator(enabling, operator)
    wanted = asked or {name for name in runs if not lacking[name]} | enabling
    notes = tuple(_note(name, wanted, lacking[name]) for name in sorted(runs))
    if not wanted:
        alone = f"type enable-operator in the command, and {operator} is turned on where nothing else is missing"
        others = f"enable {application} where {listed((*base, operator))} are enabled too"
        raise NowhereEligible(application, notes, alone if [operator] in lacking.values() else others)
    return Targets(frozenset(wanted), frozenset(runs), notes, frozenset(enabling))


def _note(name: str, wanted: set[str], lacking: list[str]) -> EnvironmentNote:
    if name in wanted:
        return EnvironmentNote(name, "target")
    if lacking:
        return EnvironmentNote(name, "not eligible", f"{listed(lacking)} not enabled")
    return EnvironmentNote(name, "guarded off", "not named by env=")
