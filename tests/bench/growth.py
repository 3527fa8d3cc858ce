"""(g) the memory of the bot's process after a thousand jobs, against that after fifty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.sandbox.local import Registered, Sandbox
from bot.sandbox.repository import SandboxRepository
from tests.bench import children
from tests.bench.measure import show
from tests.bench.waiting import settle

EACH = 3
"""Jobs that a comment makes: its delivery, its thread and its command."""
FEW, MANY = 50, 1000
COMMENT = "/kafka-access plan nothere topic=lsst.nothere.requests:write"


def measure(sandbox: Sandbox, homes: Sequence[SandboxRepository], registered: Registered, folder: Path) -> None:
    """Have comments refused by a bot, and print."""
    state = folder / "growth"
    issues = [(home, home.open_issue("alice", "Many questions")) for home in homes]
    resident = []
    with children.bot(sandbox, registered, state) as bot:
        done = 0
        for target in (FEW, MANY):
            while done * EACH < target:
                for _ in range(min(40, -(-target // EACH) - done)):
                    home, number = issues[done % len(issues)]
                    home.comment(number, "alice", COMMENT)
                    done += 1
                settle(sandbox, state)
            resident.append(bot.resident)
    show(f"(g) memory after {MANY} jobs / after {FEW}", resident[1], resident[0], 1.3, unit="MB")
