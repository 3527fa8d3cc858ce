"""A revocation -> Plan: what a grant wrote, in reverse, whoever wrote it. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.acl import Resource, ResourceType
from bot.phalanx.charts import value_at
from bot.phalanx.environments import environments
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import check_chart, check_environments, listed
from bot.planning.chosen import accesses, cluster_name, cluster_of, elsewhere
from bot.planning.connected import Connected, Connection, connected, connections
from bot.planning.existing import user_of
from bot.planning.guards import scopes, switched_too
from bot.planning.model import EnvironmentNote, Plan
from bot.planning.plan import default_names
from bot.planning.sketch import Sketch
from bot.planning.targets import Targets
from bot.planning.ungranting import idle_groups, own_subchart, remove_rules, remove_user, sharing
from bot.planning.unwiring import announce_gone, announce_unwired, remove_document, turn_off, unwire_all
from bot.planning.workspace import Workspace
from bot.policy.rules import Rules
from bot.proof.model import ChangedValue


class RulesAndEnvironments(UserError):
    """`topic=` with an `env=` that is not all of it."""

    def __init__(self, application: str, there: Sequence[str]) -> None:
        super().__init__(
            f"the rules of a KafkaUser hold wherever it is rendered ({listed(there)}), so they cannot go from some "
            "environments only",
            f"leave env= out, or take everything away there: /kafka-access revoke {application} env=…",
        )


class NoAccessThere(UserError):
    """`env=` names an environment in which there is nothing to take away."""

    def __init__(self, application: str, environment: str, there: Sequence[str]) -> None:
        where = f"it has it in {listed(there)}" if there else "it has it nowhere"
        super().__init__(f"{application} has no access to Kafka in {environment}; {where}", "name another with env=")


class NoSwitch(UserError):
    """One environment is to lose access, and nothing turns the access on per environment."""

    def __init__(self, command: Command, found: KafkaDocument, why: str) -> None:
        named = {"user": command.user, "cluster": command.cluster}
        line = " ".join((f"revoke {command.application}", *(f"{key}={name}" for key, name in named.items() if name)))
        super().__init__(
            f"{found.kind} {found.name} ({found.file}) {why}, so access cannot be turned off in some environments only",
            f"take it away everywhere with /kafka-access {line}, then grant it again with env= naming "
            "the environments that keep it",
        )


class SharedRules(UserError):
    """`topic=` for a user that other applications have too."""

    def __init__(self, application: str, user: str, others: Sequence[str]) -> None:
        super().__init__(
            f"KafkaUser {user} serves {listed(others)} too, which would lose the rules as well",
            f"take the application's connection away: /kafka-access revoke {application}",
        )


class SeveralUsers(UserError):
    """`topic=` for an application that has several users."""

    def __init__(self, application: str, users: Sequence[str]) -> None:
        super().__init__(
            f"{application} connects as several KafkaUsers: {listed(users)}",
            "take the rules out by hand, or take everything away without topic=",
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to take away."""

    connections: Sequence[Connection]
    clients: Sequence[Connected]
    service: frozenset[str]
    """The environments that run the Kafka service."""
    runs: frozenset[str]
    """Those that run the application."""

    @property
    def secrets(self) -> frozenset[str]:
        return _secrets(self.connections)

    @property
    def users(self) -> list[KafkaDocument]:
        """The KafkaUsers, each once."""
        return list({one.user.name: one.user for one in self.connections if one.user is not None}.values())


def _secrets(connections: Sequence[Connection]) -> frozenset[str]:
    """Return the Secrets that containers let go of; what a shared chart wires goes off with its KafkaAccess."""
    return frozenset(one.access.name for one in connections if one.access is not None and not one.shared)


def plan(files: Files, rules: Rules, command: Command) -> Plan:
    """Think a revocation through; raises a UserError that says why not, and what to type instead."""
    application = command.application or ""
    check_chart(files, application)
    known = environments(files)
    check_environments(command.environments, known)
    cluster = cluster_of(rules, command)
    service = cluster.application
    names = default_names(rules, application)
    runs = frozenset(name for name, one in known.items() if application in one.enabled)
    found = connections(files, application, cluster, names[0], runs, command.user)
    there = _Found(
        found,
        tuple(connected(files, rules, application, _secrets(found))),
        frozenset(name for name, one in known.items() if service in one.enabled),
        runs,
    )
    everywhere = _rendered(files, service, application, there)
    wanted = frozenset(command.environments) or everywhere
    for name in sorted(wanted - everywhere):
        raise NoAccessThere(application, name, sorted(everywhere))
    notes = tuple(EnvironmentNote(name, "target") for name in sorted(wanted))
    targets = Targets(wanted, there.runs, notes, frozenset())
    sketch = Sketch(files, rules, command, application, targets, Workspace(files))
    sketch.say_cluster()
    _revoke(sketch, there, everywhere)
    return sketch.plan()


def _rendered(files: Files, service: str, application: str, there: _Found) -> frozenset[str]:
    """Return where the application has access now; nowhere, where its switches are off in all environments."""
    found: set[str] = set()
    for one in there.connections:
        if one.access is not None:
            found |= rendered_in(files, application, one.access, there.runs)
        elif one.user is not None:
            found |= rendered_in(files, service, one.user, there.service & there.runs)
    return frozenset(found)


def _revoke(sketch: Sketch, there: _Found, everywhere: frozenset[str]) -> None:
    resources = _resources(sketch.command)
    sketch.notes += [
        f"KafkaUser {user.name} was given its access until {user.expires}" for user in there.users if user.expires
    ]
    if not there.connections:
        sketch.notes += _nothing(sketch)
    elif resources:
        if sketch.targets.wanted != everywhere:
            raise RulesAndEnvironments(sketch.application, sorted(everywhere))
        _revoke_rules(sketch, there, resources)
    elif sketch.targets.wanted != everywhere:
        _turn_off(sketch, there)
    else:
        _revoke_everything(sketch, there)


