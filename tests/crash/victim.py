"""The whole bot in a process of its own, which dies where it is told to; its settings come from the environment.

In its folder, `log` gets a line for every step that begins or ends, and one with the address when the bot listens. A
file named `kill KIND STEP PHASE` has the process that gets there kill itself with SIGKILL, once. The product knows
nothing of this: only its `Steps`, what sorts deliveries and the door to its inbox are wrapped here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from bot import settings
from bot.jobs import engine as engine_module
from bot.jobs import sorter as sorter_module
from bot.jobs.engine import Engine
from bot.jobs.model import Json
from bot.jobs.sorter import Door
from bot.jobs.steps import DurableSteps
from bot.pipeline import skip
from bot.web import assembly
from bot.web.app import application
from bot.web.ports import Delivery, Parts
from bot.web.serve import listening

T = TypeVar("T")

PHASES = ("before", "middle", "after")
"""Of a step: before it begins, when it is done but nobody knows yet, and when that is kept."""


class Victim:
    """What happens to a bot in a folder, said and done by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def at(self, job: str, step: str, phase: str) -> None:
        """Say where a job is, in one piece whoever else writes, and die there if a test wants that."""
        self.say(phase, job, step)
        try:
            (self._folder / f"kill {job.partition('-')[0]} {step} {phase}").unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def say(self, *words: str) -> None:
        """Write a line of the log."""
        os.write(self._log, ("\t".join((*words, str(os.getpid()))) + "\n").encode())


class DeadlyDoor(Door):
    """What sorts a delivery, which a victim may die at; in none of the phases the transaction is committed yet."""

    victim: Victim

    def enqueue(self, kind: str, job: str, key: str, payload: Json) -> None:
        self.victim.at(self.arrival, f"enqueue {kind}", "before")
        super().enqueue(kind, job, key, payload)
        self.victim.at(self.arrival, f"enqueue {kind}", "middle")
        self.victim.at(self.arrival, f"enqueue {kind}", "after")


class DeadlySteps(DurableSteps):
    """Steps that a victim may die at."""

    victim: Victim

    def __call__(self, name: str, do: Callable[[], T]) -> T:
        self.victim.at(self.job, name, "before")
        found = super().__call__(name, lambda: self._done(name, do))
        self.victim.at(self.job, name, "after")
        return found

    def _done(self, name: str, do: Callable[[], T]) -> T:
        found = do()
        self.victim.at(self.job, name, "middle")
        return found


def main(folder: Path, environment: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Be the bot until a signal comes; `options` are the engine's."""
    errors = os.open(folder / "stderr", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    logging.basicConfig(level=logging.WARNING)
    os.environ.update(environment)
    victim = DeadlySteps.victim = DeadlyDoor.victim = Victim(folder)
    _replace(engine_module, "DurableSteps", DeadlySteps)
    _replace(sorter_module, "Door", DeadlyDoor)
    _replace(engine_module, "_RECOVERIES", options.get("recoveries", 5))
    own = {name: value for name, value in options.items() if name != "recoveries"}
    _replace(assembly, "Engine", partial(Engine, clock=0.1, **own))
    # The proof has its own tests, and would be most of the time here.
    _replace(assembly, "prove_plan", skip)
    parts = assembly.assemble(settings.load(), pauses=(0.01, 0.1, 0.2, 0.4, 0.8), poll=0.05)
    asyncio.run(_serve(replace(parts, store=partial(_store, victim, parts)), victim))


def _replace(module: Any, name: str, value: object) -> None:
    assert hasattr(module, name)
    setattr(module, name, value)


async def _store(victim: Victim, parts: Parts, delivery: Delivery) -> Literal["new", "known", "ignored"]:
    """Let the process die on either side of storing a delivery."""
    said = delivery.event == "issue_comment" and "/kafka-access" in delivery.payload["comment"]["body"]
    job = f"webhook-{delivery.guid}"
    if said:
        victim.at(job, "store", "before")
    result = await parts.store(delivery)
    if said:
        victim.at(job, "store", "after")
    return result


async def _serve(parts: Parts, victim: Victim) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with parts.running(), listening(application(parts), "127.0.0.1", 0) as address:
        victim.say("up", address)
        await stop.wait()
