"""Where a grant holds that builds on access which is there: as far as that reaches, or further."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.checkout.files import Files
from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.matching import missing
from bot.phalanx.resources import KafkaDocument, rendered_in
from bot.phalanx.unknown import listed
from bot.planning.existing import Existing
from bot.planning.model import EnvironmentNote
from bot.planning.sketch import Sketch
from bot.planning.targets import Targets
from bot.policy.wanted import Wanted


class RulesHoldElsewhere(UserError):
    """`env=` names fewer environments than the user that has to be amended is in."""

    def __init__(self, user: KafkaDocument, rendered: Iterable[str], asked: Iterable[str]) -> None:
        super().__init__(
            f"what changes KafkaUser {user.name} ({user.file}) holds wherever it is rendered, and that is "
            f"{listed(rendered)}, not {listed(asked)}",
            "leave env= out; for further environments name these too, or type the command with env= and nothing else "
            "first",
        )


class UserIsOff(UserError):
    """The application has a KafkaUser that is rendered in no environment that could have it."""

    def __init__(self, user: KafkaDocument, eligible: Iterable[str]) -> None:
        super().__init__(
            f"KafkaUser {user.name} ({user.file}) is rendered nowhere in {listed(eligible)}",
            "type env= with the environments that are meant, and it is turned on there",
        )


def reaches_further(command: Command, there: Existing) -> bool:
    """Whether access that is there is asked for in further environments, workloads or profiles, and no rule."""
    rules = command.topics or command.groups or command.transactional_ids or command.quota
    return there.user is not None and _names_places(command) and not rules


def only_amends(command: Command, there: Existing, asked: Wanted) -> bool:
    """Whether nothing but the user that is there changes: its quota, or its date."""
    return there.user is not None and not asked.acls and not _names_places(command)


def _names_places(command: Command) -> bool:
    """Whether more is meant than the user: its environments, or what its clients are."""
    workloads = command.workloads or command.all_workloads or command.container or command.profile
    return bool(command.environments or workloads)


def check_reach(sketch: Sketch, there: Existing, asked: Wanted) -> None:
    """Raise RulesHoldElsewhere where `env=` leaves an environment out that would get what is added."""
    command = sketch.command
    adds = (
        command.create
        or command.quota
        or command.expires
        or any(missing(there.acls, acl) is not None for acl in asked.acls)
    )
    fewer = (there.user_environments & sketch.targets.runs) - sketch.targets.wanted
    if there.user is not None and sketch.command.environments and adds and fewer:
        raise RulesHoldElsewhere(there.user, there.user_environments, sketch.targets.wanted)


def where_rendered(files: Files, command: Command, application: str, targets: Targets, there: Existing) -> Targets:
    """Narrow the targets to where an existing user is rendered, where `env=` does not name them; raises UserIsOff."""
    if there.user is None:
        return targets
    if command.environments:
        places = targets.runs - targets.wanted
        has = there.user_environments & places
        if there.access is not None:
            has &= rendered_in(files, application, there.access, places)
        notes = tuple(
            EnvironmentNote(note.name, "has access already") if note.name in has else note for note in targets.notes
        )
        return replace(targets, notes=notes)
    here = targets.wanted & there.user_environments
    if not here:
        raise UserIsOff(there.user, targets.wanted)
    return targets.where_rendered(there.user.name, here)
