"""Take whole documents out of a template."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.roundtrip.insertion import CannotEdit
from bot.roundtrip.splice import Splice
from bot.roundtrip.template import Document, Template

_MARKER = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


def without(template: Template, document: Document) -> tuple[Splice, ...] | None:
    """Take a document out with its marker and the conditions round it alone; None where nothing else is in the file.

    Raises CannotEdit where a condition holds only part of the document, or more than it.
    """
    markers = [match for match in _MARKER.finditer(template.text) if not template.context(match.start())]
    places = [0, *(match.start() for match in markers), len(template.text)]
    parts = [(first, last) for first, last in pairwise(places) if last > first]
    number = next(n for n, (first, last) in enumerate(parts) if first <= document.start < last)
    first, last = parts[number]
    inside = [one for one in template.documents if first <= one.start < last]
    if len(inside) > 1:
        raise CannotEdit(template, document.node, "several documents stand under one condition")
    others = [one for one in template.documents if one is not document]
    if not others:
        rest = re.sub(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}|#.*", "", template.text[:first] + template.text[last:])
        if "{{" in rest:
            raise CannotEdit(template, document.node, "the file holds more than this document")
        return None
    if number == 0 and not template.text.startswith("---"):
        following = _MARKER.match(template.text, last)
        last = following.end() if following else last
    return (Splice(first, last, ""),)
