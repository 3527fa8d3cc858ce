"""Quotas on the small tree: of a new KafkaUser, and changed, said and proved on one that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.planning.quotas import CannotLimit
from bot.policy.wanted import NothingWanted
from tests.support.plans import command, grant, planned, proved, take, write
from tests.support.tree import digests, put, rendered, text

READER_USER = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
LIMITS = "  quotas:\n    producerByteRate: 1048576\n    consumerByteRate: 10000000  # ten megabytes\n"
RATE = "    producerByteRate: "
ASKED = f"  quotas:\n{RATE}1000000\n"
INGEST = "topic=lsst.square-events.myapp.ingest"


def test_a_new_user_has_it_from_the_start(tree: Path) -> None:
    before = digests(tree)
    found = planned(tree, command(f"myapp {INGEST} quota=producer:1MiB/s"))
    proved(tree, found)
    assert "KafkaUser myapp may write at most 1MiB/s on each broker" in found.notes
    write(tree, found)
    again = planned(tree, command(f"myapp {INGEST} quota=producer:1MiB/s"))
    assert again.changes == ()
    assert "KafkaUser myapp has that quota, as was asked for" in again.notes
    (user,) = (
        one
        for one in rendered(tree, "applications/sasquatch/charts/square-events", "sasquatch", "values.yaml")
        if one["metadata"]["name"] == "myapp"
    )
    assert user["spec"]["quotas"] == {"producerByteRate": 2**20}
    take(tree, "myapp")
    assert digests(tree) == before


@pytest.mark.parametrize("typed", ["quota=producer:1MiB/s,consumer:10MB/s", "topic=lsst.x:write quota=consumer:1B"])
def test_an_existing_user_gets_one_and_loses_it(tree: Path, typed: str) -> None:
    before = text(tree, READER_USER)
    grant(tree, "reader topic=lsst.x:write")
    found = planned(tree, command(f"reader {typed}"))
    proved(tree, found)
    assert [(one.name, one.change) for one in found.resources] == [("reader", "amend")]
    write(tree, found)
    assert planned(tree, command(f"reader {typed}")).changes == ()
    gone = planned(tree, command("reader quota=none"))
    proved(tree, gone)
    write(tree, gone)
    take(tree, "reader topic=lsst.x")
    assert text(tree, READER_USER) == before


CHANGES = {
    "less": ("producer:1kB/s", (), ("KafkaUser reader may write at most 1kB/s on each broker, until now 1MiB/s",)),
    "the same": ("producer:1024KiB", (), ("KafkaUser reader has that quota, as was asked for",)),
    "more": (
        "producer:2MiB/s,consumer:1kB",
        ("KafkaUser reader may write at most 2MiB/s on each broker, until now 1MiB/s",),
        ("KafkaUser reader may read at most 1kB/s on each broker, until now 10MB/s",),
    ),
    "none": (
        "none",
        (
            "KafkaUser reader may write without a limit on each broker, until now 1MiB/s",
            "KafkaUser reader may read without a limit on each broker, until now 10MB/s",
        ),
        (),
    ),
}


@pytest.mark.parametrize(("typed", "warned", "said"), CHANGES.values(), ids=[*CHANGES])
def test_what_changes_is_said(tree: Path, typed: str, warned: tuple[str, ...], said: tuple[str, ...]) -> None:
    put(tree, READER_USER, text(tree, READER_USER) + LIMITS)
    found = planned(tree, command(f"reader quota={typed}"))
    assert tuple(one.text for one in found.verdicts if one.rule == "quota-raised") == warned
    assert tuple(note for note in found.notes if "KafkaUser reader" in note) == said


def test_a_quota_of_nothing_is_said(tree: Path) -> None:
    put(tree, READER_USER, f"{text(tree, READER_USER)}  quotas:\n{RATE}0\n")
    (raised,) = (one for one in planned(tree, command("reader quota=producer:1B")).verdicts if "quota" in one.rule)
    assert raised.text == "KafkaUser reader may write at most 1B/s on each broker, until now 0B/s"


def test_who_else_is_limited_is_said(tree: Path) -> None:
    access = text(tree, "applications/reader/templates/kafkaaccess.yaml")
    put(tree, "applications/myapp/templates/kafkaaccess.yaml", access.replace("reader.labels", "myapp.labels"))
    found = planned(tree, command("reader quota=producer:1MB/s"))
    assert "the quota of KafkaUser reader holds for myapp too, together" in found.notes


def test_a_grant_leaves_it_as_it_is(tree: Path) -> None:
    put(tree, READER_USER, text(tree, READER_USER) + LIMITS)
    grant(tree, "reader topic=lsst.x:write")
    assert LIMITS in text(tree, READER_USER)


def test_a_quota_for_nobody(tree: Path) -> None:
    with pytest.raises(NothingWanted):
        planned(tree, command("myapp quota=producer:1MB/s"))


@pytest.mark.parametrize(
    ("written", "why"),
    {
        "  quotas:\n    producerByteRate: {{ .Values.rate }}\n": "producerByteRate is not written as a number",
        "  quotas: {producerByteRate: 1}\n": "quotas is not written as a mapping of lines",
        '  quotas:\n    producerByteRate: "1000000"\n': "producerByteRate is not written as a number",
        "  quotas:\n    producerByteRate: 01000000\n": "producerByteRate is not written as a number",
        f"{{{{- if .Values.on }}}}\n{ASKED}{{{{- end }}}}\n": "quotas stands under a condition",
        f"  quotas:\n{{{{- if .Values.on }}}}\n{RATE}1\n{{{{- else }}}}\n{RATE}1000000\n{{{{- end }}}}\n": (
            "producerByteRate stands under a condition"
        ),
    }.items(),
    ids=["a directive", "in braces", "text", "octal", "all under a condition", "one under a condition"],
)
def test_a_quota_that_only_a_person_can_change(tree: Path, written: str, why: str) -> None:
    """Also where what is written there is just what is asked for: nobody can tell if it holds."""
    put(tree, READER_USER, text(tree, READER_USER) + written)
    with pytest.raises(CannotLimit, match=f"KafkaUser reader in .* cannot be changed: .*{why}"):
        planned(tree, command("reader quota=producer:1MB/s"))
