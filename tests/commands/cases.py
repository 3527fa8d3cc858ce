"""Lines that are commands but malformed: shared by the tests of carets, sentences and hints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bad:
    """What follows the command word, with the faulty part between ⟦ and ⟧, words of the answer, and its hint."""

    marked: str
    said: str
    hint: str | None = None
    """The arguments of the hint where these are the line mended, None for any example."""

    @property
    def line(self) -> str:
        return "/kafka-access" + self.marked.replace("⟦", "").replace("⟧", "")

    @property
    def start(self) -> int:
        return len("/kafka-access") + self.marked.index("⟦")

    @property
    def end(self) -> int:
        return len("/kafka-access") + self.marked.index("⟧") - 1


EXAMPLE_TOPIC = "myapp topic=lsst.square-events.myapp.ingest"
EXAMPLE = f"{EXAMPLE_TOPIC}:read,write"
"""The working example of a grant, where the line cannot be mended without asking for more than was typed."""

QUOTA = "quota=producer:1MiB/s,consumer:10MB/s"

BAD = {
    # the application
    "nothing": Bad("⟦⟧", "application is missing"),
    "plan alone": Bad(" plan⟦⟧", "application is missing"),
    "revoke alone": Bad(" revoke⟦⟧", "application is missing", "revoke myapp"),
    "blanks at the end": Bad(" topic=lsst.x⟦⟧  ", "application is missing"),
    "underscore": Bad(" my⟦_⟧app", "lower-case", "my-app"),
    "upper case": Bad(" ⟦M⟧yApp", "lower-case", "myapp"),
    "dash at the end": Bad(" myapp⟦-⟧", "begins and ends"),
    "dash at the beginning": Bad(" app=⟦-⟧myapp", "begins and ends"),
    "64 characters": Bad(f" {'a' * 63}⟦a⟧", "at most 63"),
    "foreign letter": Bad(" my⟦ä⟧pp", "lower-case"),
    "comma": Bad(" myapp⟦,⟧", "lower-case"),
    "mention": Bad(" ⟦@⟧maintainer", "lower-case"),
    "twice": Bad(" myapp ⟦other⟧", "one bare word", EXAMPLE),
    "beside app=": Bad(" app=myapp ⟦other⟧", "one bare word", EXAMPLE),
    "app= twice": Bad(" app=a1 ⟦app=b1⟧", "given twice", "app=a1"),
    # words
    "please": Bad(" myapp topic=lsst.x ⟦please⟧", "one bare word", EXAMPLE),
    "operations after a blank": Bad(
        " squareone topic=lsst.squareone.* ⟦:read⟧", "without a blank", "squareone topic=lsst.squareone.*:read"
    ),
    "operations without a colon": Bad(
        " hips topic=lsst.hips.x  ⟦read⟧", "did you mean `topic=lsst.hips.x:read`?", "hips topic=lsst.hips.x:read"
    ),
    "operations one by one": Bad(
        " hips topic=lsst.hips.x ⟦Read⟧ write", "without a blank", "hips topic=lsst.hips.x:Read,write"
    ),
    "operations before the application": Bad(
        " topic=lsst.hips.x ⟦read⟧ hips", "without a blank", "topic=lsst.hips.x:read hips"
    ),
    "operations after a quoted topic": Bad(' hips topic="lsst.hips.x" ⟦read⟧', "one bare word", EXAMPLE),
    "operations after another option": Bad(" hips topic=lsst.hips.x env=a ⟦read⟧", "one bare word", EXAMPLE),
    "in an environment": Bad(
        " hips topic=lsst.x:read ⟦in⟧ idfdev", "did you mean `env=idfdev`?", "hips topic=lsst.x:read env=idfdev"
    ),
    "in no environment": Bad(" hips topic=lsst.x:read ⟦in⟧", "one bare word", EXAMPLE),
    "a sentence": Bad(
        " hips topic=lsst.x:read ⟦in⟧ idfdev please", "`env=`", f"{EXAMPLE_TOPIC}:read env=idfdev,usdfdev"
    ),
    "mentions as words": Bad(" myapp ⟦@maintainers⟧ @all", "one bare word"),
    "crate": Bad(" myapp topic=lsst.x ⟦crate⟧", "did you mean `create`?", "myapp topic=lsst.x create"),
    "crate first": Bad(" ⟦crate⟧ myapp", "did you mean `create`?", "create myapp"),
    "unfinished verb": Bad(" ⟦pla⟧ myapp", "did you mean `plan`?", "plan myapp"),
    "grant": Bad(" ⟦grant⟧ myapp topic=lsst.x", "without a verb", "myapp topic=lsst.x"),
    "option as a word": Bad(" myapp topic⟦⟧ lsst.x", "needs a value"),
    "colon for equals": Bad(" myapp topic⟦:⟧lsst.x:read", "equals sign", "myapp topic=lsst.x:read"),
    "a verb alone": Bad(" ⟦canel⟧", "`canel` is not a keyword", "cancel"),
    "help alone": Bad(" ⟦hlep⟧", "`hlep` is not a keyword", "help"),
    "topic without its word": Bad(" who ⟦lsst.x.y⟧", "after `topic=`", "who topic=lsst.x.y"),
    "topic beside the application": Bad(" ⟦lsst.x.y:read⟧ myapp", "after `topic=`", "topic=lsst.x.y:read myapp"),
    "two topics": Bad(" revoke myapp ⟦lsst.x.y⟧ lsst.z", "after `topic=`", "revoke myapp topic=lsst.x.y topic=lsst.z"),
    "no topic where none goes": Bad(" audit lsst⟦.⟧x", "lower-case letters"),
    "colon without an application": Bad(" topic⟦:⟧lsst.x", "equals sign"),
    "create twice": Bad(" myapp create ⟦create⟧", "given twice", "myapp create"),
    "two verbs": Bad(" plan ⟦revoke⟧ myapp", "two commands", "plan myapp"),
    "a verb twice": Bad(" plan myapp ⟦PLAN⟧", "given twice", "plan myapp"),
    "create with a value": Bad(" myapp create⟦=yes⟧", "takes no value", "myapp create"),
    "create with a no": Bad(" myapp topic=lsst.x create⟦=no⟧", "takes no value", f"{EXAMPLE_TOPIC}:write create"),
    "plan with a value": Bad(" plan⟦=myapp⟧", "takes no value"),
    "topics": Bad(" myapp ⟦topics⟧=lsst.x", "did you mean `topic`?", "myapp topic=lsst.x"),
    "toppic": Bad(" myapp ⟦toppic⟧=lsst.x:read", "did you mean `topic`?", "myapp topic=lsst.x:read"),
    "unknown option": Bad(" myapp ⟦zebra⟧=1", "`zebra` is not an option"),
    "unsafe option": Bad(" myapp ⟦<b>@you</b>⟧=1", "this is not an option"),
    "no option": Bad(" myapp ⟦⟧=1", "name of an option is missing"),
    "two dashes": Bad(" myapp ⟦--⟧topic=lsst.x", "no dashes", "myapp topic=lsst.x"),
    "one dash": Bad(" ⟦-⟧h", "no dashes"),
    "a phone's dash": Bad(" myapp ⟦—⟧create", "no dashes", "myapp create"),
    "open quote": Bad(' myapp topic=⟦"⟧lsst.x', "never closed", "myapp topic=lsst.x"),
    "text after a quote": Bad(' myapp topic="lsst.x"⟦:⟧read', "blank belongs"),
    "no value": Bad(" myapp topic=⟦⟧", "needs a value"),
    "no quoted value": Bad(' myapp user="⟦⟧"', "needs a value"),
    "second mistake mended too": Bad(
        " grant myapp topic=lsst.x:⟦rea⟧", "did you mean `read`?", "myapp topic=lsst.x:read"
    ),
    "too long": Bad(f" myapp {'a' * 3980}⟦a⟧bc", "at most 4000 characters"),
    # topics
    "illegal character": Bad(" myapp topic=lsst⟦/⟧x:read", "letters, digits"),
    "250 characters": Bad(f" myapp topic={'t' * 249}⟦t⟧", "at most 249"),
    "251 characters": Bad(f" myapp topic={'t' * 249}⟦t⟧t", "at most 249 characters, this one 251"),
    "dot": Bad(" myapp topic=⟦.⟧", "cannot be named"),
    "two dots": Bad(" myapp topic=.⟦.⟧", "cannot be named"),
    "two stars": Bad(" myapp topic=⟦*⟧*", "only at the end"),
    "star inside": Bad(" myapp topic=a⟦*⟧b*", "only at the end"),
    "star first": Bad(" myapp topic=⟦*⟧.ingest", "only at the end"),
    "no name": Bad(" myapp topic=⟦⟧:read", "missing"),
    "no operations": Bad(" myapp topic=lsst.x:⟦⟧", "missing"),
    "comma at the end": Bad(" myapp topic=lsst.x:read,⟦⟧", "missing"),
    "unknown operation": Bad(
        " myapp topic=lsst.x:read,⟦wirte⟧", "did you mean `write`?", "myapp topic=lsst.x:read,write"
    ),
    "unsafe operation": Bad(" myapp topic=lsst.x:⟦@you⟧", "nothing that can be done"),
    "colons": Bad(" myapp topic=lsst.x:read⟦:⟧write", "commas", "myapp topic=lsst.x:read,write"),
    # groups and transactional ids
    "group with operations": Bad(" myapp group=lsst.g⟦:Create⟧", "takes no operations", "myapp group=lsst.g"),
    "group with a bundle": Bad(" myapp group=lsst.g*⟦:read,write⟧", "takes no operations", "myapp group=lsst.g*"),
    "group with a colon": Bad(" myapp group=lsst⟦:⟧g", "letters, digits"),
    "group with braces": Bad(" myapp group=⟦{⟧app}", "letters, digits"),
    "group with a blank": Bad(' myapp group="a⟦ ⟧b"', "letters, digits"),
    "txn with operations": Bad(" myapp txn=t⟦:Write⟧", "takes no operations", "myapp txn=t"),
    "txn with a template": Bad(" myapp txn=⟦{⟧{.Values.x}}", "letters, digits"),
    "star inside a group": Bad(" myapp group=a⟦*⟧b", "only at the end"),
    # names
    "environment in upper case": Bad(" myapp env=⟦U⟧SDFdev", "lower-case", "myapp env=usdfdev"),
    "no environment": Bad(" myapp env=a,⟦⟧,b", "missing"),
    "kind": Bad(" myapp workload=⟦deploymnt⟧/x", "did you mean `deployment`?", "myapp workload=deployment/x"),
    "daemonset": Bad(" myapp workload=⟦daemonset⟧/x", "the kind of a workload"),
    "no kind": Bad(" myapp workload=⟦⟧/x", "the kind of a workload"),
    "kind without a name": Bad(" myapp workload=job/⟦⟧", "missing"),
    "all and names": Bad(" myapp workload=x,⟦all⟧", "without other names", "myapp workload=all"),
    "workload twice": Bad(" myapp workload=x ⟦workload=all⟧", "given twice", "myapp workload=x"),
    "container": Bad(" myapp container=my⟦_⟧app", "lower-case"),
    "user in upper case": Bad(" myapp user=⟦M⟧yapp", "lower-case", "myapp user=myapp"),
    "user with dots side by side": Bad(" myapp user=my.⟦.⟧app", "lower-case"),
    "secret too long": Bad(f" myapp secret={'s' * 253}⟦s⟧", "at most 253"),
    "profile": Bad(" myapp profile=⟦S⟧pring", "lower-case"),
    "tag": Bad(" myapp metrics tags='a,b⟦ ⟧c'", "a tag has"),
    "metrics and a topic": Bad(" myapp ⟦topic=a⟧ metrics group=b", "are asked for in two commands", "myapp metrics"),
    "revoking metrics and a topic": Bad(" revoke myapp metrics ⟦topic=a⟧", "in two commands", "revoke myapp metrics"),
    "metrics and create": Bad(" plan myapp metrics ⟦create⟧", "`metrics` and `create`", "plan myapp metrics"),
    "tags and a topic": Bad(" myapp ⟦tags=a⟧ topic=b", "with `metrics` only", "myapp tags=a metrics"),
    # numbers
    "partitions without create": Bad(" myapp ⟦partitions=3⟧", "with `create` only", "myapp partitions=3 create"),
    "retention without create": Bad(
        " myapp ⟦retention=7d⟧ env=a", "with `create` only", "myapp retention=7d create env=a"
    ),
    "tags without metrics": Bad(" myapp ⟦tags=a⟧", "with `metrics` only", "myapp tags=a metrics"),
    "no partitions": Bad(" myapp create partitions=⟦0⟧", "1 to 10000"),
    "too many partitions": Bad(" myapp create partitions=⟦10001⟧", "1 to 10000"),
    "negative partitions": Bad(" myapp create partitions=⟦-⟧1", "a number is missing"),
    "half a partition": Bad(" myapp create partitions=1⟦.⟧5", "digits only"),
    "foreign digits": Bad(" myapp create partitions=⟦٣⟧", "a number is missing"),
    "retention without a unit": Bad(" myapp create retention=7⟦⟧", "a unit is missing", "myapp create retention=7d"),
    "plain milliseconds": Bad(" myapp create retention=604800000⟦⟧", "a unit", "myapp create retention=604800000ms"),
    "unit in upper case": Bad(" myapp create retention=7⟦D⟧", "did you mean `d`?", "myapp create retention=7d"),
    "unknown unit": Bad(" myapp create retention=7⟦years⟧", "a unit is one of"),
    "no retention": Bad(" myapp create retention=⟦0d⟧", "`1ms` to"),
    "too long a retention": Bad(" myapp create retention=⟦9223372036854775808ms⟧", "`1ms` to"),
    "partitions twice": Bad(" myapp create partitions=3 ⟦partitions=4⟧", "given twice", "myapp create partitions=3"),
    "no such date": Bad(" myapp expires=⟦2031-02-29⟧", "no such date; did", "myapp expires=2031-02-28"),
    "no such month": Bad(" myapp expires=⟦2031-13-01⟧", "no such date"),
    "a short date": Bad(" myapp expires=⟦2031-2-9⟧", "did you mean `2031-02-09`?", "myapp expires=2031-02-09"),
    "a date with slashes": Bad(" myapp expires=⟦2031/12/24⟧", "a date is written", "myapp expires=2031-12-24"),
    "the day first": Bad(" myapp expires=⟦24.12.2031⟧", "a date is written", "myapp expires=2031-12-24"),
    "a date without dashes": Bad(" myapp expires=⟦20311224⟧", "a date is written", "myapp expires=2031-12-24"),
    "not a date": Bad(" myapp expires=⟦tomorrow⟧", "or it is `never`"),
    "foreign digits of a date": Bad(" myapp expires=⟦٢٠٣١-12-24⟧", "a date is written"),
    "rate without a unit": Bad(" myapp quota=producer:1⟦⟧", "a unit is missing", "myapp quota=producer:1B"),
    "rate a second without a unit": Bad(" myapp quota=producer:1⟦⟧/s", "a unit", "myapp quota=producer:1B/s"),
    "nothing a second": Bad(" myapp quota=producer:0⟦⟧", "a unit is missing"),
    "rate after an equals sign": Bad(" myapp quota=producer⟦=⟧1MB/s", "a colon belongs", "myapp quota=producer:1MB/s"),
    "rate a minute": Bad(" myapp quota=producer:1MB/⟦m⟧", "did you mean `s`?", "myapp quota=producer:1MB/s"),
    "rate in lower case": Bad(" myapp quota=producer:1⟦mb⟧", "did you mean `MB`?"),
    "quota for nobody": Bad(" myapp quota=⟦producr⟧:1MB", "did you mean `producer`?"),
    "quota for all": Bad(" myapp quota=⟦10MB/s⟧", "`producer` or the `consumer`", f"{EXAMPLE_TOPIC}:write {QUOTA}"),
    "quota in two words": Bad(" myapp quota=produce:1MB,⟦producer:2MB⟧", "given twice"),
    "quota twice": Bad(" myapp quota=producer:1MB,⟦producer:2MB⟧", "given twice"),
    "quota without a rate": Bad(" myapp quota=producer⟦⟧", "a rate is missing"),
    "rate of nothing": Bad(" myapp quota=consumer:⟦0B⟧", "`1B` to"),
    "rate without a number": Bad(" myapp quota=consumer:⟦n⟧o", "a number is missing"),
    "rate beyond Kafka": Bad(" myapp quota=consumer:⟦9223372036854775808B/s⟧", "or `none`"),
    # verbs and what they take
    "who of nothing": Bad(" who⟦⟧", "`topic=` or `app=`", "who topic=lsst.square-events.myapp.ingest env=idfdev"),
    "who in an environment": Bad(
        " who env=a⟦⟧", "`topic=` or `app=`", "who topic=lsst.square-events.myapp.ingest env=idfdev"
    ),
    "who of one cluster": Bad(" who app=myapp ⟦cluster=c⟧", "does not take `cluster`", "who app=myapp"),
    "who with a secret": Bad(" who app=myapp ⟦secret=x⟧", "does not take `secret`", "who app=myapp"),
    "revoke with create": Bad(" revoke myapp ⟦create⟧", "does not take `create`", "revoke myapp"),
    "refresh with an application": Bad(" refresh ⟦myapp⟧", "takes nothing else", "refresh"),
    "cancel with an option": Bad(" cancel ⟦topic=lsst.x⟧", "does not take `topic`", "cancel"),
    "help on two words": Bad(" help topic ⟦group⟧", "one word at a time", "help topic"),
    "help on an option": Bad(" help topic⟦=⟧lsst.x", "letters and `-` only", "help topic"),
    "help on someone": Bad(" help ⟦@⟧maintainer", "letters and `-` only", "help"),
    "help on a long word": Bad(f" help {'a' * 40}⟦b⟧", "at most 40"),
}
