"""Every page: what it says, what it must not say, and names that are written to do harm."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot.audit.finding import Finding, Subject
from bot.conversation.overview import Request
from bot.errors import TryLater
from bot.kafka.acl import Operation, PatternType
from bot.landscape.model import Environment, Landscape, Origin
from bot.policy.audited import Gravity
from bot.web.site.background import Background
from bot.web.site.sources import Sources
from tests.landscape.clusters import ONE, TWO
from tests.support.jobs import InlineEngine, until
from tests.web.site import (
    COMMIT,
    FILE,
    HOME,
    NAME,
    NOW,
    PATH,
    PLACE,
    engine,
    environment,
    group_rule,
    served,
    sources,
    topic_rule,
)

Client = TestClient[web.Request, web.Application]
Serve = Callable[[web.Application], Awaitable[Client]]
R, W, D = Operation.READ, Operation.WRITE, Operation.DESCRIBE

EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}"
ENVIRONMENT = environment(
    "idfdev",
    ["lsst.a.one", "lsst.a.two", "lsst.b.one"],
    {
        "reader": [topic_rule("lsst.a.one", R, D), group_rule("reader")],
        "writer": [topic_rule("lsst.a", W, D, pattern=PatternType.PREFIX)],
        "looker": [topic_rule("lsst.b.one", D), topic_rule("lsst.undeclared", R)],
    },
)
LANDSCAPE: Landscape = {"idfdev": ENVIRONMENT, "usdf": environment("usdf", ["lsst.a.one"], {})}
REQUEST = Request(
    12,
    "Give myapp access to Kafka",
    NOW,
    "myapp",
    11,
    ("/kafka-access myapp topic=lsst.a.one",),
    ("idfdev", "usdf"),
)
FINDING = Finding(
    "user-missing",
    Gravity.ERROR,
    "It names `nobody`.",
    "Mend it.",
    Origin("myapp", "applications/myapp/templates/access.yaml", 4),
    Subject("KafkaAccess", "myapp", "myapp-kafka"),
    ("idfdev",),
)


class _Page(HTMLParser):
    """The elements of a page, and its text without tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.tags or self.tags[-1][0] != "style":
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
async def client(aiohttp_client: Serve) -> Client:
    jobs = engine()
    event = {
        "kind": "said",
        "installation": 3,
        "repository": {name: getattr(PLACE, name) for name in PLACE.__dataclass_fields__},
        "action": "created",
        "number": 11,
        "title": "Kafka for myapp",
        "is_pull_request": False,
        "comment": 5,
        "node_id": "x",
        "url": f"https://github.com/{NAME}/issues/11#issuecomment-5",
        "body": "Some private words.\n\n/kafka-access myapp topic=lsst.a.one",
        "previous": None,
        "sender": {"id": 1, "login": "alice", "type": "User"},
        "author": {"id": 1, "login": "alice", "type": "User"},
    }
    jobs.enqueue("command", "command-1", "7/myapp", {"fails": False, "application": "myapp", "event": event})
    jobs.enqueue("command", "command-2", "7/other", {"fails": True})
    return await aiohttp_client(served(sources(LANDSCAPE, [REQUEST], [FINDING]), jobs=jobs))


async def shown(client: Client, path: str, status: int = 200) -> _Page:
    response = await client.get(path)
    assert response.status == status, path
    return _Page(await response.text())


async def test_the_first_page_leads_to_everything(client: Client) -> None:
    page = await shown(client, "/")
    assert "Nothing waits." in page.text
    addresses = {one.get("href") for one in page.all("a")}
    assert {"/jobs", "/requests", f"{PATH}/access", f"{PATH}/audit", "/jobs/command-1"} <= addresses


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        pytest.param("", {"command-1", "command-2"}, id="all"),
        pytest.param("?status=failed", {"command-2"}, id="by status"),
        pytest.param("?status=done&kind=command", {"command-1"}, id="by both"),
        pytest.param("?kind=thread", set(), id="by kind"),
        pytest.param("?status=nonsense&kind=nonsense&page=-1", {"command-1", "command-2"}, id="nonsense"),
        pytest.param("?page=2", set(), id="behind the end"),
    ],
)
async def test_jobs_can_be_chosen(client: Client, query: str, seen: set[str]) -> None:
    page = await shown(client, f"/jobs{query}")
    assert {str(one.get("href")).removeprefix("/jobs/") for one in page.all("a") if "command-" in str(one)} == seen


