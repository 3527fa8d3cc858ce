"""The rules' opinion of a request: one small function for each finding, in the order in which people read them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.kafka.acl import Acl, Operation, PatternType, Permission, Resource, ResourceType
from bot.kafka.matching import denied_by, is_wildcard, missing, overlaps
from bot.kafka.names import COMMON_NAME_LIMIT, SEPARATORS, collides, is_internal, object_problem, topic_problem
from bot.kafka.operations import VALID, closure, names_of
from bot.kafka.quotas import limit, raises, rate
from bot.policy.owners import claim, others_below
from bot.policy.rules import Rules
from bot.policy.verdict import Severity, Verdict


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, and what is there: facts of a checkout, but no files."""

    application: str
    user: str
    authentication: str
    wanted: tuple[Acl, ...]
    default_groups: frozenset[str] = frozenset()
    existing: tuple[Acl, ...] = ()
    """Rules that the user has already."""
    declared: Mapping[str, frozenset[str]] | None = None
    """Topics that KafkaTopics declare, by target environment."""
    creating: frozenset[str] = frozenset()
    """Topics that this request creates."""
    applications: frozenset[str] = frozenset()
    quotas: tuple[tuple[str, int | None, int | None], ...] = ()
    """Sides whose quota changes, with bytes a second before and after; None is no limit."""

    def of(self, kind: ResourceType) -> Iterator[Acl]:
        """Yield the wanted rules about one type of resource."""
        return (acl for acl in self.wanted if acl.resource.type is kind)


Finding = tuple[str, str] | tuple[str, str, tuple[str, ...]]
"""A sentence, what would make it pass, and the teams that have to agree where anybody has."""

_INTERNAL = Resource(ResourceType.TOPIC, "__", PatternType.PREFIX)

_MANAGING = frozenset({Operation.ALL, Operation.DELETE, Operation.ALTER, Operation.ALTER_CONFIGS})
"""Operations that change a topic itself, not its messages; Create changes nothing that is there."""

_TYPED = {ResourceType.TOPIC: "topic", ResourceType.GROUP: "group", ResourceType.TRANSACTIONAL_ID: "txn"}
"""The option that names a resource of a type."""


def judge(request: Request, rules: Rules) -> tuple[Verdict, ...]:
    """Return every finding, the gravest first."""
    found = [
        Verdict(name, rules.severity(name), *finding)
        for name, rule in RULES.items()
        for finding in rule(request, rules)
    ]
    return tuple(sorted(found, key=lambda verdict: list(Severity).index(verdict.severity)))


def _group_wildcard(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.GROUP):
        if _is_everything(acl):
            yield (
                "a rule on every consumer group would let the application take over the consumers of others",
                f"type group={request.application}* for the groups that begin with the application's name",
            )


def _topic_wildcard(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.TOPIC):
        if _is_everything(acl):
            yield "a rule on every topic is not given out", "name the topics, or a namespace: topic=lsst.example.*"


def _transactional_id_wildcard(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.TRANSACTIONAL_ID):
        if _is_everything(acl):
            yield (
                "a rule on every transactional id would let the application break off the transactions of others",
                f"type txn={request.application}-* for the ids that begin with the application's name",
            )


def _is_everything(acl: Acl) -> bool:
    return is_wildcard(acl.resource) or (acl.resource.pattern is PatternType.PREFIX and acl.resource.name in {"", "*"})


def _manage_elsewhere(request: Request, rules: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.TOPIC):
        name = acl.resource.name
        own_alone = rules.topics.owns(request.application, name) and not _others_below(request, rules, acl)
        if acl.operations & _MANAGING and not _is_everything(acl) and not own_alone:
            own = " or ".join(
                one.format(application=request.application, namespace="lsst.square-events") for one in rules.topics.own
            )
            what = "manage means every operation"
            if Operation.ALL not in acl.operations:
                what = f"{_list(acl.operations & _MANAGING)} is part of managing a topic"
            yield (
                f"{what}, and {acl.resource.starred} is outside {request.application}'s own namespace",
                f"type :read, :write or both; {request.application} may manage topics under {own}",
            )


def _topic_internal(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.TOPIC):
        if is_internal(acl.resource.name):
            yield f"{acl.resource.starred} belongs to Kafka itself", "name a topic of an application"
        elif overlaps(acl.resource, _INTERNAL) and not _is_everything(acl):
            yield f"{acl.resource.starred} covers topics that belong to Kafka itself", "name a topic of an application"


def _name_invalid(request: Request, _: Rules) -> Iterator[Finding]:
    problem = object_problem(request.user)
    if problem:
        yield f"{request.user} cannot be the name of a KafkaUser: {problem}", "type another name with user="
    for acl in request.wanted:
        name = acl.resource.name
        if acl.resource.type is ResourceType.TOPIC:
            if name not in {"", "*"} and topic_problem(name):
                yield f"{acl.resource.starred}: {topic_problem(name)}", "type the topic's exact name"
        elif not name.isprintable() or "{{" in name or "}}" in name:
            text = f"{acl.resource.starred} cannot be written into a Helm template"
            yield text, "use letters, digits, `.`, `_` and `-`"


