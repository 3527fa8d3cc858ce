"""Questions about access, typed in comments or to `kafka-access who`, answered from a checkout."""

from __future__ import annotations

from dataclasses import dataclass

from bot.audit.look import look
from bot.checkout.files import Files
from bot.commands.model import Command, Verb
from bot.errors import UserError
from bot.kafka.acl import PatternType
from bot.kafka.names import topic_problem
from bot.landscape.answers import (
    ApplicationAnswer,
    Matrix,
    TopicAnswer,
    about_application,
    about_everything,
    about_topic,
)
from bot.landscape.cache import Cache
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.phalanx.unknown import check_application
from bot.policy.rules import Rules
from bot.proof.model import Progress
from bot.reporting import audit_markdown
from bot.reporting.markdown import paragraphs
from bot.reporting.who_markdown import ROOM, reply

Found = TopicAnswer | ApplicationAnswer | Matrix


class NoTopic(UserError):
    """What was asked about can be no topic."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} is not the name of a topic: {problem}", "type the whole name of one topic")


class ManyTopics(UserError):
    """A question about all topics of a prefix."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"who may use {name}* has a different answer for each topic",
            "type the whole name of one topic, without a star",
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about a topic, else an application, else everything; in these environments, or in all."""

    topic: str | None = None
    application: str | None = None
    environments: tuple[str, ...] | None = None


def answer(
    files: Files, question: Question, cache: Cache, *, jobs: int | None = None, progress: Progress | None = None
) -> Found:
    """Answer a question; raises NoTopic, UnknownApplication, UnknownEnvironment, and TryLater as `read` does."""
    topic, application = question.topic, question.application
    if topic is not None and (problem := topic_problem(topic)):
        raise NoTopic(topic, problem)
    if application is not None:
        check_application(application, files.names("applications"))
    landscape = read(files, question.environments, HOLDS_KAFKA_OBJECTS, cache=cache, jobs=jobs, progress=progress)
    if topic is not None:
        return about_topic(landscape, topic)
    return about_everything(landscape) if application is None else about_application(landscape, application)


def replied(files: Files, command: Command, rules: Rules, cache: Cache) -> str:
    """Answer the `who` or `audit` of a comment as Markdown; raises as `answer` and `look` do, and ManyTopics."""
    if command.verb is Verb.AUDIT:
        report = look(files, rules, command.application or "", command.environments or None, cache=cache)
        return audit_markdown.text(report)
    return paragraphs(_replies(files, command, cache))


def _replies(files: Files, command: Command, cache: Cache) -> list[str]:
    where = command.environments or None
    prefix = next((one.name for one in command.topics if one.pattern is PatternType.PREFIX), None)
    if prefix is not None:
        raise ManyTopics(prefix)
    questions = [Question(topic=one.name, environments=where) for one in command.topics]
    if command.application is not None:
        questions.append(Question(application=command.application, environments=where))
    found = (answer(files, one, cache) for one in questions)
    return [reply(one, ROOM // len(questions)) for one in found if not isinstance(one, Matrix)]
