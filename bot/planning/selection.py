"""Which workloads and containers get the client's variables and files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.commands.model import Command, WorkloadName
from bot.errors import UserError
from bot.phalanx.names import is_static, resolved
from bot.phalanx.unknown import nearest
from bot.phalanx.workloads import FoundWorkload, definitions
from bot.policy.profiles import Profile
from bot.roundtrip.template import end, start
from bot.roundtrip.workloads import Container

_REFERENCE = r"\s*valueFrom:\s*secretKeyRef:\s*(?:key:[^\n]*\n\s*)?name:[ ]*(?P<secret>[^\n]+)"


class NoWorkload(UserError):
    """The application has nothing that could be a Kafka client."""

    def __init__(self, application: str, shared: Iterable[str]) -> None:
        charts = sorted(set(shared))
        if charts:
            super().__init__(
                f"{application}'s workloads come from the shared chart {', '.join(charts)}, which serves other "
                "applications too, so they are not edited for this one",
                f"turn Kafka on through that chart's values if it has them (see {charts[0]}/values.yaml), or ask its "
                "owners",
            )
        else:
            super().__init__(
                f"{application} has no Deployment, StatefulSet, CronJob or Job of its own that could be a Kafka client",
                "name the application whose chart holds the workload",
            )


class WhichWorkload(UserError):
    """Several workloads, and none was named; those of `shared` charts cannot be."""

    def __init__(self, application: str, found: Sequence[FoundWorkload], shared: Iterable[str] = ()) -> None:
        listing = ", ".join(one.label for one in found)
        plain = next((one for one in found if not one.workload.hook), found[0])
        charts = sorted(set(shared))
        others = f", and those of the shared chart {', '.join(charts)}, which are not edited for one application"
        values = f"; for the others see {charts[0]}/values.yaml" if charts else ""
        super().__init__(
            f"{application} has several workloads: {listing}{others if charts else ''}",
            f"type workload={plain.label}, several of them separated by commas, or workload=all{values}",
        )


class UnknownWorkload(UserError):
    """`workload=` names none of the application's."""

    def __init__(self, application: str, wanted: WorkloadName, found: Sequence[FoundWorkload]) -> None:
        listing = ", ".join(one.label for one in found) or "none"
        typed = "/".join(filter(None, (wanted.kind, wanted.name)))
        close = nearest(wanted.name, [one.label.partition("/")[2] for one in found])
        super().__init__(f"{application} has no workload {typed}; it has {listing}", close or "type one of these")


class WhichContainer(UserError):
    """Several containers, and no telling which is the application."""

    def __init__(self, found: FoundWorkload) -> None:
        names = [container.name for container in found.workload.containers]
        super().__init__(
            f"{found.label} has several containers: {', '.join(names)}",
            f"type container= with one of {', '.join(names)}",
        )


class UnknownContainer(UserError):
    """`container=` names none of the workload's."""

    def __init__(self, found: FoundWorkload, name: str) -> None:
        names = [container.name for container in found.workload.containers]
        super().__init__(
            f"{found.label} has no container {name}; it has {', '.join(names)}",
            nearest(name, names) or "type one of these",
        )


class PartlyWired(UserError):
    """Some of the variables are there and some are not: a person has to say what is meant."""

    def __init__(self, found: FoundWorkload, present: Iterable[str], absent: Iterable[str]) -> None:
        super().__init__(
            f"{found.label} ({found.file}) already sets {', '.join(present)}, but not {', '.join(absent)}",
            "remove these from the template, or complete them there by hand",
        )


class VariablesOfAnotherSecret(UserError):
    """The variables are there, and come from another Secret than the one of this grant."""

    def __init__(self, found: FoundWorkload, secret: str, wanted: str) -> None:
        super().__init__(
            f"{found.label} ({found.file}) takes its Kafka variables from Secret {secret}, so nothing would use "
            f"Secret {wanted}",
            f"a second connection has to be added by hand: a KafkaUser, a KafkaAccess, and variables of {wanted} under "
            "other names",
        )


@dataclass(frozen=True, slots=True)
class Client:
    """A workload's container that is to be a Kafka client; `profile` is that by which it is one already."""

    found: FoundWorkload
    container: int
    profile: Profile | None = None
    connected: bool = False
    """Whether it takes the Secret of the KafkaAccess that is there."""

    @property
    def wired(self) -> bool:
        """Whether it is a client already."""
        return self.connected or self.profile is not None

    @property
    def target(self) -> Container:
        """The container."""
        return self.found.workload.containers[self.container]


Place = tuple[str, int, int]
"""A container: the template, the number of the workload in it, and its own."""


@dataclass(frozen=True, slots=True)
class Known:
    """What makes a container a client: the variables of a profile, or that it takes the Secret already.

    `profiles` are that which is asked for, then all others.
    """

    profiles: Sequence[Profile]
    connected: frozenset[Place] = frozenset()


