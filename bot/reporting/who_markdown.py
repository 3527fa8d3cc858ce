"""Answers about access, for a reply on GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.kafka.access import may
from bot.landscape.access import ClusterAccess, UserAccess
from bot.landscape.answers import ApplicationAnswer, Matrix, Seen, TopicAnswer
from bot.reporting import who_words as words
from bot.reporting.markdown import bullets, code, folded, paragraphs, prose, table
from bot.words import capital, joined

ROOM = 50_000
"""Characters of one answer; GitHub takes 65,536 of a whole comment."""

_CUT = "The rest has no room here; `kafka-access who` prints all of it."

_FEW = 10
"""More topics than these are folded."""


def markdown(answer: TopicAnswer | ApplicationAnswer | Matrix) -> str:
    """Return an answer."""
    return paragraphs(_parts(answer))


def reply(answer: TopicAnswer | ApplicationAnswer, room: int) -> str:
    """Return an answer of at most about `room` characters: what has no room is left out from the end.

    What the answer leaves out is kept: an answer that is cut and seems whole would be two times wrong.
    """
    *parts, seen = _parts(answer)
    last = seen if len(seen) <= room // 3 else _CUT
    room -= len(last) + 2
    shown = []
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            shown.append(_CUT)
            break
        shown.append(part)
    return paragraphs(dict.fromkeys((*shown, last)))


def _parts(answer: TopicAnswer | ApplicationAnswer | Matrix) -> Iterator[str]:
    match answer:
        case TopicAnswer():
            yield from _topic(answer)
        case ApplicationAnswer():
            yield from _application(answer)
        case Matrix():
            yield from _everything(answer)
    yield _seen(answer.seen)


def _topic(answer: TopicAnswer) -> Iterator[str]:
    if answer.is_declared:
        yield f"Who may use {code(answer.topic)}:"
    else:
        near = f" Did you mean {joined(map(code, answer.near), 'or')}?" if answer.near else ""
        who = words.nobody(None) if answer.is_nothing else "all the same these may use it"
        yield f"{code(answer.topic)} is declared nowhere, and {who}.{near}"
    if answer.is_nothing:
        return
    for environments, clusters in answer.places:
        yield f"**{_listed(environments)}**"
        if not clusters:
            yield f"Not declared, and {words.nobody(None)}."
        for one in clusters:
            yield from _cluster(one)


def _application(answer: ApplicationAnswer) -> Iterator[str]:
    if not answer.runs:
        yield f"{code(answer.application)} is not enabled in {_listed(answer.seen.environments)}."
        return
    yield f"What {code(answer.application)} may do:"
    for environments, users in answer.places:
        yield f"**{_listed(environments)}**"
        if not users:
            yield "No KafkaUser was found that is its own."
        for one in users:
            yield from _user(one, answer.application)


def _everything(answer: Matrix) -> Iterator[str]:
    for environments, holdings in answer.places:
        yield f"## {_listed(environments)}"
        yield bullets(
            f"Kafka cluster {code(words.cluster(one.namespace, one.name))}"
            + "".join(f"; {prose(text)}" for text in words.of_cluster(one))
            for one in holdings.clusters
        )
        for name, users in words.by_application(holdings):
            yield f"### {code(name)}" if name else f"### {capital(words.NOBODY)}"
            for one in users:
                yield from _user(one, name)
        unused = words.unused(holdings)
        if unused:
            yield f"### {capital(words.UNUSED)}"
            yield bullets(map(code, unused))


def _cluster(one: ClusterAccess) -> Iterator[str]:
    declared = [f"declared in {code(words.place(topic.origin))}" for topic in one.declared] or ["not declared"]
    facts = [*declared, *map(prose, words.of_cluster(one.kafka))]
    yield f"Kafka cluster {code(words.cluster(one.namespace, one.name))}: {'; '.join(facts)}."
    if not one.grants:
        yield f"{capital(words.nobody(one.kafka))}."
        return
    rows = [
        (
            code(grant.user.principal),
            prose(may(grant.right)),
            prose(words.held_by(grant.holders)),
            " ".join(
                f"{prose(words.rule(because.acl))} in {code(words.place(grant.user.origin, because.line))}"
                for because in grant.rules
            ),
        )
        for grant in one.grants
    ]
    yield table(("principal", "may", "held by", "by the rule"), rows)
    yield bullets(
        f"{code(grant.user.principal)}: {prose(flag)}" for grant in one.grants for flag in words.flags(grant, one.kafka)
    )


def _user(one: UserAccess, application_: str) -> Iterator[str]:
    own = application_ in {holder.application for holder in one.holders}
    alone = "" if own or not application_ else " Its by the name alone: how it gets the credentials cannot be seen."
    place = code(words.place(one.user.origin))
    yield f"{code(one.user.principal)}, held by {prose(words.held_by(one.holders))}, from {place}.{alone}"
    lines: list[str] = []
    for text, names in words.topics(one):
        lines.append(prose(text))
        if names:
            few = bullets(map(prose, names)).replace("\n", "\n  ")
            lines[-1] += f"\n  {few}" if len(names) <= _FEW else ""
    lines += [prose(words.other(use)) for use in one.others]
    lines += [f"**{prose(flag)}**" for flag in words.flags_of(one)]
    yield bullets(lines)
    for text, names in words.topics(one):
        if len(names) > _FEW:
            yield folded(text, bullets(map(prose, names)))


def _seen(seen: Seen) -> str:
    lines = words.missing(seen)
    return folded(words.MISSING, bullets(map(prose, lines))) if lines else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))