async def test_jobs_are_turned_page_by_page(aiohttp_client: Serve) -> None:
    jobs = engine()
    for n in range(60):
        jobs.enqueue("command", f"job-{n:02}", f"{n}", {"fails": False})
    client = await aiohttp_client(served(sources({}), jobs=jobs))
    first, second = await shown(client, "/jobs"), await shown(client, "/jobs?page=2")
    assert "?page=2" in {one.get("href") for one in first.all("a")}
    links = [one["href"] for page in (first, second) for one in page.all("a") if "job-" in str(one.get("href"))]
    assert links == [f"/jobs/job-{n:02}" for n in reversed(range(60))]


async def test_a_job_shows_its_steps_and_its_commands_and_not_the_comment(client: Client) -> None:
    page = await shown(client, "/jobs/command-1")
    assert "/kafka-access myapp topic=lsst.a.one" in page.text
    assert "alice" in page.text
    assert "plan" in page.text
    assert "private words" not in page.text
    assert f"https://github.com/{NAME}/issues/11#issuecomment-5" in {one.get("href") for one in page.all("a")}


async def test_a_failed_job_says_why_and_shows_no_code(client: Client) -> None:
    page = await shown(client, "/jobs/command-2")
    assert "RuntimeError: <script>alert(1)</script>" in page.text
    assert "kafka-access jobs show command-2" in page.text
    assert "site.py" not in page.text


async def test_a_job_that_nobody_knows_is_404(client: Client) -> None:
    assert "There is no job nothing" in (await shown(client, "/jobs/nothing", 404)).text


async def test_open_requests_say_what_was_asked_for(client: Client) -> None:
    page = await shown(client, "/requests")
    for words in ("#12 Give myapp access to Kafka", "/kafka-access myapp topic=lsst.a.one", "idfdev, usdf", "#11"):
        assert words in page.text


@pytest.mark.parametrize(
    ("query", "words", "absent"),
    [
        pytest.param("?env=idfdev", ["4 of 4 topics, 3 of 3 applications", "lsst.b.one"], [], id="one environment"),
        pytest.param("?env=usdf", ["1 of 1 topics, 0 of 0 applications"], ["lsst.b.one"], id="another one"),
        pytest.param("?q=b.one", ["1 of 4 topics, 1 of 3 applications", "lsst.b.one"], ["lsst.a.one"], id="a topic"),
        pytest.param("?q=READER", ["1 of 4 topics", "lsst.a.one"], ["lsst.b.one"], id="who reads it, any case"),
        pytest.param("?q=nothing", ["0 of 4 topics, 0 of 3 applications", "No topic."], [], id="nothing"),
        pytest.param("?view=applications", ["reader", "writer", "looker"], [], id="applications"),
        pytest.param("?view=applications&q=a.two", ["writer"], ["reader", "looker"], id="applications of a topic"),
        pytest.param("?view=nonsense&page=99&column=x", ["4 of 4 topics"], [], id="nonsense"),
    ],
)
async def test_the_matrix_is_searched_without_scripts(
    client: Client, query: str, words: list[str], absent: list[str]
) -> None:
    page = await shown(client, f"{PATH}/access{query}")
    assert not page.all("script")
    for one in words:
        assert one in page.text
    for one in absent:
        assert one not in page.text


async def test_the_grid_says_who_may_do_what_in_letters(client: Client) -> None:
    text = (await shown(client, f"{PATH}/access?env=idfdev&view=grid")).text
    assert "Topic looker reader writer lsst.a.one R W lsst.a.two W lsst.b.one · lsst.undeclared R" in text