def clients(
    files: Files, command: Command, application: str, found: Sequence[FoundWorkload], known: Known
) -> tuple[Client, ...]:
    """Pick the clients among all workloads `found`.

    Without `workload=`, an application that has a client already keeps what it has, and `container=` is one of that
    client's; otherwise the only workload is meant. Raises a UserError that lists what there is to choose from.
    """
    own = [one for one in found if not one.shared]
    if not own:
        raise NoWorkload(application, (one.chart.path for one in found))
    if command.workloads:
        # Two names may mean the same workload.
        named = {
            (one.file, one.workload.index): one
            for wanted in command.workloads
            for one in _matching(application, wanted, own)
        }
        return tuple(_client(files, command, one, known) for one in named.values())
    plain = [one for one in own if not one.workload.hook]
    if command.all_workloads:
        return tuple(_client(files, command, one, known) for one in plain)
    wired = _wired(files, own, known)
    if wired and command.container is not None:
        having = {(one.found.file, one.found.workload.index): one.found for one in wired}
        return tuple(_client(files, command, one, known) for one in having.values())
    if wired:
        return wired
    shared = [one.chart.path for one in found if one.shared]
    if len(plain) != 1 or shared:
        raise WhichWorkload(application, own, shared)
    return (_client(files, command, plain[0], known),)


def _matching(application: str, wanted: WorkloadName, own: Sequence[FoundWorkload]) -> list[FoundWorkload]:
    """Find by the object's name, by what distinguishes it within the application, or by the template's file name."""
    kind = [one for one in own if wanted.kind in (None, one.workload.kind.lower())]
    stem = wanted.name.removesuffix(".yaml")
    for matches in (
        [one for one in kind if stem == one.name],
        [one for one in kind if stem == one.name.removeprefix(f"{application}-")],
        [one for one in kind if stem == one.file.rpartition("/")[2].removesuffix(".yaml")],
    ):
        if matches:
            return matches
    raise UnknownWorkload(application, wanted, own)


def _client(files: Files, command: Command, found: FoundWorkload, known: Known) -> Client:
    containers = found.workload.containers
    if command.container is None:
        if found.workload.main is None:
            raise WhichContainer(found)
        number = found.workload.main
    else:
        numbers = [index for index, one in enumerate(containers) if one.name == command.container]
        if not numbers:
            raise UnknownContainer(found, command.container)
        number = numbers[0]
    profile = _profile(files, found, containers[number], known.profiles)
    wanted = known.profiles[0].variables
    there = present(files, found, containers[number], wanted)
    if profile is None and there:
        raise PartlyWired(found, sorted(there), [name for name in wanted if name not in there])
    connected = (found.file, found.workload.index, number) in known.connected
    return Client(found, number, profile, connected)


def _wired(files: Files, own: Sequence[FoundWorkload], known: Known) -> tuple[Client, ...]:
    found = (
        Client(
            one,
            number,
            _profile(files, one, container, known.profiles),
            connected=(one.file, one.workload.index, number) in known.connected,
        )
        for one in own
        for number, container in enumerate(one.workload.containers)
    )
    return tuple(client for client in found if client.wired)


def _profile(files: Files, found: FoundWorkload, container: Container, profiles: Iterable[Profile]) -> Profile | None:
    """Return the first profile all of whose variables a container has."""
    has_all = (one for one in profiles if present(files, found, container, one.variables) == set(one.variables))
    return next(has_all, None)


def secret_of(files: Files, client: Client) -> str | None:
    """Return the Secret that a wired container takes its variables from, or None where the template does not tell."""
    found, node = client.found, client.target.node
    names = "|".join(map(re.escape, client.profile.from_secret if client.profile else ()))
    pattern = re.compile(rf"name:[ ]*[\"']?(?:{names})[\"']?[ ]*\r?\n{_REFERENCE}")
    for text in (found.template.text[start(node) : end(node)], *_included(files, found, client.target)):
        for match in pattern.finditer(text):
            name = resolved(match["secret"].strip().strip("\"'"), found.chart.name)
            if is_static(name):
                return name
    return None


def present(files: Files, found: FoundWorkload, container: Container, variables: Sequence[str]) -> set[str]:
    """Return which of the variables a container has, its own or those of the templates that it includes."""
    bodies = [body.replace('"', "").replace("\r", "") for body in _included(files, found, container)]
    included = {variable for variable in variables if any(f"{variable}\n" in body for body in bodies)}
    return set(container.environment) & set(variables) | included


def _included(files: Files, found: FoundWorkload, container: Container) -> list[str]:
    """Return the bodies of the named templates that a container prints.

    A `define` that is included by one that is included counts too; a name that only rendering can tell does not.
    """
    bodies = definitions(files, found.chart) if container.includes else {}
    waiting, seen = list(container.includes), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in bodies:
            continue
        seen.add(name)
        waiting += [other for other in bodies if f'"{other}"' in bodies[name]]
    return [bodies[name] for name in sorted(seen)]
