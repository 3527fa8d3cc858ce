"""A long text in sections that fits into a limit: cut between blocks, each of which is whole Markdown of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.words import cut

BLOCK = 6_000
"""Characters that no block should exceed by much, so that every page has room for some."""

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (empty for none) and blocks in order.

    A block is closed Markdown, one resource or one table. Where there is no room for all, each section keeps its
    first block, and then those of a low `rank` are filled first.
    """

    title: str
    blocks: tuple[str, ...]
    rank: int = 0

    def render(self) -> str:
        """Return the section as Markdown; empty without blocks."""
        return _BETWEEN.join((*([f"### {self.title}"] if self.title else []), *self.blocks)) if self.blocks else ""


def fit(sections: Sequence[Section], room: int, left: str) -> tuple[str, tuple[Section, ...]]:
    """Return as much as fits into `room` characters, and the sections of what does not.

    Where something is left out of a section, `left` says so there. It is a sentence with a place for the number of
    blocks, `{number}`. The text may be longer than `room` only where that is too little for a note in each section.
    """
    kept = {number: len(one.blocks) for number, one in enumerate(sections)}
    if len(_text(sections, kept, left)) > room:
        kept = dict.fromkeys(kept, 0)
        ranked = sorted(kept, key=lambda number: sections[number].rank)
        for most in (1, max(len(one.blocks) for one in sections)):
            for number in ranked:
                kept[number] = _most(sections, kept, number, most, room, left)
    rest = tuple(
        replace(one, blocks=one.blocks[kept[number] :])
        for number, one in enumerate(sections)
        if kept[number] < len(one.blocks)
    )
    return _text(sections, kept, left), rest


def pages(sections: Iterable[Section], room: int) -> list[str]:
    """Return all of the sections as pages of at most `room` characters; raises ValueError for a block that has none."""
    found: list[str] = []
    page = ""
    for section in sections:
        head = f"### {section.title}{_BETWEEN}" if section.title else ""
        for number, block in enumerate(section.blocks):
            text = block if number else f"{head}{block}"
            if page and len(page) + len(_BETWEEN) + len(text) > room:
                found.append(page)
                page, text = "", f"{head}{block}"
            if len(text) > room:
                message = f"a block of {len(text)} characters is no block for pages of {room}"
                raise ValueError(message)
            page = f"{page}{_BETWEEN}{text}" if page else text
    return [*found, page] if page else found


def portions(lines: Iterable[str], room: int = BLOCK) -> Iterator[list[str]]:
    """Yield runs of lines that together have at most `room` characters; a line that is longer is cut."""
    found: list[str] = []
    size = 0
    for line in lines:
        short = cut(line, room)
        if found and size + len(short) + 1 > room:
            yield found
            found, size = [], 0
        found.append(short)
        size += len(short) + 1
    if found:
        yield found


def _most(sections: Sequence[Section], kept: dict[int, int], number: int, most: int, room: int, left: str) -> int:
    """Return how many blocks of a section, at `most`, there is room for beside what is kept of the others."""
    few, many = kept[number], min(most, len(sections[number].blocks))
    while few < many:
        middle = (few + many + 1) // 2
        if len(_text(sections, {**kept, number: middle}, left)) <= room:
            few = middle
        else:
            many = middle - 1
    return few


def _text(sections: Sequence[Section], kept: dict[int, int], left: str) -> str:
    parts = []
    for number, one in enumerate(sections):
        shown = one.blocks[: kept[number]]
        missing = len(one.blocks) - len(shown)
        note = (left.format(number=missing),) if missing else ()
        parts.append(replace(one, blocks=(*shown, *note)).render())
    return _BETWEEN.join(part for part in parts if part)
