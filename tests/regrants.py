"""What was taken away from an application, granted again: the equivalent command, and what is not as it was."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.checkout.files import Files, write_all
from bot.commands.model import Command, Name, Topic, Verb, WorkloadName
from bot.kafka.acl import Acl, Permission, ResourceType
from bot.kafka.operations import ordered
from bot.kafka.spec import from_spec
from bot.phalanx.environments import environments
from bot.phalanx.resources import rendered_in
from bot.planning import metrics
from bot.planning.chosen import accesses
from bot.planning.connected import Connected, Connection, connected, connections
from bot.planning.existing import connects_as
from bot.planning.model import Plan
from bot.planning.plan import default_names, plan
from bot.policy.rules import Rules
from bot.policy.verdict import Severity
from bot.proof.model import Printed, Proof, Status
from bot.proof.objects import Rendered, split
from bot.proof.prove import prove
from bot.proof.workloads import POD_SPECS

_MODE = 420
"""The mode of a Secret's files where none is said."""

Held = Mapping[tuple[str, str], frozenset[str]]
"""By environment and object: a line for each rule, field, variable, mount and volume."""


def again(root: Path, rules: Rules, commands: Sequence[Command], revoked: Plan, proof: Proof) -> list[str]:
    """Grant what a proved revocation took away; returns the differences from what there was, none where all is back."""
    allowed = _lenient(rules)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(shutil.copytree(root, Path(folder) / "tree", symlinks=True))
        write_all(tree, {one.path: one.after for one in revoked.changes})
        printed = list(proof.printed)
        for one in commands:
            planned = (metrics.plan if one.metrics else plan)(Files(tree), allowed, one)
            done = prove(tree, planned.changes, planned.expected, schemas=planned.schemas, jobs=2)
            if done.status is not Status.PROVED:
                return [f"{done.status.value}: {one.text}: {problem.text}" for problem in done.problems]
            write_all(tree, {change.path: change.after for change in planned.changes})
            printed += done.printed
    first: dict[tuple[str, str], Printed] = {}
    last: dict[tuple[str, str], Printed] = {}
    for seen in printed:
        first.setdefault((seen.environment, seen.application), seen)
        last[seen.environment, seen.application] = seen
    old, new = (
        _held((place[0], one.before) for place, one in first.items()),
        _held((place[0], one.after) for place, one in last.items()),
    )
    return list(_differences(old, new))


def equivalent(files: Files, rules: Rules, application: str) -> Iterator[Command]:
    """Yield the commands that give an application the access that it has, one for each container that is named."""
    known = environments(files)
    service = rules.cluster.application
    runs, serving = (frozenset(n for n, one in known.items() if name in one.enabled) for name in (application, service))
    found = connections(files, application, rules.cluster, default_names(rules, application)[0], runs)
    for one in found:
        if one.access is None or one.user is None:
            continue
        here = rendered_in(files, application, one.access, runs) & rendered_in(files, service, one.user, serving)
        clients = connected(files, rules, application, frozenset({one.access.name}))
        for container, names in ({None: ()} if one.shared else _containers(clients)).items():
            yield replace(
                _command(application, one), environments=tuple(sorted(here)), workloads=names, container=container
            )


def equivalent_metrics(files: Files, rules: Rules, application: str, where: Sequence[str]) -> Iterator[Command]:
    """Yield the commands that let an application publish metrics in these environments, as it does."""
    for access in accesses(files, application, rules.cluster):
        if rules.metrics.name_of(connects_as(access)):
            clients = connected(files, rules, application, frozenset({access.name}))
            for container, names in _containers(clients).items():
                yield Command(
                    Verb.GRANT,
                    f"/kafka-access {application} metrics …",
                    application,
                    metrics=True,
                    environments=tuple(where),
                    workloads=names,
                    container=container,
                    secret=access.name,
                )


