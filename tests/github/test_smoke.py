from __future__ import annotations

from bot.github.checks import Annotation, Check
from bot.github.comments import Target
from bot.github.commits import File
from bot.github.labels import Label
from bot.github.people import Permission
from bot.github.repository import Repository
from tests.github.conftest import BRANCH, Stage


def test_everything(stage: Stage, repository: Repository) -> None:
    home = stage.home
    main = home.head("main")
    assert main
    assert repository.people.permission("alice", ["write"]) is Permission.YES
    assert repository.people.permission("mallory", ["write"]) is Permission.NO
    comment = home.comment(stage.issue, "alice", "/kafka-access x")
    repository.comments.react(Target(stage.issue, comment), "eyes")
    repository.comments.react(Target(stage.issue), "eyes")
    repository.comments.unreact(Target(stage.issue), "eyes")
    assert home.reactions(comment) == [("kafka-access[bot]", "eyes")]
    assert home.reactions(stage.issue) == []
    one = repository.comments.reply(stage.issue, "k", "hello")
    two = repository.comments.reply(stage.issue, "k", "hello again")
    assert one.id == two.id
    assert repository.branches.head(BRANCH) is None
    assert repository.branches.create(BRANCH, main) == main
    sha = repository.commits.commit(BRANCH, main, "Grant", "body", {"a.yaml": b"x", "charts/values.yaml": None})
    assert home.head(BRANCH) == sha
    pull = repository.pulls.open(BRANCH, "main", "title", "body")
    assert repository.pulls.open(BRANCH, "main", "title", "body").number == pull.number
    repository.pulls.edit(pull.number, title="new")
    assert repository.pulls.mergeable(pull.number) is True
    repository.labels.add(pull.number, [Label("kafka-access", "aabbcc", "d")])
    found = repository.pulls.get(pull.number)
    assert found.title == "new"
    assert [one.number for one in repository.pulls.of_bot("kafka-access/")] == [pull.number]
    assert repository.pulls.request_reviewers(pull.number, ["alice"], ["nobody"]) == ["nobody"]
    commits = repository.pulls.commits(pull.number)
    assert [(c.sha, c.verified, c.author) for c in commits] == [(sha, True, "kafka-access[bot]")]
    check = Check("n", "e", "t", "s", conclusion="success", annotations=[Annotation("a.yaml", 1, 1, "notice", "m")] * 120)
    number = repository.checks.put(sha, check)
    assert repository.checks.put(sha, check) == number
    merged = repository.commits.merge(BRANCH, [sha, main], sha, {"run.sh": File(b"x", "100755"), "b": File(b"\xff")}, "Merge")
    assert home.head(BRANCH) == merged
    repository.pulls.close(pull.number)
    repository.branches.delete(BRANCH, merged)
    assert home.head(BRANCH) is None
    print(stage.writes())
