"""The form that the documentation offers: filled in and rendered as GitHub does, it is the command that was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import yaml
from bot.commands.forms import command_from_form
from bot.commands.model import Command, Name, Topic, Verb, WorkloadName
from bot.commands.parser import parse
from bot.commands.registry import OPTIONS
from bot.kafka.acl import PatternType

FILE = Path(__file__).parents[2] / "docs" / "issue-form.yaml"
FORM: Mapping[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"))
FIELDS = {one["attributes"]["label"]: one for one in FORM["body"] if one["type"] != "markdown"}

REQUIRED: dict[str, str | list[str]] = {"Application": "myapp", "Topics": "lsst.a:read, write\r\nlsst.b.*"}
ALL: dict[str, str | list[str]] = {
    **REQUIRED,
    "Environments": "idfdev, usdfdev",
    "Workload": "deployment/myapp",
    "Container": "main",
    "Consumer group": "myapp-*",
    "Options": ["create", "enable-operator"],
    "Partitions": "3",
    "Retention": "7d",
    "Last day": "2031-12-24",
    "Quota": "producer:1MiB/s",
    "Anything else?": "Thanks, @maintainers: `topic=lsst.c`",
}
TOPICS = (Topic("lsst.a", PatternType.LITERAL, ("read", "write")), Topic("lsst.b.", PatternType.PREFIX))


def rendered(answers: Mapping[str, str | list[str]]) -> str:
    """The body of an issue that is opened with the form; `_No response_` where a field is left empty."""
    return "\n\n".join(f"### {label}\n\n{_shown(one, answers.get(label))}" for label, one in FIELDS.items())


def _shown(field: Mapping[str, Any], answer: str | list[str] | None) -> str:
    attributes = field["attributes"]
    if field["type"] == "checkboxes":
        words = [one["label"].partition(":")[0] for one in attributes["options"]]
        labels = [one["label"] for one in attributes["options"]]
        return "\n".join(
            f"- [{'X' if word in (answer or ()) else ' '}] {label}" for word, label in zip(words, labels, strict=True)
        )
    if "render" in attributes:
        return f"```{attributes['render']}\n{answer or ''}\n```"
    return str(answer) if answer else "_No response_"


def asked(answers: Mapping[str, str | list[str]]) -> Command:
    (command,) = parse(rendered(answers)).commands
    assert isinstance(command, Command)
    return command


def test_all_fields() -> None:
    assert ALL.keys() == FIELDS.keys()
    command = asked(ALL)
    assert command == Command(
        Verb.GRANT,
        command.text,
        application="myapp",
        create=True,
        enable_operator=True,
        topics=TOPICS,
        groups=(Name("myapp-", PatternType.PREFIX),),
        environments=("idfdev", "usdfdev"),
        workloads=(WorkloadName("myapp", "deployment"),),
        container="main",
        partitions=3,
        retention=7 * 24 * 3600 * 1000,
        expires=date(2031, 12, 24),
        quota=(("producer", 2**20),),
    )


def test_only_what_is_required() -> None:
    assert {label for label, one in FIELDS.items() if one.get("validations", {}).get("required")} == REQUIRED.keys()
    command = asked(REQUIRED)
    assert command == Command(Verb.GRANT, command.text, application="myapp", topics=TOPICS)


@pytest.mark.parametrize("label", [label for label in FIELDS if label != "Anything else?"])
def test_every_field_counts(label: str) -> None:
    less = {key: answer for key, answer in ALL.items() if key != label}
    assert command_from_form(rendered(less)) != command_from_form(rendered(ALL))


def test_boxes_are_words() -> None:
    labels = [one["label"] for one in FIELDS["Options"]["attributes"]["options"]]
    words = [OPTIONS[label.partition(":")[0]] for label in labels]
    assert all(one.read is None for one in words)


def test_github_takes_it() -> None:
    """What GitHub demands of a form, else it offers none.

    https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/common-validation-errors-when-creating-issue-forms
    """
    assert FORM.keys() <= {"name", "description", "title", "body", "labels", "assignees"}
    assert all(FORM[key] for key in ("name", "description", "body"))
    assert all(one["type"] in {"markdown", "input", "textarea", "checkboxes"} for one in FORM["body"])
    ids = [one["id"] for one in FIELDS.values()]
    assert len(set(ids)) == len(ids) == len(FORM["body"]) - 1
    assert all(isinstance(text, str) for one in FORM["body"] for text in _texts(one["attributes"]))


def _texts(attributes: Mapping[str, Any]) -> Iterator[object]:
    for key, item in attributes.items():
        yield from (one["label"] for one in item) if key == "options" else (item,)
