"""Ways to damage a right edit. None of them leaves the same objects with nothing but insertions in the old file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import UserError
from bot.proof.model import Change, Expected, NewObject
from bot.roundtrip.template import Template
from tests.edits import ACCESS, ACCESS_TEXT, SWITCH, Edit, replace_all

_GUARD = re.compile(rf"\{{\{{-? (?:else )?if \$\.Values\.{re.escape('.'.join(SWITCH))} -?\}}\}}")
PROBE = '{{ fail "rendered here" }}'


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged edit; `probe` is the right edit with a template error where the damage is, if it is at one place."""

    changes: tuple[Change, ...]
    expected: Expected
    probe: tuple[Change, ...] | None = None
    announced: Expected | None = None
    """What the probe is proved against, where that is not what the edit announces."""


Kind = Callable[[Edit, Random], Iterator[Damaged]]


def pieces(change: Change) -> tuple[str, ...]:
    """Return the texts that an edit adds; of a new file that is all."""
    return (
        tuple(new for _, _, new in change.spliced) if change.before is not None else ((change.after or b"").decode(),)
    )


def with_pieces(change: Change, texts: tuple[str, ...]) -> Change:
    """Return the change with other texts added, and its edits saying so."""
    if change.before is None:
        return replace(change, after=texts[0].encode())
    spliced = tuple((start, end, new) for (start, end, _), new in zip(change.spliced, texts, strict=True))
    return replace_all(change, spliced)


def with_template(edit: Edit, change: Change, probe: Change | None = None) -> Damaged:
    """The edit with another template."""
    rest = edit.changes[1:]
    return Damaged((change, *rest), edit.expected, None if probe is None else (probe, *rest))


def _lines(edit: Edit, damage: Callable[[str], str]) -> Iterator[Damaged]:
    """Damage each added line in turn; the same objects are left out."""
    change = edit.changes[0]
    texts = pieces(change)
    for number, text in enumerate(texts):
        lines, after = text.splitlines(keepends=True), texts[number + 1 :]
        for at, line in enumerate(lines):
            if not line.strip():
                continue
            damaged, probe = (
                with_pieces(change, (*texts[:number], "".join((*lines[:at], new, *lines[at + 1 :])), *after))
                for new in (damage(line), f"{PROBE}{line}")
            )
            if meaning(damaged) != meaning(change):
                yield with_template(edit, damaged, probe)


def meaning(change: Change) -> object:
    """What a template says, whatever its layout: nodes in any order, directives in theirs; None where it is no YAML."""
    # Helm trims what a template prints.
    text = (change.after or b"").decode().strip()
    try:
        template = Template(text)
        nodes = [_meaning(document.node) for document in template.documents]
    except UserError:
        return text
    return nodes, [re.sub(r"\s+|^-|-$", "", one) for one in re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL)]


