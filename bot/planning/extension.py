"""Further environments for access that is there: its switches are turned on, and what then appears is announced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ruamel.yaml.nodes import MappingNode, SequenceNode

from bot.errors import UserError
from bot.phalanx.charts import chart, enabled, value_at
from bot.phalanx.names import is_static, resolved
from bot.phalanx.resources import KINDS, KafkaDocument, documents, is_on, rendered_in
from bot.phalanx.spelled import spelled_out
from bot.phalanx.templates import template
from bot.phalanx.unknown import listed
from bot.phalanx.workloads import FoundWorkload, application_workloads
from bot.planning.guards import scopes
from bot.planning.sketch import Sketch
from bot.planning.subchart import turn_on
from bot.proof.model import ChangedValue, NewObject, WiredWorkload
from bot.roundtrip.template import Template, start


class UserIsShared(UserError):
    """The subchart of a KafkaUser is off in a target, and more than this user would come with it."""

    def __init__(self, application: str, user: KafkaDocument, environments: Iterable[str]) -> None:
        condition = user.dependency.condition if user.dependency else ""
        where = listed(environments)
        super().__init__(
            f"KafkaUser {user.name} ({user.file}) is not rendered in {where}, and what turns it on there turns on all "
            "that stands beside it",
            f"if all of that is wanted in {where}, set `{condition}: true` in the values there first, then ask again; "
            f"for a subchart of its own take the access away with /kafka-access revoke {application}, and grant it "
            "again with env= naming every environment",
        )


class AccessIsOff(UserError):
    """The application's KafkaAccess is not rendered in all targets."""

    def __init__(self, access: KafkaDocument, environments: Iterable[str]) -> None:
        values = " and ".join(f"{guard}: true" for guard in access.guards if guard != "?") or "its condition"
        super().__init__(
            f"{access.name} in {access.file} is not rendered in {listed(environments)}",
            f"type env= with every environment that is meant, and it is turned on there, or set {values} by hand first",
        )


class OnlyRenderingTells(UserError):
    """What would appear in a further environment cannot be said beforehand, and so not be proved."""

    def __init__(self, what: str, path: str, environments: Iterable[str]) -> None:
        super().__init__(
            f"{what} in {path} is not spelled out, so it cannot be said what would appear in {listed(environments)}",
            "turn it on there by hand",
        )


class TurnsOnMore(UserError):
    """A switch on which more depends than the access."""

    def __init__(self, switches: Iterable[str], environments: Iterable[str]) -> None:
        super().__init__(
            f"{' and '.join(switches)}, which turns the access on, changes more than that in {listed(environments)}",
            "set it there in a pull request of its own, then ask again",
        )


def reach_user(sketch: Sketch, user: KafkaDocument, where: frozenset[str]) -> None:
    """Have a KafkaUser rendered in every target; `where` are the environments that render it already.

    Raises UserIsShared where others would come with it, and OnlyRenderingTells.
    """
    further = sketch.targets.wanted - where
    if not further:
        return
    parent, files = f"applications/{sketch.service}", sketch.files
    off = {name for name in further if user.dependency and not enabled(files, parent, user.dependency, name)}
    condition = user.dependency.condition if user.dependency else ""
    beside = _subchart(sketch, user)
    if off and ("," in condition or beside is None):
        raise UserIsShared(sketch.application, user, off)
    turn_on(sketch.workspace, parent, tuple(condition.split(".")), off)
    guards = _turn_guards_on(sketch, sketch.service, user, further)
    for one in beside or [user]:
        newly = frozenset(_newly(sketch, one, user, further))
        _appears(sketch, sketch.service, one, newly)
        if newly and one.kind == "KafkaTopic":
            sketch.notes.append(
                f"KafkaTopic {one.name}, which stands beside the KafkaUser, is made in {listed(newly)} too"
            )
    _doubt(sketch, guards, further)


def _subchart(sketch: Sketch, user: KafkaDocument) -> list[KafkaDocument] | None:
    """Return the user and the KafkaTopics of its subchart; None where that holds anything else, or is used twice."""
    files, path = sketch.files, user.chart.path
    parent = chart(files, f"applications/{sketch.service}")
    entries = [one for one in (parent.dependencies if parent else ()) if one.path == path]
    texts = files.below(f"{path}/templates", ".yaml", ".yml")
    found = [one for one in documents(files, sketch.service, *KINDS) if one.chart == user.chart]
    alone = len(found) == sum(len(template(files, text).documents) for text in texts) and not user.chart.dependencies
    own = all(one.kind == "KafkaTopic" or one is user for one in found)
    return found if len(entries) == 1 and alone and own else None


def _turn_guards_on(sketch: Sketch, application: str, found: KafkaDocument, where: frozenset[str]) -> list[str]:
    """Turn the values on that a document depends on where they are off; returns their names."""
    turned = []
    for guard in found.guards:
        off = {name for name in where if not is_on(sketch.files, application, found, guard, name)}
        keys = (*([found.dependency.alias] if found.dependency else []), *guard.split("."))
        turn_on(sketch.workspace, f"applications/{application}", keys, off)
        turned += [".".join(keys)] if off else []
    return turned


def _newly(sketch: Sketch, one: KafkaDocument, user: KafkaDocument, further: frozenset[str]) -> Iterator[str]:
    """Yield where a document of the subchart appears once the user does."""
    files, service = sketch.files, sketch.service
    there = rendered_in(files, service, one, further)
    for name in further - there:
        if all(guard in user.guards or is_on(files, service, one, guard, name) for guard in one.guards):
            yield name


