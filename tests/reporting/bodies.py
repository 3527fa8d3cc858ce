"""Descriptions of pull requests as the bot writes them, for commands on a checkout."""

from __future__ import annotations

from pathlib import Path

from bot.checkout.files import Files
from bot.phalanx.environments import domain, environments
from bot.pipeline import Writer, answer
from bot.policy.rules import default_directory, load
from bot.reporting.answer import Answer
from bot.reporting.environments import deployment
from bot.reporting.pull_request import Body, body
from bot.web.assembly import prove_plan

RULES = load(default_directory())


def described(root: Path, *lines: str, write: Writer, taken: int = 0) -> Body:
    """Carry commands out, really proved, and describe the pull request of them."""
    return description(root, answer(root, "\n\n".join(lines), RULES, prove_plan, write), taken)


def description(root: Path, answers: list[Answer], taken: int = 0) -> Body:
    """Describe the pull request of answers, none of which may be a refusal."""
    assert [one.refusal.text for one in answers if one.refusal] == []
    files = Files(root)
    domains = {name: domain(files, name) for name in environments(files)}
    return body(answers, 1, deployment(answers, domains), (), taken)
