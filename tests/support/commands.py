"""Commands as the parser would make them, for the rooms below it."""

from __future__ import annotations

from typing import Any

from bot.commands.model import Command, Name, Topic, Verb, WorkloadName
from bot.kafka.acl import PatternType


def grant(application: str, *topics: str, **options: Any) -> Command:
    """Return a grant; without `topics`, of reading and writing the application's own `ingest` topic."""
    asked = topics or (f"lsst.square-events.{application}.ingest:read,write",)
    return Command(Verb.GRANT, f"/kafka-access {application}", application, topics=tuple(map(topic, asked)), **options)


def topic(text: str) -> Topic:
    """Return `NAME[*][:WORDS]` as a Topic."""
    full, _, words = text.partition(":")
    return Topic(*_pattern(full), tuple(filter(None, words.split(","))))


def name(text: str) -> Name:
    """Return `NAME[*]` as a group or a transactional id."""
    return Name(*_pattern(text))


def workload(text: str) -> WorkloadName:
    """Return `[KIND/]NAME` as a WorkloadName."""
    kind, _, plain = text.rpartition("/")
    return WorkloadName(plain, kind or None)


def _pattern(text: str) -> tuple[str, PatternType]:
    return (text[:-1], PatternType.PREFIX) if text.endswith("*") else (text, PatternType.LITERAL)