@pytest.mark.parametrize(
    ("environment", "rows"),
    [
        pytest.param(ONE, {"topics": "t reader u", "grid": "t R u"}, id="one cluster, which need not be named"),
        pytest.param(
            TWO,
            {
                "topics": "t in a/kafka reader t in b/kafka u in a/kafka v in b/kafka writer",
                "grid": "t in a/kafka R t in b/kafka u in a/kafka v in b/kafka W",
            },
            id="two clusters with a topic of one name",
        ),
    ],
)
async def test_topics_are_told_apart_by_their_cluster(
    aiohttp_client: Serve, environment: Environment, rows: dict[str, str]
) -> None:
    client = await aiohttp_client(served(sources({"alpha": environment})))
    for view, row in rows.items():
        assert row in (await shown(client, f"{PATH}/access?env=alpha&view={view}")).text


async def test_a_topic_has_a_page_that_says_by_which_rule_and_where(client: Client) -> None:
    page = await shown(client, f"{PATH}/access?env=idfdev&topic=lsst.a.one")
    assert "reader User:CN=reader read by topic lsst.a.one: Describe, Read," in page.text
    assert "writer User:CN=writer write by topic lsst.a*: Describe, Write," in page.text
    addresses = [str(one.get("href")) for one in page.all("a")]
    assert f"https://github.com/{NAME}/blob/{COMMIT}/{FILE}#L10" in addresses
    assert f"{PATH}/access?env=idfdev&app=reader" in addresses
    assert "Declared in other environments too: usdf" in page.text


async def test_an_application_has_a_page_with_its_rules(client: Client) -> None:
    page = await shown(client, f"{PATH}/access?env=idfdev&app=looker")
    assert "lsst.undeclared read by topic lsst.undeclared: Read," in page.text
    assert "may read, but no rule lets it join a consumer group" in page.text
    assert f"{PATH}/access?env=idfdev&topic=lsst.undeclared" in {one.get("href") for one in page.all("a")}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param("?topic=lsst.x.one", "Did you mean", id="a topic that is nowhere"),
        pytest.param("?app=nobody", "No KafkaUser of it is seen in idfdev", id="an application that is nowhere"),
    ],
)
async def test_what_is_not_there_is_said(client: Client, query: str, words: str) -> None:
    assert words in (await shown(client, f"{PATH}/access{query}")).text


async def test_findings_are_shown_with_their_place(client: Client) -> None:
    page = await shown(client, f"{PATH}/audit")
    assert "1 finding." in page.text
    assert "KafkaAccess myapp/myapp-kafka It names nobody . Mend it." in page.text
    place = f"https://github.com/{NAME}/blob/{COMMIT}/applications/myapp/templates/access.yaml#L4"
    assert place in {one.get("href") for one in page.all("a")}
    assert "0 findings." in (await shown(client, f"{PATH}/audit?severity=note")).text
    assert "0 findings." in (await shown(client, f"{PATH}/audit?q=other")).text
    assert "1 finding." in (await shown(client, f"{PATH}/audit?q=USER-missing&severity=error")).text


@pytest.mark.parametrize("path", ["/access", "/audit"])
async def test_other_repositories_are_404(client: Client, path: str) -> None:
    assert (await client.get(f"/repositories/lsst-sqre/other{path}")).status == 404


async def test_an_environment_that_is_not_there_is_404(client: Client) -> None:
    assert (await client.get(f"{PATH}/access?env=nowhere")).status == 404


