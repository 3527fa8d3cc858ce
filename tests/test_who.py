"""`kafka-access who`: what is asked, in which form it is answered, and how it ends."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.checkout.files import Files
from bot.errors import UserError
from bot.landscape.answers import about_topic
from bot.landscape.read import read
from bot.landscape.selection import HOLDS_KAFKA_OBJECTS
from bot.reporting.who_markdown import reply
from bot.who import who
from tests.landscape.trees import MESSAGE, with_users
from tests.support.shown import problems
from tests.support.tree import TREE, copy_tree, digests, put


def ask(*arguments: str, repo: Path = TREE) -> Result:
    return CliRunner().invoke(who, ["--repo", str(repo), *arguments])


def asked(*arguments: str, repo: Path = TREE) -> Any:
    found = ask("--format", "json", *arguments, repo=repo)
    assert found.exit_code == 0, found.output
    return json.loads(found.output)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with KafkaUsers of all kinds."""
    return with_users(copy_tree(tmp_path_factory.mktemp("who")))


def test_a_topic() -> None:
    assert (
        ask("--topic", MESSAGE, "--env", "beta").output
        == f"""\
{MESSAGE}

beta
  Kafka cluster sasquatch/sasquatch
    declared by sasquatch: applications/sasquatch/charts/square-events/templates/notify-topics.yaml:2
    User:CN=reader may read
      KafkaUser reader, held by reader (KafkaAccess reader-kafka, Deployment/reader)
      topic {MESSAGE}: Describe, Read  applications/sasquatch/charts/square-events/templates/reader-user.yaml:23

charts that are not in the checkout were left out: sasquatch (telegraf)
"""
    )


def test_an_application() -> None:
    file = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
    assert (
        ask("--app", "reader", "--env", "beta", "--rules").output
        == f"""\
reader

beta
  User:CN=reader  KafkaUser reader in sasquatch
    held by reader (KafkaAccess reader-kafka, Deployment/reader)
    topic {MESSAGE}: read
    group reader: Describe, Read
    rule group reader: Read  {file}:16
    rule topic {MESSAGE}: Describe, Read  {file}:23

charts that are not in the checkout were left out: sasquatch (telegraf)
"""
    )


def test_a_topic_that_is_nowhere() -> None:
    found = ask("--topic", "lsst.square-events.notify.mesage")
    assert found.exit_code == 0
    assert "is declared nowhere, and no rule lets a KafkaUser use it" in found.output
    assert f"did you mean {MESSAGE}" in found.output


def test_an_application_that_runs_nowhere() -> None:
    assert "is not enabled in beta" in ask("--app", "disabled", "--env", "beta").output


def test_blanks_around_commas_say_nothing() -> None:
    assert asked("--topic", MESSAGE, "--env", " beta , alpha") == asked("--topic", MESSAGE, "--env", "alpha,beta")


def test_everything_is_done(rich: Path) -> None:
    assert "User:star may do everything\n" in ask("--topic", "lsst.x", "--env", "beta", repo=rich).output


def test_a_cut_answer_says_what_it_leaves_out(rich: Path) -> None:
    found = about_topic(read(Files(rich), None, HOLDS_KAFKA_OBJECTS), MESSAGE)
    whole, cut, least = (reply(found, room) for room in (50_000, 1_500, 100))
    assert (len(whole) > 1_500, "prints all of it" in whole) == (True, False)
    assert len(cut) <= 1_500
    assert cut.index("The rest has no room here") < cut.index("What this leaves out")
    assert least.count("The rest has no room here") == 1


def test_all() -> None:
    found = ask("--all", "--env", "beta").output
    assert "\n  reader\n    User:CN=reader " in found
    assert "topics that no rule lets a KafkaUser use: lsst.square-events.notify.receipt" in found


REFUSED = {
    "no topic's name": (("--topic", "a b"), "a b is not the name of a topic", "the whole name"),
    "an empty name": (("--topic", ""), "is not the name of a topic", "the whole name"),
    "an application": (("--app", "raeder"), "there is no application raeder", "did you mean reader?"),
    "a path": (("--app", "../reader"), "there is no application ../reader", "did you mean reader?"),
    "an empty list of environments": (("--topic", MESSAGE, "--env", ""), "there is no environment", "alpha"),
    "an environment": (("--topic", MESSAGE, "--env", "alhpa"), "there is no environment alhpa", "did you mean alpha?"),
}


