"""Everything behind the HTTP face, made from the settings: the App, its rules, the jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path

from bot.conversation.bot import Bot
from bot.conversation.wiring import register, store
from bot.github.app import App
from bot.github.traffic import Traffic
from bot.github.webhooks import Delivery, Malformed, Unsigned, receive
from bot.jobs.engine import Engine
from bot.pipeline import Prover, today_in_utc
from bot.planning.model import Plan
from bot.policy.rules import load
from bot.proof.model import Proof
from bot.proof.prove import prove
from bot.settings import Settings
from bot.web.metrics import Metrics
from bot.web.ports import Parts
from bot.web.site.build import pages

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0)
"""Seconds between the attempts of a step: an outage of GitHub of a quarter of an hour is waited out."""


class NoDelivery(Exception):
    """A request that is no delivery of GitHub's; `status` is the HTTP answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def prove_plan(root: Path, planned: Plan) -> Proof:
    """Prove a plan, one render at a time for each job: there are as many at a time as jobs."""
    return prove(root, planned.changes, planned.expected, schemas=planned.schemas)


def assemble(
    settings: Settings,
    *,
    pauses: tuple[float, ...] = PAUSES,
    poll: float = 0.2,
    prover: Prover = prove_plan,
    today: Callable[[], date] = today_in_utc,
) -> Parts:
    """Return the rooms behind the HTTP face; raises RulesError, BadKey and UnknownDatabase, and asks nobody yet.

    `pauses` are those between the attempts of a step, `poll` is how often jobs are looked for (both in seconds);
    `today` is the day in UTC.
    """
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    metrics = Metrics()
    key = settings.private_key.get_secret_value()
    traffic = Traffic(between_writes=settings.write_pause, settle=min(1.0, settings.write_pause))
    app = App(settings.app_id, key, settings.api_url, traffic=traffic)
    rules = load(settings.rules)
    bot = Bot(app, rules, settings.state_dir, prover, key.encode(), metrics.command, today)
    engine = Engine(
        settings.database_url.get_secret_value(),
        workers=settings.workers,
        poll=poll,
        drain=settings.drain,
        pauses=pauses,
    )
    register(engine, bot, redeliver_every=settings.redeliver_every)
    return Parts(
        receive=partial(_receive, secrets=[one.get_secret_value() for one in settings.webhook_secrets]),
        store=lambda one: store(engine, Delivery(one.guid, one.event, one.action or "", one.payload)),
        health=engine,
        rate_left=lambda: _left(traffic),
        running=partial(_running, engine),
        metrics=metrics,
        pages=pages(settings, bot, engine),
    )


def _receive(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Delivery:
    try:
        return receive(headers, body, secrets)
    except Unsigned as exc:
        raise NoDelivery(401, str(exc)) from exc
    except Malformed as exc:
        raise NoDelivery(400, str(exc)) from exc


@asynccontextmanager
async def _running(engine: Engine) -> AsyncIterator[None]:
    await asyncio.to_thread(engine.start)
    try:
        yield
    finally:
        await asyncio.to_thread(engine.stop)


def _left(traffic: Traffic) -> Mapping[str, int]:
    limits = traffic.limits.values()
    return {"core": min(one.remaining for one in limits)} if limits else {}
