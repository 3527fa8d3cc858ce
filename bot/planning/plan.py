"""Command + checkout + rules -> Plan. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.checkout.files import Files
from bot.commands.model import NEVER, Command
from bot.errors import UserError
from bot.kafka.acl import Permission
from bot.phalanx.environments import environments
from bot.phalanx.resources import KafkaDocument, documents, rendered_in
from bot.phalanx.unknown import check_chart, listed
from bot.planning.chosen import cluster_of, profile_of
from bot.planning.existing import Existing, existing
from bot.planning.extension import reach_access, reach_user
from bot.planning.model import Plan
from bot.planning.quotas import change_quotas, quota_changes, said_of_quotas
from bot.planning.reach import check_reach, only_amends, reaches_further, where_rendered
from bot.planning.refused import Refused
from bot.planning.selection import (
    Client,
    NoWorkload,
    PartlyWired,
    VariablesOfAnotherSecret,
    WhichContainer,
    WhichWorkload,
    secret_of,
)
from bot.planning.sketch import Sketch
from bot.planning.subchart import edit_values
from bot.planning.targets import choose
from bot.planning.ungranting import sharing
from bot.planning.users import amend, create_topics, create_user, declared_topics, place_of
from bot.planning.wiring import choose_clients, create_access, note_kept, wire_all
from bot.planning.workspace import Workspace
from bot.policy.judge import Request, judge
from bot.policy.rules import Rules
from bot.policy.verdict import Severity, Verdict
from bot.policy.wanted import NOTHING, NothingWanted, Wanted, wanted


class OperatorChangesOthers(UserError):
    """Other Argo CD Applications have parameters that depend on which applications are enabled."""

    def __init__(self, operator: str, environments: Iterable[str]) -> None:
        super().__init__(
            f"turning {operator} on in {listed(environments)} changes Argo CD Applications of others too, whose "
            "parameters depend on what is enabled",
            f"enable {operator} there in a pull request of its own first, then type the command without "
            "enable-operator",
        )


class DateOfOthers(UserError):
    """`expires=` for a user that other applications have too."""

    def __init__(self, user: KafkaDocument, others: Iterable[str]) -> None:
        super().__init__(
            f"a date ends all that a KafkaUser may do, and {user.name} ({user.file}) serves {listed(others)} too",
            "leave expires= out",
        )


def plan(files: Files, rules: Rules, command: Command) -> Plan:
    """Think a grant through; raises a UserError, Refused among them, that says what to type instead."""
    application = command.application or ""
    check_chart(files, application)
    known = environments(files)
    cluster = cluster_of(rules, command)
    profile_of(rules, command)
    service = frozenset(name for name, one in known.items() if cluster.application in one.enabled)
    targets = choose(command, application, known, cluster)
    there = existing(files, command, application, cluster, default_names(rules, application), service)
    targets = where_rendered(files, command, application, targets, there)
    sketch = Sketch(files, rules, command, application, targets, Workspace(files))
    sketch.say_cluster()
    asked = NOTHING if reaches_further(command, there) else wanted(command, rules, application, there.acls)
    if there.user is None and not asked.acls:
        raise NothingWanted(application)
    check_reach(sketch, there, asked)
    verdicts = _judge(sketch, there, asked)
    sketch.notes += asked.assumptions
    enable_operator(sketch)
    _grant(sketch, there, asked, service)
    return sketch.plan(verdicts)


def default_names(rules: Rules, application: str) -> tuple[str, str]:
    """Return the default names of the KafkaUser and of the KafkaAccess."""
    names = rules.access.names
    access = names.access_of_kafka if application.endswith("-kafka") else names.access
    return names.user.format(application=application), access.format(application=application)


def _judge(sketch: Sketch, there: Existing, asked: Wanted) -> tuple[Verdict, ...]:
    command, files = sketch.command, sketch.files
    declared: dict[str, frozenset[str]] = {name: frozenset() for name in sketch.targets.wanted}
    for topic, found in declared_topics(sketch).items():
        for one in found:
            for name in rendered_in(files, sketch.service, one, sketch.targets.wanted):
                declared[name] |= {topic}
    request = Request(
        sketch.application,
        there.user_name,
        there.authentication,
        asked.acls,
        asked.default_groups,
        there.acls,
        declared,
        frozenset(topic.name for topic in command.topics) if command.create else frozenset(),
        frozenset(files.names("applications")),
        quota_changes(command, there.user),
    )
    verdicts = judge(request, sketch.rules)
    if any(verdict.severity is Severity.REFUSE for verdict in verdicts):
        raise Refused(verdicts)
    further = sketch.targets.wanted - there.user_environments
    return (*_approvals(request, sketch.rules), *verdicts) if further else verdicts


def _approvals(request: Request, rules: Rules) -> tuple[Verdict, ...]:
    """Return what has to be agreed to where the rules that a user has come to hold in further environments."""
    allowing = tuple(one for one in request.existing if one.permission is Permission.ALLOW)
    found = judge(replace(request, wanted=allowing, existing=()), rules)
    return tuple(one for one in found if one.severity is Severity.NEEDS_APPROVAL)


def enable_operator(sketch: Sketch) -> None:
    """Turn the access operator on in the targets that lack it."""
    operator = sketch.cluster.access_operator
    for name in sorted(sketch.targets.enabling):
        edit_values(
            sketch.workspace, f"environments/values-{name}.yaml", lambda one: one.put(("applications", operator), True)
        )
        path = f"applications/{operator}/values-{name}.yaml"
        if sketch.workspace.text(path) is None:
            sketch.workspace.create(path, "")
    if sketch.targets.enabling:
        sketch.enabled_applications[operator] = sketch.targets.enabling
        doubt = OperatorChangesOthers(operator, sketch.targets.enabling)
        sketch.doubts[doubt.text] = doubt


def _grant(sketch: Sketch, there: Existing, asked: Wanted, service: frozenset[str]) -> None:
    """KafkaUser, KafkaTopics, KafkaAccess and workloads, in the order in which they depend on each other."""
    _, new = default_names(sketch.rules, sketch.application)
    user_name, access_name = there.user_name, there.access.name if there.access else sketch.command.secret or new
    quotas = quota_changes(sketch.command, there.user)
    sketch.notes += said_of_quotas(user_name, sketch.command, quotas)
    amends = only_amends(sketch.command, there, asked)
    chosen = () if amends else _clients(sketch, there)
    check_secret(sketch, there.access, chosen, access_name)
    if there.user is not None:
        _check_date(sketch, there.user)
        amend(sketch, there.user, there.user_environments, asked.acls)
        change_quotas(sketch, there.user, quotas, there.user_environments)
        reach_user(sketch, there.user, there.user_environments)
        if quotas and (others := sharing(sketch.files, sketch.application, there.user)):
            sketch.notes.append(f"the quota of KafkaUser {user_name} holds for {listed(others)} too, together")
        folder, many = there.user.chart.path, _is_shared(sketch, there.user)
    else:
        place = place_of(sketch, service)
        create_user(sketch, place, user_name, asked.acls)
        folder, many = place.path, place.many
    sketch.notes += _said_of_date(user_name, sketch.command, there.user)
    if amends:
        return
    if sketch.command.create:
        create_topics(sketch, folder, many, declared_topics(sketch))
    if there.authentication != "tls":
        sketch.notes.append(
            f"KafkaUser {user_name} authenticates by {there.authentication}, so nothing is mounted for it"
        )
        return
    sketch.notes += [
        f"{client.found.label} is a client already, by the variables of profile {client.profile.name}, and keeps them"
        for client in chosen
        if client.profile not in (None, sketch.profile)
    ]
    if there.access is None:
        create_access(sketch, access_name, user_name)
        note_kept(sketch, chosen, access_name)
    else:
        reach_access(sketch, there.access)
    wire_all(sketch, chosen, access_name, there.access)


def _said_of_date(name: str, command: Command, user: KafkaDocument | None) -> Iterator[str]:
    before = user.expires if user else ""
    if command.expires == NEVER:
        yield f"KafkaUser {name} has no last day" + (f" any more, until now {before}" if before else "")
    elif last := str(command.expires or before):
        was = f", not {before}," if before not in ("", last) else ""
        yield (
            f"KafkaUser {name} may use Kafka until {last}{was or ','} with all of its rules: a date is kept for each "
            "KafkaUser, and not for a rule"
        )


def _check_date(sketch: Sketch, user: KafkaDocument) -> None:
    """Raise DateOfOthers where a date would also end the access of other applications."""
    if sketch.command.expires not in {None, NEVER} and (others := sharing(sketch.files, sketch.application, user)):
        raise DateOfOthers(user, others)


def _clients(sketch: Sketch, there: Existing) -> tuple[Client, ...]:
    """Pick the clients; one more topic for an application that has access leaves its workloads as they are."""
    if there.authentication != "tls":
        return ()
    try:
        return choose_clients(sketch, there.access)
    except (WhichWorkload, NoWorkload, WhichContainer, PartlyWired):
        named = sketch.command.workloads or sketch.command.all_workloads or sketch.command.container
        if there.access is None or named or (there.user is None and not there.access.chart.shared):
            raise
        sketch.notes.append("no workload was touched, as the application has access already; name one with workload=")
        return ()


def check_secret(sketch: Sketch, access: KafkaDocument | None, chosen: Iterable[Client], access_name: str) -> None:
    """Raise VariablesOfAnotherSecret for a wired client; a KafkaAccess that is there already may have other uses."""
    if access is not None and not sketch.command.workloads and not sketch.command.all_workloads:
        return
    for client in chosen:
        secret = secret_of(sketch.files, client) if client.wired else None
        if secret not in (None, access_name):
            raise VariablesOfAnotherSecret(client.found, secret or "", access_name)


def _is_shared(sketch: Sketch, user: KafkaDocument) -> bool:
    """Whether a subchart holds users of several applications."""
    beside = {one.name for one in documents(sketch.files, sketch.service, "KafkaUser") if one.chart == user.chart}
    return len(beside) > 1