def _operation_invalid(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.wanted:
        wrong = acl.operations - VALID[acl.resource.type]
        if wrong:
            yield (
                f"{_list(wrong)} is not an operation on a {acl.resource.type.value}, and Kafka silently ignores it",
                f"a {acl.resource.type.value} has {_list(VALID[acl.resource.type])}",
            )


def _user_name_too_long(request: Request, _: Rules) -> Iterator[Finding]:
    if request.authentication.startswith("tls") and len(request.user) > COMMON_NAME_LIMIT:
        yield (
            f"the KafkaUser's name becomes its certificate's common name, which holds {COMMON_NAME_LIMIT} characters; "
            f"{request.user} has {len(request.user)}",
            "type a shorter name with user=",
        )


def _denied(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.wanted:
        for deny in denied_by(request.existing, acl):
            yield (
                f"KafkaUser {request.user} has a rule that denies {_list(deny.operations)} on {deny.resource.starred}, "
                f"and a deny beats every allow, so {acl.resource.starred} would stay closed",
                "remove the deny first",
            )


def _topic_of_another(request: Request, rules: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.TOPIC):
        yield from _of_another(request, rules, acl)


def _group_of_another(request: Request, rules: Rules) -> Iterator[Finding]:
    yield from _client_of_another(request, rules, ResourceType.GROUP)


def _transactional_id_of_another(request: Request, rules: Rules) -> Iterator[Finding]:
    yield from _client_of_another(request, rules, ResourceType.TRANSACTIONAL_ID)


def _client_of_another(request: Request, rules: Rules, kind: ResourceType) -> Iterator[Finding]:
    for acl in request.of(kind):
        if acl.resource.name not in request.default_groups:
            yield from _of_another(request, rules, acl)


def _of_another(request: Request, rules: Rules, acl: Acl) -> Iterator[Finding]:
    if _is_everything(acl) or missing(request.existing, acl) is None:
        return
    found = claim(rules.topics, acl.resource, request.applications, request.application)
    if found is not None:
        teams = f" ({', '.join(found.teams)})" if found.teams else ""
        ask = "have one of them approve the pull request"
        remedy = f"type a longer prefix, or {ask}" if found.covers else ask
        yield f"{acl.resource.starred} {found.text}{teams} have to agree", remedy, found.teams


def _others_below(request: Request, rules: Rules, acl: Acl) -> list[str]:
    return others_below(rules.topics, acl.resource, request.applications, request.application)


def _prefix_without_separator(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.wanted:
        resource = acl.resource
        if resource.pattern is not PatternType.PREFIX or resource.name in request.default_groups or _is_everything(acl):
            continue
        if not resource.name.endswith(SEPARATORS):
            yield (
                f"the prefix {resource.starred} does not end in a separator, so it covers {resource.name}-anything too",
                f"type {_TYPED[resource.type]}={resource.name}.* if that is meant",
            )


def _topic_undeclared(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.of(ResourceType.TOPIC):
        name = acl.resource.name
        if acl.resource.pattern is PatternType.PREFIX or name in request.creating or is_wildcard(acl.resource):
            continue
        lacking = [where for where, names in sorted((request.declared or {}).items()) if name not in names]
        if lacking:
            known = {one for names in (request.declared or {}).values() for one in names}
            close = difflib.get_close_matches(name, sorted(known - {name}), n=1, cutoff=0.9)
            hint = f"did you mean {close[0]}? Otherwise " if close and name not in known else ""
            yield (
                f"no KafkaTopic declares {name} in {', '.join(lacking)}: it exists there only if made by hand",
                f"{hint}add the word create to declare it",
            )


def _topic_collision(request: Request, _: Rules) -> Iterator[Finding]:
    known = {one for names in (request.declared or {}).values() for one in names}
    for name in sorted(request.creating):
        for other in sorted(one for one in known if collides(name, one)):
            yield f"Kafka cannot have {name} beside {other}: they differ by `.` and `_` only", "choose another name"


def _reader_without_group(request: Request, _: Rules) -> Iterator[Finding]:
    reads = any(Operation.READ in closure(acl.operations, ResourceType.TOPIC) for acl in request.of(ResourceType.TOPIC))
    everything = (*request.wanted, *request.existing)
    groups = [
        acl for acl in everything if acl.resource.type is ResourceType.GROUP and acl.permission is Permission.ALLOW
    ]
    if reads and not any(Operation.READ in closure(acl.operations, ResourceType.GROUP) for acl in groups):
        yield "a consumer needs a consumer group, and no rule gives it one", f"add group={request.application}*"


def _quota_raised(request: Request, _: Rules) -> Iterator[Finding]:
    for side, before, after in request.quotas:
        if before is not None and raises(before, after):
            yield (
                f"KafkaUser {request.user} {limit(side, after)}, until now {rate(before)}",
                "leave quota= out to keep that",
            )


def _already_granted(request: Request, _: Rules) -> Iterator[Finding]:
    for acl in request.wanted:
        if missing(request.existing, acl) is None:
            yield f"{request.user} has {_list(acl.operations)} on {acl.resource.starred} already", ""


RULES: dict[str, Callable[[Request, Rules], Iterator[Finding]]] = {
    "group-wildcard": _group_wildcard,
    "topic-wildcard": _topic_wildcard,
    "transactional-id-wildcard": _transactional_id_wildcard,
    "manage-elsewhere": _manage_elsewhere,
    "topic-internal": _topic_internal,
    "name-invalid": _name_invalid,
    "operation-invalid": _operation_invalid,
    "user-name-too-long": _user_name_too_long,
    "denied": _denied,
    "topic-of-another": _topic_of_another,
    "group-of-another": _group_of_another,
    "transactional-id-of-another": _transactional_id_of_another,
    "prefix-without-separator": _prefix_without_separator,
    "topic-undeclared": _topic_undeclared,
    "topic-collision": _topic_collision,
    "reader-without-group": _reader_without_group,
    "quota-raised": _quota_raised,
    "already-granted": _already_granted,
}
"""Every rule by its id; `rules/verdicts.yaml` says how grave each is."""


def _list(operations: Iterable[Operation]) -> str:
    return ", ".join(names_of(operations))
