"""The verbs of the language, and what each of them takes."""

from __future__ import annotations

from bot.commands.entries import TOPIC, Action, lines
from bot.commands.model import Verb
from bot.commands.options import OPTIONS

_EVERYTHING = frozenset(option.word for option in OPTIONS)

ACTIONS = (
    Action(
        "grant",
        "APP [topic=NAME[:OPS]]... [OPTION]...",
        "Give an application a Kafka client: this is what a command without a verb asks for.",
        lines(f"myapp {TOPIC}:read,write"),
        Verb.GRANT,
        _EVERYTHING,
        ("app",),
    ),
    Action(
        "plan",
        "plan APP [topic=NAME[:OPS]]... [OPTION]...",
        "Say what would be done, and do nothing.",
        lines(f"plan myapp {TOPIC}:read"),
        Verb.PLAN,
        _EVERYTHING,
        ("app",),
    ),
    Action(
        "revoke",
        "revoke APP [metrics] [topic=NAME]... [group=NAME]... [txn=ID]... [env=ENVIRONMENT]... [user=NAME] "
        "[cluster=NAME]",
        "Take access away: all of it, or what is named; with `user=` that of one KafkaUser of several, with `metrics` "
        "(and `env`) what publishes metrics.",
        lines("revoke myapp", f"revoke myapp {TOPIC}", "revoke myapp env=idfdev", "revoke myapp metrics"),
        Verb.REVOKE,
        frozenset({"app", "topic", "group", "txn", "env", "user", "cluster", "metrics"}),
        ("app",),
    ),
    Action(
        "who",
        "who topic=NAME | app=APP [env=ENVIRONMENT]...",
        "Say who has access to a topic, or what an application has access to.",
        lines("who topic=lsst.square-events.myapp.ingest env=idfdev", "who app=myapp"),
        Verb.WHO,
        frozenset({"app", "topic", "env"}),
        ("topic", "app"),
    ),
    Action(
        "audit",
        "audit [APP] [env=ENVIRONMENT]...",
        "Say what is wrong with the access that exists.",
        lines("audit", "audit myapp"),
        Verb.AUDIT,
        frozenset({"app", "env"}),
    ),
    Action(
        "migrate",
        "migrate APP [cluster=NAME]",
        "Bring the application's KafkaUsers and KafkaTopics to `kafka.strimzi.io/v1`, which Strimzi 1.0 asks for.",
        lines("migrate myapp"),
        Verb.MIGRATE,
        frozenset({"app", "cluster"}),
        ("app",),
    ),
    Action(
        "refresh",
        "refresh",
        "On a pull request of the bot: redo it on the newest default branch.",
        lines("refresh"),
        Verb.REFRESH,
        frozenset(),
    ),
    Action(
        "cancel",
        "cancel",
        "On a pull request of the bot: close it.",
        lines("cancel"),
        Verb.CANCEL,
        frozenset(),
    ),
    Action(
        "help",
        "help [WORD]",
        "Explain the commands, or one word of them.",
        lines("help", "help topic"),
        Verb.HELP,
        frozenset(),
    ),
)
