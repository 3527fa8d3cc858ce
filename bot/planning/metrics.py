"""`metrics` + checkout + rules -> Plan: an application publishes metrics events. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.acl import Acl, ResourceType
from bot.kafka.matching import missing
from bot.phalanx.environments import environments
from bot.phalanx.resources import KafkaDocument
from bot.phalanx.unknown import check_chart, listed
from bot.planning.metrics_client import connect
from bot.planning.metrics_list import acls_of, made, metrics_subchart, publishing, put_on_list, put_tags
from bot.planning.metrics_switch import on_in
from bot.planning.model import Plan
from bot.planning.plan import enable_operator
from bot.planning.publisher import Publisher, publisher_of, switch_of
from bot.planning.refused import Refused
from bot.planning.sketch import Sketch
from bot.planning.targets import Targets, choose
from bot.planning.users import amend
from bot.planning.workspace import Workspace
from bot.policy.judge import Request, judge
from bot.policy.rules import Rules
from bot.policy.verdict import Severity, Verdict

_VERDICTS = ("name-invalid", "user-name-too-long", "denied", "already-granted")
"""The rules that can be broken by names which nobody typed: the templates of the Kafka service choose them."""


class RidesElsewhere(UserError):
    """`env=` and the environments of the KafkaUser that the metrics would ride on are not the same."""

    def __init__(self, user: KafkaDocument, rendered: Collection[str], asked: Collection[str]) -> None:
        where = f"in {listed(sorted(rendered))}" if rendered else "nowhere"
        super().__init__(
            f"the metrics ride on KafkaUser {user.name} ({user.file}), whose rules hold wherever it is rendered, and "
            f"that is {where}, not in {listed(sorted(asked))}",
            "leave env= out" if rendered else f"have {user.name} turned on there first",
        )


def plan(files: Files, rules: Rules, command: Command) -> Plan:
    """Think a grant of metrics through; raises a UserError that says why not, and what to type instead."""
    application = command.application or ""
    check_chart(files, application)
    known = environments(files)
    service = frozenset(name for name, one in known.items() if rules.cluster.application in one.enabled)
    subchart = metrics_subchart(files, rules)
    publisher = publisher_of(files, rules, command, subchart, service)
    targets = publishing(files, rules, command, choose(command, application, known, rules.cluster), subchart)
    acls = acls_of(made(files, rules, subchart, publisher.name, min(targets.wanted)))
    if publisher.user is not None:
        bare = replace(command, environments=())
        every = publishing(files, rules, bare, choose(bare, application, known, rules.cluster), subchart)
        targets = _where_user_is(command, targets, every, publisher, acls)
    sketch = Sketch(
        files, rules, command, application, targets, Workspace(files), switch_of(files, rules, application, publisher)
    )
    verdicts = _judge(sketch, publisher, acls)
    enable_operator(sketch)
    put_on_list(sketch, subchart, publisher.name)
    put_tags(sketch, subchart, publisher.name, service)
    if publisher.user is not None:
        _ride(sketch, publisher.user, publisher.user_environments, acls)
    connect(sketch, publisher)
    sketch.targets = _changing(sketch)
    return sketch.plan(verdicts)


def _changing(sketch: Sketch) -> Targets:
    """Say which environments have all of it: targets that no values are changed in, and others with the switch on."""
    targets = sketch.targets
    paths = [one.path for one in sketch.workspace.changes()]
    found = {name for name in targets.wanted for path in paths if path.endswith(f"/values-{name}.yaml")}
    wanted = targets.wanted if not found or any("/values-" not in path for path in paths) else frozenset(found)
    return targets.further(wanted, on_in(sketch) - wanted)


def _where_user_is(
    command: Command, targets: Targets, every: Targets, publisher: Publisher, acls: Sequence[Acl]
) -> Targets:
    """Narrow the targets to where the application's own user is rendered.

    Raises RidesElsewhere where that is nowhere, or where new rules would hold in more of them than `env=` names.
    """
    user, rendered = publisher.user, publisher.user_environments
    if user is None:
        return targets
    here = targets.wanted & rendered
    new = any(missing(user.acls(), acl) is not None for acl in acls)
    if not here or (command.environments and (targets.wanted != here or (new and every.wanted & rendered != here))):
        raise RidesElsewhere(user, rendered, targets.wanted)
    return targets.where_rendered(user.name, here)


def _ride(sketch: Sketch, user: KafkaDocument, where: frozenset[str], acls: Sequence[Acl]) -> None:
    """Give the KafkaUser that the application has what the one of the list may do."""
    sketch.notes.append(f"the metrics ride on KafkaUser {user.name}, which {sketch.application} has already")
    others = where - sketch.targets.wanted
    if others and any(missing(user.acls(), acl) is not None for acl in acls):
        sketch.notes.append(f"its new rules hold in {listed(sorted(others))} too, where it is rendered as well")
    amend(sketch, user, where, acls)


def _judge(sketch: Sketch, publisher: Publisher, acls: tuple[Acl, ...]) -> tuple[Verdict, ...]:
    user = publisher.user.name if publisher.user else sketch.rules.metrics.user.format(application=publisher.name)
    groups = frozenset(acl.resource.name for acl in acls if acl.resource.type is ResourceType.GROUP)
    there = publisher.user.acls() if publisher.user else ()
    request = Request(sketch.application, user, "tls", acls, groups, there)
    verdicts = tuple(one for one in judge(request, sketch.rules) if one.rule in _VERDICTS)
    if any(one.severity is Severity.REFUSE for one in verdicts):
        raise Refused(verdicts)
    return verdicts
