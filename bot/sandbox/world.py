"""All that the sandbox knows, and how things are found in it; one lock guards it."""

from __future__ import annotations

import itertools
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.git import Git, Signature
from bot.sandbox.model import (
    ROLES,
    Account,
    AccountType,
    App,
    Comment,
    Delivery,
    Installation,
    Issue,
    Label,
    Repository,
    Token,
    UserToken,
)
from bot.sandbox.problems import NotFound, there

Emit = Callable[[App, str, Mapping[str, Any], Repository | None], None]
"""(app, event, payload, repository): what has to be delivered, in this order."""


class World:
    """Accounts, Apps and repositories; `url` is the one base of every address in every answer.

    Everything that reads or changes it holds `lock`: requests, pages and tests come from different threads.
    """

    def __init__(self, folder: Path, url: str = "http://127.0.0.1") -> None:
        self.folder = folder
        self.url = url
        self.clock = Clock()
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.apps: list[App] = []
        self.installations: list[Installation] = []
        self.tokens: dict[str, Token] = {}
        self.user_tokens: dict[str, UserToken] = {}
        self.repositories: list[Repository] = []
        self.moved: dict[str, Repository] = {}
        self.teams: dict[tuple[str, str], list[Account]] = {}
        self.members: dict[str, list[Account]] = {}
        self.emit: Emit = lambda _app, _event, _payload, _repository: None
        self.redeliver: Callable[[Delivery], None] = lambda _delivery: None
        self.deliveries: list[Delivery] = []
        self.conversions: dict[str, object] = {}
        self.authorizations: dict[str, object] = {}
        self._ids = itertools.count(1_000_001)

    def next_id(self) -> int:
        """Return a number that nothing else has."""
        return next(self._ids)

    # Accounts

    def account(self, login: str, kind: AccountType = "User", **facts: object) -> Account:
        """Return the account of this name, made where there is none."""
        known = self.accounts.get(login.lower())
        if known is None:
            token = f"ghp_{secrets.token_hex(18)}" if kind == "User" else ""
            known = Account(self.next_id(), login, kind, self.clock.now(), token=token)
            self.accounts[login.lower()] = known
        for fact, value in facts.items():
            setattr(known, fact, value)
        return known

    def find_account(self, login: str) -> Account:
        """Return the account of this name; raises NotFound."""
        if (found := self.accounts.get(login.lower())) is None:
            raise NotFound
        return found

    def role(self, repository: Repository, account: Account) -> str:
        """Return what an account may in a repository; everybody reads what is public."""
        role = repository.roles.get(account.login.lower(), account.role)
        if account is repository.owner:
            return "admin"
        return "read" if role == "none" and not repository.private else role

    def may(self, repository: Repository, account: Account, role: str) -> bool:
        """Whether an account has at least this role."""
        return ROLES.index(self.role(repository, account)) >= ROLES.index(role)

    # Repositories

    def add_repository(self, full_name: str, tree: Path | None, *, private: bool) -> Repository:
        """Make a repository with the files below `tree` as its first commit."""
        owner_name, _, name = full_name.partition("/")
        owner = self.account(owner_name, "Organization")
        now = self.clock.now()
        number = self.next_id()
        # The number and not the name: a repository that is renamed stays where it is.
        git = Git.create(self.folder / f"{number}.git", tree, Signature.now("Sandbox", "sandbox@example.com", now))
        repository = Repository(number, owner, name, git, now, now, private=private)
        self.repositories.append(repository)
        self.moved.pop(full_name.lower(), None)
        return repository

    def fork(self, repository: Repository, owner: Account) -> Repository:
        """Copy a repository as it is to somebody's own."""
        number, now = self.next_id(), self.clock.now()
        git = Git(Path(shutil.copytree(repository.git.path, self.folder / f"{number}.git", symlinks=True)))
        made = Repository(number, owner, repository.name, git, now, now, private=repository.private, parent=repository)
        self.repositories.append(made)
        return made

    def repository(self, full_name: str) -> Repository:
        """Return the repository that has this name now; raises NotFound."""
        return there(next((one for one in self.repositories if one.full_name.lower() == full_name.lower()), None))

    def repository_by_id(self, number: int) -> Repository:
        """Return the repository of this number; raises NotFound."""
        return there(next((one for one in self.repositories if one.id == number), None))

    def issue(self, repository: Repository, number: int) -> Issue:
        """Return an issue or pull request; raises NotFound."""
        return there(repository.issues.get(number))

    def comment(self, repository: Repository, number: int) -> Comment:
        """Return a comment by its id; raises NotFound."""
        every = (comment for issue in repository.issues.values() for comment in issue.comments)
        return there(next((one for one in every if one.id == number), None))

    def label(self, repository: Repository, name: str) -> Label:
        """Return the label of this name, made where there is none."""
        return repository.labels.setdefault(name.lower(), Label(self.next_id(), name))

    # Apps

    def app(self, key: str) -> App | None:
        """Return the App of this id, client id or slug."""
        return next((app for app in self.apps if key in {str(app.id), app.client_id, app.slug}), None)

    def app_of(self, account: Account) -> App | None:
        """Return the App whose bot this is."""
        return next((app for app in self.apps if app.bot is account), None)

    def installation(self, number: int) -> Installation:
        """Return the installation of this id; raises NotFound."""
        return there(next((one for one in self.installations if one.id == number), None))

    def installations_on(self, repository: Repository) -> Iterator[Installation]:
        """Yield the installations that a repository is part of."""
        return (one for one in self.installations if repository in one.repositories)


def slug(name: str) -> str:
    """Return the name of an App as addresses have it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
