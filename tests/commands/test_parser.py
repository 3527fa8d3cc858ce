from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.model import NEVER, Command, CommandError, Name, Topic, Verb, WorkloadName
from bot.commands.parser import parse, parse_line
from bot.commands.registry import ENTRIES
from bot.kafka import quotas
from bot.kafka.acl import PatternType

LITERAL, PREFIX = PatternType.LITERAL, PatternType.PREFIX
GRANT = Command(Verb.GRANT, "", "myapp")
APP_63 = "a" * 63
TOPIC_249 = "T" * 249


def topics(*access: str, name: str = "lsst.x", pattern: PatternType = LITERAL) -> Command:
    return replace(GRANT, topics=(Topic(name, pattern, access),))


GOOD = {
    # words
    "application": ("myapp", GRANT),
    "63 characters": (APP_63, replace(GRANT, application=APP_63)),
    "one character": ("7", replace(GRANT, application="7")),
    "named like an option": ("topic", replace(GRANT, application="topic")),
    "named like a keyword": ("app=create create", replace(GRANT, application="create", create=True)),
    "named like a verb": ("plan app=plan", replace(GRANT, verb=Verb.PLAN, application="plan")),
    "any order": ("topic=lsst.x create myapp plan", replace(topics(), verb=Verb.PLAN, create=True)),
    "any case": ("PLAN myapp Topic=lsst.x CREATE", replace(topics(), verb=Verb.PLAN, create=True)),
    "blanks": ("\t myapp \u00a0 topic=lsst.x\t ", topics()),
    "keywords": (
        "myapp create enable-operator",
        replace(GRANT, create=True, enable_operator=True),
    ),
    # topics
    "topic": ("myapp topic=lsst.x", topics()),
    "topic in quotes": ("myapp topic='lsst.x:read, write'", topics("read", "write")),
    "topic in double quotes": ('myapp topic="lsst.x"', topics()),
    "249 characters": (f"myapp topic={TOPIC_249}", topics(name=TOPIC_249)),
    "prefix": ("myapp topic=lsst.*", topics(name="lsst.", pattern=PREFIX)),
    "prefix with operations": ("myapp topic=lsst.*:read", topics("read", name="lsst.", pattern=PREFIX)),
    "wildcard": ("myapp topic=*", topics(name="*")),
    "wildcard with operations": ("myapp topic=*:Describe", topics("Describe", name="*")),
    "bundles": ("myapp topic=lsst.x:READ,Write,manage", topics("read", "write", "manage")),
    "all": ("myapp topic=lsst.x:all", topics("manage")),
    "All": ("myapp topic=lsst.x:All,manage", topics("manage")),
    "operations": (
        "myapp topic=lsst.x:describe,Create,ALTERCONFIGS,idempotentwrite,clusteraction",
        topics("Describe", "Create", "AlterConfigs", "IdempotentWrite", "ClusterAction"),
    ),
    "operations twice": ("myapp topic=lsst.x:write,read,write,Read", topics("write", "read")),
    "topics": (
        "topic=b:read myapp topic=a topic=b:read",
        replace(GRANT, topics=(Topic("b", LITERAL, ("read",)), Topic("a", LITERAL))),
    ),
    # groups and transactional ids
    "groups": (
        "myapp group=a group=b-* group=* group=x/y@z+1_2",
        replace(GRANT, groups=(Name("a", LITERAL), Name("b-", PREFIX), Name("*", LITERAL), Name("x/y@z+1_2", LITERAL))),
    ),
    "transactional ids": (
        "myapp txn=t txn=u* txn=t",
        replace(GRANT, transactional_ids=(Name("t", LITERAL), Name("u", PREFIX))),
    ),
    # where
    "environments": ("myapp env=a,b env=b,c-1", replace(GRANT, environments=("a", "b", "c-1"))),
    "workloads": (
        "myapp workload=web,Deployment/web,job/a.b,web",
        replace(GRANT, workloads=(WorkloadName("web"), WorkloadName("web", "deployment"), WorkloadName("a.b", "job"))),
    ),
    "all workloads": ("myapp workload=ALL", replace(GRANT, all_workloads=True)),
    "a workload named all": (
        "myapp workload=job/all,cronjob/all",
        replace(GRANT, workloads=(WorkloadName("all", "job"), WorkloadName("all", "cronjob"))),
    ),
    "names": (
        f"myapp container=c user={'u' * 253} secret=s.t-1",
        replace(GRANT, container="c", user="u" * 253, secret="s.t-1"),
    ),
    # what is created
    "partitions": ("myapp create partitions=10000", replace(GRANT, create=True, partitions=10_000)),
    "one partition, create last": ("partitions=1 myapp create", replace(GRANT, create=True, partitions=1)),
    **{
        f"retention of {typed}": (f"myapp create retention={typed}", replace(GRANT, create=True, retention=number))
        for typed, number in {
            "1ms": 1,
            "2s": 2_000,
            "3m": 180_000,
            "4h": 14_400_000,
            "7d": 604_800_000,
            "1w": 604_800_000,
            "forever": -1,
            "Forever": -1,
            "9223372036854775807ms": 2**63 - 1,
        }.items()
    },
    # limits, other clients, other clusters
    **{
        f"quota of {typed}": (f"myapp quota={typed}", replace(GRANT, quota=meant))
        for typed, meant in {
            "consumer:500kB,Producer:1MiB": (("consumer", 500_000), ("producer", 2**20)),
            "produce:1MiB/s,consume:10MB/s": (("producer", 2**20), ("consumer", 10**7)),
            "producer:1GB": (("producer", 10**9),),
            "None": (("producer", None), ("consumer", None)),
            "consumer:none": (("consumer", None),),
        }.items()
    },
    "two quotas": (
        "myapp quota=consumer:1B quota=producer:none",
        replace(GRANT, quota=(("consumer", 1), ("producer", None))),
    ),
    "profile and cluster": ("myapp profile=p cluster=c-1", replace(GRANT, profile="p", cluster="c-1")),
    "revoke of a cluster": ("revoke myapp cluster=c", replace(GRANT, verb=Verb.REVOKE, cluster="c")),
    # not yet
    "tags": ("myapp metrics tags=a,b_c tags=b_c,D.e", replace(GRANT, metrics=True, tags=("a", "b_c", "D.e"))),
    "date": ("myapp expires=2032-02-29", replace(GRANT, expires=date(2032, 2, 29))),
    "no date": ("myapp expires=Never", replace(GRANT, expires=NEVER)),
    "revoke": ("revoke myapp topic=lsst.x env=a", replace(topics(), verb=Verb.REVOKE, environments=("a",))),
    "who has a topic": (
        "who topic=lsst.x env=a",
        replace(topics(), verb=Verb.WHO, application=None, environments=("a",)),
    ),
    "who is an application": ("who app=myapp", replace(GRANT, verb=Verb.WHO)),
    "audit": ("audit", Command(Verb.AUDIT, "")),
    "audit of one": ("audit myapp", replace(GRANT, verb=Verb.AUDIT)),
    "migrate": ("migrate myapp", replace(GRANT, verb=Verb.MIGRATE)),
    "refresh": ("Refresh", Command(Verb.REFRESH, "")),
    "cancel": ("cancel", Command(Verb.CANCEL, "")),
    # help
    "help": ("help", Command(Verb.HELP, "")),
    "help on an option": ("help topic", Command(Verb.HELP, "", word="topic")),
    "help on a keyword": ("help enable-operator", Command(Verb.HELP, "", word="enable-operator")),
    "help on a verb": ("HELP Revoke", Command(Verb.HELP, "", word="Revoke")),
    "help at the end": ("revoke help", Command(Verb.HELP, "", word="revoke")),
    "help on help": ("help help", Command(Verb.HELP, "", word="help")),
    "help on anything": (f"help {'x' * 40}", Command(Verb.HELP, "", word="x" * 40)),
}


