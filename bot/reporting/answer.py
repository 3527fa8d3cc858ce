"""What there is to report about one command."""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands.model import Command
from bot.errors import UserError
from bot.planning.model import Plan
from bot.proof.model import SKIPPED, Proof


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one command: a plan and its proof, or why not."""

    command: Command | None
    plan: Plan | None = None
    proof: Proof = SKIPPED
    refusal: UserError | None = None
    text: str = ""
    """What is answered where nothing is planned (`help`), as Markdown."""
