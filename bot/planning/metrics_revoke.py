"""`revoke` with `metrics` -> Plan: an application publishes no more. Writes nothing.

Its entry on the list of the Kafka service stays: without it the KafkaTopic would go with its data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.acl import Permission, Resource
from bot.phalanx.charts import Dependency, enabled, value_at
from bot.phalanx.environments import environments
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import check_chart, check_environments, listed
from bot.planning.connected import Connected, check_init, connected
from bot.planning.guards import scopes
from bot.planning.metrics_list import acls_of, made, metrics_subchart, names_in
from bot.planning.metrics_settings import because_of_metrics, told_by
from bot.planning.metrics_switch import doubt_switched, drop_settings, on_in
from bot.planning.model import EnvironmentNote, Plan
from bot.planning.publisher import Publisher, publisher_of, switch_of
from bot.planning.sketch import Sketch
from bot.planning.targets import Targets
from bot.planning.ungranting import remove_rules, sharing
from bot.planning.unwiring import announce_gone, drop_guard, remove_document, turn_off, unwire_all, unwire_one
from bot.planning.workspace import Workspace
from bot.policy.rules import Rules
from bot.proof.model import ChangedValue
from bot.roundtrip.removal import Named


class NotPublishing(UserError):
    """`env=` names an environment in which no metrics are published."""

    def __init__(self, application: str, environment: str, there: Sequence[str]) -> None:
        where = f"it does in {listed(there)}" if there else "it does nowhere"
        hint = "name another with env=" if there else "leave env= out, and what is left of them goes, if anything is"
        super().__init__(f"{application} publishes no metrics in {environment}; {where}", hint)


class NoMetricsSwitch(UserError):
    """One environment is to stop publishing, and nothing turns that off there."""

    def __init__(self, application: str, switch: str) -> None:
        super().__init__(
            f"no value {switch} turns all of the metrics of {application} on and off, so they cannot stop in some "
            "environments only",
            f"/kafka-access revoke {application} metrics",
        )


class NothingElse(UserError):
    """The KafkaUser that the metrics ride on has rules for nothing else."""

    def __init__(self, application: str, user: str) -> None:
        super().__init__(
            f"KafkaUser {user} has rules for no other topic, so nothing would be left of it",
            f"/kafka-access revoke {application}",
        )


class SharedUser(UserError):
    """The KafkaUser that the metrics ride on serves others too."""

    def __init__(self, user: str, others: Sequence[str]) -> None:
        super().__init__(
            f"KafkaUser {user} serves {listed(others)} too, which would lose the rules as well",
            "take the rules out by hand",
        )


@dataclass(frozen=True, slots=True)
class _There:
    """What there is to take away."""

    publisher: Publisher
    resources: frozenset[Resource]
    """Those that the KafkaUser which the metrics ride on has rules for because of them."""
    clients: Sequence[Connected]
    unswitched: bool
    """Whether some of what these have does not depend on the switch, and so is in all environments."""
    runs: frozenset[str]
    """The environments that run the application."""

    @property
    def access(self) -> KafkaDocument | None:
        """The KafkaAccess, where it is for metrics alone."""
        return None if self.publisher.user else self.publisher.access


def plan(files: Files, rules: Rules, command: Command) -> Plan:
    """Think it through; raises a UserError that says why not, and what to type instead."""
    application = command.application or ""
    check_chart(files, application)
    known = environments(files)
    check_environments(command.environments, known)
    subchart = metrics_subchart(files, rules)
    runs, service = (
        frozenset(name for name, one in known.items() if which in one.enabled)
        for which in (application, rules.cluster.application)
    )
    publisher = publisher_of(files, rules, command, subchart, service)
    switch = switch_of(files, rules, application, publisher)
    taking = frozenset(
        name for name in service if enabled(files, f"applications/{rules.cluster.application}", subchart, name)
    )
    nowhere = Targets(frozenset(), runs, (), frozenset())
    sketch = Sketch(files, rules, command, application, nowhere, Workspace(files), switch)
    resources, clients = _ridden(files, rules, publisher, subchart, taking), tuple(_clients(sketch, publisher))
    unswitched = any(because_of_metrics(sketch, one) != one.named for one in clients)
    there = _There(publisher, resources, clients, unswitched, runs)
    everywhere = _publishing(sketch, there)
    wanted = frozenset(command.environments) or everywhere
    for name in sorted(wanted - everywhere):
        raise NotPublishing(application, name, sorted(everywhere))
    notes = tuple(EnvironmentNote(name, "target") for name in sorted(wanted))
    sketch.targets = replace(nowhere, wanted=wanted, notes=notes)
    _stop(sketch, there, everywhere)
    if sketch.workspace.changes():
        sketch.notes += _staying(sketch, subchart, publisher, taking)
    return sketch.plan()


def _publishing(sketch: Sketch, there: _There) -> frozenset[str]:
    """Return where the application publishes metrics now, or has what is for them alone."""
    files, on = sketch.files, on_in(sketch)
    if there.unswitched:
        return there.runs
    if there.access is not None:
        return on | rendered_in(files, sketch.application, there.access, there.runs)
    if value_at(files, sketch.path, sketch.switch or "", "") is not None:
        return on
    return there.publisher.user_environments & there.runs if there.resources else frozenset()


def _ridden(
    files: Files, rules: Rules, publisher: Publisher, subchart: Dependency, taking: frozenset[str]
) -> frozenset[Resource]:
    """Return what the user which the metrics ride on has rules for because of them."""
    if publisher.user is None or not taking:
        return frozenset()
    acls = acls_of(made(files, rules, subchart, publisher.name, min(taking)))
    there = {acl.resource for acl in publisher.user.acls() if acl.permission is Permission.ALLOW}
    return frozenset(acl.resource for acl in acls if acl.resource in there)


def _clients(sketch: Sketch, publisher: Publisher) -> Iterator[Connected]:
    """Yield the containers that lose entries: what tells of metrics, and the connection where they have it for them."""
    found = {one.place: one for one in told_by(sketch)}
    secrets = frozenset({publisher.access.name} if publisher.access else ())
    for one in connected(sketch.files, sketch.rules, sketch.application, secrets):
        own = one.named if publisher.user is None else because_of_metrics(sketch, one)
        told = found.pop(one.place, None)
        printed = one.printed if publisher.user is None else Named()
        losing = replace(one, named=own | (told.named if told else Named()), printed=printed)
        if losing.entries:
            yield losing
    yield from found.values()


def _stop(sketch: Sketch, there: _There, everywhere: frozenset[str]) -> None:
    switch = sketch.switch or ""
    has_switch = value_at(sketch.files, sketch.path, switch, "") is not None
    if not (everywhere or there.access or there.resources or there.clients):
        sketch.notes.append(f"{sketch.application} publishes no metrics")
        return
    charts = {sketch.path: ()} | {one.found.chart.path: one.found.aliases for one in there.clients}
    off = [(path, *one) for path, aliases in charts.items() for one in _announce_off(sketch, path, aliases)]
    doubt_switched(sketch, there.publisher.access)
    if sketch.targets.wanted == everywhere:
        _take_away(sketch, there)
        drop_settings(sketch, charts)
    elif not has_switch or there.unswitched or (there.access and switch not in there.access.guards):
        raise NoMetricsSwitch(sketch.application, switch)
    elif there.access:
        announce_gone(sketch, sketch.application, there.access, sketch.targets.wanted)
    elif there.resources and there.publisher.user:
        user = there.publisher.user.name
        sketch.notes.append(f"KafkaUser {user} keeps its rules for the metrics, which hold wherever it is rendered")
    for path, keys, names in off:
        turn_off(sketch, sketch.path, keys, names, path)


def _announce_off(
    sketch: Sketch, path: str, aliases: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Say that a chart's switches go off; yields each with the environments in which it is on now."""
    files, switch = sketch.files, sketch.switch or ""
    default = value_at(files, path, switch, "")
    for keys in [(*scope, *switch.split(".")) for scope in scopes(aliases)]:
        said = {name: value_at(files, sketch.path, ".".join(keys), name) for name in sketch.targets.wanted}
        on = frozenset(name for name, value in said.items() if (default if value is None else value))
        sketch.changed_values += [
            ChangedValue(sketch.application, frozenset({name}), keys, value=False) for name in sorted(on)
        ]
        yield keys, on


