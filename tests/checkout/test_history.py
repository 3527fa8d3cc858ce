from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.checkout.failures import Unrelated
from bot.checkout.history import Commit, Merged
from bot.checkout.mirror import Mirror
from tests.support.repository import Repository, git

Files = Mapping[str, bytes | None]

LINES = b"".join(b"line %d\n" % number for number in range(30))
BASE: Files = {"a.yaml": LINES, "b/c.yaml": LINES, "d.bin": b"\0\1\2", "e.yaml": b"e\n"}

MERGES: dict[str, tuple[Files, Files, bool]] = {
    "other files": ({"a.yaml": b"ours\n"}, {"e.yaml": b"theirs\n"}, True),
    "other lines": ({"a.yaml": b"top\n" + LINES}, {"a.yaml": LINES + b"end\n"}, True),
    "the same change": ({"a.yaml": b"same\n"}, {"a.yaml": b"same\n"}, True),
    "new files": ({"n/one.yaml": b"1\n"}, {"n/two.yaml": b"2\n"}, True),
    "moved there, changed here": (
        {"b/c.yaml": None, "b/moved.yaml": LINES},
        {"b/c.yaml": LINES.replace(b"line 3\n", b"line three\n")},
        True,
    ),
    "one line": (
        {"a.yaml": LINES.replace(b"line 3\n", b"3\n")},
        {"a.yaml": LINES.replace(b"line 3\n", b"three\n")},
        False,
    ),
    "taken away here, changed there": ({"e.yaml": None}, {"e.yaml": b"theirs\n"}, False),
    "one new name": ({"new.yaml": b"ours\n"}, {"new.yaml": b"theirs\n"}, False),
    "no text": ({"d.bin": b"\0ours"}, {"d.bin": b"\0theirs"}, False),
    "a file here, a folder there": ({"x": b"file\n"}, {"x/y.yaml": b"folder\n"}, False),
    "odd names": ({"caf\u00e9 \n.yaml": b"ours\n"}, {"caf\u00e9 \n.yaml": b"theirs\n"}, False),
    "several": (
        {"a.yaml": b"ours\n", "e.yaml": b"ours\n", "q.yaml": b"q\n"},
        {"a.yaml": b"theirs\n", "e.yaml": b"theirs\n"},
        False,
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "clean"), MERGES.values(), ids=MERGES.keys())
def test_a_merge_is_what_git_merge_makes(
    mirror: Mirror, upstream: Repository, ours: Files, theirs: Files, clean: bool
) -> None:
    base = upstream.commit(BASE)
    one = upstream.commit(ours, "Ours", branch="ours")
    git(upstream.work, "reset", "--hard", "--quiet", base)
    other = upstream.commit(theirs, "Theirs", branch="theirs")
    git(upstream.work, "reset", "--hard", "--quiet", one)
    git(upstream.work, "merge", "--quiet", "--no-edit", other, fails=True)
    unmerged = git(upstream.work, "diff", "-z", "--name-only", "--diff-filter=U").split("\0")[:-1]
    mirror.fetch()
    merged = mirror.history.merge(one, other)
    assert not merged.contained
    if clean:
        assert merged == Merged(git(upstream.work, "rev-parse", "HEAD^{tree}"))
    else:
        assert merged.tree is None
        assert {path.partition("~")[0] for path in merged.conflicts} == {path.partition("~")[0] for path in unmerged}
        assert merged.conflicts


def test_what_is_contained_is_said(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    second = upstream.commit({"a.yaml": b"two\n"})
    mirror.fetch()
    history = mirror.history
    assert history.merge(second, first) == Merged(history.tree(second), contained=True)
    assert history.merge(second, second).contained
    assert history.merge(first, second) == Merged(history.tree(second))
    assert (history.is_ancestor(first, second), history.is_ancestor(second, first)) == (True, False)
    assert history.merge_base(first, second) == first


def test_histories_that_never_met(mirror: Mirror, upstream: Repository) -> None:
    first = upstream.commit({"a.yaml": b"one\n"})
    git(upstream.work, "checkout", "--quiet", "--orphan", "other")
    other = upstream.commit({"a.yaml": b"other\n"}, branch="other")
    mirror.fetch()
    assert mirror.history.merge_base(first, other) is None
    with pytest.raises(Unrelated, match="have no commit in common"):
        mirror.history.merge(first, other)
    assert not (mirror.folder / "doubt").exists()


def test_a_planned_tree_is_merged_before_it_is_published(mirror: Mirror, upstream: Repository) -> None:
    base = upstream.commit({"a.yaml": LINES, "e.yaml": b"e\n"})
    moved = upstream.commit({"e.yaml": b"moved on\n"})
    mirror.fetch()
    planned = mirror.history.commit(mirror.trees.write(base, {"a.yaml": LINES + b"planned\n"}), base)
    assert planned == mirror.history.commit(mirror.history.tree(planned), base), "the same commit has the same id"
    merged = mirror.history.merge(planned, moved)
    assert merged.tree
    assert mirror.trees.file(merged.tree, "a.yaml") == LINES + b"planned\n"
    assert mirror.trees.file(merged.tree, "e.yaml") == b"moved on\n"
    assert mirror.trees.changed(moved, merged.tree) == ("a.yaml",)


def test_the_log_says_who_wrote_what(mirror: Mirror, upstream: Repository) -> None:
    base = upstream.commit({"a.yaml": b"one\n"})
    plain = upstream.commit({"a.yaml": b"two\n"}, "Caf\u00e9 \u2028 | subject")
    message = (
        "Grant myapp\n\nBody: not a trailer\n\nmore\n\nKafka-Access-Job: 7\nCo-authored-by: A: B\n <a@example.org>\n"
    )
    trailed = upstream.commit({"a.yaml": b"three\n"}, message)
    empty = upstream.commit({}, "Nothing")
    mirror.fetch()
    ada = ("Ada Lovelace", "ada@example.org")
    assert mirror.history.log(base, empty) == (
        Commit(empty, (trailed,), *ada, "Nothing", ()),
        Commit(
            trailed,
            (plain,),
            *ada,
            "Grant myapp",
            (("Kafka-Access-Job", "7"), ("Co-authored-by", "A: B <a@example.org>")),
        ),
        Commit(plain, (base,), *ada, "Caf\u00e9 \u2028 | subject", ()),
    )
    assert mirror.history.log(empty, base) == ()
