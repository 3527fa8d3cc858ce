"""Names that a grant may not use: KafkaUsers of others, and Secrets that the application has already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.checkout.files import Files
from bot.errors import UserError
from bot.phalanx.charts import value_at
from bot.phalanx.names import is_static, resolved
from bot.phalanx.resources import KafkaDocument, documents, static_name
from bot.phalanx.templates import kind_line, template
from bot.planning.subchart import user_and_topics

_DIRECTIVE = re.compile(r"\{\{.*?\}\}")
_VALUE = re.compile(r"\.Values\.([\w.-]*\w)")
_SECRET = kind_line(r"\w*Secret|GafaelfawrServiceToken")


class UserOfSomethingElse(UserError):
    """`user=` names a KafkaUser that was not made for the application."""

    def __init__(self, application: str, user: str, file: str) -> None:
        super().__init__(
            f"KafkaUser {user} in {file} was not made for {application}: no KafkaAccess of {application} names it",
            "leave user= out, or type user= with a name that does not exist yet",
        )


class UserMadeByTemplate(UserError):
    """A new KafkaUser would have a name that a template makes up from values."""

    def __init__(self, user: str, file: str) -> None:
        super().__init__(
            f"{file} makes KafkaUsers from values, and {user} is a name of theirs",
            "type user= with a name that does not exist yet",
        )


class SecretTaken(UserError):
    """The Secret that a new KafkaAccess makes has the name of another one of the application."""

    def __init__(self, application: str, name: str, file: str) -> None:
        super().__init__(
            f"{application} has a Secret {name} already, made by {file}, and a KafkaAccess would overwrite it",
            "leave secret= out, or type secret= with a name that does not exist yet",
        )


def made_for(files: Files, service: str, application: str, user: KafkaDocument) -> bool:
    """Whether a KafkaUser stands in a subchart that is named after the application, with nothing but KafkaTopics.

    The subchart of the Kafka cluster itself may have such a name too.
    """
    named = user.dependency is not None and user.dependency.name in (application, f"{application}-kafka")
    return named and user_and_topics(files, service, user) is not None


def check_new_user(files: Files, service: str, name: str, environments: frozenset[str]) -> None:
    """Raise UserMadeByTemplate where a KafkaUser whose name only rendering tells may get this one."""
    if maker := maker_of(files, service, name, environments):
        raise UserMadeByTemplate(name, maker.file)


def maker_of(files: Files, service: str, name: str, environments: frozenset[str]) -> KafkaDocument | None:
    """Return the KafkaUser whose name only rendering tells and that may get this one, None where there is none."""
    for document in documents(files, service, "KafkaUser"):
        if static_name(document) is None and _may_make(files, service, document, name, environments):
            return document
    return None


def _may_make(files: Files, service: str, document: KafkaDocument, name: str, environments: frozenset[str]) -> bool:
    """Whether the values that the template reads can give the name; any with the template's first words counts too."""
    prefix = document.name.partition("{{")[0]
    if prefix and name.startswith(prefix):
        return True
    wanted = _inserted(document.name, name)
    if wanted is None:
        return False
    above = f"{document.dependency.alias}." if document.dependency else ""
    return any(
        _mentioned(files, path, environment, wanted)
        and wanted in _texts(value_at(files, path, before + dotted, environment))
        for dotted in set(_VALUE.findall(files.text(document.file) or ""))
        for environment in environments
        for path, before in ((f"applications/{service}", above), (document.chart.path, ""))
    )


def _inserted(template: str, name: str) -> str | None:
    """Return what a template's directives have to give, all of them the same, so that it makes the name."""
    first, *others = map(re.escape, _DIRECTIVE.split(template))
    found = re.fullmatch(first + "(.*)" + r"\1".join(others), name)
    return found and found.group(1)


def _mentioned(files: Files, path: str, environment: str, word: str) -> bool:
    """Whether the word can be a value of a chart: parsing all values of all environments takes longer than planning."""
    alone = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])")
    texts = [files.text(f"{path}/{name}") or "" for name in ("values.yaml", f"values-{environment}.yaml")]
    return any(word in text and alone.search(text) for text in texts)


def _texts(data: Any) -> Iterator[str]:  # noqa: ANN401 - values are what they are
    """Yield the strings of a value, the keys of mappings among them."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        yield from map(str, data)
        data = list(data.values())
    for item in data if isinstance(data, list) else ():
        yield from _texts(item)


def check_new_secret(files: Files, application: str, path: str, name: str) -> None:
    """Raise SecretTaken where a template of the chart at `path` or of its local subcharts makes such a Secret."""
    folders = [f"{path}/templates", *(f"{path}/charts/{one}/templates" for one in files.names(f"{path}/charts"))]
    for file in [file for folder in folders for file in files.below(folder, ".yaml", ".yml")]:
        if not _SECRET.search(files.text(file) or ""):
            continue
        owner = file.partition("/templates/")[0].rpartition("/")[2]
        for document in template(files, file).documents:
            kind, found = document.kind or "", resolved(document.name, owner)
            if kind.endswith(("Secret", "GafaelfawrServiceToken")) and is_static(found) and found == name:
                raise SecretTaken(application, name, file)
