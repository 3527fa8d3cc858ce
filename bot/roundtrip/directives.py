"""The `{{ … }}` of a Go template: where they stand, what they open and close.

YAML is not looked at here: a directive in a YAML comment is carried out all the same.
https://pkg.go.dev/text/template
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from bot.errors import UserError

_TOKEN = re.compile(
    r"""
    \{\{-?\s*/\*.*?\*/\s*-?\}\}                                   # a comment holds anything but its own end
    | \{\{ (?!-?\s*/\*) (?: "(?:\\.|[^"\\\n])*" | `[^`]*` | '(?:\\.|[^'\\\n])*' | (?!\}\}) [^"`'] )* \}\}
    """,
    re.VERBOSE | re.DOTALL,
)
_INDENT = re.compile(r"\bn?indent\s+(\d+)")
_ASSIGNMENT = re.compile(r"\$\w*\s*(?:,\s*\$\w+\s*)?:?=")
_OPENING = frozenset({"if", "with", "range", "define", "block"})
_CONTROL = _OPENING | {"else", "end", "break", "continue"}


class UnreadableTemplate(UserError):
    """A template whose structure cannot be told; `line` counts from 1."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}", "mend the template on the main branch first")
        self.line = line


@dataclass(frozen=True, slots=True)
class Directive:
    """One `{{ … }}`; `whole` says that its lines hold nothing but directives and blanks."""

    start: int
    end: int
    text: str
    whole: bool

    @property
    def body(self) -> str:
        """What stands between the braces, without trim markers and outer blanks."""
        inner = self.text[2:-2]
        inner = inner[1:] if inner[:2] in {"-", "- ", "-\n", "-\t"} or inner.startswith("-/*") else inner
        inner = inner[:-1] if inner.endswith((" -", "\n-", "\t-", "*/-")) else inner
        return inner.strip()

    @property
    def word(self) -> str:
        """The keyword, or an empty string."""
        match = re.match(r"[a-z]+\b", self.body)
        return match.group(0) if match and match.group(0) in _CONTROL else ""

    @property
    def silent(self) -> bool:
        """Whether it prints nothing itself: control words, comments, assignments."""
        return bool(self.word) or self.body.startswith("/*") or bool(_ASSIGNMENT.match(self.body))

    @property
    def trims_before(self) -> bool:
        """Whether it eats the white space before it."""
        return self.text.startswith("{{-")

    @property
    def trims_after(self) -> bool:
        """Whether it eats the white space after it."""
        return self.text.endswith("-}}")

    def column(self, own: int) -> int:
        """The column at which its output stands: that of its last indent or nindent, else its `own`."""
        found = _INDENT.findall(self.body)
        return int(found[-1]) if found else own


@dataclass(frozen=True, slots=True)
class Block:
    """From an opening directive to its `end`; `branches` are the directives that start each branch."""

    opening: Directive
    branches: tuple[Directive, ...]
    end: Directive

    @property
    def has_final_else(self) -> bool:
        """Whether one branch is always taken."""
        return self.branches[-1].body == "else"


Context = tuple[tuple[int, int], ...]
"""The blocks round a place, outermost first: number of the block and of the branch within it."""


class Directives:
    """All directives of a text, and the blocks that they form; raises UnreadableTemplate where these do not close."""

    def __init__(self, text: str) -> None:
        self.all = _scan(text)
        self.blocks: list[Block] = []
        self._breaks: list[int] = [0]
        self._contexts: list[Context] = [()]
        self._match(text)

    def context(self, offset: int) -> Context:
        """Return the blocks round an offset; a directive belongs to what stands before it."""
        return self._contexts[bisect.bisect_right(self._breaks, offset) - 1]

    def between(self, start: int, end: int) -> list[Directive]:
        """Return the directives that begin in [start, end)."""
        first = bisect.bisect_left(self.all, start, key=lambda one: one.start)
        last = bisect.bisect_left(self.all, end, key=lambda one: one.start)
        return self.all[first:last]

    def _match(self, text: str) -> None:
        numbers: list[int] = []
        open_blocks: list[list[Directive]] = []
        places: list[tuple[int, Block | None]] = []
        context: Context = ()
        for directive in self.all:
            line = text.count("\n", 0, directive.start) + 1
            if directive.word in _OPENING:
                numbers.append(len(places))
                places.append((directive.start, None))
                open_blocks.append([directive])
                context = (*context, (numbers[-1], 0))
            elif directive.word in {"else", "end"}:
                if not open_blocks:
                    raise UnreadableTemplate(line, f"`{{{{ {directive.word} }}}}` closes nothing")
                if directive.word == "else":
                    open_blocks[-1].append(directive)
                    number, branch = context[-1]
                    context = (*context[:-1], (number, branch + 1))
                else:
                    opened = open_blocks.pop()
                    places[numbers.pop()] = (0, Block(opened[0], tuple(opened), directive))
                    context = context[:-1]
            else:
                continue
            self._breaks.append(directive.end)
            self._contexts.append(context)
        if open_blocks:
            opening = open_blocks[-1][0]
            line = text.count("\n", 0, opening.start) + 1
            raise UnreadableTemplate(line, f"`{{{{ {opening.body} }}}}` is never closed by `{{{{ end }}}}`")
        self.blocks = [block for _, block in places if block is not None]


def _scan(text: str) -> list[Directive]:
    found = [(match.start(), match.end()) for match in _TOKEN.finditer(text)]
    blanked = list(text)
    for start, end in found:
        blanked[start:end] = " " * (end - start)
    rest = "".join(blanked)
    unclosed = rest.find("{{")
    if unclosed >= 0:
        raise UnreadableTemplate(text.count("\n", 0, unclosed) + 1, "`{{` is never closed by `}}`")
    directives = []
    for start, end in found:
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        last = len(text) if last < 0 else last
        directives.append(Directive(start, end, text[start:end], not rest[first:last].strip()))
    return directives
