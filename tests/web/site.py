"""The pages over facts that a test gives, with the real door, the real templates and a real server around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web

from bot.audit.finding import Finding
from bot.audit.look import Report
from bot.conversation.overview import Request
from bot.github.events import Place
from bot.github.homes import Home
from bot.github.people import Permission
from bot.jobs.model import Json, Steps
from bot.kafka.acl import Acl, Operation, PatternType, Resource, ResourceType
from bot.landscape.model import (
    Environment,
    Installed,
    KafkaAccess,
    KafkaCluster,
    KafkaTopic,
    KafkaUser,
    Landscape,
    Origin,
)
from bot.web.app import application
from bot.web.site.background import Background
from bot.web.site.build import SitePages
from bot.web.site.door import Door, OwnMachine
from bot.web.site.readers import Ask, Readers
from bot.web.site.site import Site
from bot.web.site.sources import Access, Audit, Sources
from tests.support.jobs import InlineEngine, until
from tests.web.parts import Kept, parts

T = TypeVar("T")

NAME = "lsst-sqre/phalanx"
PATH = f"/repositories/{NAME}"
PLACE = Place(7, NAME, "main", False, f"https://github.com/{NAME}", f"https://github.com/{NAME}.git")
HOME = Home(3, PLACE)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
FILE = "applications/sasquatch/charts/events/templates/users.yaml"


def topic_rule(name: str, *operations: Operation, pattern: PatternType = PatternType.LITERAL) -> Acl:
    return Acl(Resource(ResourceType.TOPIC, name, pattern), frozenset(operations))


def group_rule(name: str) -> Acl:
    return Acl(Resource(ResourceType.GROUP, name, PatternType.PREFIX), frozenset({Operation.READ}))


def environment(name: str, topics: Sequence[str], users: Mapping[str, Sequence[Acl]]) -> Environment:
    """Return an environment with these topics, and a KafkaUser with these rules for each application."""
    origin = Origin("sasquatch", FILE, 2)
    kafka = KafkaCluster("sasquatch", "sasquatch", "simple", (), origin)
    declared = tuple(KafkaTopic(one, f"topic-{n}", "sasquatch", "sasquatch", origin) for n, one in enumerate(topics))
    made = tuple(
        KafkaUser(app, "sasquatch", "sasquatch", "tls", tuple(acls), origin, lines=tuple(range(10, 10 + len(acls))))
        for app, acls in users.items()
    )
    installed = {"sasquatch": Installed("sasquatch", "sasquatch", made, declared, clusters=(kafka,))}
    for app in users:
        access = KafkaAccess(f"{app}-kafka", app, "sasquatch", "sasquatch", "tls", app, "sasquatch", Origin(app))
        installed[app] = Installed(app, app, accesses=(access,))
    return Environment(name, frozenset(installed), installed)


def engine() -> InlineEngine:
    """Return jobs of which one is done and one has failed."""
    made = InlineEngine()

    def command(steps: Steps, payload: Json) -> Json:
        steps("plan", lambda: payload["fails"])
        if payload["fails"]:
            raise RuntimeError("<script>alert(1)</script>")
        return {"outcomes": []}

    made.register("command", command, queue="commands")
    made.start()
    return made


def sources(
    landscape: Landscape, requests: Sequence[Request] = (), findings: Sequence[Finding] = (), home: Home = HOME
) -> Sources:
    """Return sources that have found all of this."""
    access = Access(COMMIT, NOW, landscape)
    audit = Audit(COMMIT, NOW, Report(tuple(findings), tuple(landscape), 1))
    found = Sources(_known([home]), _known(list(requests)), _known(access), _known(audit))
    until(lambda: found.homes().value is not None)
    for one in (found.requests, found.access, found.audits):
        until(lambda one=one: one.get(home).value is not None)  # type: ignore[misc]
    return found


def served(
    found: Sources, *, door: Door | None = None, jobs: InlineEngine | None = None, ask: Ask | None = None
) -> web.Application:
    """Return the whole application with the pages; without `ask` nobody who signed in with GitHub may read anything."""
    readers = Readers(ask or (lambda _person, _home: Permission.NO))
    site = Site(door or OwnMachine(), readers, jobs or engine(), ["command", "thread"], found)
    return application(replace(parts(Kept()), pages=SitePages(site)))


def _known(value: T) -> Background[Any, T]:
    return Background(lambda _key, _before, _tell: value, 10**9)