def _appears(sketch: Sketch, application: str, found: KafkaDocument, where: frozenset[str]) -> None:
    """Announce that an object appears in further environments, as its template spells it out there."""
    text = sketch.workspace.text(found.file) or ""
    for name in sorted(where):
        manifest = spelled_out(sketch.files, application, found, name, text)
        if manifest is None:
            raise OnlyRenderingTells(f"{found.kind} {found.name}", found.file, where)
        sketch.new_objects.append(NewObject(application, frozenset({name}), manifest))
    if where:
        namespace = application if application == sketch.application else sketch.cluster.namespace
        sketch.record(found.kind, found.name, namespace, found.file, "create")


def check_access(sketch: Sketch, access: KafkaDocument) -> None:
    """Raise AccessIsOff unless a KafkaAccess is rendered in every target."""
    if lacking := _lacking(sketch, access):
        raise AccessIsOff(access, lacking)


def _lacking(sketch: Sketch, access: KafkaDocument) -> frozenset[str]:
    wanted = sketch.targets.wanted
    return wanted - rendered_in(sketch.files, sketch.application, access, wanted)


def reach_access(sketch: Sketch, access: KafkaDocument) -> None:
    """Have a KafkaAccess, and what depends on the same switches, rendered in every target.

    Only environments that `env=` names are turned on. Raises AccessIsOff for the others, and OnlyRenderingTells.
    """
    files, application = sketch.files, sketch.application
    lacking = _lacking(sketch, access)
    if not lacking:
        return
    parent = f"applications/{application}"
    off = [name for name in lacking if access.dependency and not enabled(files, parent, access.dependency, name)]
    if off or not sketch.command.environments or "?" in access.guards:
        raise AccessIsOff(access, lacking)
    switches = _turn_guards_on(sketch, application, access, lacking)
    if access.chart.shared:
        _announce_shared(sketch, access, lacking)
        return
    for found in application_workloads(files, application):
        _reach_workload(sketch, access, found, lacking)
    _appears(sketch, application, access, lacking)
    _doubt(sketch, [one for one in switches if one != sketch.rules.access.names.guard], lacking)


def _announce_shared(sketch: Sketch, access: KafkaDocument, where: Iterable[str]) -> None:
    """Announce the values that turn a shared chart's KafkaAccess on: what its templates make of them is right."""
    alias = access.dependency.alias if access.dependency else ""
    text = sketch.files.text(access.file) or ""
    for name in sorted(where):
        made = spelled_out(sketch.files, sketch.application, access, name, text)
        if made is None:
            raise OnlyRenderingTells(f"{access.kind} {access.name}", access.file, where)
        for number, guard in enumerate(access.guards):
            keys, here = (alias, *guard.split(".")), frozenset({name})
            sketch.changed_values.append(
                ChangedValue(sketch.application, here, keys, value=True, made=() if number else (made,))
            )
    sketch.record(access.kind, access.name, sketch.application, access.file, "create")


def _reach_workload(sketch: Sketch, access: KafkaDocument, found: FoundWorkload, where: frozenset[str]) -> None:
    """Announce the entries of a workload that depend on the KafkaAccess's switches, those of its own chart too."""
    guards, own = access.guards, found.chart.path == access.chart.path
    ruled = sketch.rules.access.names.guard
    if not own:
        # A subchart has a value of the same name, which a grant has put there.
        if ruled not in guards or found.shared or value_at(sketch.files, found.chart.path, ruled, "") is None:
            return
        guards = (ruled,)
        for scope in scopes(found.aliases):
            turn_on(sketch.workspace, sketch.path, (*scope, *ruled.split(".")), where)
    volumes = _under(found, found.workload.pod, "volumes", guards, where)
    for number, container in enumerate(found.workload.containers):
        env, mounts = (_under(found, container.node, key, guards, where) for key in ("env", "volumeMounts"))
        if env or mounts or volumes:
            switches = tuple(".".join((*scope, guard)) for scope in scopes(found.aliases) for guard in guards)
            workload = found.workload
            sketch.wired.append(
                WiredWorkload(
                    sketch.application, where, found.file, workload.kind, workload.index, number, env, mounts, volumes,
                    switches,
                )
            )  # fmt: skip
            volumes = ()


def _under(
    found: FoundWorkload, owner: MappingNode, key: str, guards: Iterable[str], where: Iterable[str]
) -> tuple[Mapping[str, Any], ...]:
    """Return the items of a list that stand under one of the guards, each once: branches may repeat them."""
    items: list[Mapping[str, Any]] = []
    for name, node in owner.value:
        for item in node.value if name.value == key and isinstance(node, SequenceNode) else ():
            if _depends(found.template, start(item), guards):
                data = _resolved(found.template.typed(item), found.chart.name)
                if not isinstance(data, dict) or not is_static(repr(data)):
                    raise OnlyRenderingTells(f"an entry of {key} of {found.label}", found.file, where)
                items += [] if data in items else [data]
    return tuple(items)


def _depends(read: Template, offset: int, guards: Iterable[str]) -> bool:
    asks = re.compile(rf"(?:else )?if \$?\.Values\.(?:{'|'.join(map(re.escape, guards))})")
    bodies = (read.block(number).branches[branch].body for number, branch in read.context(offset))
    return any(asks.fullmatch(body) for body in bodies)


def _resolved(data: Any, name: str) -> Any:  # noqa: ANN401 - YAML is what it is
    if isinstance(data, dict):
        return {key: _resolved(item, name) for key, item in data.items()}
    if isinstance(data, list):
        return [_resolved(item, name) for item in data]
    return resolved(data, name) if isinstance(data, str) else data


def _doubt(sketch: Sketch, switches: Iterable[str], where: Iterable[str]) -> None:
    """Say what to answer if the proof finds more behind switches that no grant has made."""
    if names := list(switches):
        doubt = TurnsOnMore(names, sorted(where))
        sketch.doubts[doubt.text] = doubt