def _nothing(sketch: Sketch) -> Iterator[str]:
    """Yield why there is nothing to take away, and what there is instead."""
    application, user, cluster = sketch.application, sketch.command.user, sketch.cluster
    users = {user_of(one) for one in accesses(sketch.files, application, cluster)} - {None}
    if user is None:
        of = "" if cluster == sketch.rules.cluster else f" for Kafka cluster {cluster.name}"
        yield f"no template gives {application} a KafkaAccess{of}, and no KafkaUser has its name"
    else:
        others = f"; it connects as {listed(sorted(map(str, users)))}" if users else ""
        yield f"{application} does not connect as KafkaUser {user}{others}"
    for name in sorted({*filter(None, map(cluster_name, elsewhere(sketch.files, application, cluster)))}):
        yield f"it has access to Kafka cluster {name}: type cluster={name}"


def _resources(command: Command) -> frozenset[Resource]:
    return frozenset(
        Resource(kind, one.name, one.pattern)
        for kind, names in (
            (ResourceType.TOPIC, command.topics),
            (ResourceType.GROUP, command.groups),
            (ResourceType.TRANSACTIONAL_ID, command.transactional_ids),
        )
        for one in names
    )


def _revoke_rules(sketch: Sketch, there: _Found, resources: frozenset[Resource]) -> None:
    if len(there.users) > 1:
        raise SeveralUsers(sketch.application, sorted(one.name for one in there.users))
    user = there.users[0]
    others = sharing(sketch.files, sketch.application, user)
    if others:
        raise SharedRules(sketch.application, user.name, others)
    where = rendered_in(sketch.files, sketch.service, user, there.service)
    idle = idle_groups(user, resources)
    if remove_rules(sketch, user, resources | idle, where):
        sketch.notes += ["nothing is read any more, so the rules for consumer groups go too"] if idle else []
    else:
        sketch.notes.append("no rule for a topic would be left, so everything goes: KafkaUser, KafkaAccess, variables")
        _revoke_everything(sketch, there)


def _revoke_everything(sketch: Sketch, there: _Found) -> None:
    for one in there.connections:
        if one.access is not None and one.shared:
            _turn_off_shared(sketch, one.access)
        elif one.access is not None:
            announce_gone(sketch, sketch.application, one.access, there.runs)
            remove_document(sketch, one.access)
    for user in there.users:
        remove_user(sketch, user, there.service)
    if there.secrets:
        unwire_all(sketch, there.clients, there.secrets, there.runs)
    elif not any(one.shared for one in there.connections):
        sketch.notes.append(
            "there is no KafkaAccess, so the workloads stay as they are: their credentials come from elsewhere"
        )


def _turn_off(sketch: Sketch, there: _Found) -> None:
    """Turn the switches off in some environments; raises NoSwitch where that is not what decides."""
    files, guard, wanted = sketch.files, sketch.rules.access.names.guard, sketch.targets.wanted
    keys = tuple(guard.split("."))
    for access, on in switched_too(sketch):
        if on:
            raise NoSwitch(sketch.command, access, f"is for another Kafka cluster and turned on by {guard} too")
    charts: dict[str, tuple[str, ...]] = {sketch.path: ()}
    for one in there.connections:
        if one.access is not None and one.shared:
            _turn_off_shared(sketch, one.access)
            if one.user is not None:
                sketch.notes.append(f"KafkaUser {one.user.name} ({one.user.file}) and its rules stay")
            continue
        if one.access is not None:
            if one.access.guards != (guard,) or one.access.dependency is not None:
                raise NoSwitch(sketch.command, one.access, f"does not depend on {guard} alone")
            announce_gone(sketch, sketch.application, one.access, wanted)
        if one.user is not None:
            _turn_off_user(sketch, one.user)
    for client in there.clients:
        announce_unwired(sketch, client, wanted)
        charts[client.found.chart.path] = client.found.aliases
    for path, aliases in charts.items():
        for scope in scopes(aliases):
            if value_at(files, path, guard, "") is not None:
                turn_off(sketch, sketch.path, (*scope, *keys), wanted)


def _turn_off_shared(sketch: Sketch, access: KafkaDocument) -> None:
    """Turn the value off, in the targets, that a shared chart's KafkaAccess and all that uses it depend on."""
    alias, wanted = access.dependency.alias if access.dependency else "", sketch.targets.wanted
    keys = (alias, *access.guards[0].split("."))
    sketch.changed_values += [
        ChangedValue(sketch.application, frozenset({name}), keys, value=False) for name in sorted(wanted)
    ]
    announce_gone(sketch, sketch.application, access, wanted)
    turn_off(sketch, sketch.path, keys, wanted, access.chart.path)


def _turn_off_user(sketch: Sketch, user: KafkaDocument) -> None:
    others = sharing(sketch.files, sketch.application, user)
    alias = user.dependency.alias if user.dependency else ""
    if others or not own_subchart(sketch, user) or user.dependency is None or user.guards:
        raise NoSwitch(sketch.command, user, "stands in a subchart with other things or serves others too")
    if user.dependency.condition != f"{alias}.enabled":
        raise NoSwitch(sketch.command, user, "has no switch of its own")
    announce_gone(sketch, sketch.service, user, sketch.targets.wanted)
    turn_off(sketch, f"applications/{sketch.service}", (alias, "enabled"), sketch.targets.wanted)