@pytest.mark.parametrize(("words", "meant"), GOOD.values(), ids=GOOD.keys())
def test_a_line_means(words: str, meant: Command) -> None:
    line = f"/kafka-access {words}"
    assert parse_line(line) == replace(meant, text=line)


EXAMPLES = [example for entry in ENTRIES.values() for example in entry.examples]


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_parses(line: str) -> None:
    assert isinstance(parse_line(line), Command)


@given(st.integers(1, quotas.LARGEST))
def test_a_rate_reads_as_it_is_shown(number: int) -> None:
    command = parse_line(f"/kafka-access myapp quota=producer:{quotas.rate(number)}")
    assert isinstance(command, Command)
    assert command.quota == (("producer", number),)


def test_the_commands_of_a_comment_keep_their_order() -> None:
    body = "Hello\n\n/kafka-access b1\n```\n/kafka-access c1\n```\n/kafka-access a1 crate\n/kafka-access help\n"
    first, second, third = parse(body).commands
    assert first == replace(GRANT, application="b1", text="/kafka-access b1")
    assert isinstance(second, CommandError)
    assert third == Command(Verb.HELP, "/kafka-access help")


def test_a_comment_without_a_command_asks_for_nothing() -> None:
    assert parse("Hello\n\n> /kafka-access myapp").commands == ()
