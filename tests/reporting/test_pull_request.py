"""The body of a pull request stays within GitHub's limit, with every fence closed."""

from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt

from bot.checkout.files import Files
from bot.planning.plan import plan
from bot.policy.rules import default_directory, load
from bot.proof.model import Outcome, Proof, Status
from bot.reporting.answer import Answer
from bot.reporting.pull_request import body, deployment
from tests.support.commands import grant
from tests.support.tree import TREE

PLAN = plan(Files(TREE), load(default_directory()), grant("myapp", "lsst.square-events.myapp.ingest:read"))


def made(lines: int, environments: int) -> str:
    names = [f"environment-{number}" for number in range(environments)]
    differences = {name: tuple(f"+ {name} {number}" for number in range(lines)) for name in names}
    proof = Proof(Status.PROVED, dict.fromkeys(names, Outcome.PROVED), differences=differences)
    answers = [Answer(replace(PLAN.command, text="/kafka-access myapp topic=x"), PLAN, proof)]
    return body(answers, 1, deployment(answers, "sasquatch", dict.fromkeys(names, "x.org")), ())


def test_small() -> None:
    text = made(10, 3)
    assert text.count("<details>") == text.count("</details>") == 3
    assert "left out" not in text


def test_large() -> None:
    text = made(1_000, 40)
    assert len(text) <= 62_000
    assert "left out" in text
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith("closes it.")
    fences = [one for one in MarkdownIt("gfm-like", {"linkify": False}).parse(text) if one.type == "fence"]
    assert fences[-1].content.endswith("\n")


def test_equal_environments_share_a_difference() -> None:
    proof = Proof(Status.PROVED, differences={"a": ("+ x",), "b": ("+ x",), "c": ("+ y",)})
    text = body([Answer(PLAN.command, PLAN, proof)], 1, deployment([], "sasquatch", {}), ())
    assert "Rendered in a, and the same in b" in text
    assert "Rendered in c<" in text
