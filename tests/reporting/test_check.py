"""The check run as text: its verdict, its limits, and words that stay words."""

from __future__ import annotations

import pytest

from bot.audit.approval import Agreement, Need
from bot.audit.finding import Finding, Subject
from bot.github.checks import LONGEST_TEXT, Check
from bot.jobs.model import Cause, Failure
from bot.kafka.acl import Acl, Operation, PatternType, Resource, ResourceType
from bot.landscape.delta import Declared, Delta, delta
from bot.landscape.essence import Thing
from bot.landscape.model import KafkaUser, Origin
from bot.policy.audited import Gravity
from bot.reporting.check import Compared, concluded, failed

FILE = "applications/myapp/templates/user.yaml"


def finding(severity: Gravity, number: int = 1, text: str = "Something is wrong.") -> Finding:
    origin = Origin("myapp", FILE, number)
    return Finding("a-rule", severity, text, "Mend it.", origin, Subject("KafkaUser", "ns", f"u{number}"), ("alpha",))


def compared(*new: Finding, by_bot: bool = False, things: int = 1, changed: Delta | None = None) -> Compared:
    before = tuple(Thing("KafkaTopic", "ns", f"t{number}", "sasquatch", "a: 1") for number in range(things))
    after = tuple(Thing("KafkaTopic", "ns", f"t{number}", "sasquatch", "a: 2\n" * 40) for number in range(things))
    lines = {one.origin: one.origin.line for one in new}
    deltas = {"alpha": changed} if changed else {}
    return Compared({"alpha": before}, {"alpha": after}, deltas, new, lines=lines, by_bot=by_bot)


def user(name: str, *topics: str) -> KafkaUser:
    acls = tuple(
        Acl(Resource(ResourceType.TOPIC, topic, PatternType.LITERAL), frozenset({Operation.READ})) for topic in topics
    )
    return KafkaUser(name, "ns", "sasquatch", "tls", acls, Origin("sasquatch"))


NEED = Need("myapp", "lsst.x", "is other's, so its owners", ("o/t",), ("bob",))


@pytest.mark.parametrize(
    ("severities", "agreed", "conclusion", "title"),
    [
        pytest.param([Gravity.WARNING], Agreement(NEED, "bob"), "neutral", "1 warning; no access changes", id="agreed"),
        pytest.param([], Agreement(NEED), "action_required", "needs approval; no access changes", id="nobody yet"),
        pytest.param(
            [Gravity.ERROR], Agreement(NEED), "failure", "1 error; needs approval; no access changes", id="an error too"
        ),
    ],
)
def test_owners_decide(severities: list[Gravity], agreed: Agreement, conclusion: str, title: str) -> None:
    check = concluded("x", compared(*map(finding, severities)), [agreed])
    assert (check.conclusion, check.title) == (conclusion, title)
    who = "`bob`" if agreed.by else "nobody yet."
    icon = "✅" if agreed.by else "⏳"
    who = f"team `o/t`, or `bob` by CODEOWNERS | {who}"
    row = f"| {icon} | `myapp`: `lsst.x` is other's, so its owners have to agree | {who} |"
    assert row in check.summary
    assert ("One of them is enough." in check.summary) == (not agreed.by)


def test_nobody_who_could_agree_is_said_without_a_ping() -> None:
    need = Need("@here", "x", "is [y](z)'s, so its owners", (), ())
    summary = concluded("x", compared(), [Agreement(need, doubts=("GitHub did not say @so",))]).summary
    assert "nobody is named" in summary
    assert "[y](z)" not in summary
    assert "@so" not in summary


@pytest.mark.parametrize(
    ("severities", "conclusion", "title"),
    [
        pytest.param([], "success", "no access changes", id="nothing"),
        pytest.param([Gravity.NOTE], "success", "no access changes", id="a note"),
        pytest.param([Gravity.WARNING], "neutral", "1 warning; no access changes", id="a warning"),
        pytest.param(
            [Gravity.WARNING, Gravity.ERROR, Gravity.ERROR],
            "failure",
            "2 errors, 1 warning; no access changes",
            id="errors",
        ),
    ],
)
def test_new_findings_decide(severities: list[Gravity], conclusion: str, title: str) -> None:
    check = concluded("x", compared(*(finding(one, number) for number, one in enumerate(severities, 1))))
    assert (check.conclusion, check.title) == (conclusion, title)
    levels = {Gravity.ERROR: "failure", Gravity.WARNING: "warning", Gravity.NOTE: "notice"}
    assert [(one.path, one.start_line, one.level) for one in check.annotations] == [
        (FILE, number, levels[one]) for number, one in enumerate(severities, 1)
    ]


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        pytest.param([], [user("a", "t")], "a gains access in alpha", id="gains"),
        pytest.param([user("a", "t")], [], "a loses access in alpha", id="loses"),
        pytest.param([user("a", "t")], [user("a", "s")], "a has other access in alpha", id="other"),
        pytest.param([], [user(name, "t") for name in "abc"], "3 users gain access in alpha", id="many"),
    ],
)
def test_the_title_says_whose_access_changes(before: list[KafkaUser], after: list[KafkaUser], title: str) -> None:
    changed = delta(Declared(tuple(before)), Declared(tuple(after)))
    assert concluded("x", compared(changed=changed)).title == title


def fits(check: Check) -> bool:
    return max(len(check.summary), len(check.text)) <= LONGEST_TEXT and len(check.title) <= 255


def test_what_is_too_long_is_cut_between_things() -> None:
    many = [finding(Gravity.ERROR, number, "Wrong, " * 150) for number in range(1, 500)]
    check = concluded("x", compared(*many, things=900))
    assert fits(check)
    assert "more are left out here" in check.summary
    assert "more are left out here" in check.text
    assert check.text.count("<details>") == check.text.count("</details>") > 10
    assert check.text.count("```") % 2 == 0
    assert len(check.annotations) == 200


def test_the_bots_own_notes_are_not_annotated() -> None:
    check = concluded("x", compared(finding(Gravity.NOTE), by_bot=True))
    assert check.annotations == ()
    assert "❌" not in check.summary


def test_words_of_others_stay_words() -> None:
    check = concluded("x", compared(finding(Gravity.ERROR, 1, "@team <b>\u202e\n\n# [x](http://e)\x00 " + "y" * 5000)))
    message = check.annotations[0].message
    assert len(message) <= 2000 + 2
    assert message.replace("\u2060", "").isprintable()
    assert "@team" not in message
    assert "@team" not in check.summary
    assert "<b>" not in check.summary
    assert "](http" not in check.summary


def test_a_failure_says_how_to_go_on() -> None:
    bug = failed("x", Failure(Cause.BUG, "KeyError", "a secret"), "check-1")
    assert (bug.conclusion, "a secret" in bug.summary) == ("action_required", False)
    assert "kafka-access jobs show check-1" in bug.summary
    later = failed("x", Failure(Cause.SURROUNDINGS, "X", "no Helm", "install it"), "check-1")
    assert "no Helm." in later.summary
    assert "Re-run" in later.summary
