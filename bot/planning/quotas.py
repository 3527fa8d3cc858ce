"""The quotas of a grant: those of a new KafkaUser, and what becomes of an existing one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.commands.model import Command
from bot.errors import UserError
from bot.kafka.quotas import FIELDS, limit, raises, rate
from bot.phalanx.resources import KafkaDocument
from bot.planning.sketch import Sketch
from bot.proof.model import ChangedQuotas
from bot.roundtrip.fields import set_fields
from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Template

Quotas = tuple[tuple[str, int | None, int | None], ...]
"""Sides (`producer`, `consumer`) whose quota changes, with bytes a second before and after; None is no limit."""


class CannotLimit(UserError):
    """The quotas of an existing KafkaUser are written in a way that cannot be edited, or read."""

    def __init__(self, user: KafkaDocument, why: str) -> None:
        super().__init__(
            f"the quotas of KafkaUser {user.name} in {user.file} cannot be changed: {why}", "change them there by hand"
        )


def new_quotas(command: Command) -> dict[str, int]:
    """Return the fields of `spec.quotas` for a new user; what is not to be limited is not in it."""
    return {FIELDS[side]: number for side, number in command.quota if number is not None}


def quota_changes(command: Command, user: KafkaDocument | None) -> Quotas:
    """Return how the quotas of a user, which there may not be yet, change; raises CannotLimit."""
    asked = {FIELDS[side]: after for side, after in command.quota}
    if user is not None and asked:
        # Also where nothing would change: what stands under a condition is not there for certain.
        _edits(user, user.template, asked)
    before = {name: int(text) for name, text in _fields(user).items() if name in asked}
    return tuple(
        (side, before.get(FIELDS[side]), after) for side, after in command.quota if before.get(FIELDS[side]) != after
    )


def change_quotas(sketch: Sketch, user: KafkaDocument, quotas: Quotas, where: frozenset[str]) -> None:
    """Change the quotas of an existing user; `where` are the environments that render it. Raises CannotLimit."""
    if not quotas:
        return
    fields = {FIELDS[side]: after for side, _, after in quotas}
    template = Template(sketch.workspace.text(user.file) or "")
    sketch.workspace.edit(user.file, _edits(user, template, fields))
    namespace = sketch.cluster.namespace
    rates = tuple(fields.items())
    sketch.changed_quotas.append(ChangedQuotas(sketch.service, where, user.file, user.name, namespace, rates))
    sketch.record("KafkaUser", user.name, namespace, user.file, "amend")


def said_of_quotas(user: str, command: Command, quotas: Quotas) -> Iterator[str]:
    """Yield what is said of a quota that was asked for; of one that is raised, the rules say it."""
    if command.quota and not quotas:
        asked = "that quota" if any(number is not None for _, number in command.quota) else "no quota"
        yield f"KafkaUser {user} has {asked}, as was asked for"
    for side, before, after in quotas:
        if after is not None and not raises(before, after):
            was = "" if before is None else f", until now {rate(before)}"
            yield f"KafkaUser {user} {limit(side, after)}{was}"


def _edits(user: KafkaDocument, template: Template, fields: Mapping[str, int | None]) -> tuple[Splice, ...]:
    try:
        return set_fields(template, template.documents[user.document.index], ("spec", "quotas"), fields)
    except CannotEdit as error:
        raise CannotLimit(user, error.text) from error


def _fields(user: KafkaDocument | None) -> Mapping[str, Any]:
    spec = user.data.get("spec") if user else None
    found = spec.get("quotas") if isinstance(spec, Mapping) else None
    return found if isinstance(found, Mapping) else {}
