"""The description of a pull request: what it says of a grant, and that it fits, whatever the grant is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkout.files import Files, write_all
from bot.pipeline import answer, keep
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.policy.verdict import Severity, Verdict
from bot.proof.model import AddedRules, ChangedQuotas, Differing, Expected, Outcome, Printed, Problem, Proof, Status
from bot.reporting.answer import Answer
from bot.reporting.environments import deployment
from bot.reporting.pull_request import MOST_PAGES, PAGE, ROOM, Body, TooMuch, body
from tests.reporting.bodies import RULES, described, description
from tests.support.commands import grant
from tests.support.shown import problems
from tests.support.tree import TREE, put, text

PLAN = plan(Files(TREE), RULES, grant("myapp", "lsst.square-events.myapp.ingest:read"))
ISSUE = frozenset({1})
TOPIC = """\
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata:
  name: "{}"
  labels:
    strimzi.io/cluster: sasquatch
"""
USER = """\
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata:
  name: myapp
  labels:
    strimzi.io/cluster: sasquatch
spec:
  authentication:
    type: tls
  authorization:
    type: simple
    acls:
      - resource: {type: topic, name: lsst.square-events.notify., patternType: prefix}
        operations: [Describe, Read]
"""


def made(proof: Proof, *, kept: tuple[str, ...] = (), verdicts: tuple[Verdict, ...] = PLAN.verdicts) -> Body:
    answers = [Answer(PLAN.command, replace(PLAN, verdicts=verdicts), proof)]
    return body(answers, 1, deployment(answers, dict.fromkeys(PLAN.targets, "x.org")), kept)


def headline(proof: Proof, *, kept: tuple[str, ...] = (), verdicts: tuple[Verdict, ...] = ()) -> str:
    return made(proof, kept=kept, verdicts=verdicts).text.split("\n")[0]


PROVED = Proof(Status.PROVED, {"alpha": Outcome.PROVED, "beta": Outcome.PROVED})
PARTLY = Proof(
    Status.PARTLY,
    {"alpha": Outcome.PROVED, "beta": Outcome.NOT_RENDERED},
    (Problem("beta", "myapp did not render before either: x"),),
)
APPROVAL = Verdict("topic-of-another", Severity.NEEDS_APPROVAL, "x is theirs, so its owners have to agree")

HEADLINES = {
    "proved": (
        PROVED,
        {},
        "**Proved in 2 of 2 environments. `myapp` gets the Secret `myapp-kafka` and gains no rule in",
    ),
    "nothing else changes": (PROVED, {}, "in `alpha`, `beta`; nothing else changes.**"),
    "not all": (PARTLY, {}, "**Not all of it is proved, but in 1 of 2 environments: not in `beta`."),
    "nothing rendered": (Proof(Status.SKIPPED), {}, "**Nothing was rendered, so nothing is proved."),
    "people": (PROVED, {"kept": ("a", "b")}, "; people have changed 2 files here besides, which is not proved.**"),
    "no approval": (PROVED, {}, "** The rules ask for no approval beyond a review."),
    "an approval": (
        PROVED,
        {"verdicts": (APPROVAL,)},
        "** **Needs approval:** x is theirs, so its owners have to agree.",
    ),
    "many approvals": (
        PROVED,
        {"verdicts": tuple(replace(APPROVAL, text=f"{number} agree") for number in range(5))},
        "**Needs approval:** 0 agree. **Needs approval:** 1 agree. **3 more approvals** are asked for below.",
    ),
}


@pytest.mark.parametrize(("proof", "options", "words"), HEADLINES.values(), ids=HEADLINES)
def test_headline(proof: Proof, options: dict[str, tuple[str, ...]], words: str) -> None:
    assert words in headline(proof, **options)  # type: ignore[arg-type]


def test_not_all_proved_says_nothing_of_the_rest() -> None:
    assert "nothing else changes" not in headline(PARTLY)
    text = made(PARTLY).text
    assert "- **Not proved** in `beta`: myapp did not render before either: x." in text
    assert "| `beta` | **target** |" in text
    assert "⚠️ could not render" in text


def test_a_grant(tree: Path) -> None:
    """Two commands on the small tree, really proved: the second counts as a part of the whole."""
    found = described(
        tree,
        "/kafka-access myapp topic=lsst.square-events.notify.*:read",
        "/kafka-access myapp topic=lsst.square-events.myapp.done:Write create",
        write=write_all,
    )
    assert found.pages == ()
    assert problems(found.text, references=ISSUE) == []
    said = found.text
    assert said.startswith("**Proved in 4 of 4 environments. `myapp` gains write on `lsst.square-events.myapp.done`, ")
    assert "read on all topics `lsst.square-events.notify.*` (2 topics today)" in said
    assert ", with 1 new KafkaTopic; nothing else changes.**" in said
    assert "`lsst.square-events.notify.message` | nothing | read | `User:CN=reader` | nobody |" in said
    assert "- New: `lsst.square-events.myapp.done`, which nobody may read and `User:CN=myapp` may write." in said
    assert "2 declared topics today: `lsst.square-events.notify.message`, `lsst.square-events.notify.receipt`" in said
    assert "| create | KafkaUser | `sasquatch/myapp` |" in said
    assert "| amend |" not in said
    assert "KafkaUser myapp is new" in said
    assert said.count("<summary>KafkaUser myapp") == 1
    assert "container `myapp`, variable `KAFKA_BOOTSTRAP_SERVERS` |  | from Secret `myapp-kafka`, key" in said


def test_a_user_that_is_there_changes_in_kafka_alone(tree: Path) -> None:
    line = "/kafka-access reader topic=lsst.square-events.notify.receipt:read quota=producer:1MiB/s expires=2031-12-24"
    said = described(tree, line, write=keep).text
    assert "in `alpha`, `beta` until 2031-12-24, with a quota; nothing else changes.**" in said
    assert "\n1. Sync `sasquatch` in each target:" in said
    assert "/applications/reader)" not in said


def test_what_is_taken_away_is_said_to_go(tree: Path) -> None:
    said = described(tree, "/kafka-access revoke reader", write=keep).text
    assert "and read on consumer group `reader` in `alpha`, `beta`; nothing else changes.**" in said
    assert "- Describe on consumer group `reader` goes with the rest, as Kafka implies it." in said
    assert "- Nobody else has a rule about consumer group `reader`." in said


def test_forty_environments_and_five_hundred_topics(tree: Path) -> None:
    """Really planned; what Helm prints is made up to save its minute, with another topic in each environment."""
    environment = text(tree, "environments/values-alpha.yaml")
    names = [f"many-{number:02}" for number in range(40)]
    for name in names:
        here = re.sub(r"(?m)^  (?!myapp|sasquatch|strimzi)\S+: true\n", "", environment.replace("alpha", name))
        put(tree, f"environments/values-{name}.yaml", here)
        for application in ("myapp", "sasquatch", "strimzi", "strimzi-access-operator"):
            values = text(tree, f"applications/{application}/values-alpha.yaml")
            put(tree, f"applications/{application}/values-{name}.yaml", values)

    def prove(_root: Path, planned: Plan) -> Proof:
        printed, differences = [], {}
        for name in planned.targets:
            own = [f"lsst.square-events.notify.{one}" for one in (name, *(f"number-{number}" for number in range(499)))]
            before = "---\n".join(TOPIC.format(topic) for topic in own)
            printed.append(Printed("sasquatch", name, "sasquatch", before, f"{before}---\n{USER}"))
            differences[name] = (Differing("sasquatch/x.yaml", "", f"{USER}# {name}\n"),)
        outcomes = dict.fromkeys(planned.targets, Outcome.PROVED)
        return Proof(Status.PROVED, outcomes, differences=differences, printed=tuple(printed))

    command = "/kafka-access myapp topic=lsst.square-events.notify.*:read"
    found = description(tree, answer(tree, command, RULES, prove, write_all), 3_000)
    assert len(found.text) <= ROOM - 3_000
    assert problems(found.text, references=ISSUE) == []
    first = found.text.split("\n")[0]
    assert first.startswith("**Proved in 42 of 42 environments. `myapp` gains read on all topics")
    assert "(500 topics today)" in first
    assert "`alpha`, `beta`, `many-00`, `many-01`, `many-02`, `many-03` and 36 more" in first
    assert "; nothing else changes.** **Needs approval:**" in first
    assert found.text.count("| **target** |") == 42
    assert "*There is no room for" in found.text
    assert found.text.endswith("closes it.")
    assert 1 <= len(found.pages) <= MOST_PAGES
    assert all(len(page) <= PAGE + 200 and problems(page) == [] for page in found.pages)


@pytest.mark.parametrize(("lines", "environments"), [(10, 3), (400, 40), (5_000, 2)])
def test_large_differences(lines: int, environments: int) -> None:
    names = [f"environment-{number}" for number in range(environments)]
    differences = {
        name: (Differing("myapp/templates/x.yaml", "", "".join(f"{name}-{number}: 1\n" for number in range(lines))),)
        for name in names
    }
    found = made(Proof(Status.PROVED, dict.fromkeys(names, Outcome.PROVED), differences=differences))
    assert len(found.text) <= ROOM
    assert problems(found.text, references=ISSUE) == []
    assert all(problems(page) == [] for page in found.pages)
    assert bool(found.pages) is (lines > 10)
    if len(found.pages) < MOST_PAGES:
        whole = "\n".join((found.text, *found.pages))
        assert [name for name in names if f"+{name}-{lines - 1}: 1\n" not in whole] == []


def test_hundreds_of_commands() -> None:
    """The longest that still fits is described; what does not fit is refused before anything is written."""
    answers = [Answer(PLAN.command, PLAN, PROVED)]
    where = deployment(answers, {})
    with pytest.raises(TooMuch) as refused:
        body(answers, 1, where, (), ROOM - 500)
    assert "more than its description has room for" in refused.value.text
    assert len(body(answers, 1, where, (), ROOM - 3_000).text) <= 3_000


def test_many_topics_by_name() -> None:
    """Five hundred rules of one user."""
    topics = [f"lsst.square-events.myapp.number-{number}" for number in range(500)]
    rules = "".join(
        f"      - resource: {{type: topic, name: {name}, patternType: literal}}\n        operations: [Read, Describe]\n"
        for name in topics
    )
    head = "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nmetadata: {name: myapp}\nspec:\n"
    user = f"{head}  authentication: {{type: tls}}\n  authorization:\n    type: simple\n    acls:\n{rules}"
    printed = tuple(Printed("sasquatch", name, "sasquatch", "", user) for name in ("alpha", "beta"))
    found = made(replace(PROVED, printed=printed))
    assert len(found.text) <= ROOM
    assert found.text.startswith(
        "**Proved in 2 of 2 environments. `myapp` gains read on 500 topics in `alpha`, `beta`;"
    )
    assert problems(found.text, references=ISSUE) == []
    whole = "\n".join((found.text, *found.pages))
    assert [name for name in topics if f"topic `{name}` | literal" not in whole] == []
    assert re.search(r"and \d+ more", found.text.partition("```mermaid")[2])


def test_hostile_names() -> None:
    """What a chart prints and people type is shown, and does nothing."""
    evil = "`x` @alice ![y](https://e.org) </details> <script> #2 ```\n---\n# | end %%{init}%%"
    document = f"apiVersion: v1\nkind: {evil.splitlines()[0]!r}\nmetadata:\n  name: {evil.splitlines()[0]!r}\n"
    user = (
        "apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaUser\nmetadata:\n  name: '</summary> `x` @alice'\n"
        "spec:\n  authorization:\n    acls:\n      - resource:\n"
        "          {type: topic, name: '`x`|\"]) @bob %%', patternType: prefix}\n"
        "        operations: [All]\n        host: '`h` | @carol'\n"
    )
    command = replace(PLAN.command, text=f"/kafka-access myapp topic=x {evil}")
    verdict = replace(APPROVAL, text=evil)
    proof = Proof(
        Status.PARTLY,
        {"alpha": Outcome.PROVED, evil: Outcome.NOT_RENDERED},
        (Problem(evil, evil),),
        (evil,),
        differences={"alpha": (Differing(evil, "", document), Differing(evil, "a: 1\n", "a: *x\n```\n"))},
        printed=(Printed("sasquatch", "alpha", "sasquatch", "", user),),
    )
    planned = replace(PLAN, command=command, verdicts=(verdict,), notes=(evil,))
    answers = [Answer(command, planned, proof)]
    found = body(answers, 1, deployment(answers, {}), (evil,))
    assert problems(found.text, references=ISSUE) == []
    assert "gains everything on all topics" in found.text


def _dated(day: str | None) -> Expected:
    rules = AddedRules("sasquatch", frozenset({"alpha"}), "myapp", "sasquatch", (), {"kafka-access/expires": day})
    return Expected(added_rules=(rules,))


ALONE = {
    "other quotas": Expected(
        changed_quotas=(ChangedQuotas("sasquatch", frozenset({"alpha"}), "user.yaml", "myapp", "sasquatch", ()),)
    ),
    "access until 2031-12-24": _dated("2031-12-24"),
    "access without a last day": _dated(None),
}


@pytest.mark.parametrize(("gets", "expected"), ALONE.items(), ids=ALONE)
def test_a_quota_or_a_day_alone(gets: str, expected: Expected) -> None:
    """A reviewer hears of it in the first line."""
    planned = replace(PLAN, resources=(), expected=expected)
    answers = [Answer(PLAN.command, planned, PROVED)]
    said = body(answers, 1, deployment(answers, {}), ()).text.split("\n")[0]
    assert f"`myapp` gets {gets} and gains no rule in Kafka in `alpha`, `beta`" in said
