"""Who is asking: an App by its JWT, an App's installation by a token, a person by theirs, or an App in their name."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import jwt
from jwt.types import Options

from bot.sandbox.model import Account, App, Installation, Repository, Token
from bot.sandbox.permissions import allows
from bot.sandbox.problems import BadCredentials, Forbidden, NotFound, Refused
from bot.sandbox.world import World

_LONGEST_JWT = timedelta(minutes=10)
_DRIFT = timedelta(seconds=60)
_LIFE = timedelta(hours=1)
_ISSUED = "'Issued at' claim ('iat')"
_EXPIRES = "'Expiration time' claim ('exp')"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking; at most one of `app` (by JWT), `token` and `person` is set.

    `through` is the App that asks in the name of a person.
    """

    app: App | None = None
    token: Token | None = None
    person: Account | None = None
    through: App | None = None

    @property
    def account(self) -> Account:
        """In whose name things are done; raises Refused for callers without one."""
        if self.token:
            return self.token.installation.app.bot
        if self.person:
            return self.person
        raise Refused(401, "Requires authentication")

    @property
    def name(self) -> str:
        """Who it is, for logs; no secret."""
        if self.app:
            return f"{self.app.slug} (JWT)"
        return self.account.login if self.token or self.person else "nobody"

    def sees(self, world: World, repository: Repository) -> bool:
        """Whether there is such a repository as far as the caller knows."""
        if self.token:
            return repository in self.token.repositories or not repository.private
        if self.person:
            reached = not repository.private or self.through is None or _installed(world, self.through, repository)
            return reached and world.may(repository, self.person, "read")
        return not repository.private

    def check(self, world: World, repository: Repository, needs: Sequence[str]) -> None:
        """Raise Refused unless the caller has one of the permissions (`name:level`) in the repository."""
        reads = all(one.endswith(":read") for one in needs)
        if self.token:
            inside = repository in self.token.repositories
            if not any(allows(self.token.permissions if inside else {}, one) for one in needs):
                raise Forbidden
        elif self.person:
            # An App may in a person's name what both of them may.
            if self.through and not (
                _installed(world, self.through, repository)
                and any(allows(self.through.permissions, one) for one in needs)
            ):
                raise Forbidden
            role = "read" if reads or needs[0].startswith("issues:") else "write"
            if not world.may(repository, self.person, role):
                raise Refused(403, "Must have push access to the repository.")
        elif not reads:
            raise Refused(401, "Requires authentication")


def _installed(world: World, app: App, repository: Repository) -> bool:
    return any(one.app is app for one in world.installations_on(repository))


def identify(world: World, header: str | None) -> Caller:
    """Return who sent this `Authorization` header; raises BadCredentials, or Refused for a JWT that is not right."""
    scheme, _, value = (header or "").partition(" ")
    if not header:
        return Caller()
    if scheme.lower() == "basic":
        value = _password(value)
    elif scheme.lower() not in {"bearer", "token"}:
        raise BadCredentials
    if value.startswith("ghs_"):
        return Caller(token=_token(world, value))
    if value.startswith("ghu_"):
        return _user(world, value)
    if value.count(".") == 2:
        return Caller(app=app_by_jwt(world, value))
    for account in world.accounts.values():
        if account.token and secrets.compare_digest(account.token, value):
            return Caller(person=account)
    raise BadCredentials


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise BadCredentials from exc


def _token(world: World, text: str) -> Token:
    token = world.tokens.get(text)
    if token is None or token.expires <= world.clock.now():
        raise BadCredentials
    return token


def _user(world: World, text: str) -> Caller:
    token = world.user_tokens.get(text)
    if token is None or token.expires <= world.clock.now():
        raise BadCredentials
    return Caller(person=token.account, through=token.app)


def app_by_jwt(world: World, text: str) -> App:
    """Return the App that signed a JWT; raises Refused in GitHub's words for each way that it can be wrong."""
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
        app = world.app(str(claims.get("iss", "")))
        if app is None:
            raise NotFound("Integration not found")
        # The times are checked below, by the sandbox's clock.
        unchecked: Options = {"verify_exp": False, "verify_iat": False, "require": ["iat", "exp"]}
        jwt.decode(text, app.public_key, algorithms=["RS256"], options=unchecked)
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (jwt.InvalidTokenError, TypeError, ValueError) as exc:
        raise Refused(401, "A JSON web token could not be decoded") from exc
    now = world.clock.now().timestamp()
    if issued > now + _DRIFT.total_seconds():
        raise Refused(401, f"{_ISSUED} must be an Integer representing the time that the assertion was issued")
    if expires <= now:
        message = "must be a numeric value representing the future time at which the assertion expires"
        raise Refused(401, f"{_EXPIRES} {message}")
    if expires > now + (_LONGEST_JWT + _DRIFT).total_seconds():
        raise Refused(401, f"{_EXPIRES} is too far in the future")
    return app


def mint(
    world: World, installation: Installation, permissions: dict[str, str], repositories: Sequence[Repository] | None
) -> Token:
    """Return a new installation token; None are all repositories of the installation."""
    # The format since 2026: about 520 characters, with dots in it.
    unsigned = ".".join(secrets.token_urlsafe(size) for size in (60, 170, 150))
    text = f"ghs_{installation.app.id}_{unsigned}"
    chosen = tuple(installation.repositories if repositories is None else repositories)
    expires = world.clock.now() + _LIFE
    token = Token(text, installation, expires, permissions, chosen, repositories is not None)
    world.tokens[text] = token
    return token
