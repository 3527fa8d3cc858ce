"""Names that the checkout does not have, and the nearest that it has."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from bot.checkout.files import Files
from bot.errors import UserError
from bot.words import joined


def listed(names: Iterable[str]) -> str:
    """Return names in order, as people list them: `a`, `a and b`, `a, b and c`."""
    return joined(sorted(names))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest known word, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


class UnknownApplication(UserError):
    """No chart of that name under `applications/`."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        hint = nearest(name, known) or "the application is the name of its folder under applications/"
        super().__init__(f"there is no application {name} in this repository", hint)


class UnknownEnvironment(UserError):
    """`env=` names no environment."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = list(known)
        hint = nearest(name, names) or f"environments are {listed(names)}"
        super().__init__(f"there is no environment {name}", hint)


def check_environments(names: Iterable[str], known: Collection[str]) -> None:
    """Raise UnknownEnvironment for the first name that is not known."""
    for name in names:
        if name not in known:
            raise UnknownEnvironment(name, known)


def check_chart(files: Files, application: str) -> None:
    """Raise UnknownApplication for an application that has no chart."""
    if "Chart.yaml" not in files.names(f"applications/{application}"):
        raise UnknownApplication(application, files.names("applications"))


def check_application(name: str, known: Collection[str]) -> None:
    """Raise UnknownApplication for a name that is not known."""
    if name not in known:
        raise UnknownApplication(name, known)
