"""What an audit has to know of the checkout besides what it renders to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.audit.finding import Facts
from bot.checkout.files import Files
from bot.errors import UserError
from bot.landscape.model import Origin
from bot.phalanx.environments import environments
from bot.phalanx.resources import documents, static_name
from bot.policy.rules import Rules
from bot.proof.schemas import Schemas


def facts(files: Files, rules: Rules) -> Facts:
    """Collect the facts; what cannot be read is left out, as rendering complains of it too."""
    schemas = Schemas(files, rules.schemas)

    def invalid(data: Mapping[str, Any], /) -> tuple[str, ...]:
        return tuple(sorted(schemas.refused(data)))

    application = rules.cluster.application
    listed = {
        name: tuple(_listed(files, application, f"values-{name}.yaml", rules.metrics.list))
        for name in environments(files)
    }
    return Facts(dict(_templates(files, application)), listed, invalid, datetime.now(UTC).date())


def _templates(files: Files, application: str) -> Iterator[tuple[str, str]]:
    try:
        found = list(documents(files, application, "KafkaUser"))
    except UserError:
        return
    for document in found:
        name = static_name(document)
        if name:
            yield name, document.file


def _listed(files: Files, application: str, name: str, dotted: str) -> Iterator[tuple[str, Origin]]:
    """Yield the items of a list in a values file with their places; a list that is not one item to a line has none."""
    path = f"applications/{application}/{name}"
    try:
        lines = (files.text(path) or "").splitlines()
    except UserError:
        return
    wanted, depth = dotted.split("."), -1
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        item = re.fullmatch(r"\s*-\s+[\"']?([\w-]+)[\"']?\s*(?:#.*)?", line)
        if not wanted and (item is None or indent < depth):
            return
        if not wanted and item:
            yield item.group(1), Origin(application, path, number)
        elif wanted and indent > depth and re.match(rf"\s*[\"']?{re.escape(wanted[0])}[\"']?:\s*(?:#.*)?$", line):
            wanted, depth = wanted[1:], indent