def _containers(clients: Iterable[Connected]) -> Mapping[str | None, tuple[WorkloadName, ...]]:
    """Return the workloads by the container that has to be named, None where it is the main one."""
    found: defaultdict[str | None, list[WorkloadName]] = defaultdict(list)
    for client in clients:
        workload, label = client.found.workload, client.found.label.partition("/")[2]
        container = None if workload.main == client.container else workload.containers[client.container].name
        found[container].append(WorkloadName(label, workload.kind.lower()))
    return {name: tuple(dict.fromkeys(names)) for name, names in found.items()}


def _command(application: str, one: Connection) -> Command:
    assert one.access is not None
    assert one.user is not None
    acls = [acl for acl in one.user.acls() if acl.permission is Permission.ALLOW]
    return Command(
        Verb.GRANT,
        f"/kafka-access {application} …",
        application,
        topics=tuple(
            Topic(acl.resource.name, acl.resource.pattern, tuple(map(str, ordered(acl.operations))))
            for acl in acls
            if acl.resource.type is ResourceType.TOPIC
        ),
        groups=_names(acls, ResourceType.GROUP),
        transactional_ids=_names(acls, ResourceType.TRANSACTIONAL_ID),
        user=one.user.name,
        secret=one.access.name,
    )


def _names(acls: Iterable[Acl], kind: ResourceType) -> tuple[Name, ...]:
    return tuple(Name(acl.resource.name, acl.resource.pattern) for acl in acls if acl.resource.type is kind)


def _lenient(rules: Rules) -> Rules:
    """Return the rules with warnings for refusals: what is there by hand was not asked for by these rules."""
    verdicts = {name: Severity.WARN if one is Severity.REFUSE else one for name, one in rules.verdicts.verdicts.items()}
    return rules.model_copy(update={"verdicts": rules.verdicts.model_copy(update={"verdicts": verdicts})})


def _held(printed: Iterable[tuple[str, str]]) -> Held:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for environment, text in printed:
        for document in split(text):
            if document.kind in {"KafkaUser", "KafkaAccess", *POD_SPECS}:
                title = f"{document.kind} {document.metadata.get('name')}"
                found[environment, title] = frozenset(_lines(document))
    return found


def _lines(document: Rendered) -> Iterator[str]:
    spec: Any = document.applied.get("spec") or {}
    if document.kind == "KafkaUser":
        yield f"authentication {spec.get('authentication', {}).get('type')}"
        for acl in map(from_spec, spec.get("authorization", {}).get("acls", ())):
            resource = acl.resource
            named = f"{acl.permission.value} {resource.type.value} {resource.name} ({resource.pattern.value})"
            yield from (f"{named} from {acl.host}: {operation.value}" for operation in acl.operations)
    elif document.kind == "KafkaAccess":
        yield json.dumps(spec, sort_keys=True)
    else:
        pod: Any = document.applied
        for key in POD_SPECS[document.kind]:
            pod = pod.get(key) or {}
        for container in pod.get("containers") or ():
            for key in ("env", "volumeMounts"):
                yield from (f"{key} {json.dumps(one, sort_keys=True)}" for one in container.get(key) or ())
        yield from (f"volumes {json.dumps(_plain(one), sort_keys=True)}" for one in pod.get("volumes") or ())


def _plain(volume: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the mode that Kubernetes takes by itself."""
    secret = volume.get("secret")
    if not isinstance(secret, Mapping) or secret.get("defaultMode") != _MODE:
        return volume
    return {**volume, "secret": {key: value for key, value in secret.items() if key != "defaultMode"}}


def _differences(old: Held, new: Held) -> Iterator[str]:
    """Yield what is only in one of both, with the objects and the environments in which that is so."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for place in sorted({*old, *new}):
        before, after = old.get(place, frozenset()), new.get(place, frozenset())
        for sign, lines in (("-", before - after), ("+", after - before)):
            for line in lines:
                found[f"{sign} {line}"].add(place)
    for text, places in sorted(found.items(), key=lambda one: (one[0][2:], one[0])):
        where, objects = ({place[number] for place in places} for number in (0, 1))
        yield f"{text}: {', '.join(sorted(objects))} [{', '.join(sorted(where))}]"
