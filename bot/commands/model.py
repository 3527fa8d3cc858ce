"""What a comment can ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.errors import UserError
from bot.kafka.acl import PatternType

NEVER = date.max
"""The day of what does not expire (any more)."""


class Verb(StrEnum):
    """What the command does. A line without a verb is a grant."""

    GRANT = "grant"
    PLAN = "plan"
    REVOKE = "revoke"
    WHO = "who"
    AUDIT = "audit"
    MIGRATE = "migrate"
    REFRESH = "refresh"
    CANCEL = "cancel"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Topic:
    """One `topic=`: a name or a prefix and what to do with it.

    `access` holds canonical words: `read`, `write`, `manage`, or Operation values; empty means that nothing was
    said, and the rules decide.
    """

    name: str
    pattern: PatternType
    access: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A consumer group or a transactional id: literal, or a prefix where it was typed with a trailing `*`."""

    name: str
    pattern: PatternType


@dataclass(frozen=True, slots=True)
class WorkloadName:
    """`workload=[KIND/]NAME`; `kind` is lower case (`deployment`, `statefulset`, `cronjob`, `job`) or None."""

    name: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One well-formed command line. Absent options are None, False or empty: defaults belong to the rules."""

    verb: Verb
    text: str
    """The line as it was typed, without the line end."""
    application: str | None = None
    metrics: bool = False
    create: bool = False
    enable_operator: bool = False
    topics: tuple[Topic, ...] = ()
    groups: tuple[Name, ...] = ()
    transactional_ids: tuple[Name, ...] = ()
    environments: tuple[str, ...] = ()
    workloads: tuple[WorkloadName, ...] = ()
    all_workloads: bool = False
    container: str | None = None
    user: str | None = None
    secret: str | None = None
    partitions: int | None = None
    retention: int | None = None
    """Milliseconds; -1 keeps forever."""
    tags: tuple[str, ...] = ()
    expires: date | None = None
    """The last day of the access, or NEVER."""
    quota: tuple[tuple[str, int | None], ...] = ()
    """Bytes per second by `producer` and `consumer`; None takes a limit away."""
    profile: str | None = None
    cluster: str | None = None
    word: str | None = None
    """What `help` was asked about."""


class CommandError(UserError):
    """A line that is ours but malformed. `text` is Markdown-safe: user text only inside its fence."""


@dataclass(frozen=True, slots=True)
class Comment:
    """Everything a comment asked for, in order; empty where nothing was addressed to us."""

    commands: tuple[Command | CommandError, ...]
