"""Plans of command lines on a tree: thought through, judged by Helm, written."""

from __future__ import annotations

from pathlib import Path

from bot.checkout.files import Files, write_all
from bot.commands.model import Command
from bot.commands.parser import parse_line
from bot.planning import revoke
from bot.planning.model import Plan
from bot.planning.plan import plan
from bot.policy.rules import default_directory, load
from bot.proof.model import Proof, Status
from bot.proof.prove import prove

RULES = load(default_directory())


def command(line: str) -> Command:
    """Return the command of a line, typed without its first word."""
    found = parse_line(f"/kafka-access {line}")
    assert isinstance(found, Command)
    return found


def planned(tree: Path, asked: Command) -> Plan:
    return plan(Files(tree), RULES, asked)


def revoked(tree: Path, line: str) -> Plan:
    return revoke.plan(Files(tree), RULES, command(f"revoke {line}"))


def write(tree: Path, found: Plan) -> None:
    write_all(tree, {change.path: change.after for change in found.changes})


def grant(tree: Path, line: str) -> None:
    write(tree, planned(tree, command(line)))


def take(tree: Path, line: str) -> Plan:
    found = revoked(tree, line)
    write(tree, found)
    return found


def judged(tree: Path, found: Plan) -> Proof:
    return prove(tree, found.changes, found.expected, schemas=found.schemas, jobs=2)


def proved(tree: Path, found: Plan) -> None:
    proof = judged(tree, found)
    assert proof.problems == ()
    assert proof.status is Status.PROVED
