"""The last day of an access: written, changed, taken out, proved, and refused where it would end that of others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.checkout.files import Files
from bot.conversation.expiry import Expiring, expiring_in, revocation
from bot.planning import revoke
from bot.planning.model import Plan
from bot.planning.plan import DateOfOthers, plan
from bot.policy.wanted import NothingWanted
from bot.proof.model import Change, Status
from bot.proof.prove import prove
from tests.planning.test_revoke import DEPLOYMENT, INGEST, USER
from tests.support.plans import RULES, command, judged, write
from tests.support.tree import digests, put, text
from tests.support.tree import replace as replace_in

LINE = f"myapp topic={INGEST}:read"


def planned(tree: Path, line: str) -> Plan:
    return plan(Files(tree), RULES, command(line))


def proved(tree: Path, line: str) -> Plan:
    found = planned(tree, line)
    proof = judged(tree, found)
    assert proof.status is Status.PROVED, proof.problems
    write(tree, found)
    return found


def test_the_life_of_a_day(tree: Path) -> None:
    write(tree, planned(tree, LINE))
    without = digests(tree)
    found = proved(tree, "myapp expires=2031-12-24")
    assert [(one.path, one.before is None) for one in found.changes] == [(USER, False)]
    assert '  name: "myapp"\n  annotations:\n    kafka-access/expires: "2031-12-24"\n  labels:' in text(tree, USER)
    assert any("until 2031-12-24, with all of its rules" in note for note in found.notes)
    assert not planned(tree, "myapp expires=2031-12-24").changes
    assert not planned(tree, f"{LINE} expires=2031-12-24").changes
    later = proved(tree, f"myapp topic={INGEST}.more:read expires=2032-02-29")
    assert [one.path for one in later.changes] == [USER]
    assert "2032-02-29" in text(tree, USER)
    assert DEPLOYMENT not in {one.path for one in later.changes}
    assert any("until 2032-02-29, not 2031-12-24, with all" in note for note in later.notes)
    write(tree, revoke.plan(Files(tree), RULES, command(f"revoke myapp topic={INGEST}.more")))
    (ended,) = proved(tree, "myapp expires=never").notes
    assert ended == "KafkaUser myapp has no last day any more, until now 2032-02-29"
    assert digests(tree) == without


def test_a_new_user_has_it_at_once_and_loses_it_with_all(tree: Path) -> None:
    before = digests(tree)
    proved(tree, f"{LINE} expires=2031-12-24")
    assert 'kafka-access/expires: "2031-12-24"' in text(tree, USER)
    found = revoke.plan(Files(tree), RULES, revocation(Expiring("myapp", "myapp", date(2031, 12, 24), USER)))
    assert "KafkaUser myapp was given its access until 2031-12-24" in found.notes
    write(tree, found)
    assert digests(tree) == before


def test_another_day_than_the_announced_one_is_refuted(tree: Path) -> None:
    write(tree, planned(tree, f"{LINE} expires=2031-12-24"))
    found = planned(tree, "myapp expires=2032-12-24")
    (change,) = found.changes
    (spliced,) = change.spliced
    wrong = tuple(replace(change, after=(change.after or b"").replace(b"2032", b"2033")) for _ in (1,))
    wrong = (replace(wrong[0], spliced=((spliced[0], spliced[1], spliced[2].replace("2032", "2033")),)),)
    proof = prove(tree, wrong, found.expected, schemas=found.schemas)
    assert proof.status is Status.REFUTED
    assert any("annotations" in one.text for one in proof.problems)
    old = (change.before or b"").decode()
    begin = old.index("spec:")
    lost = Change(change.path, change.before, (old[:begin] + old[begin + 1 :]).encode(), ((begin, begin + 1, ""),))
    assert prove(tree, [lost], found.expected, schemas=found.schemas).status is Status.REFUTED


def test_a_day_for_nobody(tree: Path) -> None:
    with pytest.raises(NothingWanted):
        planned(tree, "myapp expires=2031-12-24")


def test_a_user_of_several_applications_has_none(tree: Path) -> None:
    write(tree, planned(tree, LINE))
    access = text(tree, "applications/myapp/templates/kafka-access.yaml")
    put(tree, "applications/twin/templates/kafka-access.yaml", access)
    with pytest.raises(DateOfOthers, match=r"myapp .*serves twin too"):
        planned(tree, "myapp expires=2031-12-24")
    assert not planned(tree, "myapp expires=never").changes


@pytest.mark.parametrize(
    ("today", "near"),
    [(date(2031, 12, 16), False), (date(2031, 12, 17), True), (date(2032, 3, 1), True)],
)
def test_what_is_near_or_over(tree: Path, today: date, near: bool) -> None:
    write(tree, planned(tree, f"{LINE} expires=2031-12-24"))
    found = [*expiring_in(Files(tree), RULES, today)]
    assert found == [Expiring("myapp", "myapp", date(2031, 12, 24), USER)] * near
    replace_in(tree, USER, "2031-12-24", "soon")
    assert not [*expiring_in(Files(tree), RULES, today)]