def _take_away(sketch: Sketch, there: _There) -> None:
    user, access, where = there.publisher.user, there.access, sketch.targets.wanted or there.runs
    if access is not None:
        announce_gone(sketch, sketch.application, access, there.runs)
        remove_document(sketch, access)
        unwire_all(sketch, there.clients, frozenset({access.name}), where)
        return
    for client in there.clients:
        unwire_one(sketch, client, where)
        check_init(client.found, client.named.volumes, there.publisher.access.name if there.publisher.access else "")
    drop_guard(sketch, there.clients)  # left by a revocation of the access that the metrics rode on
    if user is not None and there.resources:
        if others := sharing(sketch.files, sketch.application, user):
            raise SharedUser(user.name, others)
        if not remove_rules(sketch, user, there.resources, there.publisher.user_environments):
            raise NothingElse(sketch.application, user.name)


def _staying(sketch: Sketch, subchart: Dependency, publisher: Publisher, taking: frozenset[str]) -> Iterator[str]:
    """Yield what a revocation of metrics leaves: the list, and what is made of it."""
    metrics, name = sketch.rules.metrics, publisher.name
    on = sorted(one for one in taking if name in names_in(sketch.files, sketch.rules, subchart, one))
    if on:
        user, topic = (text.format(application=name) for text in (metrics.user, metrics.topic))
        yield (
            f"{name} stays on {metrics.list} in {listed(on)}, and with it KafkaUser {user} and KafkaTopic {topic}: "
            "without the entry the topic would go with its data, which is never done here; until it is taken out by "
            "hand, whoever has a copy of the user's Secret may publish"
        )
