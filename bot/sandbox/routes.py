"""From a request to an answer: who may, which handler, and how GitHub refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from bot.sandbox.auth import Caller
from bot.sandbox.git import GitFailed, StaleRef
from bot.sandbox.model import Account, App, Issue, Repository
from bot.sandbox.permissions import NEEDS
from bot.sandbox.problems import BadCredentials, Forbidden, NotFound, Refused, Unprocessable
from bot.sandbox.world import World

_BY_JWT = ("/app", "/repos/{owner}/{repo}/installation", "/orgs/{org}/installation")
_OPEN = ("/app-manifests", "/rate_limit", "/meta", "/users")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; a body of None is an empty one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One request, its path taken apart."""

    world: World
    caller: Caller
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    params: dict[str, str] = field(default_factory=dict)

    @property
    def repository(self) -> Repository:
        """The repository in the path, as far as the caller knows of it; raises NotFound."""
        found = self.world.repository(f"{self.params['owner']}/{self.params['repo']}")
        if not self.caller.sees(self.world, found):
            raise NotFound
        return found

    @property
    def account(self) -> Account:
        """In whose name things are done."""
        return self.caller.account

    @property
    def app(self) -> App:
        """The App that is asking, by JWT or by token; raises Forbidden for people."""
        token = self.caller.token
        found = self.caller.app or (token.installation.app if token else None)
        if found is None:
            raise Forbidden
        return found

    @property
    def issue(self) -> Issue:
        """The issue or pull request in the path; raises NotFound."""
        return self.world.issue(self.repository, self.number("number"))

    @property
    def pull(self) -> Issue:
        """The pull request in the path; raises NotFound."""
        if self.issue.pull is None:
            raise NotFound
        return self.issue

    def number(self, name: str) -> int:
        """Return a number in the path; raises NotFound."""
        try:
            return int(self.params[name])
        except ValueError as exc:
            raise NotFound from exc

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401 JSON is
        """Return a field of the body, which has to be an object."""
        if not isinstance(self.body, dict):
            message = "Invalid request.\n\nFor 'links/0/schema', the body is not an object."
            raise Unprocessable(message)
        return self.body.get(name, default)

    def text(self, name: str) -> str:
        """Return a field that has to be there and to be text; raises Unprocessable in GitHub's words."""
        value = self.get(name)
        if name not in self.body:
            message = f'Invalid request.\n\n"{name}" wasn\'t supplied.'
            raise Unprocessable(message)
        if not isinstance(value, str):
            message = f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string."
            raise Unprocessable(message)
        return value

    def page(self, items: Sequence[Any], shape: Callable[[Any], Any], key: str = "") -> Answer:
        """Return the page of a list that was asked for, with the Link header; `key` wraps it as some lists are."""
        size = min(max(_whole(self.query.get("per_page"), 30), 1), 100)
        number = max(_whole(self.query.get("page"), 1), 1)
        last = max(-(-len(items) // size), 1)
        shown = [shape(item) for item in items[(number - 1) * size : number * size]]
        links = []
        if number < last:
            links += [("next", number + 1), ("last", last)]
        if number > 1:
            links = [("prev", min(number - 1, last)), *links, ("first", 1)]
        headers = {"Link": ", ".join(f'<{self._address(page)}>; rel="{rel}"' for rel, page in links)} if links else {}
        return Answer(200, {"total_count": len(items), key: shown} if key else shown, headers)

    def _address(self, page: int) -> str:
        """Return the address of another page; repositories go by their number there."""
        path = self.path
        if "repo" in self.params:
            rest = re.sub(r"^/(?:repos/[^/]+/[^/]+|repositories/\d+)", "", path)
            path = f"/repositories/{self.repository.id}{rest}"
        return f"{self.world.url}{path}?{urlencode({**self.query, 'page': str(page)})}"


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


Handler = Callable[[Call], Answer]
_ROUTES: dict[str, Handler] = {}


def endpoint(*templates: str) -> Callable[[Handler], Handler]:
    """Register a handler for `METHOD /path/{name}`; `{name+}` spans slashes."""

    def register(handler: Handler) -> Handler:
        for template in templates:
            _ROUTES[template] = handler
        _compiled.cache_clear()
        return handler

    return register


def templates() -> list[str]:
    """Return every `METHOD /path/{name}` that is answered."""
    return sorted(_ROUTES)


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[str, re.Pattern[str], str, Handler]]:
    """All routes, those with fewest free segments first, so that `issues/comments` is not an issue's number."""
    found = []
    for template, handler in _ROUTES.items():
        method, path = template.split(" ")
        pattern = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        found.append((method, re.compile(pattern), template, handler))
    return sorted(found, key=lambda one: (one[2].count("+}"), one[2].count("{"), -len(one[2])))


def _match(method: str, path: str) -> tuple[str, Handler, dict[str, str]]:
    for wanted, pattern, template, handler in _compiled():
        if wanted == method and (found := pattern.fullmatch(path)):
            return template, handler, found.groupdict()
    raise NotFound


def dispatch(call: Call) -> Answer:
    """Answer a request; the caller holds the world's lock. Every refusal is an answer."""
    try:
        return _answer(call)
    except Refused as exc:
        return Answer(exc.status, exc.body, exc.headers)
    except StaleRef:
        return Answer(409, Refused(409, "Reference cannot be updated").body)
    except GitFailed as exc:
        return Answer(422, Refused(422, f"Git refused: {exc}").body)


def _answer(call: Call) -> Answer:
    path = _by_name(call.world, call.path)
    if (moved := _moved(call, path)) is not None:
        return moved
    template, handler, call.params = _match(call.method, path)
    _check(call, template)
    return handler(call)


def _by_name(world: World, path: str) -> str:
    """Return a path with `/repositories/ID` put as `/repos/OWNER/NAME`; raises NotFound."""
    if found := re.match(r"/repositories/(\d+)(.*)", path):
        return f"/repos/{world.repository_by_id(int(found[1])).full_name}{found[2]}"
    return path


def _moved(call: Call, path: str) -> Answer | None:
    """Return the redirect for a repository that was renamed: 301 to those who read, 307 to those who write."""
    found = re.match(r"/repos/([^/]+/[^/]+)(.*)", path)
    repository = call.world.moved.get(found[1].lower()) if found else None
    if found is None or repository is None or not call.caller.sees(call.world, repository):
        return None
    reads = call.method in {"GET", "HEAD"}
    query = f"?{urlencode(call.query)}" if call.query else ""
    target = f"{call.world.url}/repositories/{repository.id}{found[2]}{query}"
    message = "Moved Permanently" if reads else "Temporary Redirect"
    body = {"message": message, "url": target, "documentation_url": "https://docs.github.com/rest"}
    return Answer(301 if reads else 307, body, {"Location": target})


def _check(call: Call, template: str) -> None:
    """Raise Refused unless the caller may use the endpoint."""
    path = template.partition(" ")[2]
    by_jwt = path.startswith("/app/") or path in _BY_JWT
    if by_jwt and call.caller.app is None:
        raise Refused(401, "A JSON web token could not be decoded")
    if by_jwt or path.startswith(_OPEN):
        return
    if call.caller.app is not None:
        raise Forbidden
    needs = NEEDS.get(template)
    if needs is None:
        if call.caller == Caller():
            raise BadCredentials
        return
    if "{repo}" in path:
        call.caller.check(call.world, call.repository, needs)
    elif call.caller.token:
        first = call.caller.token.installation.repositories[:1]
        if not first:
            raise Forbidden
        call.caller.check(call.world, first[0], needs)
