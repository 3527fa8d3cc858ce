from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.forms import command_from_form
from bot.commands.model import Command, CommandError
from bot.commands.parser import parse, parse_line

FULL = """\
### Application

myapp

### Topics

lsst.x:read, write
lsst.y.*

### Consumer group

myapp-*

### Environments

idfdev, usdfdev

### Workload

deployment/myapp

### Container

_No response_

### Options

- [X] create: declare the topics too
- [ ] metrics
- [x] `enable-operator`
- [X] I have read the guide

### Partitions

3

### Retention

7d

### Quota

producer:1MB/s

### Last day

2031-12-24

### Profile

spring

### Cluster

prompt-kafka

### Anything else?

Thanks @maintainers, plan nothing
"""

FORMS = {
    "all": (
        FULL,
        'app=myapp topic="lsst.x:read, write" topic=lsst.y.* group=myapp-* env="idfdev, usdfdev" '
        "workload=deployment/myapp create enable-operator partitions=3 retention=7d quota=producer:1MB/s "
        "expires=2031-12-24 profile=spring cluster=prompt-kafka",
    ),
    "metrics": (
        "### Application\n\na1\n\n### Options\n\n- [x] metrics\n\n### Tags\n\nb\nc\n",
        "app=a1 metrics tags=b,c",
    ),
    "CRLF": ("### Application\r\n\r\nmyapp\r\n\r\n### Topic\r\n\r\nlsst.x\r\n", "app=myapp topic=lsst.x"),
    "any case": ("### APPLICATION\n\nmyapp\n\n### environments\n\na\nb\n", "app=myapp env=a,b"),
    "no answer": ("### Application\n\n_No response_\n\n### Topic\n\nlsst.x\n", "topic=lsst.x"),
    "choice of none": ("### Application\n\nmyapp\n\n### Container\n\nNone\n", "app=myapp"),
    "environments as boxes": (
        "### Application\n\na1\n\n### Environments\n\n- [X] x\n- [ ] y\n- [x] z",
        "app=a1 env=x,z",
    ),
    "rendered as code": (
        "### Application\n\na1\n\n### Topics\n\n```text\nlsst.x\nlsst.y\n```",
        "app=a1 topic=lsst.x topic=lsst.y",
    ),
    "named like a verb": ("### Application\n\nplan\n", "app=plan"),
    "first of two": ("### Application\n\na1\n\n### Application\n\nb1\n", "app=a1"),
    "text before": ("<!-- form -->\nHello\n\n### Application\n\na1\n", "app=a1"),
}


@pytest.mark.parametrize(("body", "words"), FORMS.values(), ids=FORMS.keys())
def test_a_form_is_a_line(body: str, words: str) -> None:
    line = f"/kafka-access {words}"
    assert command_from_form(body) == line
    (command,) = parse(body).commands
    assert isinstance(command, Command) == ("app=" in words)
    assert command == parse_line(line) or isinstance(command, CommandError)


NO_FORMS = {
    "empty": "",
    "no heading": "Application\n\nmyapp\n",
    "another heading": "### Applications\n\nmyapp\n",
    "another level": "## Application\n\nmyapp\n",
    "without an application": "### Topic\n\nlsst.x\n",
    "fence": "```\n### Application\n\nmyapp\n```\n",
    "quotation": "> ### Application\n>\n> myapp\n",
    "list": "- ### Application\n\n  myapp\n",
    "comment": "<!--\n### Application\n\nmyapp\n-->\n",
}


@pytest.mark.parametrize("body", NO_FORMS.values(), ids=NO_FORMS.keys())
def test_other_text_is_no_form(body: str) -> None:
    assert command_from_form(body) is None


def test_a_command_of_its_own_comes_first() -> None:
    (command,) = parse(f"{FULL}\n\n/kafka-access other").commands
    assert isinstance(command, Command)
    assert command.application == "other"


ANSWERS = {
    "blank": "myapp plan",
    "double quote": 'myapp" plan "x',
    "single quote": "myapp' plan 'x",
    "both": "myapp\" plan 'x' \"",
    "lines": "myapp\nplan",
    "carriage return": "myapp\rplan",
    "Unicode line end": "myapp\u2028plan",
    "command": "/kafka-access plan",
    "option": "myapp topic=lsst.x",
    "markup": "<b>@maintainers</b>",
    "surrogate": "\ud800",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("heading", ["Application", "Topic", "Group", "Environments", "Workload", "Container"])
def test_an_answer_never_becomes_words(heading: str, answer: str) -> None:
    body = f"### {heading}\n\nx {answer}\n\n" + ("" if heading == "Application" else "### Application\n\nmyapp\n")
    (error,) = parse(body).commands
    assert isinstance(error, CommandError)
    assert "maintainers" not in error.text.splitlines()[-1]


@given(st.text())
def test_any_answer_is_one_value(answer: str) -> None:
    body = f"### Application\n\nmyapp\n\n### Container\n\n{answer}"
    line = command_from_form(body)
    assert line is not None
    command = parse_line(line)
    if isinstance(command, Command):
        assert {command.application, command.create, command.topics} <= {"myapp", False, ()}
