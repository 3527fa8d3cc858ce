"""/repositories/OWNER/NAME/access: who may use which topic in an environment, as lists, as a grid, one by one."""

from __future__ import annotations

import asyncio
import difflib
from typing import Any

from aiohttp import web

from bot.kafka.acl import Operation
from bot.landscape.access import topic_access
from bot.landscape.answers import has_kafka, seen
from bot.landscape.model import Landscape, Origin
from bot.reporting import who_words as words
from bot.reporting.who_rows import Link, Source, of_cluster, of_users
from bot.web.site.site import Links, Site, Visit, number
from bot.web.site.sources import Access
from bot.web.site.table import Subject, Table, Topic, letters
from bot.words import capital

VIEWS = {"topics": "Topics", "applications": "Applications", "grid": "Grid"}
_ROWS = 50
"""Topics or applications on a page."""
_COLUMNS = 12
"""Applications beside one another in the grid: what a screen has room for."""
_NAMED = 6
"""Names in a cell of a list; the page of the topic has all of them."""
_LONGEST = 300
"""Characters of a search; names of topics have up to 249."""


def routes(site: Site) -> list[web.RouteDef]:
    """Return the route of the matrix."""

    async def show(visit: Visit) -> web.Response:
        title = "Who may use which topic"
        home = visit.home()
        if home is None:
            return visit.waiting(title, "The repositories are being looked up.", problem=visit.homes.problem)
        known_access = site.sources.access.get(home)
        if known_access.value is None:
            what = f"What {home.place.full_name} renders to is being read. This takes a minute or two the first time."
            return visit.waiting(title, what, known_access.progress, known_access.problem)
        access, links = known_access.value, Links(home.place)
        environments = [name for name, one in access.landscape.items() if has_kafka(one)]
        environment = visit.request.query.get("env") or next(iter(environments), "")
        if not environment:
            text = f"there is no Kafka in any environment of {links.name}"
            return visit.show("message.html", title, text=text, hint="")
        if environment not in access.landscape:
            raise web.HTTPNotFound
        template, facts = await asyncio.to_thread(_found, access, environment, visit.request)
        return visit.show(
            template,
            facts.pop("title", title),
            links=links,
            access=access,
            is_late=known_access.busy,
            problem=known_access.problem,
            environment=environment,
            environments=environments,
            words=words,
            capital=capital,
            to=_There(links, access.commit, environment),
            **facts,
        )

    return [web.get("/repositories/{owner}/{name}/access", site.guarded(show))]


class _There:
    """Where links lead: what has a place of its own has its page, and rules are on GitHub at the commit."""

    def __init__(self, links: Links, commit: str, environment: str) -> None:
        self._links, self._commit, self._environment = links, commit, environment

    def page(self, link: Link) -> str:
        """Return the page of an application, a topic or a KafkaUser, or the topics that a rule is about."""
        if link.kind == "many":
            return self._links.access(env=self._environment, q=link.name.removesuffix("*"))
        return self._links.access(env=self._environment, **{link.kind: link.name})

    def file(self, source: Source | Origin) -> str:
        """Return the line of a rule or of an object, or nothing where it cannot be told."""
        return self._links.file(self._commit, source.file, source.line) if source.file else ""


def _found(access: Access, environment: str, request: web.Request) -> tuple[str, dict[str, Any]]:
    """Return the template for a query, and its facts."""
    table = access.table(environment)
    asked = request.query
    if topic := asked.get("topic", ""):
        return "topic.html", _topic(table, topic, access.landscape)
    for kind in ("app", "user"):
        if name := asked.get(kind, ""):
            return "subject.html", _subject(table, Subject("app" if kind == "app" else "user", name), access)
    return "matrix.html", _list(table, request, access.landscape)


