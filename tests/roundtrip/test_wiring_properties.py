from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.roundtrip.splice import splice
from bot.roundtrip.template import Template
from bot.roundtrip.wiring import Entries, wire
from bot.roundtrip.workloads import Workload, workloads

CLIENT = Entries(
    env=({"name": "KAFKA", "value": "/kafka/ca.crt"}, {"name": "PORT", "value": "9092"}),
    mounts=({"name": "kafka", "mountPath": "/kafka"},),
    volumes=({"name": "kafka", "secret": {"secretName": "app-kafka"}},),
)
FIELDS = {"env": "value", "volumeMounts": "mountPath", "volumes": "emptyDir"}
"""What an item of each list has besides its name."""


@dataclass(frozen=True)
class Layout:
    step: int
    offset: int


layouts = st.builds(Layout, st.sampled_from([2, 4]), st.sampled_from([0, 2]))
names = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=3, unique=True)
noise = st.sampled_from([[], [], ["# a: comment"], [""], ["{{/* it's */}}"]])


@st.composite
def conditional(draw: st.DrawFn, lines: list[str], pad: str) -> list[str]:
    """Put lines under an `if` of their own, or leave them as they are."""
    opening = draw(st.sampled_from(["", "", "{{- if .Values.x }}", "{{- range .Values.l }}"]))
    return [f"{pad}{opening}", *lines, f"{pad}{{{{- end }}}}"] if opening else lines


@st.composite
def lists(draw: st.DrawFn, layout: Layout, indent: int, key: str) -> list[str]:
    pad, inner = " " * indent, " " * (indent + layout.offset)
    shape = draw(st.sampled_from(["absent", "empty", "block", "block", "under if", "include"]))
    if shape == "absent":
        return []
    if shape == "empty":
        return [f"{pad}{key}: []"]
    if shape == "include":
        return [f"{pad}{key}:", f'{inner}{{{{- include "{key}" . | nindent {len(inner)} }}}}']
    body: list[str] = []
    for name in draw(names):
        item = [f"{inner}- name: {name}", f"{inner}  {FIELDS[key]}: /{name}"]
        body += [*(inner + line for line in draw(noise)), *draw(conditional(item, inner))]
    if shape == "under if":
        return [f"{pad}{{{{- if .Values.y }}}}", f"{pad}{key}:", *body, f"{pad}{{{{- end }}}}"]
    return [f"{pad}{key}:", *body]


@st.composite
def templates(draw: st.DrawFn) -> str:
    layout = draw(layouts)
    pads = [" " * (layout.step * depth) for depth in range(4)]
    dash = pads[3] + " " * layout.offset
    fields = [
        draw(st.sampled_from([[], [f'{dash}  image: "i"']])),
        draw(lists(layout, len(dash) + 2, "env")),
        draw(lists(layout, len(dash) + 2, "volumeMounts")),
        [f"{dash}  resources:", f"{dash}    {{{{- toYaml .Values.resources | nindent {len(dash) + 4} }}}}"],
    ]
    container = [line for lines in draw(st.permutations(fields)) for line in lines]
    containers = [f"{pads[3]}containers:", f"{dash}- name: app", *container]
    pod = [containers, draw(lists(layout, len(pads[3]), "volumes")), [f"{pads[3]}restartPolicy: Always"]]
    text = ["kind: Deployment", "spec:", f"{pads[1]}template:", f"{pads[2]}spec:"]
    text += [line for lines in draw(st.permutations(pod)) for line in (*lines, *draw(noise))]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(text) + draw(st.sampled_from([newline, ""]))


def read(text: str) -> tuple[Template, Workload]:
    template = Template(text)
    (workload,) = workloads(template, "app")
    return template, workload


def parts(template: Template, workload: Workload) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the container and the pod as data, directives masked."""
    pod = template.data(workload.document)["spec"]["template"]["spec"]
    (container,) = pod.pop("containers")
    return container, pod


def by_name(items: Any) -> list[tuple[str, Any]]:
    return sorted((item["name"], item) for item in items) if isinstance(items, list) else []


@given(templates(), st.sampled_from([None, "kafkaAccess.enabled"]))
def test_wired_templates(old: str, guard: str | None) -> None:
    template, workload = read(old)
    done = wire(template, workload, 0, CLIENT, guard=guard)
    new = splice(old, done.splices)

    taken = [old[edit.start : edit.end] for edit in done.splices if edit.end > edit.start]
    assert sorted(one for one in taken if one != " []") == sorted(done.moved)
    if not taken:
        rest = iter(new.splitlines())
        assert all(line in rest for line in old.splitlines())
    assert ("\r\n" in new) == ("\r\n" in old)
    assert new.count("\r\n") in {0, new.count("\n")}
    assert new.endswith("\n") == old.endswith("\n")

    _, rewired = read(new)
    (before,), (after,) = workload.containers, rewired.containers
    # A guarded key that was under a condition is there twice, and the later one is read.
    assert set(after.environment) >= {"KAFKA", "PORT"}
    assert "/kafka" in after.mounts
    assert "kafka" in rewired.volumes
    assert after.includes == before.includes


@given(templates())
def test_lists_hold_what_they_held_and_the_entries(old: str) -> None:
    template, workload = read(old)
    new = splice(old, wire(template, workload, 0, CLIENT).splices)
    before, after = parts(template, workload), parts(*read(new))
    for mapping, key, items in (
        (0, "env", CLIENT.env),
        (0, "volumeMounts", CLIENT.mounts),
        (1, "volumes", CLIENT.volumes),
    ):
        held, holds = before[mapping].pop(key, []), after[mapping].pop(key)
        assert by_name(holds) == by_name([*(held if isinstance(held, list) else []), *items])
    assert after == before


@given(templates())
def test_a_guard_changes_only_conditions(old: str) -> None:
    template, workload = read(old)
    assume("{{- if .Values.y }}" not in old and "[]" not in old)
    plain = splice(old, wire(template, workload, 0, CLIENT).splices)
    guarded = splice(old, wire(template, workload, 0, CLIENT, guard="on").splices)
    rest = iter(guarded.splitlines())
    assert all(line in rest for line in plain.splitlines())
    assert set(guarded.splitlines()) - set(plain.splitlines()) - {""} <= {
        line for line in guarded.splitlines() if line.strip() in {"{{- if $.Values.on }}", "{{- end }}"}
    }
