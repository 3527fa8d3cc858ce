"""Answers about access, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.landscape.access import ClusterAccess, Grant
from bot.landscape.answers import Seen, TopicAnswer
from bot.reporting import who_words as words


def topic(answer: TopicAnswer) -> str:
    """Return who may use a topic."""
    return "\n".join(_topic(answer))


def _topic(answer: TopicAnswer) -> Iterator[str]:
    yield _bold(answer.topic)
    if answer.is_nothing:
        yield "is declared nowhere, and no KafkaUser may use it"
        if answer.near:
            yield click.style(f"  → did you mean {' or '.join(answer.near)}?", fg="cyan")
    else:
        for environments, clusters in answer.places:
            yield f"\n{_bold(', '.join(environments))}"
            if not clusters:
                yield "  not declared, and no KafkaUser may use it"
            for cluster in clusters:
                yield from _cluster(cluster)
    yield from _seen(answer.seen)


def _cluster(cluster: ClusterAccess) -> Iterator[str]:
    yield f"  Kafka cluster {cluster.namespace}/{cluster.name or '(no label names one)'}"
    yield from (f"    {line}" for line in words.of_cluster(cluster.kafka))
    for one in cluster.declared:
        yield f"    declared by {one.origin.application}: {words.place(one.origin)}"
    if not cluster.declared:
        yield "    not declared"
    for grant in cluster.grants:
        yield from (f"    {line}" for line in _grant(grant, cluster))
    if not cluster.grants:
        yield "    no KafkaUser may use it"


def _grant(grant: Grant, cluster: ClusterAccess) -> Iterator[str]:
    yield f"{click.style(grant.user.principal, fg='green')} may {words.may(grant)}"
    yield f"  KafkaUser {grant.user.name}, held by {words.held_by(grant.holders)}"
    for because in grant.rules:
        yield f"  {words.rule(because.acl)}  {words.place(grant.user.origin, because.line)}"
    yield from (click.style(f"  ! {flag}", fg="yellow") for flag in words.flags(grant, cluster.kafka))


def _seen(seen: Seen) -> Iterator[str]:
    lines = words.missing(seen)
    if seen.without_kafka:
        lines.append(f"no Kafka in {', '.join(seen.without_kafka)}")
    if lines:
        yield ""
        yield from lines


def _bold(text: str) -> str:
    return click.style(text, bold=True)
