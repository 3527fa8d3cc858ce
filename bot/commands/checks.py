"""Values that are checked character by character: names of all kinds, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.commands.errors import Mistake, Part, nearest
from bot.commands.model import WorkloadName
from bot.kafka.names import object_problem

APPLICATION_LIMIT = 63
"""Characters: it is a namespace, and that a DNS label (RFC 1123)."""

KINDS = ("deployment", "statefulset", "cronjob", "job")

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SIMPLE = re.compile(r"[a-z0-9-]+")
_TAG = re.compile(r"[A-Za-z0-9._-]+")


def checked(part: Part, problem: Callable[[str], str], *, fix: str | None = None) -> str:
    """Return the text of a part of which `problem` says nothing.

    Raises Mistake at the first character that no further text could put right, else at the last; `fix` is taken where
    there is no problem with that.
    """
    text = part.text
    if not text:
        raise Mistake(part, "a name is missing here")
    if not (sentence := problem(text)):
        return text
    ends = range(1, len(text) + 1)
    wrong = next((end for end in ends if problem(text[:end]) and problem(f"{text[:end]}a")), len(text))
    good = fix if fix and not problem(fix) else None
    raise Mistake(part.cut(wrong - 1, wrong), sentence, fix=good, instead=part)


def application(value: Part) -> str:
    """Return the name of an application."""
    return checked(value, _application_problem, fix=value.text.lower().replace("_", "-"))


def object_name(value: Part) -> str:
    """Return the name of a container, a user or a secret."""
    return checked(value, lambda text: _said("a name in Kubernetes", object_problem(text)), fix=value.text.lower())


def simple_name(value: Part) -> str:
    """Return the name of an environment, a profile or a cluster."""
    return checked(value, _simple_problem, fix=value.text.lower())


def environments(value: Part) -> tuple[str, ...]:
    """Return the names of environments, each once."""
    return _each(simple_name(item) for item in value.items())


def tags(value: Part) -> tuple[str, ...]:
    """Return the names of tags, each once."""
    return _each(checked(item, _tag_problem) for item in value.items())


def workloads(value: Part) -> tuple[WorkloadName, ...]:
    """Return the workloads, each once; none for `all`."""
    items = value.items()
    everything = next((item for item in items if item.text.lower() == "all"), None)
    if everything is None:
        return tuple(dict.fromkeys(map(_workload, items)))
    if len(items) > 1:
        raise Mistake(everything, "`all` goes without other names", fix="all", instead=value)
    return ()


def _workload(item: Part) -> WorkloadName:
    before, slash, after = item.partition("/")
    if not slash.text:
        return WorkloadName(object_name(item))
    kind = before.text.lower()
    if kind not in KINDS:
        listing = ", ".join(f"`{each}`" for each in KINDS)
        raise Mistake(before, f"the kind of a workload is one of {listing}", fix=nearest(kind, KINDS))
    return WorkloadName(object_name(after), kind)


def _application_problem(text: str) -> str:
    if not _LABEL.fullmatch(text):
        return (
            "the name of an application has lower-case letters, digits and `-` only, and begins and ends with a "
            "letter or digit"
        )
    if len(text) > APPLICATION_LIMIT:
        return f"the name of an application has at most {APPLICATION_LIMIT} characters, not {len(text)}"
    return ""


def _simple_problem(text: str) -> str:
    return "" if _SIMPLE.fullmatch(text) else "this name has lower-case letters, digits and `-` only"


def _tag_problem(text: str) -> str:
    return "" if _TAG.fullmatch(text) else "a tag has letters, digits, `.`, `_` and `-` only"


def _said(what: str, problem: str) -> str:
    return f"this is not {what}: {problem}" if problem else ""


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
