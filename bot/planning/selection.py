"""Which workloads and containers get the client's variables and files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.checkout.files import Files
from bot.commands.model import Command, WorkloadName
from bot.errors import UserError
from bot.phalanx.workloads import FoundWorkload, definitions
from bot.planning.targets import nearest
from bot.roundtrip.workloads import Container


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
    """Several workloads, and none was named."""

    def __init__(self, application: str, found: Sequence[FoundWorkload]) -> None:
        listing = ", ".join(one.label for one in found)
        plain = next((one for one in found if not one.workload.hook), found[0])
        super().__init__(
            f"{application} has several workloads: {listing}",
            f"type workload={plain.label}, several of them separated by commas, or workload=all",
        )


class UnknownWorkload(UserError):
    """`workload=` names none of the application's."""

    def __init__(self, application: str, wanted: WorkloadName, found: Sequence[FoundWorkload]) -> None:
        listing = ", ".join(one.label for one in found) or "none"
        typed = "/".join(filter(None, (wanted.kind, wanted.name)))
        close = nearest(wanted.name, [one.name for one in found])
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


@dataclass(frozen=True, slots=True)
class Client:
    """A workload's container that is to be a Kafka client; `wired` says that it is one already."""

    found: FoundWorkload
    container: int
    wired: bool

    @property
    def target(self) -> Container:
        """The container."""
        return self.found.workload.containers[self.container]


def clients(
    files: Files, command: Command, application: str, found: Sequence[FoundWorkload], variables: Sequence[str]
) -> tuple[Client, ...]:
    """Pick the clients among all workloads `found`; `variables` are the names that make a container one.

    Without `workload=`, an application that has a client already keeps what it has; otherwise the only workload is
    meant. Raises a UserError that lists what there is to choose from.
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
        return tuple(_client(files, command, one, variables) for one in named.values())
    plain = [one for one in own if not one.workload.hook]
    if command.all_workloads:
        return tuple(_client(files, command, one, variables) for one in plain)
    wired = tuple(client for client in _wired(files, own, variables))
    if wired:
        return wired
    if len(plain) != 1:
        raise WhichWorkload(application, own)
    return (_client(files, command, plain[0], variables),)


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


def _client(files: Files, command: Command, found: FoundWorkload, variables: Sequence[str]) -> Client:
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
    present = _present(files, found, containers[number], variables)
    absent = [name for name in variables if name not in present]
    if present and absent:
        raise PartlyWired(found, sorted(present), absent)
    return Client(found, number, wired=bool(present))


def _wired(files: Files, own: Sequence[FoundWorkload], variables: Sequence[str]) -> list[Client]:
    return [
        Client(one, number, wired=True)
        for one in own
        for number, container in enumerate(one.workload.containers)
        if _present(files, one, container, variables) == set(variables)
    ]


def _present(files: Files, found: FoundWorkload, container: Container, variables: Sequence[str]) -> set[str]:
    """Return which of the variables a container has, its own or those of the templates that it includes.

    A `define` that is included by one that is included counts too; a name that only rendering can tell does not.
    """
    present = set(container.environment) & set(variables)
    bodies = definitions(files, found.chart) if container.includes else {}
    waiting, seen = list(container.includes), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in bodies:
            continue
        seen.add(name)
        present |= {
            variable for variable in variables if f"{variable}\n" in bodies[name].replace('"', "").replace("\r", "")
        }
        waiting += [other for other in bodies if f'"{other}"' in bodies[name]]
    return present
