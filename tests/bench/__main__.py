"""All measurements one after the other; `--only` names some of them."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bot.checkout.files import Files
from bot.sandbox.local import running
from tests.bench import audit, children, core, grant, growth, pages, webhook, who

SMALL = Path(__file__).parent.parent / "phalanx"
PARTS = ("core", "who", "audit", "pages", "webhook", "grant", "growth")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, nargs="?", default=SMALL)
    parser.add_argument("--app", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    tree = options.tree if Files(options.tree).is_phalanx else SMALL
    application = options.app or ("hips" if (tree / "applications" / "hips").is_dir() else "wide")
    parts = options.only or PARTS
    print(f"{tree.name}: /kafka-access {application}, medians of {options.rounds}; load {os.getloadavg()[0]:.1f}")
    if "core" in parts:
        core.measure(tree, application, options.rounds)
    if "who" in parts:
        who.measure(tree, application, options.rounds)
    if "audit" in parts:
        audit.measure(tree, options.rounds)
    if "pages" in parts:
        pages.measure(options.rounds)
    if set(parts) & {"webhook", "grant", "growth"}:
        measure_bot(tree, application, options.rounds, parts)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


def measure_bot(tree: Path, application: str, rounds: int, parts: tuple[str, ...]) -> None:
    """Measure the bot, as a process of its own, beside the sandbox in this one."""
    with tempfile.TemporaryDirectory(prefix="kafka-access-bench-") as name, running(Path(name) / "sandbox") as sandbox:
        folder = Path(name)
        home = sandbox.repository("lsst-sqre/phalanx", tree)
        small = [sandbox.repository(f"example/phalanx{number}", SMALL) for number in range(4)]
        sandbox.user("alice", "write")
        sandbox.set_rate_limit(10**6)
        registered = sandbox.app(webhook_secret=children.SECRET)
        if "webhook" in parts:
            webhook.measure(sandbox, home, registered, folder, rounds)
        if "grant" in parts:
            grant.measure(sandbox, home, registered, application, folder, rounds)
        if "growth" in parts:
            growth.measure(sandbox, small, registered, folder)


if __name__ == "__main__":
    main()
