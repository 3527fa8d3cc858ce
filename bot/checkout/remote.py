"""The server's side of a mirror: its address, the token for it, and what fetching from it says when it fails."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.checkout.failures import GitFailed, Moved, NoAccess, NotOurs, Unreachable
from bot.checkout.git import Git
from bot.process import Finished, TookTooLong

_PROXIES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")
_AUTHORITIES = ("GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""Who may sign the server's certificate, by the names that git, PyGithub and aiohttp know; the first one counts."""

_OPTIONS = (
    "--quiet",
    "--prune",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-show-forced-updates",
    "--no-recurse-submodules",
    "--update-shallow",
)
_ODD = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[./]|[./]$|^$")
"""What no ref may hold: https://git-scm.com/docs/git-check-ref-format."""

_WEB = re.compile(r"https?://[\w.:\[\]-]+/[\w.~/%+-]+", re.ASCII)

_MOVED = re.compile(r"returned error: 30\d|unable to update url base from redirection")
_NO_ACCESS = re.compile(
    r"repository '.*' not found|Authentication failed|could not read (Username|Password)|returned error: 40[134]"
    r"|does not appear to be a git repository|is this a git repository|remote error: .*not found",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"(?:unable to access '[^']*': |RPC failed; |remote error: )(.+)"
    r"|(early EOF|the remote end hung up|unexpected disconnect|expected flush|protocol error.*|bad line length.*)"
)
_NOT_OURS = re.compile(r"dubious ownership")


def full_ref(name: str) -> str:
    """Return the whole name of a ref: `main` is a branch, `refs/pull/7/head` is as it is; raises ValueError."""
    if _ODD.search(name):
        message = f"{name!r} is not the name of a branch or ref"
        raise ValueError(message)
    return name if name.startswith("refs/") else f"refs/heads/{name}"


@dataclass(frozen=True)
class Remote:
    """Where a mirror is fetched from: `http(s)://host/path`, or an absolute path of this machine.

    `token` is asked anew for each fetch; `timeout` and `stall` are seconds: for a whole fetch, and without progress.
    """

    url: str
    token: Callable[[], str] | None
    timeout: float
    stall: float

    def __post_init__(self) -> None:
        if not _WEB.fullmatch(self.url) and not self._on_disk:
            message = "a repository is named by an http(s) address without user and password, or by an absolute path"
            raise ValueError(message)

    @property
    def _on_disk(self) -> bool:
        return self.url.startswith("/")

    def fetch(self, git: Git, refs: Sequence[str], lock: int) -> None:
        """Bring these refs into the repository as they are on the server, and remove those that it no longer has.

        Without refs these are all branches. Raises Unreachable, NoAccess, Moved, NotOurs, or GitFailed where the
        trouble is not with the server.
        """
        # The star makes a ref that does not exist no error; it may bring in a few more whose names begin alike.
        patterns = [f"{full_ref(name)}*" for name in refs] or ["refs/heads/*"]
        self._talk(git, lock, "fetch", *_OPTIONS, "--", self.url, *(f"+{one}:{one}" for one in patterns))
        if not self._on_disk and not git.run("for-each-ref", "--count=1", *patterns).output:
            self._see_that_it_is_git(git, lock)

    def _see_that_it_is_git(self, git: Git, lock: int) -> None:
        """Raise NoAccess where nothing at the address speaks git's protocol.

        Git takes a short page that a proxy shows for a repository without any refs.
        """
        done = self._talk(git, lock, "ls-remote", "--", self.url, "HEAD", environment={"GIT_TRACE2_EVENT": "2"})
        if '"negotiated-version"' not in done.stderr:
            raise NoAccess(self.url)

    def _talk(
        self, git: Git, lock: int, command: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Finished:
        """Run a command that asks the server."""
        token = self.token() if self.token and not self._on_disk else ""
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        try:
            return git.run(
                command,
                *arguments,
                settings=self._settings(basic if token else ""),
                environment={**self._environment(), **(environment or {})},
                hide=(token, basic),
                timeout=self.timeout,
                keep=(lock,),
            )
        except TookTooLong as exc:
            raise Unreachable(self.url, exc.text) from exc
        except GitFailed as exc:
            raise self._failure(exc) from exc

    def _settings(self, basic: str) -> Mapping[str, str]:
        patience = {"http.lowSpeedLimit": "1000", "http.lowSpeedTime": f"{max(1, round(self.stall))}"}
        if not basic:
            return patience
        parts = urlsplit(self.url)
        return {**patience, f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {basic}"}

    def _environment(self) -> Mapping[str, str]:
        if self._on_disk:
            return {"GIT_ALLOW_PROTOCOL": "file"}
        found = {name: os.environ[name] for name in _PROXIES if os.environ.get(name)}
        authorities = [os.environ[name] for name in _AUTHORITIES if os.environ.get(name)]
        if authorities:
            found["GIT_SSL_CAINFO"] = authorities[0]
        return {**found, "GIT_ALLOW_PROTOCOL": "http:https"}

    def _failure(self, exc: GitFailed) -> Exception:
        """The failure by its name, as far as it is the server's or the network's; else as it came."""
        if _MOVED.search(exc.complaint):
            return Moved(self.url)
        if _NO_ACCESS.search(exc.complaint):
            return NoAccess(self.url)
        if _NOT_OURS.search(exc.complaint):
            return NotOurs(self.url)
        if found := _NETWORK.search(exc.complaint):
            return Unreachable(self.url, (found[1] or found[2]).strip()[:200])
        return exc
