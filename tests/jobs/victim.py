"""A bot that dies where it is told to, run by the tests in a process of its own.

In its folder, `log` gets a line for everything that happens; a file named `kill JOB STEP PHASE` has the process that
gets there kill itself with SIGKILL, once; and the step `hold` waits for the file `go`.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from functools import partial
from pathlib import Path
from typing import Any

from bot.jobs import engine as engine_module
from bot.jobs.engine import Engine
from bot.jobs.model import Enqueues, Failure, Json, Steps
from tests.support.jobs import until

STEPS = ("one", "two", "three")


class Victim:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def say(self, *words: str) -> None:
        """Write a line, in one piece whoever else writes."""
        os.write(self._log, (" ".join((*words, str(os.getpid()))) + "\n").encode())

    def at(self, *place: str) -> None:
        """Die here, where a test wants that."""
        try:
            (self._folder / " ".join(("kill", *place))).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def work(self, steps: Steps, payload: Json) -> Json:
        """Do the steps, saying when one begins, ends and is remembered."""
        for name in payload.get("steps", STEPS):
            self.at(steps.job, name, "before")
            steps(name, partial(self._step, steps.job, name))
            self.say("kept", steps.job, name)
            self.at(steps.job, name, "after")
        self.say("done", steps.job)
        self.at(steps.job, "end", "after")
        return {}

    def wait(self, steps: Steps, payload: Json) -> Json:
        """Wait for another job."""
        self.say("waits", steps.job)
        return {"left": steps.result(payload["for"]).result}

    def sort(self, jobs: Enqueues, payload: Json) -> Json:
        """Make a job of what has arrived, which dies on either side of that where a test wants it."""
        self.at("sort", payload["job"], "before")
        jobs.enqueue("work", payload["job"], payload["key"], {"key": payload["key"]})
        self.say("sorted", payload["job"])
        self.at("sort", payload["job"], "after")
        return {}

    def tell(self, steps: Steps, _payload: Json, failure: Failure) -> None:
        """Say that a job has failed."""
        steps("tell", lambda: self.say("told", steps.job, failure.cause))

    def _step(self, job: str, name: str) -> None:
        self.say("begin", job, name)
        self.at(job, name, "middle")
        if name == "hold":
            until((self._folder / "go").exists, within=60)
        self.say("end", job, name)


def main(folder: Path, url: str, options: dict[str, Any]) -> None:
    """Work until SIGTERM."""
    errors = os.open(folder / "stderr", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(errors, 2)
    logging.basicConfig(level=logging.WARNING)
    engine_module._RECOVERIES = options.pop("recoveries", 5)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    victim = Victim(folder)
    settings: dict[str, Any] = {"poll": 0.05, "clock": 0.1, "drain": 20.0, "patience": 1.0, **options}
    engine = Engine(url, **settings)
    engine.register("work", victim.work, queue="work", on_failure=victim.tell)
    engine.register("wait", victim.wait, queue="wait")
    engine.sort("arrived", victim.sort, queue="arrived")
    engine.start()
    victim.say("up")
    stop.wait()
    engine.stop()
    victim.say("down")
