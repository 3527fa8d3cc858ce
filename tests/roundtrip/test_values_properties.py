from __future__ import annotations

import copy
import io
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString, SingleQuotedScalarString

from bot import yaml
from bot.roundtrip.splice import splice
from bot.roundtrip.values import ValuesFile

texts = st.text("ab :#-'\"{é🐟\n", max_size=8)
names = st.sampled_from(["a", "b", "c-d", "eF", "global", "true", "é", "a b"])
scalars = st.one_of(
    texts,
    # A last line of nothing but blanks inside a block scalar is not told from a blank line below it.
    texts.map(str.strip).map(LiteralScalarString),
    texts.map(SingleQuotedScalarString),
    st.text("ab ", max_size=8).map(str.strip).map(FoldedScalarString),
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
)
nodes = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
mappings = st.dictionaries(names, nodes, max_size=4)
values: st.SearchStrategy[object] = st.one_of(st.booleans(), texts, st.just([{"name": "x"}]), st.just({"x": {"y": []}}))


@st.composite
def files(draw: st.DrawFn, data: Mapping[str, Any]) -> str:
    """Write data in one of many ways, with comments and blank lines between the keys at the top."""
    dumper = YAML()
    dumper.allow_unicode = True
    dumper.width = draw(st.sampled_from([20, 80]))
    offset = draw(st.sampled_from([0, 2]))
    dumper.indent(mapping=draw(st.sampled_from([2, 4])), sequence=offset + draw(st.sampled_from([2, 4])), offset=offset)
    stream = io.StringIO()
    gap = draw(st.sampled_from(["", "\n", "\n# -- a comment: [\n", "# {\n"]))
    for key, value in data.items():
        stream.write(gap)
        dumper.dump({key: value}, stream)
    text = stream.getvalue().replace("...\n", "")
    if yaml.load(text) and not text.endswith("\n\n") and draw(st.booleans()):
        text = text.removesuffix("\n")
    text = draw(st.sampled_from(["", "---\n"])) + text
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def with_put(data: dict[str, Any], path: list[str], value: object) -> dict[str, Any]:
    result = copy.deepcopy(data)
    node = result
    for name in path[:-1]:
        node[name] = node.get(name) or {}
        node = node[name]
    node[path[-1]] = value
    return result


@st.composite
def paths(draw: st.DrawFn, data: dict[str, Any]) -> list[str]:
    """Return the path of a key that is not there yet."""
    path: list[str] = []
    node: Any = data
    while inside := [name for name, item in (node or {}).items() if item is None or isinstance(item, dict)]:
        if draw(st.booleans()):
            break
        path.append(draw(st.sampled_from(inside)))
        node = node[path[-1]]
    return [*path, draw(st.sampled_from(["A", "m", "zz", "ü"])), *draw(st.lists(st.just("n"), max_size=1))]


@given(st.data())
def test_put(data: st.DataObject) -> None:
    text = data.draw(mappings.flatmap(files))
    loaded = yaml.load(text) or {}
    path = data.draw(paths(loaded))
    value = data.draw(values)
    edits = ValuesFile(text).put(path, value, comment=data.draw(st.sampled_from([None, "What it is."])))
    done = splice(text, edits)
    assert yaml.load(done) == with_put(loaded, path, value)
    taken = {text[edit.start : edit.end].strip() for edit in edits}
    assert taken <= {"", "{}", "null"}
    assert done.count("\r\n") in {0, done.count("\n")}
    if isinstance(value, bool):
        assert ValuesFile(done).put(path, value) == ()
        assert yaml.load(splice(done, ValuesFile(done).put(path, "new"))) == with_put(loaded, path, "new")


@given(st.data())
def test_append(data: st.DataObject) -> None:
    items = data.draw(st.lists(st.integers(0, 9) | texts, max_size=3))
    text = data.draw(mappings.map(lambda rest: {**rest, "list": items}).flatmap(files))
    item = data.draw(texts | st.just({"name": "x", "value": "y"}))
    done = splice(text, ValuesFile(text).append(["list"], item))
    assert yaml.load(done) == {**yaml.load(text), "list": [*items, item]}