@pytest.fixture
async def hostile(aiohttp_client: Serve) -> Client:
    """All names that come from a chart, a comment or GitHub are written to do harm."""
    found = environment(EVIL, [EVIL], {EVIL: [topic_rule(EVIL, R), topic_rule(EVIL, W, pattern=PatternType.PREFIX)]})
    request = replace(REQUEST, title=EVIL, application=EVIL, commands=(EVIL,))
    subject = Subject(EVIL, EVIL, EVIL)
    finding = replace(FINDING, text=EVIL, hint=EVIL, subject=subject, origin=Origin(EVIL, EVIL, 3), rule=EVIL)
    jobs = InlineEngine()

    def bad(_steps: Any, _payload: Any) -> Any:
        raise TryLater(EVIL, EVIL)

    jobs.register(EVIL, bad, queue=EVIL)
    jobs.start()
    jobs.enqueue(EVIL, EVIL, EVIL, {"event": EVIL, "application": EVIL})
    return await aiohttp_client(served(sources({EVIL: found}, [request], [finding]), jobs=jobs))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/jobs",
        f"/jobs/{quote(EVIL, safe='')}",
        f"/jobs?status={quote(EVIL)}&kind={quote(EVIL)}&page={quote(EVIL)}&{quote(EVIL)}={quote(EVIL)}",
        "/requests",
        f"{PATH}/access",
        f"{PATH}/access?q={quote(EVIL)}",
        f"{PATH}/access?env={quote(EVIL)}&view=applications&page={quote(EVIL)}&{quote(EVIL)}={quote(EVIL)}",
        f"{PATH}/access?view=grid",
        f"{PATH}/access?topic={quote(EVIL)}",
        f"{PATH}/access?app={quote(EVIL)}",
        f"{PATH}/access?user={quote(EVIL)}",
        f"{PATH}/access?topic=x{quote(EVIL)}",
        f"{PATH}/audit",
        f"{PATH}/audit?q={quote(EVIL)}&severity={quote(EVIL)}",
    ],
)
async def test_hostile_names_stay_names(hostile: Client, path: str) -> None:
    response = await hostile.get(path)
    assert response.status == 200
    text = await response.text()
    page = _Page(text)
    assert not page.all("script")
    assert not page.all("img")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "'49" not in text
    for link in page.all("a"):
        assert str(link["href"]).startswith(("/", "?", "#", "https://github.com/")), link


async def test_headers_keep_pages_to_themselves(client: Client) -> None:
    for path in ("/", "/jobs", f"{PATH}/access", f"{PATH}/audit", "/requests", "/jobs/nothing"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self';" in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "strict-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/", "/jobs", "/jobs/command-1", "/requests", f"{PATH}/access", f"{PATH}/access?view=grid", f"{PATH}/audit"],
)
async def test_pages_can_be_read_by_everybody(client: Client, path: str) -> None:
    page = await shown(client, path)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("a")[0]["href"] == f"#{page.all('main')[0]['id']}", "the first thing skips to the content"
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in one for one in page.all("th"))
    labelled = {one["for"] for one in page.all("label")}
    for field in [*page.all("input"), *page.all("select")]:
        assert field.get("type") == "hidden" or field["id"] in labelled
    identities = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identities) == len(set(identities))


async def test_what_is_being_read_is_said_and_the_page_loads_itself_again(aiohttp_client: Serve) -> None:
    gate = threading.Event()
    ready = sources(LANDSCAPE)

    def slow(_key: object, _before: object, tell: Callable[[str], None]) -> Any:
        tell("3 of 40 renderings done")
        gate.wait(20)
        return ready.access.get(HOME).value

    late = Sources(ready.repositories, ready.requests, Background(slow, 60), ready.audits)
    client = await aiohttp_client(served(late))
    page = await shown(client, f"{PATH}/access")
    assert "is being read" in page.text
    assert {"http-equiv": "refresh", "content": "3"} in page.all("meta")
    until(lambda: late.access.get(HOME).progress)
    assert "3 of 40 renderings done" in (await shown(client, f"{PATH}/access")).text
    gate.set()
    until(lambda: late.access.get(HOME).value is not None)
    page = await shown(client, f"{PATH}/access")
    assert "4 of 4 topics" in page.text
    assert not [one for one in page.all("meta") if "http-equiv" in one]


async def test_what_cannot_be_read_is_said(aiohttp_client: Serve) -> None:
    def broken(_key: object, _before: object, _tell: object) -> Any:
        raise TryLater("GitHub could not be reached")

    ready = sources(LANDSCAPE)
    late = Sources(ready.repositories, Background(broken, 60), Background(broken, 60), ready.audits)
    client = await aiohttp_client(served(late))
    until(lambda: late.access.get(HOME).problem and late.requests.get(HOME).problem)
    for path in (f"{PATH}/access", "/requests"):
        assert "GitHub could not be reached" in (await shown(client, path)).text


async def test_a_tree_without_kafka_is_said(aiohttp_client: Serve) -> None:
    client = await aiohttp_client(served(sources({})))
    assert "There is no Kafka in any environment" in (await shown(client, f"{PATH}/access")).text