def _meaning(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return sorted((repr(_meaning(key)), repr(_meaning(value))) for key, value in node.value)
    if isinstance(node, SequenceNode):
        return ["list", *sorted(repr(_meaning(item)) for item in node.value)]
    assert isinstance(node, ScalarNode)
    return node.tag, node.value


def drop_line(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: "")


def duplicate_line(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: line * 2)


def alter_value(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: re.sub(r"([\w/*])([\"']?)(\s*)\Z", r"\1x\2\3", line))


def alter_key(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: re.sub(r"(\w)([\"']?:)", r"\1x\2", line, count=1))


def indent_by_one(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: f" {line}")


def indent_by_two(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: f"  {line}")


def outdent_by_two(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: line.removeprefix("  "))


def comment_out(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: f"{{{{/* {line.rstrip()} */}}}}\n" if "{{" not in line else "")


def drop_sub_path(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: "" if "subPath" in line else line)


def rename_secret(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _lines(edit, lambda line: re.sub(r"((?:secretN|n)ame: \W?zzz-)probe", r"\1other", line))


def _texts(edit: Edit, damage: Callable[[str], str]) -> Iterator[Damaged]:
    """Damage each added text as a whole."""
    change = edit.changes[0]
    texts = pieces(change)
    for number, text in enumerate(texts):
        damaged, probe = (
            with_pieces(change, (*texts[:number], new, *texts[number + 1 :]))
            for new in (damage(text), re.sub(r"(\A|\n)([ \t]*\S)", rf"\1{PROBE}\2", text, count=1))
        )
        if text.strip() and meaning(damaged) != meaning(change):
            yield with_template(edit, damaged, probe)


def false_condition(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _texts(
        edit, lambda text: f"{{{{- if false }}}}{'' if text.startswith(chr(10)) else chr(10)}{text}{{{{- end }}}}\n"
    )


def add_twice(edit: Edit, _: Random) -> Iterator[Damaged]:
    joint = "---\n" if edit.changes[0].before is None else ""
    return _texts(edit, lambda text: f"{text}{joint}{text}")


def drop_text(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _texts(edit, lambda text: "") if edit.changes[0].before is not None else iter(())


def exchange_texts(edit: Edit, _: Random) -> Iterator[Damaged]:
    change = edit.changes[0]
    texts = pieces(change)
    for first in range(len(texts)):
        for second in range(first):
            swapped = list(texts)
            swapped[first], swapped[second] = texts[second], texts[first]
            damaged = with_pieces(change, tuple(swapped))
            if meaning(damaged) != meaning(change):
                yield with_template(edit, damaged)


def move_elsewhere(edit: Edit, random: Random) -> Iterator[Damaged]:
    """Move an added text to another line of the file: another list, another container, another object, its end."""
    change = edit.changes[0]
    if change.before is None:
        return
    old = change.before.decode()
    places = [0, *(match.end() for match in re.finditer("\n", old))]
    for number, (start, end, new) in enumerate(change.spliced):
        others = (*change.spliced[:number], *change.spliced[number + 1 :])
        for place in random.sample(places, min(8, len(places))):
            if start != end or any(one <= place <= two for one, two, _ in others):
                continue
            damaged = replace_all(change, tuple(sorted((*others, (place, place, new)))))
            if meaning(damaged) != meaning(change):
                probe = replace_all(change, tuple(sorted((*others, (start, end, new), (start, start, PROBE)))))
                yield with_template(edit, damaged, probe)


def unannounced_object(edit: Edit, _: Random) -> Iterator[Damaged]:
    path = edit.changes[0].path.rpartition("/")[0]
    new = Change(f"{path}/zzz-extra.yaml", None, ACCESS_TEXT.replace("zzz-probe", "zzz-extra").encode())
    yield Damaged((*edit.changes, new), edit.expected)
    config = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: zzz-extra\n"
    yield Damaged((*edit.changes, replace(new, after=config)), edit.expected)


def unannounced_workload(edit: Edit, _: Random) -> Iterator[Damaged]:
    """Edit a workload that the announcement leaves out."""
    for number in range(len(edit.expected.wired)):
        fewer = (*edit.expected.wired[:number], *edit.expected.wired[number + 1 :])
        probe = _texts(edit, lambda text: f"{text}x")
        yield Damaged(edit.changes, replace(edit.expected, wired=fewer), next(probe).probe)


def untargeted_environment(edit: Edit, _: Random) -> Iterator[Damaged]:
    """Change an environment that the announcement leaves out, or whose values turn the guard on."""
    for other in edit.others:
        probe = next(_texts(edit, lambda text: f"{text}x")).probe
        yield Damaged((*edit.changes, other), edit.expected, None if probe is None else (*probe, other))
    for wired in edit.expected.wired[:1]:
        for name in wired.environments if len(wired.environments) > 1 and edit.variant == "plain" else ():
            fewer = tuple(replace(one, environments=one.environments - {name}) for one in edit.expected.wired)
            yield Damaged(edit.changes, replace(edit.expected, wired=fewer))


def values_file_left_out(edit: Edit, _: Random) -> Iterator[Damaged]:
    """A target whose values do not turn the guard on."""
    probe = next(_texts(edit, lambda text: f"{text}x")).probe
    for number in range(2, len(edit.changes)):
        yield Damaged((*edit.changes[:number], *edit.changes[number + 1 :]), edit.expected, probe)


def default_on(edit: Edit, _: Random) -> Iterator[Damaged]:
    """The guard is on by default, which turns it on where nobody asked for it."""
    if edit.variant == "off" or edit.others:
        default = edit.changes[1]
        texts = tuple(text.replace("false", "true") for text in pieces(default))
        probe = next(_texts(edit, lambda text: f"{text}x")).probe
        changes = (edit.changes[0], with_pieces(default, texts), *edit.changes[2:])
        yield Damaged(changes, edit.expected, None if probe is None else (probe[0], *changes[1:]))


def no_guard(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _guards(edit, "{{- if true }}")


def opposite_guard(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _guards(edit, f"{{{{- if not $.Values.{'.'.join(SWITCH)} }}}}")


def _guards(edit: Edit, condition: str) -> Iterator[Damaged]:
    """Put another condition for the guard, wherever it is the first in a text."""
    for damaged in _texts(edit, lambda text: _GUARD.sub(condition, text, count=1) if "else" not in text else text):
        opened = replace_all(edit.changes[0], tuple(
            (start, end, _GUARD.sub(lambda one: "{{- if true }}" + PROBE, new, count=1) if "else" not in new else new)
            for start, end, new in edit.changes[0].spliced
        ))  # fmt: skip
        yield replace(damaged, probe=(opened, *edit.changes[1:]))


def _original(edit: Edit, damage: Callable[[str], str], *, say: bool) -> Iterator[Damaged]:
    """Damage lines of the old file; the edits stay as the editor had them unless they are to `say` it."""
    change = edit.changes[0]
    if change.before is None:
        return
    old = change.before.decode()
    for match in re.finditer(r"[^\n]*\S[^\n]*\n", old):
        if any(start <= match.end() and match.start() <= end for start, end, _ in change.spliced):
            continue
        new = damage(match.group())
        if new != match.group():
            spliced = tuple(sorted((*change.spliced, (match.start(), match.end(), new))))
            done = replace_all(change, spliced)
            yield with_template(edit, done if say else replace(done, spliced=change.spliced))


def drop_original(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _original(edit, lambda line: "", say=False)


def alter_original(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _original(edit, lambda line: re.sub(r"\w(\W*)\Z", r"_\1", line), say=False)


def duplicate_original(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _original(edit, lambda line: line * 2, say=False)


def respace_original(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _original(edit, lambda line: line.rstrip("\r\n") + " \n", say=False)


def drop_original_and_say_so(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _original(edit, lambda line: "", say=True)


def alter_original_and_say_so(edit: Edit, _: Random) -> Iterator[Damaged]:
    return _original(edit, lambda line: re.sub(r"\w(\W*)\Z", r"_\1", line), say=True)


def wrong_request(edit: Edit, _: Random) -> Iterator[Damaged]:
    """What the editor makes of another container or of fewer workloads."""
    probe = next(_texts(edit, lambda text: f"{text}x")).probe
    yield from (Damaged(changes, edit.expected, probe) for _, changes in edit.wrong)


def object_left_out(edit: Edit, _: Random) -> Iterator[Damaged]:
    yield Damaged((Change("README.md", None, b"Nothing.\n"),), edit.expected)
    lacking = {**ACCESS, "metadata": {**ACCESS["metadata"], "name": "zzz-second"}}
    for one in edit.expected.new_objects:
        both = (one, NewObject(one.application, one.environments, lacking))
        yield Damaged(edit.changes, replace(edit.expected, new_objects=both))


def other_metadata(edit: Edit, _: Random) -> Iterator[Damaged]:
    for line in ('  annotations: {zzz: "one"}\n', "  namespace: kube-system\n", "  finalizers: [zzz]\n"):
        new = ACCESS_TEXT.replace("metadata:\n", f"metadata:\n{line}")
        yield with_template(edit, replace(edit.changes[0], after=new.encode()))


def against_the_definition(edit: Edit, _: Random) -> Iterator[Damaged]:
    """Announced and made, but not what the definition of KafkaAccess allows."""
    kafka = ACCESS["spec"]["kafka"]
    for name, value in (("listner", "tls"), ("listener", 9093), ("name", None)):
        spec = {**ACCESS["spec"], "kafka": {**kafka, name: value}}
        shown = "null" if value is None else value
        new = re.sub(r'(  kafka:\n    name: "sasquatch"\n)', rf"\1    {name}: {shown}\n", ACCESS_TEXT)
        if name in kafka:
            new = re.sub(rf'(  kafka:\n(?:    .*\n)*?)    {name}: ".*"\n', r"\1", new, count=1)
        one = edit.expected.new_objects[0]
        expected = replace(edit.expected, new_objects=(replace(one, manifest={**ACCESS, "spec": spec}),))
        yield Damaged((replace(edit.changes[0], after=new.encode()),), expected)


_TO_ADDITIONS: dict[str, Kind] = {
    "drop an added line": drop_line,
    "repeat an added line": duplicate_line,
    "alter an added value": alter_value,
    "alter an added key": alter_key,
    "indent an added line by one": indent_by_one,
    "indent an added line by two": indent_by_two,
    "outdent an added line by two": outdent_by_two,
    "comment an added line out": comment_out,
    "put an addition under a false condition": false_condition,
    "make an addition twice": add_twice,
    "leave an addition out": drop_text,
    "exchange two additions": exchange_texts,
    "move an addition": move_elsewhere,
}
_OLD: dict[str, Kind] = {
    "drop an old line": drop_original,
    "alter an old line": alter_original,
    "repeat an old line": duplicate_original,
    "add a space to an old line": respace_original,
    "drop an old line and say so": drop_original_and_say_so,
    "alter an old line and say so": alter_original_and_say_so,
}
_WIRED: dict[str, Kind] = {
    "drop subPath": drop_sub_path,
    "rename the secret": rename_secret,
    "wire an unannounced workload": unannounced_workload,
    "change an untargeted environment": untargeted_environment,
    "wire what was not asked for": wrong_request,
}
_ANY: dict[str, Kind] = {"add an unannounced object": unannounced_object}
ADDED: dict[str, dict[str, Kind]] = {
    "plain": _TO_ADDITIONS | _OLD | _WIRED | _ANY,
    "on": _TO_ADDITIONS
    | _WIRED
    | {"leave a values file out": values_file_left_out, "turn the guard on by default": default_on},
    "off": {
        "drop the guard": no_guard,
        "turn the guard round": opposite_guard,
        "turn the guard on by default": default_on,
        "change an untargeted environment": untargeted_environment,
    }
    | _OLD,
    "access": _TO_ADDITIONS
    | _ANY
    | {
        "leave an announced object out": object_left_out,
        "give an object other metadata": other_metadata,
        "break the definition": against_the_definition,
    },
    "rules": _TO_ADDITIONS | _OLD | _ANY,
}
"""What can be done to each variant of an edit that adds something."""
