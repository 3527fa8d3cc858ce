"""Every word of the language in one place: how it is written, what it means, examples, and whether it works yet."""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands.model import Command, Verb
from bot.errors import UserError

_TOPIC = "lsst.square-events.myapp.ingest"


@dataclass(frozen=True, slots=True)
class Word:
    """A keyword or an option; every example is a whole command that works."""

    name: str
    syntax: str
    meaning: str
    examples: tuple[str, ...]
    ready: bool = True


VERBS = (
    Word(
        "plan",
        "plan APP ...",
        "Say what would be done, and do nothing.",
        (f"/kafka-access plan myapp topic={_TOPIC}:read",),
    ),
    Word(
        "revoke",
        "revoke APP [topic=NAME]... [env=E,...]",
        "Take access away.",
        (f"/kafka-access revoke myapp topic={_TOPIC}",),
        ready=False,
    ),
    Word(
        "who",
        "who topic=NAME [env=E] | who app=APP",
        "Say who may do what.",
        (f"/kafka-access who topic={_TOPIC}", "/kafka-access who app=myapp"),
        ready=False,
    ),
    Word(
        "audit",
        "audit [APP]",
        "Say what is wrong with the grants that exist.",
        ("/kafka-access audit myapp",),
        ready=False,
    ),
    Word(
        "migrate",
        "migrate APP",
        "Bring the application's Kafka resources to the newest API version.",
        ("/kafka-access migrate myapp",),
        ready=False,
    ),
    Word(
        "refresh",
        "refresh",
        "On the bot's pull request: redo it on the newest main branch.",
        ("/kafka-access refresh",),
        ready=False,
    ),
    Word("cancel", "cancel", "On the bot's pull request: close it.", ("/kafka-access cancel",), ready=False),
    Word("help", "help [WORD]", "Explain the language, or one word of it.", ("/kafka-access help topic",)),
)
FLAGS = (
    Word(
        "create",
        "create [partitions=N] [retention=7d]",
        "Declare the topics as well, with KafkaTopic resources.",
        (f"/kafka-access myapp topic={_TOPIC} create", f"/kafka-access myapp topic={_TOPIC} create partitions=4"),
    ),
    Word(
        "enable-operator",
        "enable-operator",
        "Also enable the Strimzi access operator in target environments that lack it.",
        (f"/kafka-access myapp topic={_TOPIC} env=tucson-teststand enable-operator",),
    ),
    Word(
        "metrics",
        "metrics [tags=A,B]",
        "Let the application publish application metrics.",
        ("/kafka-access myapp metrics",),
        ready=False,
    ),
)
OPTIONS = (
    Word(
        "topic",
        "topic=NAME[*][:OPS]",
        "A topic, or with `*` all topics that begin so. OPS are `read`, `write`, `manage`, or operations of Kafka such "
        "as `Describe`, separated by commas; without them, `read,write`. May be given several times.",
        (
            f"/kafka-access myapp topic={_TOPIC}:read,write",
            "/kafka-access myapp topic=lsst.square-events.myapp.*:manage",
            f"/kafka-access myapp topic={_TOPIC}:Describe,Read topic=lsst.other:write",
        ),
    ),
    Word(
        "group",
        "group=NAME[*]",
        "A consumer group, or with `*` all groups that begin so; without it, those that the rules give to the "
        "application. May be given several times.",
        (f"/kafka-access myapp topic={_TOPIC}:read group=myapp",),
    ),
    Word(
        "txn",
        "txn=ID[*]",
        "A transactional id for a producer, or with `*` all that begin so.",
        (f"/kafka-access myapp topic={_TOPIC}:write txn=myapp-*",),
    ),
    Word(
        "env",
        "env=E[,E]...",
        "The environments; without it, all in which the application can have it.",
        (f"/kafka-access myapp topic={_TOPIC} env=idfdev,idfint",),
    ),
    Word(
        "workload",
        "workload=[KIND/]NAME[,...] | workload=all",
        "The Deployment, StatefulSet, CronJob or Job that is the client, where there are several.",
        (
            f"/kafka-access myapp topic={_TOPIC} workload=deployment/myapp-worker",
            f"/kafka-access myapp topic={_TOPIC} workload=all",
        ),
    ),
    Word(
        "container",
        "container=NAME",
        "The container of the workload, where it cannot be told.",
        (f"/kafka-access myapp topic={_TOPIC} container=worker",),
    ),
    Word(
        "user",
        "user=NAME",
        "The name of the KafkaUser, where that of the application does not fit.",
        (f"/kafka-access myapp topic={_TOPIC} user=myapp-events",),
    ),
    Word(
        "secret",
        "secret=NAME",
        "The name of the KafkaAccess, and so of the Secret that the workload mounts.",
        (f"/kafka-access myapp topic={_TOPIC} secret=myapp-events",),
    ),
    Word(
        "partitions",
        "partitions=N",
        "Partitions of the topics that `create` declares.",
        (f"/kafka-access myapp topic={_TOPIC} create partitions=4",),
    ),
    Word(
        "retention",
        "retention=7d",
        "How long these topics keep messages: a number with `ms`, `s`, `m`, `h`, `d` or `w`, or `forever`.",
        (f"/kafka-access myapp topic={_TOPIC} create retention=7d",),
    ),
    Word(
        "app",
        "app=NAME",
        "The application, where its name is also a word of this language.",
        (f"/kafka-access app=metrics topic={_TOPIC}",),
    ),
    Word("tags", "tags=A,B", "Tags of application metrics.", ("/kafka-access myapp metrics tags=a,b",), ready=False),
    Word(
        "expires",
        "expires=YYYY-MM-DD",
        "The day on which the grant is to be taken back.",
        (f"/kafka-access myapp topic={_TOPIC} expires=2030-01-31",),
        ready=False,
    ),
    Word(
        "quota",
        "quota=producer:1MB,consumer:2MB",
        "Bytes per second.",
        (f"/kafka-access myapp topic={_TOPIC} quota=producer:1MB,consumer:500kB",),
        ready=False,
    ),
    Word(
        "profile",
        "profile=NAME",
        "Variable names of another client library, from the rules.",
        (f"/kafka-access myapp topic={_TOPIC} profile=spring",),
        ready=False,
    ),
    Word(
        "cluster",
        "cluster=NAME",
        "Another Kafka cluster, from the rules.",
        (f"/kafka-access myapp topic={_TOPIC} cluster=prompt-kafka",),
        ready=False,
    ),
)
GRANT = f"/kafka-access myapp topic={_TOPIC}:read,write"
"""The plainest command."""


def words() -> dict[str, Word]:
    """Return every word by its name."""
    return {word.name: word for word in (*VERBS, *FLAGS, *OPTIONS)}


class NotYet(UserError):
    """A word that parses, and does nothing so far."""

    def __init__(self, word: Word) -> None:
        super().__init__(f"`{word.name}` does not work yet", GRANT)


def not_yet(command: Command) -> NotYet | None:
    """Return what of a well-formed command does not work yet, or None: the only place that says so."""
    used = [command.verb.value] if command.verb is not Verb.GRANT else []
    for name in ("metrics", "tags", "expires", "quota", "profile", "cluster"):
        used += [name] if getattr(command, name) else []
    known = words()
    return next((NotYet(known[name]) for name in used if not known[name].ready), None)