@pytest.mark.parametrize(("arguments", "text", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(arguments: tuple[str, ...], text: str, hint: str) -> None:
    error = ask(*arguments).exception
    assert isinstance(error, UserError)
    assert text in error.text
    assert hint in error.hint


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="nothing"),
        pytest.param(("--topic", "a", "--app", "b"), id="two questions"),
        pytest.param(("--app", "b", "--all"), id="one and all"),
        pytest.param(("--app", "reader", "--format", "html"), id="a page about one"),
    ],
)
def test_called_wrongly(arguments: tuple[str, ...]) -> None:
    assert ask(*arguments).exit_code == 2


KEYS = {
    "--topic": {"question", "found", "declared", "near", "answers", "environments", "without_kafka", "gaps", "remote"},
    "--app": {"question", "found", "enabled_in", "answers", "environments", "without_kafka", "gaps", "remote"},
    "--all": {"question", "found", "answers", "environments", "without_kafka", "gaps", "remote"},
}


@pytest.mark.parametrize(
    ("arguments"),
    [
        pytest.param(("--topic", MESSAGE), id="topic"),
        pytest.param(("--app", "reader"), id="application"),
        pytest.param(("--all",), id="all"),
    ],
)
def test_json_is_documented(rich: Path, arguments: tuple[str, ...]) -> None:
    found = asked(*arguments, repo=rich)
    assert found.keys() == KEYS[arguments[0]]
    documented = (Path(__file__).parents[1] / "docs" / "scripts.md").read_text(encoding="utf-8")
    assert [key for key in keys(found) if f'"{key}"' not in documented and f"`{key}`" not in documented] == []


def keys(data: Any) -> set[str]:
    if isinstance(data, dict):
        return {*data, *(key for one in data.values() for key in keys(one))}
    return {key for one in data for key in keys(one)} if isinstance(data, list) else set()


def test_what_does_not_render_is_said(tree: Path) -> None:
    put(tree, "applications/reader/templates/broken.yaml", '{{ fail "out of order" }}\n')
    (gap,) = asked("--topic", MESSAGE, repo=tree)["gaps"]
    assert (gap["application"], gap["environments"]) == ("reader", ["alpha", "beta"])
    assert "out of order" in gap["text"]
    for form in ("text", "markdown"):
        assert "reader in alpha, beta does not render" in ask("--topic", MESSAGE, "--format", form, repo=tree).output


def test_the_same_again_is_the_same(rich: Path) -> None:
    before = digests(rich)
    for form in ("text", "json", "markdown", "html"):
        first = ask("--all", "--format", form, repo=rich).output
        assert ask("--all", "--format", form, repo=rich).output == first
        assert ask("--all", "--format", form, "--no-cache", repo=rich).output == first
    assert digests(rich) == before


HOSTILE = "@all <img src=x onerror=alert(1)> | `x` [y](http://z.example) #1"


def hostile(root: Path) -> Path:
    user = "applications/sasquatch/charts/square-events/templates/reader-user.yaml"
    text = (root / user).read_text().replace('name: "lsst.square-events.notify.message"', f"name: '{HOSTILE}'")
    put(root, user, text)
    put(root, "applications/reader/templates/broken.yaml", f"{{{{ fail {json.dumps(HOSTILE)} }}}}\n")
    return root


def test_markdown_that_charts_wrote_does_nothing(tree: Path) -> None:
    for arguments in (("--all",), ("--app", "reader"), ("--topic", MESSAGE)):
        found = ask(*arguments, "--format", "markdown", repo=hostile(tree)).output
        assert problems(found) == []


class Tags(HTMLParser):
    """All tags, links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: set[str] = set()
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.links |= {found["href"] or ""} if "href" in found else set()
        self.anchors += [found["id"] or ""] if "id" in found else []


def page(root: Path) -> tuple[str, Tags]:
    text = ask("--all", "--format", "html", repo=root).output
    found = Tags()
    found.feed(text)
    return text, found


def test_html_stands_alone_and_its_links_lead_somewhere(rich: Path) -> None:
    text, found = page(rich)
    assert all(link.startswith("#") for link in found.links)
    assert {link.removeprefix("#") for link in found.links} <= set(found.anchors)
    assert len(found.anchors) == len(set(found.anchors))
    assert {f"topic-{MESSAGE}", "app-reader"} <= set(found.anchors)
    assert not {"link", "img", "iframe", "form"} & set(found.tags)
    assert found.tags.count("script") == 1
    assert not re.search(r"\bon\w+=", text)


def test_html_that_charts_wrote_does_nothing(tree: Path) -> None:
    text, found = page(hostile(tree))
    assert "img" not in found.tags
    assert "&lt;img src=x" in text
