"""Answers about access, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from bot.kafka.access import may
from bot.landscape.access import ClusterAccess, Grant, UserAccess
from bot.landscape.answers import ApplicationAnswer, Holdings, Matrix, Seen, TopicAnswer
from bot.reporting import who_words as words
from bot.words import joined


def text(answer: TopicAnswer | ApplicationAnswer | Matrix, *, rules: bool) -> str:
    """Return an answer; with `rules` also those of each KafkaUser, and where they stand."""
    match answer:
        case TopicAnswer():
            lines = _topic(answer)
        case ApplicationAnswer():
            lines = _application(answer, rules=rules)
        case Matrix():
            lines = _everything(answer, rules=rules)
    return "\n".join((*lines, *_seen(answer.seen))).lstrip("\n")


def _topic(answer: TopicAnswer) -> Iterator[str]:
    yield _bold(answer.topic)
    if not answer.is_declared:
        who = words.nobody(None) if answer.is_nothing else "all the same these may use it"
        yield f"is declared nowhere, and {who}"
        if answer.near:
            yield click.style(f"  → did you mean {joined(answer.near, 'or')}?", fg="cyan")
    if answer.is_nothing:
        return
    for environments, clusters in answer.places:
        yield _head(environments)
        if not clusters:
            yield f"  not declared, and {words.nobody(None)}"
        for cluster in clusters:
            yield from _indented(_cluster(cluster))


def _cluster(cluster: ClusterAccess) -> Iterator[str]:
    yield f"Kafka cluster {words.cluster(cluster.namespace, cluster.name)}"
    yield from _indented(words.of_cluster(cluster.kafka))
    for one in cluster.declared:
        yield f"  declared by {one.origin.application}: {words.place(one.origin)}"
    if not cluster.declared:
        yield "  not declared"
    for grant in cluster.grants:
        yield from _indented(_grant(grant, cluster))
    if not cluster.grants:
        yield f"  {words.nobody(cluster.kafka)}"


def _grant(grant: Grant, cluster: ClusterAccess) -> Iterator[str]:
    what = may(grant.right)
    yield f"{_principal(grant.user.principal)} may {'do ' if what.startswith('everything') else ''}{what}"
    yield f"  KafkaUser {grant.user.name}, held by {words.held_by(grant.holders)}"
    for because in grant.rules:
        yield f"  {words.rule(because.acl)}  {words.place(grant.user.origin, because.line)}"
    yield from map(_flag, words.flags(grant, cluster.kafka))


def _application(answer: ApplicationAnswer, *, rules: bool) -> Iterator[str]:
    yield _bold(answer.application)
    if not answer.runs:
        yield f"is not enabled in {', '.join(answer.seen.environments)}"
    for environments, users in answer.places:
        yield _head(environments)
        if not users:
            yield "  no KafkaUser was found that is its own"
        for one in users:
            yield from _indented(_user(one, answer.application, rules=rules))


def _everything(answer: Matrix, *, rules: bool) -> Iterator[str]:
    for environments, holdings in answer.places:
        yield _head(environments)
        for kafka in holdings.clusters:
            yield f"  Kafka cluster {words.cluster(kafka.namespace, kafka.name)}"
            yield from _indented(words.of_cluster(kafka), "    ")
        for name, users in words.by_application(holdings):
            yield f"  {_bold(name or words.NOBODY)}"
            for one in users:
                yield from _indented(_user(one, name, rules=rules), "    ")
        yield from _indented(_unused(holdings))


def _unused(holdings: Holdings) -> Iterator[str]:
    names = words.unused(holdings)
    if names:
        yield f"{_bold(words.UNUSED)}: {', '.join(names)}"


def _user(one: UserAccess, application_: str, *, rules: bool) -> Iterator[str]:
    yield f"{_principal(one.user.principal)}  KafkaUser {one.user.name} in {one.user.namespace}"
    if application_ not in {holder.application for holder in one.holders}:
        yield "  its by the name alone: how it gets the credentials cannot be seen" if application_ else ""
    yield f"  held by {words.held_by(one.holders)}"
    for text, names in words.topics(one):
        yield f"  {text}"
        yield from (f"    {name}" for name in names)
    yield from (f"  {words.other(use)}" for use in one.others)
    if rules:
        yield from (f"  rule {words.rule(rule.acl)}  {words.place(one.user.origin, rule.line)}" for rule in one.rules)
    yield from map(_flag, words.flags_of(one))


def _seen(seen: Seen) -> Iterator[str]:
    lines = words.missing(seen)
    if lines:
        yield ""
        yield from lines


def _head(environments: Iterable[str]) -> str:
    return f"\n{_bold(', '.join(environments))}"


def _indented(lines: Iterable[str], by: str = "  ") -> Iterator[str]:
    return (f"{by}{line}" for line in lines if line)


def _principal(text: str) -> str:
    return click.style(text, fg="green")


def _flag(text: str) -> str:
    return click.style(f"  ! {text}", fg="yellow")


def _bold(text: str) -> str:
    return click.style(text, bold=True)
