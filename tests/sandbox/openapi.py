"""Judges requests and answers by GitHub's own description of its API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx
import jsonschema
import pytest

from tests.support import shared

_FILE = shared.FOLDER / "github" / "github-rest-subset.openapi.json"

# What the description says and GitHub itself does not hold to: labels are taken as a bare list too, and an account is
# not a person and an enterprise at once.
_LABELS = {"type": "array", "items": {"type": "string"}}
_ANSWERS = {
    "/app/installations": {"type": "array", "items": {"$ref": "#/components/schemas/installation"}},
}


@cache
def _description() -> Mapping[str, Any]:
    found: dict[str, Any] = _as_json_schema(json.loads(_FILE.read_text()))
    return found


def _as_json_schema(node: Any) -> Any:
    """Return OpenAPI 3.0 as JSON Schema: `nullable` is not known there."""
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    # Alternatives overlap: the shape of a plain error is also that of one of its kinds.
    found = {"anyOf" if key == "oneOf" else key: _as_json_schema(value) for key, value in node.items()}
    if found.pop("nullable", False):
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
        if isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
        else:
            return {"anyOf": [found, {"type": "null"}]}
    return found


def operation(method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the path template and the operation that a request is for."""
    found = []
    for template, methods in _description()["paths"].items():
        pattern = re.sub(r"\{(ref|path|branch|basehead)\}", ".+", template)
        pattern = re.sub(r"\{\w+\}", "[^/]+", pattern)
        if method.lower() in methods and re.fullmatch(pattern, path):
            found.append((template, methods[method.lower()]))
    return min(found, key=lambda one: (one[0].count("{"), -len(one[0])), default=None)


def _check(schema: Mapping[str, Any], value: Any, what: str) -> None:
    whole = {**schema, "components": _description()["components"]}
    validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    for error in validator.iter_errors(value):
        pytest.fail(f"{what}: {'; '.join(_told(error))}")


def _told(error: jsonschema.ValidationError) -> list[str]:
    """Return what is wrong, down to the alternatives that were tried."""
    deeper = [text for one in error.context or () for text in _told(one)]
    return deeper or [f"{'/'.join(map(str, error.absolute_path))}: {error.message[-200:]}"]


def check(response: httpx.Response) -> None:
    """Fail where a request or its answer is not as the description has it."""
    request = response.request
    path = re.sub(r"^/repositories/\d+", "/repos/o/r", request.url.path)
    found = operation(request.method, path)
    if found is None:
        return
    template, one = found
    what = f"{request.method} {template} -> {response.status_code}"
    if request.content and response.is_success:
        _check_request(template, one, json.loads(request.content), what)
    answers = one["responses"]
    if response.status_code in {401, 403, 404, 409, 422, 429, 500, 502} and str(response.status_code) not in answers:
        _check({"$ref": "#/components/schemas/basic-error"}, response.json(), what)
        return
    assert str(response.status_code) in answers, f"{what}: there is no such answer"
    answer = _resolved(answers[str(response.status_code)])
    content = answer.get("content", {}).get("application/json")
    if content is None:
        assert not response.content or response.status_code >= 300, f"{what}: a body where there is none"
        return
    _check(_ANSWERS.get(template, content["schema"]), response.json(), what)


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    found: Mapping[str, Any] = _description()["components"][kind][name]
    return found


def _check_request(template: str, one: Mapping[str, Any], body: Any, what: str) -> None:
    schema = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return
    _check(_LABELS if template.endswith("/labels") and isinstance(body, list) else schema, body, f"{what}, request")