def _topic(table: Table, topic: str, landscape: Landscape) -> dict[str, Any]:
    others = [name for name, one in landscape.items() if topic in {found.topic for found in one.topics}]
    return {
        "title": topic,
        "topic": topic,
        "clusters": [(one, of_cluster(one)) for one in topic_access(table.environment, topic)],
        "others": [name for name in others if name != table.environment.name],
        "near": difflib.get_close_matches(topic, dict.fromkeys(one.name for one in table.topics), n=3),
    }


def _subject(table: Table, subject: Subject, access: Access) -> dict[str, Any]:
    others = [
        name for name, one in access.landscape.items() if name != table.environment.name and subject.name in one.enabled
    ]
    return {
        "title": subject.name,
        "subject": subject,
        "users": of_users(table.users.get(subject, [])),
        "cells": table.subjects.get(subject, {}),
        "others": others if subject.kind == "app" else [],
    }


def _list(table: Table, request: web.Request, landscape: Landscape) -> dict[str, Any]:
    asked = request.query
    text = asked.get("q", "").strip()[:_LONGEST]
    view = asked.get("view", "") if asked.get("view", "") in VIEWS else "topics"
    topics, subjects = table.find_topics(text), table.find_subjects(text)
    count = len(subjects) if view == "applications" else len(topics)
    pages = max(1, -(-count // _ROWS))
    at = number(request, "page", most=pages)
    shown = slice((at - 1) * _ROWS, at * _ROWS)
    facts = {
        "q": text,
        "view": view,
        "views": VIEWS,
        "pages": pages,
        "at": at,
        "found": {"topics": len(topics), "applications": len(subjects)},
        "all": {"topics": len(table.topics), "applications": len(table.subjects)},
        "missing": words.missing(seen({table.environment.name: landscape[table.environment.name]})),
        "clusters": table.environment.clusters,
        "table": table,
    }
    if view == "applications":
        return facts | {"rows": [_of_subject(table, one) for one in subjects[shown]]}
    if view == "topics":
        return facts | {"rows": [_of_topic(table, one) for one in topics[shown]]}
    columns = table.columns(topics[shown])
    across = max(1, -(-len(columns) // _COLUMNS))
    column = number(request, "column", most=across)
    across_ = columns[(column - 1) * _COLUMNS : column * _COLUMNS]
    return facts | {
        "columns": [_link(one) for one in across_],
        "rows": [
            (
                Link(topic.name, "topic", topic.name),
                _cluster(table, topic),
                [letters(table.topics[topic].get(one, frozenset())) for one in across_],
            )
            for topic in topics[shown]
        ],
        "column": column,
        "across": across,
        "count": len(columns),
    }


def _of_topic(table: Table, topic: Topic) -> dict[str, Any]:
    cells = table.topics[topic]
    readers = [_link(one) for one, operations in cells.items() if Operation.READ in operations]
    writers = [_link(one) for one, operations in cells.items() if Operation.WRITE in operations]
    rest = [_link(one) for one, operations in cells.items() if not operations & {Operation.READ, Operation.WRITE}]
    return {
        "link": Link(topic.name, "topic", topic.name),
        "cluster": _cluster(table, topic),
        "declared": topic in table.declared,
        "columns": [(part[:_NAMED], len(part) - _NAMED) for part in (readers, writers, rest)],
    }


def _cluster(table: Table, topic: Topic) -> str:
    """Return the cluster of a topic where the environment has several."""
    return words.cluster(*topic.cluster) if len(table.cluster_keys) > 1 else ""


def _of_subject(table: Table, subject: Subject) -> dict[str, Any]:
    cells = table.subjects[subject]
    users = table.users[subject]
    return {
        "link": _link(subject),
        "reads": sum(Operation.READ in one for one in cells.values()),
        "writes": sum(Operation.WRITE in one for one in cells.values()),
        "principals": sorted({one.user.principal for one in users}),
        "flags": list(dict.fromkeys(flag for one in users for flag in words.flags_of(one))),
    }


def _link(subject: Subject) -> Link:
    return Link(subject.name, subject.kind, subject.name)
