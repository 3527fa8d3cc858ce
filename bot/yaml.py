"""YAML as data: ruamel.yaml's C parser, with failures as ValueError that name the line.

Edits never go through here: they keep every byte and live in `bot.roundtrip`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.resolver import Resolver


class NotYaml(ValueError):
    """The text is not YAML; `line` counts from 1, or is 0 where the parser did not say."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.line = line


class _Resolver12(Resolver):
    """The rules of YAML 1.2 throughout, which ruamel.yaml would otherwise choose anew for every scalar."""

    def __init__(self, loader: object = None, loadumper: object = None, **_: object) -> None:
        super().__init__(loadumper or loader)


class Reader(YAML):
    """ruamel.yaml's C parser, without the search for plug-ins that costs more than reading a small file."""

    def __init__(self) -> None:
        super().__init__(typ="safe", pure=False)
        self.Resolver = _Resolver12

    def official_plug_ins(self) -> list[str]:
        """Return none."""
        return []


class _LastKeyWins(SafeConstructor):
    """Helm decodes values with sigs.k8s.io/yaml, which lets the later of two equal keys win."""

    def check_mapping_key(self, *_: Any) -> bool:  # noqa: ANN401 - ruamel.yaml's own signature
        return True


class _EveryKey(SafeConstructor):
    """Keeps a key that is there twice under a name of its own, where others drop one of the two values."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **named)
        self._times: Counter[tuple[int, Any]] = Counter()

    def check_mapping_key(self, node: Any, _key_node: Any, mapping: Any, key: Any, value: Any) -> bool:  # noqa: ANN401
        # Nodes, unlike mappings, live until the document is whole, so that none has the identity of an earlier one.
        where = id(node), key
        self._times[where] += 1
        name = key if self._times[where] == 1 else f"{key}#{self._times[where]}"
        while name in mapping:
            self._times[where] += 1
            name = f"{key}#{self._times[where]}"
        mapping[name] = value
        return False


def load(text: str) -> Any:  # noqa: ANN401 - YAML is what it is
    """Return the one document of `text` as plain Python data; the later of two equal keys wins, as in Helm.

    Raises NotYaml where `text` does not parse.
    """
    return _load(text, _LastKeyWins)


def load_every_key(text: str) -> Any:  # noqa: ANN401
    """Return the one document of `text` with nothing dropped: the second of two equal keys is `key#2`.

    Raises NotYaml where `text` does not parse.
    """
    return _load(text, _EveryKey)


def _load(text: str, constructor: type[SafeConstructor]) -> Any:  # noqa: ANN401
    reader = Reader()
    reader.Constructor = constructor
    try:
        return reader.load(text)
    except MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark is not None else 0
        raise NotYaml(str(exc.problem or exc.context or "not YAML"), line) from exc
    except (YAMLError, ValueError) as exc:
        raise NotYaml(str(exc).splitlines()[0], 0) from exc
